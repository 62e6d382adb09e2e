use std::collections::HashMap;

use super::line::Line;
use crate::item::SeenFlow;

/// What flows came to in a minute, by device and protocol.
///
/// A flow counts in the minute in which its record comes: a line for a minute that was sent before
/// would replace that one, not add to it.
#[derive(Debug, Default)]
pub(super) struct Rollup {
    sums: HashMap<Key, Sums, foldhash::fast::RandomState>,
    /// Minutes since 1970.
    minute: u64,
    /// The time that its lines carry: when the minute began, or when we did, so that the two halves
    /// of a minute with a restart in it stand side by side.
    time: u64,
}

#[derive(PartialEq, Eq, Hash, Debug)]
struct Key {
    device: String,
    protocol: &'static str,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    flows: u64,
    sent_packets: u64,
    received_packets: u64,
    sent_bytes: u64,
    received_bytes: u64,
}

/// Pairs of device and protocol in a minute; the rest is one sum.
const MOST_KEYS: usize = 4096;
const NOBODY: &str = "unknown";
const THE_REST: &str = "others";

const MINUTE: u64 = 60_000_000_000;

impl Rollup {
    /// It is `now` at least; returns the lines of a minute that is over by that.
    pub(super) fn advance(&mut self, now: u64) -> String {
        let minute = now / MINUTE;
        if minute <= self.minute {
            return String::new();
        }
        let first = self.minute == 0;
        let lines = self.close();
        self.minute = minute;
        self.time = if first { now } else { minute * MINUTE };
        lines
    }

    /// The capture's clock says that it is `now`, even if that is earlier than it was.
    pub(super) fn set(&mut self, now: u64) -> String {
        if now / MINUTE >= self.minute {
            return self.advance(now);
        }
        let lines = self.close();
        (self.minute, self.time) = (now / MINUTE, now);
        lines
    }

    pub(super) fn add(&mut self, flow: &SeenFlow) {
        let record = &flow.record;
        let sums = Sums {
            flows: 1,
            sent_packets: record.src_packets,
            received_packets: record.dst_packets,
            sent_bytes: record.src_bytes,
            received_bytes: record.dst_bytes,
        };
        let (source, destination) = (flow.src_device.as_deref(), flow.dst_device.as_deref());
        self.count(
            if destination.is_none() { source.or(Some(NOBODY)) } else { source },
            record.protocol,
            sums,
        );
        if destination != source {
            self.count(destination, record.protocol, sums.reversed());
        }
    }

    /// The lines of the minute so far; the next one begins empty.
    pub(super) fn close(&mut self) -> String {
        let mut lines = String::new();
        for (Key { device, protocol }, sums) in self.sums.drain() {
            let line = Line::new("netmonsec_flows").tag("device", &device).tag("protocol", protocol);
            let line = line.number("flows", sums.flows);
            let line = line.number("sent_packets", sums.sent_packets).number("sent_bytes", sums.sent_bytes);
            let line = line.number("received_packets", sums.received_packets);
            lines.push_str(&line.number("received_bytes", sums.received_bytes).at(self.time));
        }
        lines
    }

    fn count(&mut self, device: Option<&str>, protocol: &'static str, sums: Sums) {
        let Some(device) = device else { return };
        let mut key = Key { device: device.to_owned(), protocol };
        if self.sums.len() >= MOST_KEYS && !self.sums.contains_key(&key) {
            key = Key { device: THE_REST.to_owned(), protocol: THE_REST };
        }
        self.sums.entry(key).or_default().add(sums);
    }
}

impl Sums {
    /// As the other side sees it.
    fn reversed(self) -> Self {
        Self {
            flows: self.flows,
            sent_packets: self.received_packets,
            received_packets: self.sent_packets,
            sent_bytes: self.received_bytes,
            received_bytes: self.sent_bytes,
        }
    }

    fn add(&mut self, more: Self) {
        for (sum, more) in [
            (&mut self.flows, more.flows),
            (&mut self.sent_packets, more.sent_packets),
            (&mut self.received_packets, more.received_packets),
            (&mut self.sent_bytes, more.sent_bytes),
            (&mut self.received_bytes, more.received_bytes),
        ] {
            *sum = sum.saturating_add(more);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(bytes: u64) -> Sums {
        Sums { flows: 1, sent_bytes: bytes, ..Sums::default() }
    }

    #[test]
    fn a_minute_is_one_line_a_pair_and_the_first_says_when_it_began() {
        let mut rollup = Rollup::default();
        assert_eq!(rollup.advance(5 * MINUTE + 7), "");
        rollup.count(Some("a b"), "tls", sums(10));
        rollup.count(Some("a b"), "tls", sums(20));
        assert_eq!(rollup.advance(5 * MINUTE + 9), "");
        let line = "netmonsec_flows,device=a\\ b,protocol=tls flows=2i,sent_packets=0i,sent_bytes=30i,\
                    received_packets=0i,received_bytes=0i";
        assert_eq!(rollup.advance(6 * MINUTE + 1), format!("{line} {}\n", 5 * MINUTE + 7));
        rollup.count(Some("a"), "dns", sums(1));
        assert!(rollup.set(2 * MINUTE).ends_with(&format!(" {}\n", 6 * MINUTE)));
        assert_eq!(rollup.close(), "");
    }

    #[test]
    fn pairs_beyond_the_bound_are_one() {
        let mut rollup = Rollup::default();
        for n in 0..MOST_KEYS + 50 {
            rollup.count(Some(&n.to_string()), "tls", sums(1));
        }
        let lines = rollup.close();
        assert_eq!(lines.lines().count(), MOST_KEYS + 1);
        assert!(lines.contains("device=others,protocol=others flows=50i"));
    }
}
