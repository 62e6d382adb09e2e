//! The watcher itself does not see everything.

use std::collections::BTreeMap;

use flow::Ended;
use model::Severity;
use wire::{Timestamp, ip_protocol};

use crate::actor::Actor;
use crate::desk::Desk;
use crate::detector::{Detector, Kind, Loss, Sight, Spec};
use crate::report::Report;
use crate::threshold::{Setting, Threshold};

pub(crate) const SPEC: Spec = Spec {
    id: "capture-loss",
    title: "Capture is incomplete",
    severity: Severity::Low,
    mitre: &[],
    about: "In five minutes of one interface: packets that the kernel dropped; or gaps in TCP's sequence numbers \
            that nobody filled, over many connections; or connections of which only one direction is seen; or \
            packets that are seen twice. What is not seen cannot be judged.",
    harmless: "a mirror port that is set up so on purpose, a path on which many packets are really lost.",
    next: "see `netmonsec check` for drops in the kernel; let the mirror port carry both directions of each port, \
           once, and not more than its speed.",
    thresholds: &[
        Threshold {
            name: "loss",
            default: Setting::Ratio(0.05),
            range: (0.000_1, 1.0),
            about: "share of packets that are missing",
        },
        Threshold {
            name: "one_sided",
            default: Setting::Ratio(0.5),
            range: (0.01, 1.0),
            about: "share of TCP connections of which one direction is missing",
        },
        Threshold {
            name: "duplicates",
            default: Setting::Ratio(0.2),
            range: (0.001, 1.0),
            about: "share of TCP packets that were seen twice",
        },
        Threshold {
            name: "packets",
            default: Setting::Count(10_000),
            range: (100.0, 1e12),
            about: "packets in five minutes below which nothing is said",
        },
    ],
    sees: &[Kind::Ended, Kind::Loss],
    new: || Box::new(CaptureLoss::default()),
};

const LOSS: usize = 0;
const ONE_SIDED: usize = 1;
const DUPLICATES: usize = 2;
const PACKETS: usize = 3;

const INTERVAL_S: u64 = 300;
/// Fewer connections than this with gaps are those connections' trouble.
const FEWEST_FLOWS: u64 = 20;
/// No single one may have more than this share of the gaps that count.
const LARGEST_SHARE: f64 = 0.25;
/// A connection of fewer packets may well have had only one direction.
const LONG: u32 = 8;
/// Smaller on average, and a side only acknowledges.
const DATA_BYTES: u64 = 64;
/// Interfaces that are told apart.
const MOST_INTERFACES: usize = 64;

#[derive(Debug, Default)]
struct CaptureLoss {
    interval: u64,
    now: BTreeMap<u16, Sums>,
    /// When each trouble of an interface began, and for how many intervals it went on.
    troubles: BTreeMap<(u16, Trouble), (Timestamp, u64)>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Trouble {
    Dropped,
    Gaps,
    OneSided,
    Duplicates,
}

/// What one interface showed within an interval.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Sums {
    received: u64,
    dropped: u64,
    tcp_packets: u64,
    /// Packets of sides that send data.
    data_packets: u64,
    gaps: u64,
    flows_with_gaps: u64,
    largest_gaps: u64,
    duplicates: u64,
    /// TCP connections of some length, and those of which only one side was seen.
    long_flows: u64,
    one_sided: u64,
}

/// What one TCP connection showed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Seen {
    packets: [u32; 2],
    payload_bytes: [u64; 2],
    gaps: u32,
    /// Segments that filled gaps, or may have.
    late: u32,
    duplicates: u32,
}

impl Detector for CaptureLoss {
    fn see(&mut self, sight: &Sight<'_>, desk: &mut Desk<'_>) {
        self.come_to(desk.now, desk);
        match sight {
            Sight::Ended(ended, _) if ended.entry.key().protocol() == ip_protocol::TCP => {
                if let Some(sums) = self.of(ended.entry.interface()) {
                    sums.flow(&Seen::of(ended));
                }
            }
            Sight::Loss(loss) => {
                let Loss { interface, received, dropped } = *loss;
                if let Some(sums) = self.of(interface) {
                    sums.received = sums.received.saturating_add(received);
                    sums.dropped = sums.dropped.saturating_add(dropped);
                }
            }
            _ => {}
        }
    }

    fn advance(&mut self, now: Timestamp, desk: &mut Desk<'_>) {
        self.come_to(now, desk);
        if desk.is_end {
            self.judge(now, desk);
        }
    }

    fn load(&self) -> (usize, u64) {
        (self.now.len() + self.troubles.len(), 0)
    }
}

impl CaptureLoss {
    fn of(&mut self, interface: u16) -> Option<&mut Sums> {
        if !self.now.contains_key(&interface) && self.now.len() >= MOST_INTERFACES {
            return None;
        }
        Some(self.now.entry(interface).or_default())
    }

    fn come_to(&mut self, now: Timestamp, desk: &mut Desk<'_>) {
        let interval = now.secs() / INTERVAL_S;
        if interval != self.interval {
            self.judge(now, desk);
            self.interval = interval;
        }
    }

    fn judge(&mut self, now: Timestamp, desk: &mut Desk<'_>) {
        for (interface, sums) in std::mem::take(&mut self.now) {
            for (trouble, share) in sums.troubles(desk) {
                let begin = now - INTERVAL_S * 1_000_000_000;
                let (first, count) = self.troubles.entry((interface, trouble)).or_insert((begin, 0));
                *count += 1;
                let report = report(interface, trouble, share, &sums, (*first, now, *count), desk);
                desk.report(report);
            }
        }
    }
}

impl Seen {
    fn of(ended: &Ended) -> Self {
        let quality = &ended.quality;
        let late = quality.retransmits.0.into_iter().chain(quality.out_of_order.0);
        Self {
            packets: ended.entry.packets(),
            payload_bytes: ended.entry.payload(),
            gaps: quality.lost,
            late: late.fold(0, u32::saturating_add),
            duplicates: quality.duplicates,
        }
    }
}

impl Sums {
    fn flow(&mut self, seen: &Seen) {
        for (packets, bytes) in seen.packets.into_iter().zip(seen.payload_bytes) {
            let packets = u64::from(packets);
            self.tcp_packets += packets;
            if packets > 0 && bytes / packets >= DATA_BYTES {
                self.data_packets += packets;
            }
        }
        // What was lost before the mirror is sent again, and seen then.
        let gaps = u64::from(seen.gaps.saturating_sub(seen.late));
        self.gaps += gaps;
        self.flows_with_gaps += u64::from(gaps > 0);
        self.largest_gaps = self.largest_gaps.max(gaps);
        self.duplicates += u64::from(seen.duplicates);
        let [src, dst] = seen.packets;
        if src.saturating_add(dst) >= LONG && seen.payload_bytes != [0, 0] {
            self.long_flows += 1;
            self.one_sided += u64::from(src == 0 || dst == 0);
        }
    }

    /// What is wrong, and how much of it.
    #[allow(clippy::cast_precision_loss, reason = "shares")]
    fn troubles(&self, desk: &Desk<'_>) -> Vec<(Trouble, f64)> {
        let share = |part: u64, whole: u64| part as f64 / whole.max(1) as f64;
        let floor = desk.count(PACKETS, Actor::default());
        let limit = |place| desk.ratio(place, Actor::default());
        let mut troubles = Vec::new();
        let offered = self.received.saturating_add(self.dropped);
        let dropped = share(self.dropped, offered);
        if offered >= floor && dropped >= limit(LOSS) {
            troubles.push((Trouble::Dropped, dropped));
        }
        if self.tcp_packets < floor {
            return troubles;
        }
        let gaps = share(self.gaps, self.gaps.saturating_add(self.data_packets));
        let spread =
            self.flows_with_gaps >= FEWEST_FLOWS && share(self.largest_gaps, self.gaps) <= LARGEST_SHARE;
        if gaps >= limit(LOSS) && spread {
            troubles.push((Trouble::Gaps, gaps));
        }
        let one_sided = share(self.one_sided, self.long_flows);
        if self.long_flows >= FEWEST_FLOWS && one_sided >= limit(ONE_SIDED) {
            troubles.push((Trouble::OneSided, one_sided));
        }
        let duplicates = share(self.duplicates, self.tcp_packets);
        if duplicates >= limit(DUPLICATES) {
            troubles.push((Trouble::Duplicates, duplicates));
        }
        troubles
    }
}

fn report(
    interface: u16,
    trouble: Trouble,
    share: f64,
    sums: &Sums,
    (first, last, count): (Timestamp, Timestamp, u64),
    desk: &Desk<'_>,
) -> Report {
    let per_cent = share * 100.0;
    let place = match desk.place.inventory.interface(interface) {
        Some(name) => name.to_owned(),
        None => format!("interface {interface}"),
    };
    let (kind, threshold, title, measured) = match trouble {
        Trouble::Dropped => (
            "dropped",
            LOSS,
            format!("the kernel drops {per_cent:.0} % of the packets of {place}"),
            format!("{} packets were dropped, and {} came through", sums.dropped, sums.received),
        ),
        Trouble::Gaps => (
            "gaps",
            LOSS,
            format!("about {per_cent:.0} % of the packets are missing on {place}"),
            format!(
                "{} gaps in {} connections were never filled, beside {} packets with data",
                sums.gaps, sums.flows_with_gaps, sums.data_packets
            ),
        ),
        Trouble::OneSided => (
            "one-sided",
            ONE_SIDED,
            format!("only one direction is seen of {per_cent:.0} % of the connections on {place}"),
            format!("{} of {} TCP connections showed one direction only", sums.one_sided, sums.long_flows),
        ),
        Trouble::Duplicates => (
            "duplicates",
            DUPLICATES,
            format!("{per_cent:.0} % of the packets are seen twice on {place}"),
            format!("{} of {} TCP packets came twice", sums.duplicates, sums.tcp_packets),
        ),
    };
    let limit = desk.ratio(threshold, Actor::default()) * 100.0;
    Report {
        severity: match trouble {
            Trouble::Dropped => Some(Severity::Medium),
            Trouble::Duplicates => Some(Severity::Info),
            _ => None,
        },
        about: format!("{place} {kind}"),
        count,
        first,
        last,
        title,
        measured: format!("{measured}, within five minutes: {per_cent:.1} %; the limit is {limit:.1} %."),
        evidence: vec![
            ("interface", place.into()),
            ("trouble", kind.into()),
            ("share", share.into()),
            ("intervals", count.into()),
            ("tcp_packets", sums.tcp_packets.into()),
        ],
        ..Report::default()
    }
}

#[cfg(test)]
mod tests;
