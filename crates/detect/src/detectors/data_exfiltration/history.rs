use serde_json::Value;

/// What a device sent out on its last days.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct History(Vec<u64>);

/// Days that are remembered.
const MOST: usize = 30;
/// Fewer days say nothing about what is usual.
const FEWEST: usize = 3;

impl History {
    /// A day is over.
    pub(super) fn add(&mut self, bytes: u64) {
        if self.0.len() >= MOST {
            self.0.remove(0);
        }
        self.0.push(bytes);
    }

    /// What nine of ten days stay below.
    pub(super) fn busier(&self) -> Option<u64> {
        let mut days = self.0.clone();
        days.sort_unstable();
        let place = (days.len() * 9).div_ceil(10).saturating_sub(1);
        days.get(place).copied().filter(|_| days.len() >= FEWEST)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn save(&self) -> Value {
        self.0.clone().into()
    }

    pub(super) fn restore(saved: &Value) -> Self {
        let days = saved.as_array().into_iter().flatten().filter_map(Value::as_u64);
        Self(days.take(MOST).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_usual_is_known_after_some_days_and_survives() {
        let mut history = History::default();
        history.add(5);
        assert_eq!(history.busier(), None);
        for day in 1..=40 {
            history.add(day);
        }
        assert_eq!(history.0.len(), MOST);
        assert_eq!(history.busier(), Some(37));
        assert_eq!(History::restore(&history.save()), history);
    }
}
