//! One station asks for address after address on the link, and nobody is there.

use std::net::IpAddr;

use model::Severity;
use wire::{MacAddr, Timestamp};

use crate::actor::Actor;
use crate::desk::Desk;
use crate::detector::{Detector, Kind, Sight, Spec};
use crate::happening::Seen;
use crate::neighbours::{Neighbours, Vain};
use crate::repeat::Repeat;
use crate::report::Report;
use crate::sketch::number_of;
use crate::table::Table;
use crate::tally::Tally;
use crate::threshold::{Setting, Threshold};

pub(crate) const SPEC: Spec = Spec {
    id: "arp-scan",
    title: "ARP or neighbour scan",
    severity: Severity::Medium,
    mitre: &["T1018"],
    about: "Different addresses that one station asked for (ARP, IPv6 neighbour solicitation) without an \
            answer or any sign of life within 2.5 s, over a short and a long window. Routers and DHCP servers, \
            which ask for whoever others are interested in, have five times the limit.",
    harmless: "an inventory tool, a network printer's or camera's installer, a router that others scan through.",
    next: "find out what that device is and which program on it looks around; look whether it tries ports \
           of those that answered.",
    thresholds: &[
        Threshold {
            name: "addresses",
            default: Setting::Count(20),
            range: (3.0, 65_535.0),
            about: "addresses asked for in vain within `window`",
        },
        Threshold {
            name: "window",
            default: Setting::Seconds(60.0),
            range: (1.0, 3600.0),
            about: "the short window",
        },
        Threshold {
            name: "slow_addresses",
            default: Setting::Count(60),
            range: (3.0, 65_535.0),
            about: "addresses asked for in vain within `slow_window`",
        },
        Threshold {
            name: "slow_window",
            default: Setting::Seconds(1800.0),
            range: (60.0, 86_400.0),
            about: "the long window",
        },
    ],
    sees: &[Kind::Frame, Kind::Flow],
    new: || Box::new(ArpScan::default()),
};

const ADDRESSES: usize = 0;
const WINDOW: usize = 1;
const SLOW_ADDRESSES: usize = 2;
const SLOW_WINDOW: usize = 3;

/// Stations that are told apart.
const MOST_STATIONS: usize = 4096;
/// Sources in frames of one station by which it is known to forward.
const FORWARDED: u64 = 3;
/// How much more routers and DHCP servers may ask.
const FOR_OTHERS: u64 = 5;

#[derive(Debug)]
struct ArpScan {
    neighbours: Neighbours,
    stations: Table<MacAddr, Station>,
    /// Stations whose frames carry packets from elsewhere, and the sources of these.
    routers: Table<MacAddr, Tally>,
    servers: Table<MacAddr, ()>,
}

#[derive(Debug, Default)]
struct Station {
    vain: Tally,
    src: Option<IpAddr>,
    lowest: Option<IpAddr>,
    highest: Option<IpAddr>,
    first: Timestamp,
    last: Timestamp,
    found: bool,
    repeat: Repeat,
}

impl Default for ArpScan {
    fn default() -> Self {
        Self {
            neighbours: Neighbours::default(),
            stations: Table::new(MOST_STATIONS),
            routers: Table::new(MOST_STATIONS),
            servers: Table::new(MOST_STATIONS),
        }
    }
}

impl Detector for ArpScan {
    fn see(&mut self, sight: &Sight<'_>, desk: &mut Desk<'_>) {
        match sight {
            Sight::Frame(frame) => {
                self.neighbours.frame(frame);
                match (&frame.seen, frame.macs[0]) {
                    (Seen::DhcpServed { .. }, Some(mac)) => self.serves(mac, desk),
                    (Seen::RouterAdvertised { lifetime_s: 1.., .. }, Some(mac)) => self.serves(mac, desk),
                    _ => {}
                }
                self.settle(desk);
            }
            Sight::Flow(event) => {
                if let flow::What::Opened { by_src, .. } = event.what {
                    let (ip, mac) =
                        if by_src { (event.src.0, event.macs[0]) } else { (event.dst.0, event.macs[1]) };
                    self.forwards(ip, mac, desk);
                }
            }
            _ => {}
        }
    }

    fn advance(&mut self, now: Timestamp, desk: &mut Desk<'_>) {
        self.settle(desk);
        for (mac, station) in self.stations.iter_mut() {
            if station.repeat.take_pending(now) {
                let report = station.report(*mac, desk);
                desk.report(report);
            }
        }
        if now.secs().is_multiple_of(60) {
            self.neighbours.expire(now);
            self.stations.expire(now, desk.nanos(SLOW_WINDOW, Actor::default()));
            self.routers.expire(now, DAY_NS);
            self.servers.expire(now, DAY_NS);
        }
    }

    fn load(&self) -> (usize, u64) {
        let loads = [self.stations.load(), self.routers.load(), self.servers.load(), self.neighbours.load()];
        loads.iter().fold((0, 0), |(keys, refused), load| (keys + load.0, refused + load.1))
    }
}

const DAY_NS: u64 = 86_400_000_000_000;

impl ArpScan {
    /// A packet of `ip` came in a frame of this station.
    fn forwards(&mut self, ip: IpAddr, mac: Option<MacAddr>, desk: &Desk<'_>) {
        let Some(mac) = mac else { return };
        if desk.is_local(ip) || ip.is_unspecified() || is_link_local(ip) {
            return;
        }
        if let Some(sources) = self.routers.at(&mac, desk.now)
            && sources.count() < FORWARDED
        {
            sources.add(number_of(ip), desk.now, 4);
        }
    }

    /// A DHCP server or a router.
    fn serves(&mut self, mac: MacAddr, desk: &Desk<'_>) {
        if self.servers.at(&mac, desk.now).is_some() {
            self.servers.prove(&mac);
        }
    }

    fn settle(&mut self, desk: &mut Desk<'_>) {
        while let Some(vain) = self.neighbours.next_vain(desk.now, desk.is_end) {
            self.in_vain(&vain, desk);
        }
    }

    fn in_vain(&mut self, vain: &Vain, desk: &mut Desk<'_>) {
        let (now, actor) = (desk.now, Actor { ip: vain.src, mac: Some(vain.by) });
        let forwards = self.routers.get(&vain.by).is_some_and(|sources| sources.count() >= FORWARDED);
        let for_others = forwards || self.servers.get(&vain.by).is_some();
        let Some(station) = self.stations.at(&vain.by, now) else { return };
        if station.vain.is_empty() {
            *station = Station { first: vain.made, ..Station::default() };
        }
        station.src = station.src.or(vain.src);
        station.last = station.last.max(vain.made);
        station.lowest = Some(station.lowest.map_or(vain.target, |ip| ip.min(vain.target)));
        station.highest = Some(station.highest.map_or(vain.target, |ip| ip.max(vain.target)));
        let times = if for_others { FOR_OTHERS } else { 1 };
        let fast = desk.count(ADDRESSES, actor).saturating_mul(times);
        let slow = desk.count(SLOW_ADDRESSES, actor).saturating_mul(times);
        let most = usize::try_from(fast.max(slow)).unwrap_or(usize::MAX).max(1024);
        station.vain.add(number_of(vain.target), now, most);
        station.vain.expire(now, desk.nanos(SLOW_WINDOW, actor));
        let count = station.vain.count();
        if count < fast.min(slow) {
            station.found = false;
        }
        if !station.found && count >= fast.min(slow) {
            let recent = station.vain.within(now, desk.nanos(WINDOW, actor));
            station.found = recent >= fast || count >= slow;
        }
        if station.found && station.repeat.more(now) {
            let report = station.report(vain.by, desk);
            desk.report(report);
        }
        if count >= 3 {
            self.stations.prove(&vain.by);
        }
    }
}

impl Station {
    fn report(&self, mac: MacAddr, desk: &Desk<'_>) -> Report {
        let actor = Actor { ip: self.src, mac: Some(mac) };
        let count = self.vain.count();
        let seconds = self.last.since(self.first) as f64 / 1e9;
        let name = |ip: Option<IpAddr>| ip.map(|ip| ip.to_string()).unwrap_or_default();
        let (lowest, highest) = (name(self.lowest), name(self.highest));
        Report {
            actor,
            count,
            first: self.first,
            last: self.last,
            title: format!("looks for hosts from {lowest} to {highest}: {count} are not there"),
            measured: format!(
                "{count} addresses from {lowest} to {highest} were asked for within {seconds:.0} s and did \
                 not answer; the limit is {} in {} s, or {} in {} s.",
                desk.count(ADDRESSES, actor),
                desk.nanos(WINDOW, actor) / 1_000_000_000,
                desk.count(SLOW_ADDRESSES, actor),
                desk.nanos(SLOW_WINDOW, actor) / 1_000_000_000,
            ),
            evidence: vec![
                ("addresses_in_vain", count.into()),
                ("lowest", lowest.into()),
                ("highest", highest.into()),
                ("seconds", seconds.into()),
            ],
            ..Report::default()
        }
    }
}

fn is_link_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests;
