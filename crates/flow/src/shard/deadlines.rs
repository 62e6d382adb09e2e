//! When flows run out, and what happens then.

use wire::{Timestamp, ip_protocol};

use super::{Ended, Shard};
use crate::entry::{Entry, bit};
use crate::settings::Timeouts;
use crate::state::{EndReason, State};

impl Shard {
    /// Packet time has come to the whole second `second`: what ran out before it ends.
    pub fn advance(&mut self, second: u64, out: &mut Vec<Ended>) {
        while let Some(place) = self.wheel.pop_before(&mut self.slab, second) {
            let entry = self.slab.get_mut(place);
            let deadline = deadline(&self.timeouts, entry);
            if deadline.secs() < second {
                let reason = EndReason::of(entry.state(), EndReason::Idle);
                self.end(place, reason, deadline, false, out);
                continue;
            }
            if cut_time(&self.timeouts, entry).secs() < second {
                entry.bits |= bit::CUT_DUE;
            }
            self.file(place, second);
        }
    }

    /// When the flow at `place` is over if nothing more comes.
    pub(super) fn deadline(&self, place: u32) -> Timestamp {
        deadline(&self.timeouts, self.slab.get(place))
    }

    /// Files a flow under the second in which it has to be looked at.
    pub(super) fn file(&mut self, place: u32, now_second: u64) {
        let entry = self.slab.get(place);
        let mut due = deadline(&self.timeouts, entry);
        if !entry.has(bit::CUT_DUE) {
            due = due.min(cut_time(&self.timeouts, entry));
        }
        self.wheel.file(&mut self.slab, place, now_second, due.secs());
    }

    /// The timeouts are others: every flow moves to where it belongs by them.
    pub(super) fn refile_all(&mut self) {
        for (_, place) in self.open_flows() {
            self.wheel.remove(&mut self.slab, place);
            // The wheel turns already, so the second does not matter.
            self.file(place, 0);
        }
    }

    /// A flow came out of state `before`: if its time got shorter by that, it moves in the wheel.
    #[cold]
    pub(super) fn refile_if_shorter(&mut self, place: u32, before: State, now: Timestamp) {
        let entry = self.slab.get(place);
        if idle_ns(&self.timeouts, entry, entry.state()) < idle_ns(&self.timeouts, entry, before) {
            self.wheel.remove(&mut self.slab, place);
            self.file(place, now.secs());
        }
    }
}

impl Timeouts {
    /// The shortest time that any flow has.
    pub(crate) fn shortest_ns(&self) -> u64 {
        let tcp = self.tcp_half_open_ns.min(self.tcp_established_ns).min(self.tcp_closed_ns);
        let udp = self.udp_unanswered_ns.min(self.udp_ns);
        tcp.min(udp).min(self.icmp_ns).min(self.other_ns)
    }
}

fn deadline(timeouts: &Timeouts, entry: &Entry) -> Timestamp {
    Timestamp(entry.last) + idle_ns(timeouts, entry, entry.state())
}

/// When the flow has lasted long enough for a part.
fn cut_time(timeouts: &Timeouts, entry: &Entry) -> Timestamp {
    Timestamp(entry.start) + timeouts.active_ns
}

fn idle_ns(timeouts: &Timeouts, entry: &Entry, state: State) -> u64 {
    match (entry.key.protocol(), state) {
        // A segment or two out of nowhere is no connection yet.
        (ip_protocol::TCP, State::Established | State::FinWait1 | State::FinWait2)
            if !entry.is_unproven() =>
        {
            timeouts.tcp_established_ns
        }
        (ip_protocol::TCP, State::TimeWait | State::Reset) => timeouts.tcp_closed_ns,
        (ip_protocol::TCP, _) => timeouts.tcp_half_open_ns,
        (ip_protocol::UDP, State::Answered) => timeouts.udp_ns,
        (ip_protocol::UDP, _) => timeouts.udp_unanswered_ns,
        (ip_protocol::ICMP | ip_protocol::ICMPV6, _) => timeouts.icmp_ns,
        _ => timeouts.other_ns,
    }
}
