//! Far more ICMP messages to one host than anybody needs.

use std::net::IpAddr;

use flow::What;
use model::Severity;
use wire::{Timestamp, icmp, icmpv6, ip_protocol};

use crate::actor::Actor;
use crate::attempts::is_group;
use crate::desk::Desk;
use crate::detector::{Detector, Kind, Sight, Spec};
use crate::flood::{Lately, SECONDS, Steps, Victim, Wave};
use crate::report::Report;
use crate::table::Table;
use crate::threshold::{Setting, Threshold};

pub(crate) const SPEC: Spec = Spec {
    id: "icmp-flood",
    title: "ICMP flood",
    severity: Severity::High,
    mitre: &["T1498.001"],
    about: "Echo requests and other questions of ICMP, echo replies without a question, and redirects that \
            came to one host within three seconds, against a limit and eight times what is usual there. ICMP \
            errors count where they are far more than the packets that could have caused them: a host that \
            floods others gets errors back, and a host that is flooded sends them.",
    harmless: "`ping -f` by somebody who measures the network; a monitor with far too short an interval.",
    next: "if one source does it, ask whoever runs it; if sources are many, they are probably made up.",
    thresholds: &[
        Threshold {
            name: "messages",
            default: Setting::Count(120),
            range: (10.0, 1e9),
            about: "messages within three seconds",
        },
        Threshold {
            name: "errors",
            default: Setting::Count(1000),
            range: (10.0, 1e9),
            about: "errors within three seconds that nothing here has caused",
        },
    ],
    sees: &[Kind::Flow],
    new: || Box::new(IcmpFlood::default()),
};

const MESSAGES: usize = 0;
const ERRORS: usize = 1;

/// Addresses that are watched.
const MOST_VICTIMS: usize = 4096;
const IDLE_NS: u64 = 3_600_000_000_000;
/// A victim of so many in three seconds is not given up for another.
const WORTH_KEEPING: u64 = 50;

const ASKED: usize = 0;
const FAILED: usize = 1;
const KINDS: usize = 2;

#[derive(Debug)]
struct IcmpFlood {
    victims: Table<IpAddr, Victim<KINDS>>,
    /// What was sent, other than ICMP, by addresses that errors may come back to.
    senders: Table<IpAddr, Lately<1>>,
    steps: Steps,
}

impl Default for IcmpFlood {
    fn default() -> Self {
        Self { victims: Table::new(MOST_VICTIMS), senders: Table::new(MOST_VICTIMS), steps: Steps::default() }
    }
}

impl Detector for IcmpFlood {
    fn see(&mut self, sight: &Sight<'_>, desk: &mut Desk<'_>) {
        let Sight::Flow(event) = sight else { return };
        let (by_src, more, message, is_answered) = match event.what {
            What::Opened { by_src, icmp, .. } => (by_src, 1, icmp, false),
            What::Grew { by_src, since, start, icmp, packets: [sent, answered], .. } => {
                let (more, _) = self.steps.lately(event, by_src, since, start);
                (by_src, more, icmp, if by_src { answered } else { sent } > 0)
            }
            _ => return,
        };
        let (src, dst, mac) = if by_src {
            (event.src.0, event.dst.0, event.macs[0])
        } else {
            (event.dst.0, event.src.0, event.macs[1])
        };
        let kind = match kind(event.key.protocol(), message, is_answered) {
            Some(Kindred::Other) => {
                if let Some(sender) = self.senders.at(&src, desk.now) {
                    sender.add(desk.now, 0, more);
                    if sender.sums()[0] >= WORTH_KEEPING {
                        self.senders.prove(&src);
                    }
                }
                return;
            }
            Some(Kindred::Asks) => ASKED,
            Some(Kindred::Fails) => FAILED,
            None => return,
        };
        if is_group(dst) {
            return;
        }
        let Some(victim) = self.victims.at(&dst, desk.now) else { return };
        victim.add(desk.now, kind, more);
        victim.sources.add(src, mac, more.into());
        if victim.lately.sums().iter().sum::<u64>() >= WORTH_KEEPING {
            self.victims.prove(&dst);
        }
    }

    fn advance(&mut self, now: Timestamp, desk: &mut Desk<'_>) {
        let is_end = desk.is_end;
        for (ip, victim) in self.victims.iter_mut().filter(|(_, victim)| victim.is_due(now, is_end)) {
            let [asked, failed] = victim.lately.sums();
            let caused = self.senders.get(ip).map_or(0, |sender| sender.sums()[0]);
            let limit = victim.limit(desk.count(MESSAGES, Actor::ip(*ip)));
            let is_too_much =
                asked >= limit || failed.saturating_sub(caused) >= desk.count(ERRORS, Actor::ip(*ip));
            if victim.judge(is_too_much, |sums| sums.iter().sum())
                && let Some(wave) = victim.wave
            {
                desk.report(report(*ip, victim, &wave, limit));
            }
        }
        if now.secs().is_multiple_of(60) {
            self.victims.expire(now, IDLE_NS);
            self.senders.expire(now, SENDERS_NS);
            self.steps.expire(now);
        }
    }

    fn load(&self) -> (usize, u64) {
        let loads = [self.victims.load(), self.senders.load(), self.steps.load()];
        loads.iter().fold((0, 0), |(keys, refused), load| (keys + load.0, refused + load.1))
    }
}

const SENDERS_NS: u64 = 60_000_000_000;

/// What a packet means here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kindred {
    /// A question, or an answer that nobody asked for.
    Asks,
    /// An error.
    Fails,
    /// No ICMP: it may cause errors.
    Other,
}

/// RFC 792 and RFC 4443; what neighbours, routers and groups say on the link is none of this.
fn kind(protocol: u8, [message, _]: [u8; 2], is_answered: bool) -> Option<Kindred> {
    const TIMESTAMP: u8 = 13;
    const INFORMATION: u8 = 15;
    const ADDRESS_MASK: u8 = 17;
    const SOURCE_QUENCH: u8 = 4;
    const REDIRECT: u8 = 5;
    const PARAMETER_PROBLEM: u8 = 12;
    match (protocol, message) {
        (ip_protocol::ICMP, icmp::kind::ECHO_REPLY) | (ip_protocol::ICMPV6, icmpv6::kind::ECHO_REPLY) => {
            (!is_answered).then_some(Kindred::Asks)
        }
        (
            ip_protocol::ICMP,
            icmp::kind::ECHO_REQUEST | TIMESTAMP | INFORMATION | ADDRESS_MASK | REDIRECT,
        )
        | (ip_protocol::ICMPV6, icmpv6::kind::ECHO_REQUEST) => Some(Kindred::Asks),
        (
            ip_protocol::ICMP,
            icmp::kind::UNREACHABLE | icmp::kind::TIME_EXCEEDED | SOURCE_QUENCH | PARAMETER_PROBLEM,
        )
        // Of errors the first bit is 0 (RFC 4443 s2.1).
        | (ip_protocol::ICMPV6, 0..=127) => Some(Kindred::Fails),
        (ip_protocol::ICMP | ip_protocol::ICMPV6, _) => None,
        _ => Some(Kindred::Other),
    }
}

fn report(ip: IpAddr, victim: &Victim<KINDS>, wave: &Wave, limit: u64) -> Report {
    let [asked, failed] = victim.lately.sums();
    let from = victim.sources.words();
    let (actor, target, title) = match wave.chief {
        Some(chief) => (chief, Some(Actor::ip(ip)), format!("floods {ip} with ICMP: {} so far", wave.all)),
        None => (Actor::ip(ip), None, format!("is flooded with ICMP from {from}: {} so far", wave.all)),
    };
    let mut evidence = vec![
        ("messages", wave.all.into()),
        ("most_per_s", wave.most_per_s.into()),
        ("questions_in_3s", asked.into()),
        ("errors_in_3s", failed.into()),
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
            "{} ICMP messages came to {ip} from {from}, at most {} a second; the limit is {limit} in {SECONDS} s.",
            wave.all, wave.most_per_s,
        ),
        usual: (victim.usual >= 1.0)
            .then(|| format!("Usually it is {:.0} in 3 s at that host.", victim.usual)),
        evidence,
        protocol: Some("icmp"),
        ..Report::default()
    }
}

#[cfg(test)]
mod tests;
