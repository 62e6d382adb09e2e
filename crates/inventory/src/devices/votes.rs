//! What signs of different kinds say together.

use std::collections::BTreeMap;

use crate::sighting::{About, Vote};

/// Signs of what a device is. Bounded: at the bound a new sign takes the place of the weakest.
#[derive(Clone, Debug, Default)]
pub(super) struct Votes {
    all: Vec<Counted>,
}

#[derive(Clone, Debug)]
struct Counted {
    vote: Vote,
    count: u32,
}

/// What the signs say.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Verdict {
    pub(super) value: Box<str>,
    pub(super) confidence: f64,
    pub(super) reasons: Vec<String>,
}

const MOST_VOTES: usize = 96;
const MOST_REASONS: usize = 8;
/// Nothing is certain.
const MOST_SURE: f64 = 0.99;

impl Votes {
    pub(super) fn add(&mut self, vote: &Vote) {
        let same = |known: &&mut Counted| {
            known.vote.about == vote.about
                && known.vote.source == vote.source
                && known.vote.value == vote.value
        };
        if let Some(known) = self.all.iter_mut().find(same) {
            known.count = known.count.saturating_add(1);
            if vote.weight > known.vote.weight {
                known.vote = vote.clone();
            }
            return;
        }
        if self.all.len() >= MOST_VOTES {
            let weakest = self.all.iter().enumerate().min_by_key(|(_, v)| (v.vote.weight, v.count));
            let Some((at, weakest)) = weakest else { return };
            if weakest.vote.weight >= vote.weight {
                return;
            }
            self.all.remove(at);
        }
        self.all.push(Counted { vote: vote.clone(), count: 1 });
    }

    pub(super) fn join(&mut self, other: Self) {
        for Counted { vote, count } in other.all {
            self.add(&vote);
            let same = self.all.iter_mut().find(|known| known.vote == vote);
            same.into_iter().for_each(|known| known.count = known.count.saturating_add(count - 1));
        }
    }

    /// What the signs say about something, if they say anything.
    ///
    /// The family (the first word) with the most weight wins; within it the value with the most
    /// weight, where a more particular value (`Windows 11`) takes in what speaks for the less
    /// particular (`Windows`). Signs of one source count once, by the strongest. Independent signs add
    /// up as probabilities do: 1 - (1-a)(1-b); those that speak for another family take off their
    /// share.
    pub(super) fn verdict(&self, about: About) -> Option<Verdict> {
        let mine: Vec<&Counted> = self.all.iter().filter(|v| v.vote.about == about).collect();
        let mut families: BTreeMap<String, Vec<&Counted>> = BTreeMap::new();
        for counted in &mine {
            families.entry(family(about, &counted.vote.value)).or_default().push(counted);
        }
        let sure: Vec<(f64, &String)> =
            families.iter().map(|(name, votes)| (together(votes), name)).collect();
        // On a tie the first by name, so that it does not depend on who came first.
        let (for_it, winner) =
            sure.iter().copied().reduce(|best, next| if next.0 > best.0 { next } else { best })?;
        let against = sure.iter().filter(|(_, name)| *name != winner).map(|(weight, _)| *weight);
        let against = against.fold(0.0_f64, f64::max);
        let votes = families.get(winner)?;
        let value = self.particular(votes);
        let mut reasons: Vec<(u8, String)> = votes.iter().map(|v| (v.vote.weight, said(v))).collect();
        reasons.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        reasons.dedup_by(|a, b| a.1 == b.1);
        let mut reasons: Vec<String> = reasons.into_iter().map(|(_, text)| text).take(MOST_REASONS).collect();
        let others = mine.iter().filter(|v| family(about, &v.vote.value) != *winner);
        reasons.extend(others.take(2).map(|v| format!("against it: {}", said(v))));
        // Two families at odds: as much as one is sure, the other is not.
        let confidence = (for_it * (1.0 - against * 0.5)).min(MOST_SURE);
        Some(Verdict { value, confidence: (confidence * 100.0).round() / 100.0, reasons })
    }

    /// Values about something with the number of times each sign was seen.
    pub(super) fn of_source(&self, about: About, source: &str) -> impl Iterator<Item = (&str, u32)> {
        let mine = self.all.iter().filter(move |v| v.vote.about == about && v.vote.source == source);
        mine.map(|v| (&*v.vote.value, v.count))
    }

    /// The value of a family that has the most weight, what is said less particularly counted in.
    fn particular(&self, votes: &[&Counted]) -> Box<str> {
        let mut best: Option<(f64, usize, &str)> = None;
        for candidate in votes {
            let value = &*candidate.vote.value;
            let supports: Vec<&Counted> =
                votes.iter().copied().filter(|v| covers(&v.vote.value, value)).collect();
            let weight = together(&supports);
            // The longer of two that are as likely says more.
            let better = best.is_none_or(|(w, len, known)| {
                (weight, value.len(), known).partial_cmp(&(w, len, value))
                    == Some(std::cmp::Ordering::Greater)
            });
            if better {
                best = Some((weight, value.len(), value));
            }
        }
        best.map_or_else(Box::default, |(_, _, value)| value.into())
    }
}

/// How sure signs make together: those of one source count once.
fn together(votes: &[&Counted]) -> f64 {
    let mut strongest: BTreeMap<&str, u8> = BTreeMap::new();
    for counted in votes {
        let weight = strongest.entry(counted.vote.source).or_default();
        *weight = (*weight).max(counted.vote.weight.min(100));
    }
    1.0 - strongest.values().map(|weight| 1.0 - f64::from(*weight) / 100.0).product::<f64>()
}

fn said(counted: &Counted) -> String {
    let Vote { value, source, reason, .. } = &counted.vote;
    let times = if counted.count > 1 { format!(" ({}x)", counted.count) } else { String::new() };
    format!("{value}: {source} {reason}{times}")
}

/// First words of systems whose kernel is Linux: that is all that their packets tell.
const LINUX: &[&str] = &[
    "Linux",
    "Android",
    "ChromeOS",
    "Debian",
    "Ubuntu",
    "Fedora",
    "Red",
    "CentOS",
    "Rocky",
    "AlmaLinux",
    "Raspbian",
    "Alpine",
    "openSUSE",
    "SUSE",
    "Arch",
    "OpenWrt",
    "DSM",
    "webOS",
    "Tizen",
    "Amazon",
    "Proxmox",
    "Kali",
    "Mint",
    "Gentoo",
    "UniFi",
    "EdgeOS",
    "airOS",
    "Roku",
    "Fire",
    "RouterOS",
    "FortiOS",
    "QTS",
];

/// Those of Apple's.
const APPLE: &[&str] = &["Apple", "Mac", "macOS", "iOS", "iPadOS", "tvOS", "watchOS", "audioOS"];

/// `general` is said of everything that `value` is.
fn covers(general: &str, value: &str) -> bool {
    let first = |text: &str| text.split([' ', '/']).next().unwrap_or_default().to_owned();
    let (a, b) = (first(general), first(value));
    // Browsers say 10.0 on both; and the name begins as that of one of them does.
    const EITHER: &str = "Windows 10/11";
    if general == EITHER {
        return value.starts_with("Windows 10") || value.starts_with("Windows 11");
    }
    value.starts_with(general) && (value != EITHER || general == "Windows")
        || a == "Linux" && LINUX.contains(&&*b)
        || (a == "Apple" || a == "Mac") && APPLE.contains(&&*b)
}

/// What values have in common that do not contradict one another.
fn family(about: About, value: &str) -> String {
    match about {
        About::Os => match value.split([' ', '/']).next().unwrap_or_default() {
            first if LINUX.contains(&first) => "linux".into(),
            first if APPLE.contains(&first) => "apple".into(),
            first => first.to_ascii_lowercase(),
        },
        About::Type | About::Model | About::Vendor => value.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn votes(signs: &[(&str, u8, &'static str)]) -> Votes {
        let mut votes = Votes::default();
        for (value, weight, source) in signs {
            let (value, reason) = ((*value).into(), "x".into());
            votes.add(&Vote { about: About::Os, value, weight: *weight, source, reason });
        }
        votes
    }

    #[test]
    fn particular_values_take_in_the_general() {
        let verdict =
            votes(&[("Windows", 60, "syn"), ("Windows 11", 50, "user-agent")]).verdict(About::Os).unwrap();
        assert_eq!((&*verdict.value, verdict.confidence), ("Windows 11", 0.8));
        assert_eq!(verdict.reasons.len(), 2);
    }

    #[test]
    fn one_source_counts_once() {
        let verdict = votes(&[("Linux", 60, "syn"), ("Linux 5", 60, "syn")]).verdict(About::Os).unwrap();
        assert_eq!((&*verdict.value, verdict.confidence), ("Linux 5", 0.6));
    }

    #[test]
    fn a_kernel_does_not_speak_against_its_distributions() {
        let verdict = votes(&[("Linux 3.11 and newer", 70, "syn"), ("Debian 12", 60, "ssh")])
            .verdict(About::Os)
            .unwrap();
        assert_eq!((&*verdict.value, verdict.confidence), ("Debian 12", 0.88));
        let verdict = votes(&[("Mac OS X", 70, "syn"), ("iOS 17", 60, "dhcp")]).verdict(About::Os).unwrap();
        assert_eq!(&*verdict.value, "iOS 17");
    }

    #[test]
    fn contradiction_costs_confidence() {
        let verdict = votes(&[("Windows 10", 90, "dhcp"), ("Linux", 50, "syn")]).verdict(About::Os).unwrap();
        assert_eq!(&*verdict.value, "Windows 10");
        assert!(verdict.confidence < 0.7);
        assert!(verdict.reasons.iter().any(|r| r.starts_with("against it: Linux")), "{verdict:?}");
    }

    #[test]
    fn either_of_two_releases_speaks_for_both() {
        let verdict =
            votes(&[("Windows 10/11", 75, "user-agent"), ("Windows 11 23H2", 60, "ntlm")]).verdict(About::Os);
        let verdict = verdict.unwrap();
        assert_eq!((&*verdict.value, verdict.confidence), ("Windows 11 23H2", 0.9));
        assert!(!covers("Windows 10", "Windows 10/11") && covers("Windows", "Windows 10/11"));
    }

    #[test]
    fn nothing_said_is_nothing_known() {
        assert_eq!(votes(&[("Linux", 60, "syn")]).verdict(About::Type), None);
    }

    #[test]
    fn the_number_of_votes_is_bounded_and_strong_ones_stay() {
        let mut votes = votes(&[("Windows 11", 95, "dhcp")]);
        for n in 0..1000 {
            let value = format!("X{n}").into();
            votes.add(&Vote { about: About::Os, value, weight: 10, source: "noise", reason: "".into() });
        }
        assert_eq!(votes.all.len(), MOST_VOTES);
        assert_eq!(&*votes.verdict(About::Os).unwrap().value, "Windows 11");
    }
}
