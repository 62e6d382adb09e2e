//! What hosts that a device asks for are signs of: `data/habits.toml`.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::sighting::About;
use crate::watcher::Heard;

#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Habit {
    hosts: Vec<Box<str>>,
    os: Option<Box<str>>,
    #[serde(rename = "type")]
    kind: Option<Box<str>>,
    vendor: Option<Box<str>>,
    weight: u8,
}

#[derive(Deserialize, Default)]
struct File {
    habit: Vec<Habit>,
}

/// Habits, and which of them each host name suffix stands for.
static HABITS: LazyLock<(Vec<Habit>, HashMap<Box<str>, usize>)> = LazyLock::new(|| {
    // That it can be read is what a test is for.
    let File { habit } = toml::from_str(include_str!("../../../../data/habits.toml")).unwrap_or_default();
    let hosts = habit.iter().enumerate();
    let by_host = hosts.flat_map(|(at, habit)| habit.hosts.iter().map(move |host| (host.clone(), at)));
    let by_host = by_host.collect();
    (habit, by_host)
});

/// The longest suffix of whole labels that is known, and what it stands for.
pub(crate) fn of_host(host: &str) -> Option<(&'static str, &'static Habit)> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let (habits, by_host) = &*HABITS;
    let mut rest = &*host;
    // A name has at most 127 labels (RFC 1035 s2.3.4); none here has more than a few.
    for _ in 0..16 {
        if let Some((suffix, at)) = by_host.get_key_value(rest) {
            return habits.get(*at).map(|habit| (&**suffix, habit));
        }
        (_, rest) = rest.split_once('.')?;
    }
    None
}

impl Habit {
    /// Says what it stands for.
    pub(crate) fn vote(&self, heard: &mut Heard<'_>, source: &'static str, reason: &str, per_cent: u16) {
        let weight = u8::try_from(u16::from(self.weight) * per_cent / 100).unwrap_or(self.weight);
        for (about, value) in
            [(About::Os, &self.os), (About::Type, &self.kind), (About::Vendor, &self.vendor)]
        {
            if let Some(value) = value {
                heard.vote(about, value, weight, source, reason);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_can_be_read_and_names_each_host_once() {
        let file: File = toml::from_str(include_str!("../../../../data/habits.toml")).unwrap();
        let mut seen = std::collections::BTreeSet::new();
        for habit in &file.habit {
            assert!(habit.os.is_some() || habit.kind.is_some() || habit.vendor.is_some(), "{habit:?}");
            assert!((10..=70).contains(&habit.weight), "a habit is no proof: {habit:?}");
            if let Some(kind) = &habit.kind {
                assert!(crate::TYPES.contains(&&**kind), "{kind}");
            }
            for host in &habit.hosts {
                assert_eq!(**host, host.to_ascii_lowercase());
                assert!(host.contains('.') && seen.insert(host.clone()), "{host}");
            }
        }
        assert!(seen.len() > 100);
    }

    #[test]
    fn whole_labels_and_the_longest_of_them() {
        assert_eq!(of_host("captive.apple.com").unwrap().0, "captive.apple.com");
        assert_eq!(of_host("WWW.MSFTCONNECTTEST.COM.").unwrap().0, "msftconnecttest.com");
        assert!(of_host("notmsftconnecttest.com").is_none());
        assert!(of_host("com").is_none() && of_host("").is_none() && of_host("...").is_none());
    }
}
