//! Somebody else hands out addresses, or says that he is the router.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use inventory::Network;
use model::Severity;
use wire::{MacAddr, Timestamp};

use crate::actor::Actor;
use crate::desk::Desk;
use crate::detector::{Detector, Kind, Sight, Spec};
use crate::happening::{Frame, Seen};
use crate::repeat::Repeat;
use crate::report::Report;
use crate::table::Table;

pub(crate) const SPEC: Spec = Spec {
    id: "rogue-dhcp",
    title: "Rogue DHCP server or router",
    severity: Severity::High,
    mitre: &["T1557.003"],
    about: "A second DHCP server offers the clients or the range of the first one another router or other name \
            servers; or a second router advertises other IPv6 prefixes than the first one. Servers that hand out \
            the same (failover), relays, and servers of other networks are none.",
    harmless: "a new router that is being put in place of the old one, a hot spot or virtual machine host that was \
               plugged into the wrong port.",
    next: "find the port of its hardware address in the switch's table; switch on DHCP snooping and RA guard where \
           the switch has them; see which clients took its offers.",
    thresholds: &[],
    sees: &[Kind::Frame],
    new: || Box::new(RogueDhcp::default()),
};

/// VLANs, and servers and routers of each.
const MOST_VLANS: usize = 4096;
const MOST_SERVERS: usize = 16;
const MOST_CLIENTS: usize = 1024;
/// Prefixes of this many bits or more in common are one network to hosts.
const SAME_RANGE: u8 = 24;

#[derive(Debug)]
struct RogueDhcp {
    links: Table<Option<u16>, Link>,
}

/// Who serves a link.
#[derive(Debug, Default)]
struct Link {
    servers: Vec<Server>,
    routers: Vec<Router>,
}

/// A DHCP server. The first of a link is the one that belongs there.
#[derive(Debug)]
struct Server {
    ip: Ipv4Addr,
    mac: Option<MacAddr>,
    routers: Vec<Ipv4Addr>,
    resolvers: Vec<Ipv4Addr>,
    /// The last address it gave.
    given: Ipv4Addr,
    /// Clients it talked to.
    clients: Vec<MacAddr>,
    first: Timestamp,
    last: Timestamp,
    messages: u64,
    repeat: Repeat,
}

/// A router that advertises itself.
#[derive(Debug)]
struct Router {
    ip: Ipv6Addr,
    mac: Option<MacAddr>,
    prefixes: Vec<(Ipv6Addr, u8)>,
    first: Timestamp,
    last: Timestamp,
    messages: u64,
    repeat: Repeat,
}

impl Default for RogueDhcp {
    fn default() -> Self {
        Self { links: Table::new(MOST_VLANS) }
    }
}

impl Detector for RogueDhcp {
    fn see(&mut self, sight: &Sight<'_>, desk: &mut Desk<'_>) {
        let Sight::Frame(frame) = sight else { return };
        if !matches!(frame.seen, Seen::DhcpServed { .. } | Seen::RouterAdvertised { .. }) {
            return;
        }
        let Some(link) = self.links.at(&frame.vlan, frame.time) else { return };
        let report = match &frame.seen {
            Seen::DhcpServed { .. } => link.served(frame),
            Seen::RouterAdvertised { .. } => link.advertised(frame),
            _ => None,
        };
        self.links.prove(&frame.vlan);
        if let Some(report) = report {
            desk.report(report);
        }
    }

    fn load(&self) -> (usize, u64) {
        self.links.load()
    }
}

impl Link {
    fn served(&mut self, frame: &Frame) -> Option<Report> {
        let Seen::DhcpServed { message, server, relayed, client, given, routers, resolvers, .. } =
            &frame.seen
        else {
            return None;
        };
        if *message == NAK || given.is_unspecified() {
            return None;
        }
        let now = frame.time;
        let at = match self.servers.iter().position(|known| known.ip == *server) {
            Some(at) => at,
            None if self.servers.len() < MOST_SERVERS => {
                self.servers.push(Server {
                    ip: *server,
                    // A relay's frames carry the relay's address.
                    mac: frame.macs[0].filter(|_| !relayed),
                    routers: Vec::new(),
                    resolvers: Vec::new(),
                    given: *given,
                    clients: Vec::new(),
                    first: now,
                    last: now,
                    messages: 0,
                    repeat: Repeat::default(),
                });
                self.servers.len() - 1
            }
            None => return None,
        };
        let known = self.servers.get_mut(at)?;
        (known.last, known.given, known.messages) = (now, *given, known.messages + 1);
        if !routers.is_empty() {
            known.routers.clone_from(routers);
        }
        if !resolvers.is_empty() {
            known.resolvers.clone_from(resolvers);
        }
        if !known.clients.contains(client) && known.clients.len() < MOST_CLIENTS {
            known.clients.push(*client);
        }
        // Whichever of two spoke first belongs here.
        let (before, rest) = self.servers.split_at_mut(at);
        let suspect = rest.first_mut()?;
        let rightful = before.iter().find(|first| first.is_contradicted_by(suspect))?;
        suspect.repeat.more(now).then(|| suspect.report(rightful))
    }

    fn advertised(&mut self, frame: &Frame) -> Option<Report> {
        let Seen::RouterAdvertised { src, lifetime_s, prefixes, .. } = &frame.seen else { return None };
        let at = match self.routers.iter().position(|known| known.ip == *src) {
            Some(at) => at,
            // Only a default router can lead traffic astray.
            None if *lifetime_s == 0 => return None,
            None if self.routers.len() < MOST_SERVERS => {
                let (first, last) = (frame.time, frame.time);
                let (ip, mac, prefixes) = (*src, frame.macs[0], prefixes.clone());
                let repeat = Repeat::default();
                self.routers.push(Router { ip, mac, prefixes, first, last, messages: 0, repeat });
                self.routers.len() - 1
            }
            None => return None,
        };
        let (before, rest) = self.routers.split_at_mut(at);
        let suspect = rest.first_mut()?;
        (suspect.last, suspect.messages) = (frame.time, suspect.messages + 1);
        let differs = |first: &&Router| {
            !suspect.prefixes.is_empty()
                && suspect.prefixes.iter().all(|prefix| !first.prefixes.contains(prefix))
        };
        let rightful = before.first().filter(differs)?;
        (*lifetime_s > 0 && suspect.repeat.more(frame.time)).then(|| suspect.report(rightful))
    }
}

/// RFC 2132 s9.6.
const NAK: u8 = 6;

impl Server {
    /// The other one serves the same clients or range, and tells them something else.
    fn is_contradicted_by(&self, other: &Self) -> bool {
        let range = Network { address: self.given.into(), prefix: SAME_RANGE };
        let same = range.contains(other.given.into())
            || other.clients.iter().any(|client| self.clients.contains(client));
        let differs = |own: &[Ipv4Addr], others: &[Ipv4Addr]| {
            !others.is_empty() && others.iter().any(|address| !own.contains(address))
        };
        same && (differs(&self.routers, &other.routers) || differs(&self.resolvers, &other.resolvers))
    }

    fn report(&self, rightful: &Self) -> Report {
        let list = |addresses: &[Ipv4Addr]| addresses.iter().map(ToString::to_string).collect::<Vec<_>>();
        Report {
            actor: Actor { ip: Some(self.ip.into()), mac: self.mac },
            target: Some(Actor { ip: Some(rightful.ip.into()), mac: rightful.mac }),
            count: self.messages,
            first: self.first,
            last: self.last,
            title: format!("hands out addresses beside {}, with another router or name server", rightful.ip),
            measured: format!(
                "It offered the router {} and the name servers {} to {} client(s); {} says {} and {}.",
                shown(&self.routers),
                shown(&self.resolvers),
                self.clients.len(),
                rightful.ip,
                shown(&rightful.routers),
                shown(&rightful.resolvers),
            ),
            evidence: vec![
                ("server", self.ip.to_string().into()),
                ("routers", list(&self.routers).into()),
                ("resolvers", list(&self.resolvers).into()),
                ("clients", self.clients.iter().take(16).map(ToString::to_string).collect::<Vec<_>>().into()),
                ("known_server", rightful.ip.to_string().into()),
                ("known_routers", list(&rightful.routers).into()),
                ("known_resolvers", list(&rightful.resolvers).into()),
            ],
            port: Some(67),
            protocol: Some("dhcp"),
            ..Report::default()
        }
    }
}

impl Router {
    fn report(&self, rightful: &Self) -> Report {
        let list = |prefixes: &[(Ipv6Addr, u8)]| {
            prefixes.iter().map(|(prefix, bits)| format!("{prefix}/{bits}")).collect::<Vec<_>>()
        };
        Report {
            actor: Actor { ip: Some(IpAddr::V6(self.ip)), mac: self.mac },
            target: Some(Actor { ip: Some(IpAddr::V6(rightful.ip)), mac: rightful.mac }),
            count: self.messages,
            first: self.first,
            last: self.last,
            title: format!("says that it is an IPv6 router beside {}, for other prefixes", rightful.ip),
            measured: format!(
                "It advertised {} in {} message(s); the router that was here before advertises {}.",
                list(&self.prefixes).join(", "),
                self.messages,
                list(&rightful.prefixes).join(", "),
            ),
            evidence: vec![
                ("router", self.ip.to_string().into()),
                ("prefixes", list(&self.prefixes).into()),
                ("known_router", rightful.ip.to_string().into()),
                ("known_prefixes", list(&rightful.prefixes).into()),
            ],
            protocol: Some("icmpv6"),
            ..Report::default()
        }
    }
}

fn shown(addresses: &[Ipv4Addr]) -> String {
    match addresses {
        [] => "none".to_owned(),
        some => some.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Bench, mac};

    fn offer(server: u8, router: u8, client: u8, given: [u8; 4]) -> Seen {
        Seen::DhcpServed {
            message: 2,
            server: Ipv4Addr::new(10, 0, 0, server),
            src: Ipv4Addr::new(10, 0, 0, server),
            relayed: false,
            client: mac(client),
            given: given.into(),
            routers: vec![Ipv4Addr::new(10, 0, 0, router)],
            resolvers: vec![Ipv4Addr::new(10, 0, 0, 1)],
        }
    }

    #[test]
    fn a_second_server_with_another_router() {
        let mut bench = Bench::new();
        bench.frame(0, mac(1), offer(1, 1, 50, [10, 0, 0, 50]));
        bench.frame(5, mac(9), offer(9, 9, 50, [10, 0, 0, 77]));
        let alerts = bench.end("rogue-dhcp");
        assert_eq!(alerts.len(), 1);
        assert_eq!(alerts[0].src_ip, Some("10.0.0.9".parse().unwrap()));
        assert_eq!(alerts[0].src_mac, Some(mac(9).to_string()));
    }

    #[test]
    fn failover_and_other_networks_are_none() {
        let mut bench = Bench::new();
        bench.frame(0, mac(1), offer(1, 1, 50, [10, 0, 0, 50]));
        bench.frame(5, mac(2), offer(2, 1, 50, [10, 0, 0, 51]));
        bench.frame(9, mac(3), offer(3, 3, 60, [10, 0, 9, 51]));
        assert!(bench.end("rogue-dhcp").is_empty());
    }

    #[test]
    fn a_second_router_with_another_prefix() {
        let advertisement = |router: u16, net: u16, lifetime_s| Seen::RouterAdvertised {
            src: Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, router),
            lifetime_s,
            prefixes: vec![(Ipv6Addr::new(0xfd00, net, 0, 0, 0, 0, 0, 0), 64)],
            resolvers: Vec::new(),
        };
        let mut bench = Bench::new();
        bench.frame(0, mac(1), advertisement(1, 1, 1800));
        bench.frame(1, mac(2), advertisement(2, 1, 1800));
        bench.frame(2, mac(3), advertisement(3, 7, 0));
        assert!(bench.end("rogue-dhcp").is_empty());
        bench.frame(3, mac(4), advertisement(4, 9, 1800));
        assert_eq!(bench.end("rogue-dhcp").len(), 1);
    }
}
