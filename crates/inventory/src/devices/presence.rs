use std::collections::VecDeque;

use wire::Timestamp;

/// Minutes in which something was seen, by hour. Keeps the latest [`MOST_HOURS`].
#[derive(Clone, Debug, Default)]
pub(super) struct Presence {
    /// Hours since 1970 and a bit for each of their minutes, in order.
    hours: VecDeque<(u64, u64)>,
}

/// Two weeks.
const MOST_HOURS: usize = 24 * 14;
const MINUTE_S: u64 = 60;

impl Presence {
    /// It was there at that time.
    pub(super) fn at(&mut self, time: Timestamp) {
        let minute = time.secs() / MINUTE_S;
        self.minute(minute);
    }

    /// It was there from one time to the other: of a long span the last two weeks.
    pub(super) fn between(&mut self, start: Timestamp, end: Timestamp) {
        let last = end.secs() / MINUTE_S;
        let oldest = last.saturating_sub(MOST_HOURS as u64 * 60);
        for minute in (start.secs() / MINUTE_S).max(oldest)..=last {
            self.minute(minute);
        }
    }

    fn minute(&mut self, minute: u64) {
        let (hour, bit) = (minute / 60, 1 << (minute % 60));
        match self.hours.back_mut() {
            Some((last, bits)) if *last == hour => *bits |= bit,
            Some((last, _)) if *last > hour => match self.hours.binary_search_by_key(&hour, |h| h.0) {
                Ok(at) => self.hours.get_mut(at).into_iter().for_each(|(_, bits)| *bits |= bit),
                // Nothing before the first hour once all room is used.
                Err(0) if self.hours.len() >= MOST_HOURS => return,
                Err(at) => self.hours.insert(at, (hour, bit)),
            },
            _ => self.hours.push_back((hour, bit)),
        }
        while self.hours.len() > MOST_HOURS {
            self.hours.pop_front();
        }
    }

    /// Takes in what another device was seen in, that turned out to be the same.
    pub(super) fn join(&mut self, other: &Self) {
        for (hour, bits) in &other.hours {
            for minute in (0..60).filter(|minute| bits >> minute & 1 == 1) {
                self.minute(hour * 60 + minute);
            }
        }
    }

    /// Second at which each hour begins, and how many of its minutes count.
    pub(super) fn hours(&self) -> impl Iterator<Item = (u64, u32)> {
        self.hours.iter().map(|(hour, bits)| (hour * 3600, bits.count_ones()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: u64, minute: u64) -> Timestamp {
        Timestamp::new(hour * 3600 + minute * 60, 5)
    }

    #[test]
    fn minutes_are_counted_once_and_in_any_order() {
        let mut presence = Presence::default();
        for (hour, minute) in [(5, 1), (5, 1), (5, 2), (7, 0), (4, 59), (6, 3), (5, 2)] {
            presence.at(at(hour, minute));
        }
        let hours: Vec<_> = presence.hours().collect();
        assert_eq!(hours, [(4 * 3600, 1), (5 * 3600, 2), (6 * 3600, 1), (7 * 3600, 1)]);
    }

    #[test]
    fn a_span_fills_what_is_between() {
        let mut presence = Presence::default();
        presence.between(at(1, 58), at(2, 1));
        assert_eq!(presence.hours().collect::<Vec<_>>(), [(3600, 2), (7200, 2)]);
    }

    #[test]
    fn two_weeks_are_kept() {
        let mut presence = Presence::default();
        presence.between(at(0, 0), at(24 * 365, 0));
        assert!(presence.hours().count() <= MOST_HOURS);
        assert_eq!(presence.hours().last(), Some((24 * 365 * 3600, 1)));
        presence.at(at(3, 0));
        assert!(presence.hours().count() <= MOST_HOURS);
    }
}
