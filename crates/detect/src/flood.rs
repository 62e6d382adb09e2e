//! What floods have in common: how much came lately, and from whom.

use std::net::IpAddr;

use flow::{Event, FlowKey};
use model::Value;
use wire::{MacAddr, Timestamp};

use crate::actor::Actor;
use crate::sketch::{Sketch, number_of};
use crate::table::Table;

/// Counts of the last three seconds in which something came.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lately<const KINDS: usize>
where
    [u32; KINDS]: Default,
{
    second: u64,
    counts: [[u32; KINDS]; SECONDS],
}

/// Over which rates are measured.
pub(crate) const SECONDS: usize = 3;

impl<const KINDS: usize> Lately<KINDS>
where
    [u32; KINDS]: Default,
{
    /// So many more of a kind.
    pub(crate) fn add(&mut self, now: Timestamp, kind: usize, more: u32) {
        let second = now.secs().max(self.second);
        for _ in 0..(second - self.second).min(SECONDS as u64) {
            self.counts.rotate_right(1);
            self.counts[0] = Default::default();
        }
        self.second = second;
        if let Some(count) = self.counts[0].get_mut(kind) {
            *count = count.saturating_add(more);
        }
    }

    /// Of each kind in all three.
    pub(crate) fn sums(&self) -> [u64; KINDS] {
        // The clock does not begin with 0.
        self.after(0)
    }

    /// Of each kind in those of the three that come after `second`.
    fn after(&self, second: u64) -> [u64; KINDS] {
        let seconds = (0..SECONDS as u64).map(|back| self.second.saturating_sub(back));
        let after = seconds.zip(&self.counts).filter(|(at, _)| *at > second);
        let mut sums = [0; KINDS];
        for (_, counts) in after {
            sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += u64::from(*count));
        }
        sums
    }
}

/// Flows that grow tell it in steps; how much of a step is of the last three seconds depends on when
/// the one before it was.
#[derive(Debug)]
pub(crate) struct Steps(Table<(FlowKey, bool), Timestamp>);

/// Flows whose steps are remembered.
const MOST_FLOWS: usize = 4096;
const LATELY_NS: u64 = SECONDS as u64 * 1_000_000_000;

impl Default for Steps {
    fn default() -> Self {
        Self(Table::new(MOST_FLOWS))
    }
}

impl Steps {
    /// How many of the `since` packets that a side of a flow sent since it was last told, or since
    /// `start`, are of the last three seconds, and how many a second it sent.
    pub(crate) fn lately(&mut self, event: &Event, by_src: bool, since: u32, start: Timestamp) -> (u32, u64) {
        let Some(last) = self.0.at(&(event.key, by_src), event.time) else { return (0, 0) };
        let before = if *last < start { start } else { *last };
        *last = event.time;
        let took_ns = event.time.since(before);
        let per_s = u64::from(since).saturating_mul(1_000_000_000) / took_ns.max(1);
        if took_ns <= LATELY_NS {
            return (since, per_s);
        }
        let share = u128::from(since) * u128::from(LATELY_NS) / u128::from(took_ns);
        (u32::try_from(share).unwrap_or(since), per_s)
    }

    /// Forgets flows that do not grow.
    pub(crate) fn expire(&mut self, now: Timestamp) {
        self.0.expire(now, 20 * LATELY_NS);
    }

    /// Flows that are remembered, and those that found no room.
    pub(crate) fn load(&self) -> (usize, u64) {
        self.0.load()
    }
}

/// The keys that come most often (Misra and Gries 1982): each count is at most `all / (SLOTS + 1)` too
/// low.
#[derive(Clone, Debug)]
pub(crate) struct Top<K> {
    slots: Vec<(K, u64)>,
    all: u64,
}

const SLOTS: usize = 8;

impl<K> Default for Top<K> {
    fn default() -> Self {
        Self { slots: Vec::new(), all: 0 }
    }
}

impl<K: PartialEq + Copy> Top<K> {
    /// A key came so many times more; false if it is no candidate.
    pub(crate) fn add(&mut self, key: K, more: u64) -> bool {
        self.all += more;
        if let Some((_, count)) = self.slots.iter_mut().find(|(known, _)| *known == key) {
            *count += more;
        } else if self.slots.len() < SLOTS {
            self.slots.push((key, more));
        } else {
            let least = self.slots.iter().map(|(_, count)| *count).min().unwrap_or_default().min(more);
            self.slots.iter_mut().for_each(|(_, count)| *count -= least);
            self.slots.retain(|(_, count)| *count > 0);
            if more > least && self.slots.len() < SLOTS {
                self.slots.push((key, more - least));
            }
            return false;
        }
        true
    }

    /// The key that makes up at least half.
    pub(crate) fn half(&self) -> Option<K> {
        let top = self.slots.iter().max_by_key(|(_, count)| *count);
        top.filter(|(_, count)| count * 2 >= self.all).map(|(key, _)| *key)
    }

    /// Few keys make up at least half.
    pub(crate) fn is_few(&self) -> bool {
        self.slots.iter().map(|(_, count)| count).sum::<u64>() * 2 >= self.all
    }
}

/// Where it comes from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources {
    top: Top<(IpAddr, Option<MacAddr>)>,
    macs: Top<MacAddr>,
    all: Option<Box<Sketch>>,
}

/// Sources that nobody has at the same time by chance.
const MANY: u64 = 64;

impl Sources {
    /// So many more from a source.
    pub(crate) fn add(&mut self, ip: IpAddr, mac: Option<MacAddr>, more: u64) {
        if let Some(mac) = mac {
            self.macs.add(mac, more);
        }
        if !self.top.add((ip, mac), more) || self.all.is_some() {
            let top = &self.top;
            let all = self.all.get_or_insert_with(|| {
                let mut all = Box::<Sketch>::default();
                top.slots.iter().for_each(|((ip, _), _)| all.add(number_of(*ip)));
                all
            });
            all.add(number_of(ip));
        }
    }

    /// How many there are, about.
    pub(crate) fn count(&self) -> u64 {
        let few = self.top.slots.len() as u64;
        self.all.as_ref().map_or(few, |all| all.count().max(few))
    }

    /// There are so many that most are made up or taken over.
    pub(crate) fn are_many(&self) -> bool {
        self.count() >= MANY
    }

    /// The one that at least half comes from.
    pub(crate) fn chief(&self) -> Option<Actor> {
        self.top.half().map(|(ip, mac)| Actor { ip: Some(ip), mac })
    }

    /// In words.
    pub(crate) fn words(&self) -> String {
        match self.count() {
            1 => "one source".to_owned(),
            n => format!("{n} sources"),
        }
    }

    /// The numbers.
    pub(crate) fn evidence(&self) -> Vec<(&'static str, Value)> {
        let mut all = vec![("sources", self.count().into())];
        if let Some(mac) = self.macs.half() {
            all.push(("mostly_from_mac", mac.to_string().into()));
        }
        all
    }
}

/// What comes to one address.
#[derive(Clone, Debug, Default)]
pub(crate) struct Victim<const KINDS: usize>
where
    [u32; KINDS]: Default,
{
    pub(crate) lately: Lately<KINDS>,
    pub(crate) sources: Sources,
    pub(crate) ports: Top<u16>,
    /// How much of it there usually is in three seconds, while it is not too much.
    pub(crate) usual: f64,
    pub(crate) wave: Option<Wave>,
    /// Of what sources and ports tell.
    first: Timestamp,
    last: Timestamp,
    /// Something came since it was judged.
    is_new: bool,
}

/// A time in which too much came.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wave {
    /// Whom the report is about, if not the victim.
    pub(crate) chief: Option<Actor>,
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
    /// How much, all in all.
    pub(crate) all: u64,
    /// The most in one second, on average over three.
    pub(crate) most_per_s: u64,
    /// The last second that is counted.
    until: u64,
}

/// A wave is over when it was quiet for so long.
const QUIET_NS: u64 = 60_000_000_000;
/// Sources and ports are of the last so many seconds, while it is not too much.
const FORGET_NS: u64 = 10_000_000_000;
/// A wave is this many times what is usual.
const TIMES_USUAL: f64 = 8.0;
/// Share that one more second has in what is usual.
const SHARE: f64 = 1.0 / 600.0;

impl<const KINDS: usize> Victim<KINDS>
where
    [u32; KINDS]: Default,
{
    /// So many more of a kind; the first kind is what comes from outside.
    pub(crate) fn add(&mut self, now: Timestamp, kind: usize, more: u32) {
        if self.first == Timestamp(0) {
            self.first = now;
        }
        self.last = now;
        self.is_new = true;
        self.lately.add(now, kind, more);
    }

    /// It is time to judge it.
    pub(crate) fn is_due(&self, now: Timestamp, is_end: bool) -> bool {
        self.is_new && (is_end || self.lately.second < now.secs())
    }

    /// How much is too much, if `limit` is so at most.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is positive")]
    pub(crate) fn limit(&self, limit: u64) -> u64 {
        limit.max((self.usual * TIMES_USUAL) as u64)
    }

    /// Three seconds are judged; true if that is to be reported. `of` is what of the counts is bad.
    pub(crate) fn judge(&mut self, is_too_much: bool, of: impl Fn(&[u64; KINDS]) -> u64) -> bool {
        self.is_new = false;
        let bad = of(&self.lately.sums());
        if is_too_much {
            let chief = self.sources.chief();
            let fresh = Wave { chief, first: self.first, ..Wave::default() };
            let wave = self.wave.get_or_insert(fresh);
            wave.all += of(&self.lately.after(wave.until));
            (wave.last, wave.until) = (self.last, self.lately.second);
            wave.most_per_s = wave.most_per_s.max(bad / SECONDS as u64);
            return true;
        }
        self.usual += (bad as f64 - self.usual) * SHARE;
        let is_on = self.wave.is_some_and(|wave| self.last.since(wave.last) < QUIET_NS);
        if !is_on && (bad < 8 || self.last.since(self.first) >= FORGET_NS) {
            (self.wave, self.first) = (None, Timestamp(0));
            (self.sources, self.ports) = (Sources::default(), Top::default());
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_seconds_are_remembered() {
        let at = |s: u64| Timestamp::new(s, 0);
        let mut lately = Lately::<1>::default();
        for second in 10..15 {
            lately.add(at(second), 0, 1 << (second - 10));
        }
        assert_eq!(lately.sums(), [0b11100]);
        lately.add(at(20), 0, 1);
        assert_eq!((lately.sums(), lately.after(19)), ([1], [1]));
        assert_eq!(lately.after(20), [0]);
    }

    #[test]
    fn one_source_among_many_is_found() {
        let mut sources = Sources::default();
        for n in 0..20_000_u32 {
            let ip = if n % 5 < 3 { 1 } else { n };
            sources.add(IpAddr::V4(std::net::Ipv4Addr::from_bits(ip)), None, 1);
        }
        assert_eq!(sources.chief().and_then(|chief| chief.ip), Some(IpAddr::from([0, 0, 0, 1])));
        assert!((7_000..9_000).contains(&sources.count()), "{}", sources.count());
        let mut sources = Sources::default();
        for n in 0..20_000_u32 {
            sources.add(IpAddr::V4(std::net::Ipv4Addr::from_bits(n)), None, 1);
        }
        assert_eq!(sources.chief(), None);
    }
}
