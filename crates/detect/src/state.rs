//! What was learnt, kept over a restart.

use serde_json::{Map, Value, json};
use wire::Timestamp;

use crate::watch::Watch;

/// Of what is saved. Another version's is not understood.
const VERSION: u64 = 1;

impl Watch {
    /// What the detectors have learnt and will need after a restart, by their names, and since when.
    pub fn save(&self) -> Value {
        let saved = self.running.iter().filter_map(|running| {
            let learnt = running.detector.save()?;
            Some((running.spec.id.to_owned(), learnt))
        });
        json!({
            "version": VERSION,
            "since_ns": self.since.map(Timestamp::nanos),
            "detectors": saved.collect::<Map<_, _>>(),
        })
    }

    /// Goes on from what [`Watch::save`] gave, before anything has happened. Detectors that are not
    /// there or do not run are left out; false if it is of another version, and nothing was taken.
    pub fn restore(&mut self, saved: &Value) -> bool {
        if saved.get("version").and_then(Value::as_u64) != Some(VERSION) {
            return false;
        }
        self.since = saved.get("since_ns").and_then(Value::as_u64).map(Timestamp);
        for running in &mut self.running {
            if let Some(learnt) = saved.get("detectors").and_then(|all| all.get(running.spec.id)) {
                running.detector.restore(learnt);
            }
        }
        true
    }
}

/// The texts of a list in what was saved, at most so many.
pub(crate) fn texts<'a>(saved: &'a Value, name: &str, most: usize) -> impl Iterator<Item = &'a str> {
    let list = saved.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(Value::as_str).take(most)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    #[test]
    fn unknown_names_are_left_out_and_other_versions_refused() {
        let mut watch = Watch::new(Settings::default());
        assert!(!watch.restore(&json!({"version": 99, "since_ns": 5})));
        assert!(!watch.restore(&json!(null)));
        assert_eq!(watch.since, None);
        assert!(watch.restore(&json!({
            "version": 1, "since_ns": 5, "detectors": {"of-the-future": [1], "new-device": "rubbish"}
        })));
        assert_eq!(watch.since, Some(Timestamp(5)));
        assert_eq!(watch.save().get("since_ns"), Some(&json!(5)));
    }
}
