//! What is kept of a device's connections to one peer.

use std::collections::VecDeque;
use std::net::IpAddr;

use wire::{MacAddr, Timestamp};

use super::score;

/// Connections of a pair that are kept.
const KEPT: usize = 128;
/// Names of questions that are known again.
const NAMES: usize = 64;
/// Connections that begin within so many seconds of each other may be one beat: a program asks for several things when
/// its time has come.
const BEATS_S: [f64; 3] = [0.0, 1.0, 5.0];

/// Connections of a pair, oldest first.
#[derive(Debug, Default)]
pub(super) struct Pair {
    /// When each began, and the bytes it sent.
    series: VecDeque<(Timestamp, u64)>,
    pub(super) all: u64,
    pub(super) peer: Option<IpAddr>,
    pub(super) port: Option<u16>,
    pub(super) protocol: &'static str,
    pub(super) application: Option<&'static str>,
    pub(super) mac: Option<MacAddr>,
    /// A digest of the name that was connected to, and whether there were others.
    name: Option<u64>,
    pub(super) is_mixed: bool,
    /// One of the names at this address is a beacon.
    pub(super) is_named: bool,
    /// Digests of the latest questions.
    asked: VecDeque<u64>,
    judged: u64,
    /// Since when every judgement has found it even.
    even_since: Option<Timestamp>,
    pub(super) found: bool,
    pub(super) repeat: crate::repeat::Repeat,
}

/// What a pair's series amounts to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Verdict {
    pub(super) score: f64,
    pub(super) intervals: f64,
    pub(super) sizes: f64,
    pub(super) coverage: f64,
    pub(super) interval_s: f64,
    pub(super) since: Timestamp,
    pub(super) last: Timestamp,
}

impl Verdict {
    pub(super) fn span_ns(&self) -> u64 {
        self.last.since(self.since)
    }
}

impl Pair {
    /// A connection, or a question.
    pub(super) fn note(&mut self, start: Timestamp, bytes: u64) {
        self.all += 1;
        // Flows end in another order than they begin.
        let place = self.series.iter().rposition(|(at, _)| *at <= start).map_or(0, |at| at + 1);
        self.series.insert(place, (start, bytes));
        if self.series.len() > KEPT {
            self.series.pop_front();
        }
    }

    /// The name that was connected to.
    pub(super) fn call(&mut self, name: u64) {
        self.is_mixed |= self.name.is_some_and(|known| known != name);
        self.name = Some(name);
    }

    /// Whether a question is for a name that was not asked for of late.
    pub(super) fn is_new(&mut self, name: u64) -> bool {
        if self.asked.contains(&name) {
            return false;
        }
        if self.asked.len() >= NAMES {
            self.asked.pop_front();
        }
        self.asked.push_back(name);
        true
    }

    pub(super) fn len(&self) -> usize {
        self.series.len()
    }

    /// What the series amounts to, if that is worth finding out now: with every sixteenth part that is new.
    pub(super) fn judge(&mut self, fewest: u64, least: f64) -> Option<Verdict> {
        let len = self.series.len() as u64;
        if len < fewest || self.all - self.judged < (len / 16).max(1) {
            return None;
        }
        self.judged = self.all;
        let best = BEATS_S.into_iter().filter_map(|beat_s| self.verdict(beat_s, fewest));
        let best = best.max_by(|a, b| a.score.total_cmp(&b.score)).filter(|verdict| verdict.score >= least);
        let since = best.map(|verdict| self.even_since.unwrap_or(verdict.since));
        self.even_since = since;
        Some(Verdict { since: since?, ..best? })
    }

    /// With connections so close to each other taken for one.
    #[allow(clippy::cast_precision_loss, reason = "measures, not counts")]
    fn verdict(&self, beat_s: f64, fewest: u64) -> Option<Verdict> {
        let (since, last) = (self.series.front()?.0, self.series.back()?.0);
        let mut beats: Vec<(f64, f64)> = Vec::with_capacity(self.series.len());
        for (at, bytes) in &self.series {
            let (at, bytes) = (at.since(since) as f64 / 1e9, *bytes as f64);
            match beats.last_mut() {
                Some((begun, sum)) if at - *begun < beat_s => *sum += bytes,
                _ => beats.push((at, bytes)),
            }
        }
        // Unless many beats are of several, this is the same as without.
        let is_other = beats.len() * 10 <= self.series.len() * 7;
        if (beats.len() as u64) < fewest || beat_s > 0.0 && !is_other {
            return None;
        }
        let (times, sizes): (Vec<f64>, Vec<f64>) = beats.into_iter().unzip();
        let gaps: Vec<f64> = times.windows(2).filter_map(|w| Some(w.get(1)? - w.first()?)).collect();
        let mut sorted = gaps.clone();
        sorted.sort_by(f64::total_cmp);
        let interval_s = sorted.get(sorted.len() / 2).copied()?;
        // Several at once, again and again: a page with its pictures, not a beacon.
        if interval_s < 0.2 || interval_s < 4.0 * beat_s {
            return None;
        }
        let intervals = score::evenness(&gaps, interval_s * 0.1);
        let sizes = score::evenness(&sizes, 16.0);
        let coverage = score::coverage(&times);
        // How even the times are is what makes it a beacon; the rest confirms it.
        let score = 0.5 * intervals + 0.25 * sizes + 0.25 * coverage;
        Some(Verdict { score, intervals, sizes, coverage, interval_s, since, last })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sketch::mixed;

    /// From 0 to 1.
    fn chance(n: u64) -> f64 {
        f64::from(u32::try_from(mixed(n) >> 32).unwrap()) / f64::from(u32::MAX)
    }

    /// The share of so many series of connections that are found even for so long.
    fn found(
        least_s: u64,
        seeds: u64,
        count: u64,
        gap_s: impl Fn(f64) -> f64,
        bytes: impl Fn(f64) -> f64,
    ) -> f64 {
        let even = |seed: &u64| {
            let (mut pair, mut at_s, mut even) = (Pair::default(), 1000.0, false);
            for n in 0..count {
                let dice = seed * 1_000_000 + n;
                at_s += gap_s(chance(2 * dice));
                #[allow(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "small and positive"
                )]
                pair.note(Timestamp((at_s * 1e9) as u64), bytes(chance(2 * dice + 1)) as u64);
                even |=
                    pair.judge(24, 0.8).is_some_and(|verdict| verdict.span_ns() >= least_s * 1_000_000_000);
            }
            even
        };
        (0..seeds).filter(even).count() as f64 / seeds as f64
    }

    #[test]
    fn clocks_are_found_with_jitter_too() {
        assert!(found(0, 50, 24, |_| 60.0, |_| 200.0) > 0.99);
        assert!(found(0, 50, 40, |dice| 60.0 * (0.8 + 0.4 * dice), |_| 200.0) > 0.99);
        let jitter = found(0, 100, 60, |dice| 60.0 * (0.7 + 0.6 * dice), |dice| 300.0 + 40.0 * dice);
        assert!(jitter > 0.97, "{jitter}");
    }

    #[test]
    fn people_and_chance_are_not() {
        let chance = found(3600, 100, 200, |dice| -60.0 * (1.0 - dice * 0.999).ln(), |_| 200.0);
        assert!(chance <= 0.01, "{chance}");
        let people = found(3600, 100, 200, |dice| 2.0 + 300.0 * dice.powi(4), |dice| 400.0 + 2000.0 * dice);
        assert!(people <= 0.01, "{people}");
    }

    #[test]
    fn several_connections_at_a_time_are_one_beat() {
        let mut pair = Pair::default();
        let mut verdict = None;
        for beat in 0..40_u64 {
            for n in 0..3 {
                pair.note(
                    Timestamp::new(1000 + beat * 60, u32::try_from(n * (50 + beat) * 1_000_000).unwrap()),
                    100,
                );
                verdict = pair.judge(24, 0.8).or(verdict);
            }
        }
        let verdict = verdict.unwrap();
        assert!((verdict.interval_s - 60.0).abs() < 0.5, "{verdict:?}");
    }

    #[test]
    fn a_fast_beacon_lasts_longer_than_what_is_kept() {
        let mut pair = Pair::default();
        let verdicts: Vec<_> = (0..1000)
            .filter_map(|n| {
                pair.note(Timestamp::new(1000 + n * 5, 0), 100);
                pair.judge(24, 0.8)
            })
            .collect();
        assert_eq!(verdicts.first().unwrap().span_ns(), 23 * 5_000_000_000);
        assert!(verdicts.last().unwrap().span_ns() > 4900 * 1_000_000_000);
        assert_eq!(pair.len(), KEPT);
    }
}
