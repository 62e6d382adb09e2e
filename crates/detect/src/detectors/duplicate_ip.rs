//! One address, two stations that both use it.

use std::net::IpAddr;

use model::Severity;
use wire::Timestamp;

use crate::actor::Actor;
use crate::claims::{Address, Claims, Key};
use crate::desk::Desk;
use crate::detector::{Detector, Kind, Sight, Spec};
use crate::repeat::Repeat;
use crate::report::Report;
use crate::table::Table;
use crate::threshold::{Setting, Threshold};

pub(crate) const SPEC: Spec = Spec {
    id: "duplicate-ip",
    title: "Address in use twice",
    severity: Severity::Medium,
    mitre: &[],
    about: "Two stations answer for one address: both to the same question, or in turns within ten minutes. One \
            change of hands (a new lease, a replaced card, failover) is none.",
    harmless: "a laptop with cable and Wi-Fi on one network, a cluster in the middle of a failover that flaps.",
    next: "find both stations by their hardware addresses; give one of them another address, or take it out of \
           the range that the DHCP server hands out.",
    thresholds: &[
        Threshold {
            name: "double_answers",
            default: Setting::Count(2),
            range: (1.0, 1000.0),
            about: "questions that both answered",
        },
        Threshold {
            name: "changes",
            default: Setting::Count(6),
            range: (2.0, 1000.0),
            about: "changes of hands within ten minutes",
        },
    ],
    sees: &[Kind::Frame],
    new: || Box::new(DuplicateIp::default()),
};

const DOUBLE_ANSWERS: usize = 0;
const CHANGES: usize = 1;
const MOST: usize = 4096;

#[derive(Debug)]
struct DuplicateIp {
    claims: Claims,
    repeats: Table<IpAddr, (Repeat, u64)>,
}

impl Default for DuplicateIp {
    fn default() -> Self {
        Self { claims: Claims::default(), repeats: Table::new(MOST) }
    }
}

impl Detector for DuplicateIp {
    fn see(&mut self, sight: &Sight<'_>, desk: &mut Desk<'_>) {
        let Sight::Frame(frame) = sight else { return };
        let Some((key, address)) = self.claims.take(frame, desk.place.inventory) else { return };
        let actor = Actor::ip(key.1);
        let twice = u64::from(address.double_answers) >= desk.count(DOUBLE_ANSWERS, actor)
            || u64::from(address.changes) >= desk.count(CHANGES, actor);
        // Who answers without being asked is another detector's.
        let honest = address.claimants.iter().filter(|one| one.honest > 0 || one.announced > 0).count() > 1;
        if !twice || !honest {
            return;
        }
        let Some((repeat, count)) = self.repeats.at(&key.1, desk.now) else { return };
        *count += 1;
        if repeat.more(desk.now)
            && let Some(report) = report(key, address, *count, desk)
        {
            desk.report(report);
        }
    }

    fn advance(&mut self, now: Timestamp, _: &mut Desk<'_>) {
        self.claims.advance(now);
    }

    fn load(&self) -> (usize, u64) {
        self.claims.load()
    }
}

fn report((_, ip): Key, address: &Address, count: u64, desk: &Desk<'_>) -> Option<Report> {
    let mut honest = address.claimants.iter().filter(|one| one.honest > 0 || one.announced > 0);
    let (first, second) = (honest.next()?, honest.next()?);
    let actor = Actor { ip: Some(ip), mac: Some(second.mac) };
    Some(Report {
        actor,
        target: Some(Actor { ip: Some(ip), mac: Some(first.mac) }),
        count,
        first: second.first,
        last: second.last.max(first.last),
        title: format!("is in use by {} and {} at once", first.mac, second.mac),
        measured: format!(
            "Both answered the same question {} time(s), and the address changed hands {} times; the limits are {} \
             and {}.",
            address.double_answers,
            address.changes,
            desk.count(DOUBLE_ANSWERS, actor),
            desk.count(CHANGES, actor),
        ),
        evidence: vec![
            ("address", ip.to_string().into()),
            ("stations", vec![first.mac.to_string(), second.mac.to_string()].into()),
            ("double_answers", u64::from(address.double_answers).into()),
            ("changes", u64::from(address.changes).into()),
        ],
        ..Report::default()
    })
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use crate::happening::Seen;
    use crate::testing::{Bench, mac};

    #[test]
    fn two_that_answer_one_question() {
        let of = |station: u8, host: u8| (mac(station), Ipv4Addr::new(10, 0, 0, host));
        let arp = |operation, sender, target| Seen::Arp { operation, sender, target };
        let mut bench = Bench::new();
        for n in 0..3 {
            bench.frame(n * 1000, mac(1), arp(1, of(1, 1), of(0, 2)));
            bench.frame(n * 1000 + 1, mac(2), arp(2, of(2, 2), of(1, 1)));
            bench.frame(n * 1000 + 2, mac(3), arp(2, of(3, 2), of(1, 1)));
        }
        let alerts = bench.end("duplicate-ip");
        assert_eq!(alerts.len(), 1);
        assert_eq!(alerts[0].src_ip, Some("10.0.0.2".parse().unwrap()));
        assert!(bench.end("arp-spoof").is_empty());
    }
}
