//! SMB 1 in use.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::net::IpAddr;

use dpi::Risk;
use model::Severity;
use wire::Timestamp;

use crate::actor::Actor;
use crate::desk::Desk;
use crate::detector::{Detector, Kind, Sight, Spec};
use crate::report::Report;
use crate::spots::{Spot, Spots};
use crate::threshold::{Setting, Threshold};

pub(crate) const SPEC: Spec = Spec {
    id: "smb1",
    title: "SMB 1",
    severity: Severity::Low,
    mitre: &["T1210"],
    about: "A server agreed to SMB 1 and went on in it. A client that offers SMB 1 along with later versions \
            does not count. Once a server.",
    harmless: "an old NAS, printer or scanner that can do no better.",
    next: "switch SMB 1 off at the server; whoever still needs it is among the clients named here.",
    thresholds: &[Threshold {
        name: "again",
        default: Setting::Seconds(86_400.0),
        range: (3600.0, 31_536_000.0),
        about: "how long a server that was named is not named again",
    }],
    sees: &[Kind::Ended],
    new: || Box::new(Smb1 { servers: Spots::new(MOST_SERVERS) }),
};

const AGAIN: usize = 0;
/// Servers that are told apart.
const MOST_SERVERS: usize = 4096;

#[derive(Debug)]
struct Smb1 {
    servers: Spots<IpAddr, BTreeSet<u16>>,
}

impl Detector for Smb1 {
    fn see(&mut self, sight: &Sight<'_>, desk: &mut Desk<'_>) {
        let Sight::Ended(ended, _) = sight else { return };
        if !ended.facts.as_ref().is_some_and(|facts| facts.risks.contains(Risk::Smb1)) {
            return;
        }
        let ((src, _), (dst, port)) = (ended.entry.src(), ended.entry.dst());
        let again = desk.nanos(AGAIN, Actor::ip(dst));
        let note = |ports: &mut BTreeSet<u16>| {
            if ports.len() < 8 {
                ports.insert(port);
            }
        };
        if let Some(spot) = self.servers.seen(&dst, ended, src, again, note) {
            desk.report(report(dst, spot));
        }
    }

    fn advance(&mut self, now: Timestamp, desk: &mut Desk<'_>) {
        for (server, spot) in self.servers.put_off(now) {
            desk.report(report(*server, spot));
        }
        self.servers.expire(now, desk.nanos(AGAIN, Actor::default()));
    }

    fn load(&self) -> (usize, u64) {
        self.servers.load()
    }
}

fn report(server: IpAddr, spot: &Spot<BTreeSet<u16>>) -> Report {
    let ports = spot.detail.iter().map(u16::to_string).collect::<Vec<_>>();
    let clients = spot.peers.keys().map(|ip| ip.to_string()).collect::<Vec<_>>();
    Report {
        actor: Actor { ip: Some(server), mac: spot.macs[1] },
        target: (spot.peers.len() == 1).then(|| spot.peers.keys().next().map(Actor::ip)).flatten(),
        count: spot.count,
        first: spot.first,
        last: spot.last,
        title: "speaks SMB 1".into(),
        measured: format!(
            "It agreed to SMB 1 at port {} in {} connections, with {}. Microsoft deprecated SMB 1 in 2013; it has \
             no protection against forgery, and worms have spread by it.",
            ports.join(", "),
            spot.count,
            spot.peers(),
        ),
        evidence: vec![
            ("clients", clients.into()),
            ("server_ports", ports.into()),
            ("connections", spot.count.into()),
        ],
        port: spot.detail.first().copied(),
        protocol: Some("smb"),
        ..Report::default()
    }
}
