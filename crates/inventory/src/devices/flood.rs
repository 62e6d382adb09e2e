//! Hardware addresses that appear faster than devices can.

use std::collections::VecDeque;

use wire::Timestamp;

/// Counts new hardware addresses within ten seconds.
#[derive(Debug, Default)]
pub(super) struct Flood {
    /// Seconds and the new addresses of each.
    seconds: VecDeque<(u64, u64)>,
    sum: u64,
    peak: u64,
    floods: u64,
    on: bool,
}

const WINDOW_S: u64 = 10;
/// A switch with a thousand devices that comes back after a power cut does not do this; tools that
/// overrun the address tables of switches (macof) do ten times as much.
const FLOOD: u64 = 2000;

impl Flood {
    pub(super) fn new_mac(&mut self, time: Timestamp) {
        let second = time.secs();
        match self.seconds.back_mut() {
            // A packet that comes late counts now.
            Some((last, count)) if *last >= second => *count += 1,
            _ => self.seconds.push_back((second, 1)),
        }
        self.sum += 1;
        let newest = self.seconds.back().map_or(second, |(last, _)| *last);
        while let Some((first, count)) = self.seconds.front().copied()
            && first + WINDOW_S <= newest
        {
            self.seconds.pop_front();
            self.sum -= count;
        }
        self.peak = self.peak.max(self.sum);
        if self.sum >= FLOOD && !self.on {
            self.floods += 1;
            self.on = true;
        } else if self.sum < FLOOD / 2 {
            self.on = false;
        }
    }

    /// There is a flood at the moment.
    pub(super) fn is_on(&self) -> bool {
        self.on
    }

    /// The most within ten seconds, and how often that was a flood.
    pub(super) fn counts(&self) -> (u64, u64) {
        (self.peak, self.floods)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_counted_once_until_it_ends() {
        let mut flood = Flood::default();
        for n in 0..10_000_u64 {
            flood.new_mac(Timestamp::new(n / 1000, 0));
        }
        assert_eq!(flood.counts(), (10_000, 1));
        flood.new_mac(Timestamp::new(1000, 0));
        for n in 0..3000_u64 {
            flood.new_mac(Timestamp::new(2000 + n / 1000, 0));
        }
        assert_eq!(flood.counts().1, 2);
    }

    #[test]
    fn a_busy_morning_is_none() {
        let mut flood = Flood::default();
        (0..10_000_u64).for_each(|n| flood.new_mac(Timestamp::new(n / 10, 0)));
        assert_eq!(flood.counts(), (100, 0));
    }
}
