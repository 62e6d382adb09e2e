//! What flows carry, counted while they are open and once only.

use std::net::IpAddr;

use flow::{FlowKey, What};
use wire::{MacAddr, Timestamp};

use crate::detector::Sight;
use crate::table::Table;

/// Open flows of which something was counted.
const MOST: usize = 65_536;
/// No part of a flow lasts longer: `flow.timeouts.active` is a day at most.
const IDLE_NS: u64 = 2 * 86_400_000_000_000;

/// Bytes of open flows that were counted already.
#[derive(Debug)]
pub(crate) struct Progress {
    /// By flow and begin of the part: the parts of one flow are counted from nothing each.
    told: Table<(FlowKey, Timestamp), [u64; 2]>,
}

/// Bytes of a flow that were not counted before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Step {
    /// Who opened the flow.
    pub(crate) src: IpAddr,
    /// The other side.
    pub(crate) dst: IpAddr,
    /// Link-layer addresses, `[src, dst]`.
    pub(crate) macs: [Option<MacAddr>; 2],
    /// Bytes sent by `[src, dst]`.
    pub(crate) bytes: [u64; 2],
}

impl Default for Progress {
    fn default() -> Self {
        Self { told: Table::new(MOST) }
    }
}

impl Progress {
    /// What a sight tells of a flow's bytes that was not told before.
    pub(crate) fn take(&mut self, sight: &Sight<'_>, now: Timestamp) -> Option<Step> {
        match sight {
            Sight::Flow(event) => {
                let What::Grew { bytes, start, .. } = event.what else { return None };
                let key = (event.key, start);
                // Without room nothing is counted now, and all of it at the end.
                let told = self.told.at(&key, now)?;
                let new = beyond(bytes, std::mem::replace(told, bytes));
                self.told.prove(&key);
                Some(Step { src: event.src.0, dst: event.dst.0, macs: event.macs, bytes: new })
            }
            Sight::Ended(ended, _) => {
                let entry = &ended.entry;
                let told = self.told.remove(&(*entry.key(), entry.start())).unwrap_or_default();
                let bytes = beyond(entry.bytes(), told);
                Some(Step { src: entry.src().0, dst: entry.dst().0, macs: entry.macs(), bytes })
            }
            _ => None,
        }
    }

    /// Forgets flows whose end was missed.
    pub(crate) fn expire(&mut self, now: Timestamp) {
        self.told.expire(now, IDLE_NS);
    }

    /// Flows there are, and flows that were refused.
    pub(crate) fn load(&self) -> (usize, u64) {
        self.told.load()
    }
}

fn beyond(bytes: [u64; 2], told: [u64; 2]) -> [u64; 2] {
    [bytes[0].saturating_sub(told[0]), bytes[1].saturating_sub(told[1])]
}

#[cfg(test)]
mod tests {
    use flow::State;
    use wire::ip_protocol::TCP;

    use super::*;
    use crate::testing::{at, event, ip};

    fn grew(ms: u64, start: u64, bytes: [u64; 2]) -> flow::Event {
        let what = What::Grew {
            by_src: true,
            since: 64,
            packets: [64, 64],
            bytes,
            start: at(start),
            state: State::Established,
            protocol: None,
            icmp: [0; 2],
        };
        event(ms, TCP, (ip("10.0.0.5"), 50_000), (ip("203.0.113.9"), 443), what)
    }

    #[test]
    fn what_was_told_is_not_told_again_and_parts_begin_anew() {
        let mut progress = Progress::default();
        let mut step = |ms, start, bytes| {
            let event = grew(ms, start, bytes);
            progress.take(&Sight::Flow(&event), at(ms)).unwrap().bytes
        };
        assert_eq!(step(10, 0, [100, 50]), [100, 50]);
        assert_eq!(step(20, 0, [300, 50]), [200, 0]);
        assert_eq!(step(30, 25, [40, 10]), [40, 10]);
        assert_eq!(progress.load(), (2, 0));
    }
}
