//! Far more connections begun at one host than are ever completed.

use std::net::IpAddr;

use flow::{State, What};
use model::Severity;
use serde_json::{Map, Value};
use wire::Timestamp;
use wire::tcp::flag;

use crate::actor::Actor;
use crate::desk::Desk;
use crate::detector::{Detector, Kind, Sight, Spec};
use crate::flood::{SECONDS, Victim, Wave};
use crate::report::Report;
use crate::table::Table;
use crate::threshold::{Setting, Threshold};

pub(crate) const SPEC: Spec = Spec {
    id: "syn-flood",
    title: "SYN flood",
    severity: Severity::High,
    mitre: &["T1499.001", "T1498.001"],
    about: "SYNs that came to one host within three seconds and whose handshake was not completed: how many, \
            and which share of all SYNs, against a limit and eight times what is usual at that host. They \
            must go to few ports or come from many sources, else it is a port scan.",
    harmless: "a load test, a service that went down while many clients want it.",
    next: "if one source does it, ask whoever runs it, or block it; if sources are many, they are probably \
           made up: look at the hardware address or interface that they come from, and turn on SYN cookies.",
    thresholds: &[
        Threshold {
            name: "half_open",
            default: Setting::Count(150),
            range: (10.0, 1e9),
            about: "handshakes begun within three seconds and not completed; four that are refused count as one",
        },
        Threshold {
            name: "share",
            default: Setting::Ratio(0.8),
            range: (0.1, 1.0),
            about: "share of these among all that were begun",
        },
    ],
    sees: &[Kind::Flow],
    new: || Box::new(SynFlood::default()),
};

const HALF_OPEN: usize = 0;
const SHARE: usize = 1;

/// Addresses that are watched.
const MOST_VICTIMS: usize = 4096;
/// What a victim's usual number is kept for.
const IDLE_NS: u64 = 86_400_000_000_000;
/// Fewer half-open handshakes in three seconds need not be remembered.
const LEAST_USUAL: f64 = 1.0;

/// Kinds of what is counted.
const SYNS: usize = 0;
const ANSWERED: usize = 1;
const COMPLETED: usize = 2;
const REFUSED: usize = 3;
const KINDS: usize = 4;

#[derive(Debug)]
struct SynFlood {
    victims: Table<IpAddr, Victim<KINDS>>,
}

impl Default for SynFlood {
    fn default() -> Self {
        Self { victims: Table::new(MOST_VICTIMS) }
    }
}

impl Detector for SynFlood {
    fn see(&mut self, sight: &Sight<'_>, desk: &mut Desk<'_>) {
        let Sight::Flow(event) = sight else { return };
        if !event.is_tcp() {
            return;
        }
        let kind = match event.what {
            What::Opened { tcp_flags, by_src: true, .. }
                if tcp_flags & (flag::SYN | flag::ACK | flag::FIN | flag::RST) == flag::SYN =>
            {
                if let Some(victim) = self.victims.at(&event.dst.0, desk.now) {
                    victim.add(desk.now, SYNS, 1);
                    victim.sources.add(event.src.0, event.macs[0], 1);
                    victim.ports.add(event.dst.1, 1);
                    if victim.lately.sums()[SYNS] == WORTH_KEEPING {
                        self.victims.prove(&event.dst.0);
                    }
                }
                return;
            }
            What::Answered => ANSWERED,
            What::Established => COMPLETED,
            What::Reset { by_src: false, from: State::SynSent } => REFUSED,
            _ => return,
        };
        if let Some(victim) = self.victims.get_mut(&event.dst.0) {
            victim.add(desk.now, kind, 1);
        }
    }

    fn advance(&mut self, now: Timestamp, desk: &mut Desk<'_>) {
        let share = desk.ratio(SHARE, Actor::default());
        let is_end = desk.is_end;
        for (ip, victim) in self.victims.iter_mut().filter(|(_, victim)| victim.is_due(now, is_end)) {
            let sums = victim.lately.sums();
            let bad = half_open(&sums);
            let limit = victim.limit(desk.count(HALF_OPEN, Actor::ip(*ip)));
            let is_too_much = bad >= limit
                && sums[SYNS].saturating_sub(sums[COMPLETED]) as f64 >= share * sums[SYNS] as f64
                && (victim.ports.is_few() || victim.sources.are_many());
            if victim.judge(is_too_much, half_open)
                && let Some(wave) = victim.wave
            {
                desk.report(report(*ip, victim, &wave, limit, share));
            }
        }
        if now.secs().is_multiple_of(60) {
            self.victims.expire(now, IDLE_NS);
        }
    }

    fn load(&self) -> (usize, u64) {
        self.victims.load()
    }

    fn save(&self) -> Option<Value> {
        let usual = self.victims.iter().filter(|(_, victim)| victim.usual >= LEAST_USUAL);
        let usual: Map<_, _> = usual.map(|(ip, victim)| (ip.to_string(), victim.usual.into())).collect();
        (!usual.is_empty()).then_some(Value::Object(usual))
    }

    fn restore(&mut self, saved: &Value) {
        for (ip, usual) in saved.as_object().into_iter().flatten() {
            if let (Ok(ip), Some(usual)) = (ip.parse(), usual.as_f64())
                && usual.is_finite()
                && let Some(victim) = self.victims.at(&ip, Timestamp(0))
            {
                victim.usual = usual.clamp(0.0, 1e9);
            }
        }
    }
}

/// A victim of so many SYNs in three seconds is not given up for another.
const WORTH_KEEPING: u64 = 50;

/// Clients that are refused try again soon, without ill intent; a refusal costs the victim little.
const TIMES_IF_REFUSED: u64 = 4;

fn half_open(sums: &[u64; KINDS]) -> u64 {
    let open = sums[SYNS].saturating_sub(sums[COMPLETED]);
    let refused = sums[REFUSED].min(open);
    open - refused + refused / TIMES_IF_REFUSED
}

fn report(ip: IpAddr, victim: &Victim<KINDS>, wave: &Wave, limit: u64, share: f64) -> Report {
    let sums = victim.lately.sums();
    let [syns, answered, completed, refused] = sums;
    let per_s = half_open(&sums) / SECONDS as u64;
    let from = victim.sources.words();
    let port = victim.ports.half();
    let at = port.map_or_else(|| ip.to_string(), |port| format!("port {port} of {ip}"));
    let (actor, target, title) = match wave.chief {
        Some(chief) => (chief, Some(Actor::ip(ip)), format!("floods {at} with SYNs: {} so far", wave.all)),
        None => {
            let port = port.map(|port| format!(" at port {port}")).unwrap_or_default();
            (Actor::ip(ip), None, format!("is flooded with SYNs{port} from {from}: {} so far", wave.all))
        }
    };
    let mut evidence = vec![
        ("half_open", wave.all.into()),
        ("most_per_s", wave.most_per_s.into()),
        ("syns_in_3s", syns.into()),
        ("answered_in_3s", answered.into()),
        ("completed_in_3s", completed.into()),
        ("refused_in_3s", refused.into()),
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
            "Of {syns} SYNs that came to {at} within 3 s, from {from}, {completed} led to a connection; {} \
             handshakes were not completed so far, {per_s} a second at last. The limit is {limit} in 3 s, if \
             that is {:.0} % of all.",
            wave.all,
            share * 100.0,
        ),
        usual: (victim.usual >= LEAST_USUAL)
            .then(|| format!("Usually it is {:.0} in 3 s at that host.", victim.usual)),
        evidence,
        port,
        protocol: Some("tcp"),
        ..Report::default()
    }
}

#[cfg(test)]
mod tests;
