//! A station that gives out others' addresses as its own.

use model::Severity;
use wire::{MacAddr, Timestamp};

use crate::actor::Actor;
use crate::claims::{Address, Claimant, Claims, Key};
use crate::desk::Desk;
use crate::detector::{Detector, Kind, Sight, Spec};
use crate::repeat::Repeat;
use crate::report::Report;
use crate::table::Table;
use crate::threshold::{Setting, Threshold};

pub(crate) const SPEC: Spec = Spec {
    id: "arp-spoof",
    title: "Spoofed addresses",
    severity: Severity::High,
    mitre: &["T1557.002"],
    about: "A station that answers ARP or IPv6 neighbour discovery for an address which another station has, \
            without having been asked, or for several such addresses at once. Addresses that move (failover, \
            a new lease, a laptop that changes from cable to Wi-Fi) do so by announcements or answers, once; \
            the addresses that virtual routers take turns in are left out.",
    harmless: "a cluster or load balancer that moves addresses by directed ARP replies, a security appliance \
               that does so on purpose.",
    next: "find the port of that hardware address in the switch's table and look at what is there; traffic of \
           the addresses named may be read or changed on its way.",
    thresholds: &[
        Threshold {
            name: "replies",
            default: Setting::Count(3),
            range: (1.0, 1000.0),
            about: "answers for another's address that nobody asked for",
        },
        Threshold {
            name: "addresses",
            default: Setting::Count(3),
            range: (2.0, 1000.0),
            about: "addresses of others that one station answers for",
        },
    ],
    sees: &[Kind::Frame],
    new: || Box::new(ArpSpoof::default()),
};

const REPLIES: usize = 0;
const ADDRESSES: usize = 1;

/// Owner, liar, owner, liar.
const TURNS: u32 = 3;
/// Announcements, those within a second being one.
const INSISTENT: u32 = 4;
/// An address whose owner was here so lately has not been given up.
const SOON_NS: u64 = 60_000_000_000;
const MOST_LIARS: usize = 1024;
/// Addresses named in a report.
const MOST_NAMED: usize = 16;

#[derive(Debug)]
struct ArpSpoof {
    claims: Claims,
    liars: Table<MacAddr, Liar>,
}

/// A station that lied.
#[derive(Debug, Default)]
struct Liar {
    first: Timestamp,
    last: Timestamp,
    lies: u64,
    addresses: Vec<String>,
    owners: Vec<String>,
    /// The owner of the address it lied about last.
    target: Actor,
    repeat: Repeat,
}

impl Default for ArpSpoof {
    fn default() -> Self {
        Self { claims: Claims::default(), liars: Table::new(MOST_LIARS) }
    }
}

impl Detector for ArpSpoof {
    fn see(&mut self, sight: &Sight<'_>, desk: &mut Desk<'_>) {
        let Sight::Frame(frame) = sight else { return };
        let Some((key, address)) = self.claims.take(frame, desk.place.inventory) else { return };
        let Some((liar, owner, sure)) = lie(address, desk) else { return };
        // A mistaken setting doubles one address, not several.
        // What the owner says is no lie of the liar's, once he is known.
        let is_known = self.liars.get(&liar.mac).is_some_and(|known| known.lies > 0);
        if is_known && address.claimed_by() != Some(liar.mac) {
            return;
        }
        if sure || self.claims.disputed_by(liar.mac) as u64 >= desk.count(ADDRESSES, Actor::default()) {
            self.accuse(key, liar, owner, frame.time, desk);
        }
    }

    fn advance(&mut self, now: Timestamp, desk: &mut Desk<'_>) {
        self.claims.advance(now);
        for (mac, liar) in self.liars.iter_mut() {
            if liar.repeat.take_pending(now) {
                let report = liar.report(*mac, desk);
                desk.report(report);
            }
        }
    }

    fn load(&self) -> (usize, u64) {
        self.claims.load()
    }
}

/// Who of those that claim an address lies, whose it is, and whether this address alone shows it.
fn lie(address: &Address, desk: &Desk<'_>) -> Option<(Claimant, Claimant, bool)> {
    let enough = desk.count(REPLIES, Actor::default());
    // The owner says unasked whose it is when somebody else has said so: tools that spoof do it in his name
    // when they end.
    let established = address.established();
    let others = address.claimants.iter().filter(|one| Some(one.mac) != established);
    let liar = others.max_by_key(|one| one.unasked)?;
    let owner = address.claimants.iter().filter(|one| one.mac != liar.mac).max_by_key(|one| one.honest)?;
    let is_owners = established == Some(owner.mac);
    let told = u64::from(liar.unasked) >= enough && (is_owners || liar.unasked > owner.unasked);
    if told {
        return Some((*liar, *owner, true));
    }
    // Two that take turns: the later one is the liar, if it says so again and again.
    let first = address.claimants.first()?;
    let later =
        address.claimants.iter().skip(1).max_by_key(|one| one.honest.saturating_add(one.announced))?;
    let insists = u64::from(later.honest.saturating_add(later.announced)) >= enough;
    let inventory = desk.place.inventory;
    let id = |mac| inventory.who(None, Some(mac)).map(|(id, _)| id.to_owned());
    let one_device = id(first.mac).is_some_and(|own| Some(own) == id(later.mac));
    // Two that both answer whoever asks have the same address, which is another matter.
    if insists && address.changes >= TURNS && address.double_answers == 0 && !one_device {
        return Some((*later, *first, true));
    }
    // Failover announces an address twice or so, not for ever.
    if later.announced >= INSISTENT && later.first.since(first.last) < SOON_NS && !one_device {
        return Some((*later, *first, true));
    }
    // Perhaps somebody answers before its owner does.
    let newcomer =
        address.claimants.iter().skip(1).find(|one| address.double_answers > 0 && one.honest > 0)?;
    Some((*newcomer, *address.claimants.first()?, false))
}

impl ArpSpoof {
    fn accuse(&mut self, key: Key, by: Claimant, owner: Claimant, now: Timestamp, desk: &mut Desk<'_>) {
        let Some(liar) = self.liars.at(&by.mac, now) else { return };
        if liar.lies == 0 {
            liar.first = by.first;
        }
        (liar.lies, liar.last) = (liar.lies + 1, now);
        let name = key.1.to_string();
        if !liar.addresses.contains(&name) && liar.addresses.len() < MOST_NAMED {
            liar.addresses.push(name);
            liar.owners.push(format!("{} is {}", key.1, owner.mac));
        }
        liar.target = Actor { ip: Some(key.1), mac: Some(owner.mac) };
        if liar.repeat.more(now) {
            let report = liar.report(by.mac, desk);
            desk.report(report);
        }
    }
}

impl Liar {
    fn report(&self, mac: MacAddr, desk: &Desk<'_>) -> Report {
        let list = self.addresses.join(", ");
        Report {
            actor: Actor::mac(mac),
            target: Some(self.target),
            count: self.lies,
            first: self.first,
            last: self.last,
            title: format!("answers for {list}, which other stations have"),
            measured: format!(
                "It claimed {} address(es) of others {} times ({}); the limit is {} answers that nobody asked for, \
                 or {} addresses.",
                self.addresses.len(),
                self.lies,
                self.owners.join(", "),
                desk.count(REPLIES, Actor::default()),
                desk.count(ADDRESSES, Actor::default()),
            ),
            evidence: vec![
                ("addresses", self.addresses.clone().into()),
                ("owners", self.owners.clone().into()),
                ("claims", self.lies.into()),
            ],
            ..Report::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use crate::happening::Seen;
    use crate::testing::{Bench, mac};

    fn arp(operation: u16, sender: (u8, u8), target: (u8, u8)) -> Seen {
        let of = |(station, host): (u8, u8)| (mac(station), Ipv4Addr::new(10, 0, 0, host));
        Seen::Arp { operation, sender: of(sender), target: of(target) }
    }

    #[test]
    fn replies_that_nobody_asked_for_are_lies() {
        let mut bench = Bench::new();
        bench.frame(0, mac(1), arp(1, (1, 1), (0, 2)));
        bench.frame(1, mac(2), arp(2, (2, 2), (1, 1)));
        for n in 0..5 {
            bench.frame(5000 + n * 2000, mac(9), arp(2, (9, 2), (1, 1)));
        }
        let alerts = bench.end("arp-spoof");
        assert_eq!(alerts.len(), 1);
        assert_eq!(alerts[0].src_mac, Some(mac(9).to_string()));
        assert_eq!(alerts[0].dst_mac, Some(mac(2).to_string()));
    }

    #[test]
    fn what_is_put_right_again_in_the_owner_s_name_is_no_lie_of_the_owner() {
        let mut bench = Bench::new();
        bench.frame(0, mac(1), arp(1, (1, 1), (0, 2)));
        bench.frame(1, mac(2), arp(2, (2, 2), (1, 1)));
        for n in 0..4 {
            bench.frame(5000 + n * 2000, mac(9), arp(2, (9, 2), (1, 1)));
        }
        // More often than it was spoofed.
        for n in 0..10 {
            bench.frame(13_000 + n * 1000, mac(2), arp(2, (2, 2), (1, 1)));
        }
        let alerts = bench.end("arp-spoof");
        assert_eq!(alerts.iter().map(|a| a.src_mac.clone()).collect::<Vec<_>>(), [Some(mac(9).to_string())]);
        // The owner's frames are not counted as claims of the liar.
        assert!(alerts[0].count <= 4, "{}", alerts[0].count);
    }

    #[test]
    fn the_liar_is_told_even_if_he_came_first() {
        let mut bench = Bench::new();
        for n in 0..5 {
            bench.frame(n * 2000, mac(9), arp(2, (9, 2), (1, 1)));
        }
        bench.frame(12_000, mac(2), arp(1, (2, 2), (0, 7)));
        let alerts = bench.end("arp-spoof");
        assert_eq!(alerts.iter().map(|a| a.src_mac.clone()).collect::<Vec<_>>(), [Some(mac(9).to_string())]);
    }

    #[test]
    fn an_address_that_moves_is_not_spoofed() {
        let mut bench = Bench::new();
        bench.frame(0, mac(2), arp(1, (2, 2), (0, 7)));
        // Failover: five announcements, then answers to who asks.
        for n in 0..5 {
            bench.frame(60_000 + n, mac(3), arp(1, (3, 2), (0, 2)));
        }
        for n in 0..20 {
            bench.frame(61_000 + n * 1000, mac(1), arp(1, (1, 1), (0, 2)));
            bench.frame(61_001 + n * 1000, mac(3), arp(2, (3, 2), (1, 1)));
        }
        assert!(bench.end("arp-spoof").is_empty());
        assert!(bench.end("duplicate-ip").is_empty());
    }

    #[test]
    fn who_answers_for_many_addresses_of_others_lies() {
        let mut bench = Bench::new();
        for host in 2..8 {
            let at = u64::from(host) * 1000;
            bench.frame(at, mac(1), arp(1, (1, 1), (0, host)));
            bench.frame(at + 1, mac(host), arp(2, (host, host), (1, 1)));
            bench.frame(at + 2, mac(99), arp(2, (99, host), (1, 1)));
        }
        let alerts = bench.end("arp-spoof");
        assert_eq!(alerts.len(), 1);
        assert_eq!(alerts[0].src_mac, Some(mac(99).to_string()));
    }
}
