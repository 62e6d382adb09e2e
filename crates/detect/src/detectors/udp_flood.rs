//! Far more datagrams to one host than anybody there answers.

use std::net::IpAddr;

use flow::What;
use model::Severity;
use wire::{Timestamp, ip_protocol};

use crate::actor::Actor;
use crate::attempts::is_group;
use crate::desk::Desk;
use crate::detector::{Detector, Kind, Sight, Spec};
use crate::flood::{SECONDS, Steps, Victim, Wave};
use crate::report::Report;
use crate::table::Table;
use crate::threshold::{Setting, Threshold};

pub(crate) const SPEC: Spec = Spec {
    id: "udp-flood",
    title: "UDP flood",
    severity: Severity::High,
    mitre: &["T1498.001", "T1498.002"],
    about: "Datagrams that came to one host within three seconds in flows that it has not answered, against a \
            limit and eight times what is usual there. Multicast and broadcast do not count, nor do streams \
            that are known by their payload (RTP, syslog, NetFlow, VXLAN and others go one way by nature).",
    harmless: "a stream that goes one way and has no form that is known: video, telemetry, a tunnel; a load \
               test.",
    next: "look at what listens at that port; if sources are many, they are probably made up, and the \
           hardware address or interface they come from tells more.",
    thresholds: &[
        Threshold {
            name: "unanswered",
            default: Setting::Count(250),
            range: (10.0, 1e9),
            about: "unanswered datagrams within three seconds, if each comes in a flow of its own; twice as many if \
                they come in few",
        },
        Threshold {
            name: "stream_rate",
            default: Setting::Count(500),
            range: (1.0, 1e9),
            about: "datagrams a second from which on one unanswered flow is looked at: slower ones may be video",
        },
    ],
    sees: &[Kind::Flow],
    new: || Box::new(UdpFlood::default()),
};

const UNANSWERED: usize = 0;
const STREAM_RATE: usize = 1;

/// Addresses that are watched.
const MOST_VICTIMS: usize = 4096;
const IDLE_NS: u64 = 3_600_000_000_000;
/// A victim of so many in three seconds is not given up for another.
const WORTH_KEEPING: u64 = 50;
/// To so many ports nobody sends by mistake, even from one source, and few scan so fast.
const TIMES_IF_SCATTERED: u64 = 3;

/// A datagram in a flow of its own counts as two in one that goes on: an unknown stream may well go
/// one way.
const IN_NEW_FLOW: u32 = 2;

const SENT: usize = 0;
const ANSWERED: usize = 1;
const KINDS: usize = 2;

#[derive(Debug)]
struct UdpFlood {
    victims: Table<IpAddr, Victim<KINDS>>,
    steps: Steps,
}

impl Default for UdpFlood {
    fn default() -> Self {
        Self { victims: Table::new(MOST_VICTIMS), steps: Steps::default() }
    }
}

impl Detector for UdpFlood {
    fn see(&mut self, sight: &Sight<'_>, desk: &mut Desk<'_>) {
        let Sight::Flow(event) = sight else { return };
        if event.key.protocol() != ip_protocol::UDP {
            return;
        }
        let (by_src, more) = match event.what {
            What::Opened { by_src, .. } => (by_src, IN_NEW_FLOW),
            What::Grew { by_src, since, start, packets: [sent, answered], protocol: None, .. }
                if (by_src && answered == 0) || (!by_src && sent == 0) =>
            {
                let (more, per_s) = self.steps.lately(event, by_src, since, start);
                if per_s < desk.count(STREAM_RATE, Actor::default()) {
                    return;
                }
                (by_src, more)
            }
            What::Answered => {
                if let Some(victim) = self.victims.get_mut(&event.dst.0) {
                    victim.add(desk.now, ANSWERED, IN_NEW_FLOW);
                }
                return;
            }
            _ => return,
        };
        let [src_mac, dst_mac] = event.macs;
        let (src, dst, mac, mac_of_dst) = if by_src {
            (event.src, event.dst, src_mac, dst_mac)
        } else {
            (event.dst, event.src, dst_mac, src_mac)
        };
        if is_group(dst.0) || mac_of_dst.is_some_and(|mac| mac.0[0] & 1 != 0) {
            return;
        }
        let Some(victim) = self.victims.at(&dst.0, desk.now) else { return };
        victim.add(desk.now, SENT, more);
        victim.sources.add(src.0, mac, more.into());
        victim.ports.add(dst.1, more.into());
        if victim.lately.sums()[SENT] >= WORTH_KEEPING {
            self.victims.prove(&dst.0);
        }
    }

    fn advance(&mut self, now: Timestamp, desk: &mut Desk<'_>) {
        let is_end = desk.is_end;
        for (ip, victim) in self.victims.iter_mut().filter(|(_, victim)| victim.is_due(now, is_end)) {
            let bad = unanswered(&victim.lately.sums());
            let mut limit = victim.limit(desk.count(UNANSWERED, Actor::ip(*ip)));
            if !victim.ports.is_few() && !victim.sources.are_many() {
                limit = limit.saturating_mul(TIMES_IF_SCATTERED);
            }
            if victim.judge(bad >= limit, unanswered)
                && let Some(wave) = victim.wave
            {
                desk.report(report(*ip, victim, &wave, limit));
            }
        }
        if now.secs().is_multiple_of(60) {
            self.victims.expire(now, IDLE_NS);
            self.steps.expire(now);
        }
    }

    fn load(&self) -> (usize, u64) {
        let (victims, steps) = (self.victims.load(), self.steps.load());
        (victims.0 + steps.0, victims.1 + steps.1)
    }
}

fn unanswered(sums: &[u64; KINDS]) -> u64 {
    sums[SENT].saturating_sub(sums[ANSWERED]) / u64::from(IN_NEW_FLOW)
}

fn report(ip: IpAddr, victim: &Victim<KINDS>, wave: &Wave, limit: u64) -> Report {
    let [sent, answered] = victim.lately.sums();
    let from = victim.sources.words();
    let port = victim.ports.half();
    let at = port.map_or_else(|| ip.to_string(), |port| format!("port {port} of {ip}"));
    let (actor, target, title) = match wave.chief {
        Some(chief) => {
            (chief, Some(Actor::ip(ip)), format!("floods {at} with datagrams: {} so far", wave.all))
        }
        None => {
            let port = port.map(|port| format!(" at port {port}")).unwrap_or_default();
            (Actor::ip(ip), None, format!("is flooded with datagrams{port} from {from}: {} so far", wave.all))
        }
    };
    let mut evidence = vec![
        ("unanswered", wave.all.into()),
        ("most_per_s", wave.most_per_s.into()),
        ("weighted_in_3s", (sent / u64::from(IN_NEW_FLOW)).into()),
        ("flows_answered_in_3s", (answered / u64::from(IN_NEW_FLOW)).into()),
    ];
    evidence.extend(victim.sources.evidence());
    Report {
        actor,
        target,
        count: wave.all,
        first: wave.first,
        last: wave.last,
        title,
        measured: format!(
            "{} datagrams came to {at} from {from} in flows that nobody answered, at most {} a second; the \
             limit is {limit} in {SECONDS} s.",
            wave.all, wave.most_per_s,
        ),
        usual: (victim.usual >= 1.0)
            .then(|| format!("Usually it is {:.0} in 3 s at that host.", victim.usual)),
        evidence,
        port,
        protocol: Some("udp"),
        ..Report::default()
    }
}

#[cfg(test)]
mod tests;
