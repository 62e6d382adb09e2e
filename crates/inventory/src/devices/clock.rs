//! How long a device has been up, by the clock that its TCP timestamps show (RFC 7323 s5.4).
//!
//! Many systems add a random number to the clock for each connection or peer (Linux since 4.10, what
//! RFC 7323 s7.1 advises): theirs say nothing. Only readings from connections to different peers
//! that lie on one line are of a clock that began when the system did.

use std::collections::BTreeSet;
use std::net::IpAddr;

use wire::Timestamp;

/// Readings of a device's clock, in the order of time. Bounded: at the bound those go that are
/// closest to another, so that what stays is spread over time and peers.
#[derive(Clone, Debug, Default)]
pub(super) struct Clock {
    readings: Vec<Reading>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Reading {
    at: Timestamp,
    value: u32,
    peer: IpAddr,
}

/// A clock that readings lie on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Line {
    pub(super) ticks_per_second: u32,
    /// When it showed 0.
    pub(super) began: Timestamp,
    pub(super) first: Timestamp,
    pub(super) last: Timestamp,
    pub(super) readings: usize,
    pub(super) peers: usize,
}

const MOST_READINGS: usize = 32;
const FEWEST_READINGS: usize = 3;
const FEWEST_PEERS: usize = 2;
/// Over less time one rate cannot be told from another.
const SHORTEST_NS: u64 = 30 * SECOND_NS;
const SECOND_NS: u64 = 1_000_000_000;
/// Readings of one peer that are closer to each other say the same.
const APART_NS: u64 = SECOND_NS;
/// Rates that RFC 7323 s5.4 allows and systems have.
const RATES: [u32; 13] = [1, 2, 10, 50, 60, 64, 100, 200, 250, 300, 500, 512, 1000];
/// How far a reading may be off: what it waited on the way, and the coarseness of its time.
const SLACK_NS: u64 = SECOND_NS / 2;
/// A cheap quartz's drift: 200 parts in a million.
const DRIFT: u64 = 5000;

impl Clock {
    pub(super) fn read(&mut self, at: Timestamp, value: u32, peer: IpAddr) {
        let same = |r: &Reading| r.peer == peer && r.at.since(at).max(at.since(r.at)) < APART_NS;
        if self.readings.iter().any(same) {
            return;
        }
        let place = self.readings.partition_point(|r| r.at <= at);
        self.readings.insert(place, Reading { at, value, peer });
        if self.readings.len() > MOST_READINGS {
            self.thin_out();
        }
    }

    pub(super) fn join(&mut self, other: &Self) {
        for Reading { at, value, peer } in &other.readings {
            self.read(*at, *value, *peer);
        }
    }

    /// The clock that all readings are of since it began. What was read before that was before a
    /// restart.
    pub(super) fn line(&self) -> Option<Line> {
        let newest = self.readings.last()?;
        let since_start = |line: &Line| {
            let after = self.readings.iter().filter(|r| r.at >= line.began);
            after.count() == line.readings
        };
        let mut lines = RATES.iter().filter_map(|rate| line(&self.readings, newest, *rate));
        let found = lines.next().filter(since_start);
        // Two rates that fit are none.
        found.filter(|_| lines.next().is_none())
    }

    /// Clocks that were read in turns, none of which takes in the others: of several systems.
    pub(super) fn lines(&self) -> Vec<Line> {
        let mut best = Vec::new();
        for rate in RATES {
            let (mut left, mut found) = (self.readings.clone(), Vec::new());
            while let Some(newest) = left.pop() {
                left.push(newest);
                match line(&left, &newest, rate) {
                    Some(line) => {
                        left.retain(|r| !line.has(r));
                        found.push(line);
                    }
                    None => drop(left.pop()),
                }
            }
            let in_turns =
                |line: &Line| found.iter().any(|o| o != line && o.first < line.last && line.first < o.last);
            let found: Vec<_> = found.iter().copied().filter(in_turns).collect();
            if found.len() > best.len() {
                best = found;
            }
        }
        best
    }

    fn thin_out(&mut self) {
        let others = |peer: IpAddr| self.readings.iter().filter(|r| r.peer == peer).count() > 1;
        let gaps = self.readings.windows(2).zip(1_usize..).filter_map(|(pair, at)| match pair {
            [before, this] => Some((!others(this.peer), this.at.since(before.at), at)),
            _ => None,
        });
        // Neither the first, which the line is longest by, nor the last.
        let inner = gaps.filter(|(.., at)| at + 1 < self.readings.len());
        if let Some((.., at)) = inner.min() {
            self.readings.remove(at);
        }
    }
}

impl Line {
    fn has(&self, reading: &Reading) -> bool {
        let age_ns = u64::from(reading.value).saturating_mul(SECOND_NS) / u64::from(self.ticks_per_second);
        let shown = self.began + age_ns;
        let off_ns = shown.since(reading.at).max(reading.at.since(shown));
        let from_last_ns = self.last.since(reading.at).max(reading.at.since(self.last));
        off_ns <= SLACK_NS + from_last_ns / DRIFT + SECOND_NS / u64::from(self.ticks_per_second)
    }

    /// Seconds after which it starts over.
    pub(super) fn wraps_after_seconds(&self) -> u64 {
        (1 << 32) / u64::from(self.ticks_per_second)
    }

    /// Seconds that it ran for when it was read last.
    pub(super) fn seconds(&self) -> u64 {
        self.last.since(self.began) / SECOND_NS
    }
}

/// The clock of this rate that shows what `newest` read, if enough others do.
fn line(readings: &[Reading], newest: &Reading, ticks_per_second: u32) -> Option<Line> {
    let age_ns = u64::from(newest.value).checked_mul(SECOND_NS)? / u64::from(ticks_per_second);
    let began = Timestamp(newest.at.nanos().checked_sub(age_ns)?);
    let (first, last) = (newest.at, newest.at);
    let alone = Line { ticks_per_second, began, first, last, readings: 0, peers: 0 };
    let on_it = || readings.iter().filter(|reading| alone.has(reading));
    let peers: BTreeSet<IpAddr> = on_it().map(|reading| reading.peer).collect();
    let first = on_it().map(|reading| reading.at).min()?;
    let line = Line { first, readings: on_it().count(), peers: peers.len(), ..alone };
    let enough = line.readings >= FEWEST_READINGS
        && line.peers >= FEWEST_PEERS
        && line.last.since(line.first) >= SHORTEST_NS;
    enough.then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: u64 = 1_700_000_000;

    /// A reading each of the seconds, of a clock that began so long before and ticks like this.
    fn read(clock: &mut Clock, seconds: &[u64], peer: u8, before: u64, rate: u64) {
        for second in seconds {
            let value = u32::try_from((second + before) * rate).unwrap();
            clock.read(Timestamp::new(START + second, 40_000_000), value, [10, 0, 0, peer].into());
        }
    }

    #[test]
    fn readings_from_several_peers_on_one_line_are_an_uptime() {
        for rate in [1, 2, 10, 100, 250, 1000] {
            let mut clock = Clock::default();
            read(&mut clock, &[0, 40, 300], 1, 86_400, rate);
            assert_eq!(clock.line(), None, "one peer is not enough: its offset may be its own");
            read(&mut clock, &[7, 200], 2, 86_400, rate);
            let line = clock.line().unwrap();
            assert_eq!((line.ticks_per_second, line.readings, line.peers), (rate as u32, 5, 2));
            assert_eq!(line.seconds(), 86_700);
        }
    }

    #[test]
    fn random_offsets_say_nothing() {
        let mut clock = Clock::default();
        for (peer, before) in [(1, 90_000), (2, 1_000_000), (3, 5), (4, 3_000_000)] {
            read(&mut clock, &[0, 33, 61], peer, before, 1000);
        }
        assert_eq!((clock.line(), clock.lines()), (None, Vec::new()));
        // One that strays is enough.
        let mut clock = Clock::default();
        read(&mut clock, &[0, 40], 1, 86_400, 1000);
        read(&mut clock, &[20, 60], 2, 86_400, 1000);
        assert!(clock.line().is_some());
        read(&mut clock, &[50], 3, 1_000_000, 1000);
        assert_eq!(clock.line(), None);
    }

    #[test]
    fn short_or_standing_clocks_say_nothing() {
        let mut clock = Clock::default();
        read(&mut clock, &[0, 5, 9], 1, 500, 1000);
        read(&mut clock, &[2, 8], 2, 500, 1000);
        assert_eq!(clock.line(), None, "nine seconds tell no rate");
        let mut clock = Clock::default();
        for second in [0, 30, 60, 90] {
            let peer = [10, 0, 0, u8::try_from(second % 4).unwrap()].into();
            clock.read(Timestamp::new(START + second, 0), 7777, peer);
        }
        assert_eq!(clock.line(), None);
    }

    #[test]
    fn after_a_restart_the_new_clock_counts() {
        let mut clock = Clock::default();
        read(&mut clock, &[0, 100, 200], 1, 1_000_000, 1000);
        read(&mut clock, &[50, 150], 2, 1_000_000, 1000);
        for (second, peer) in [(420, 1), (440, 2), (500, 3)] {
            let value = u32::try_from((second - 400) * 1000).unwrap();
            clock.read(Timestamp::new(START + second, 0), value, [10, 0, 0, peer].into());
        }
        let line = clock.line().unwrap();
        assert_eq!((line.seconds(), line.readings), (100, 3));
        assert_eq!(clock.lines(), Vec::new(), "one after the other is one system");
    }

    #[test]
    fn two_clocks_in_turns_are_two_systems() {
        let mut clock = Clock::default();
        for (peer, seconds) in [(1, [0, 60]), (2, [20, 80])] {
            read(&mut clock, &seconds, peer, 50_000, 100);
        }
        for (peer, seconds) in [(3, [10, 50]), (4, [30, 70])] {
            read(&mut clock, &seconds, peer, 900_000, 100);
        }
        assert_eq!(clock.line(), None);
        let lines = clock.lines();
        assert_eq!(lines.iter().map(|line| line.seconds()).collect::<Vec<_>>(), [50_080, 900_070]);
    }

    #[test]
    fn readings_are_bounded_and_stay_spread() {
        let mut clock = Clock::default();
        for second in 0..5000 {
            read(&mut clock, &[second], u8::try_from(second % 3).unwrap(), 1000, 100);
        }
        assert_eq!(clock.readings.len(), MOST_READINGS);
        let line = clock.line().unwrap();
        assert!(line.last.since(line.first) > 4000 * SECOND_NS, "{line:?}");
    }
}
