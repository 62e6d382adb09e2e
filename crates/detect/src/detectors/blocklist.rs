//! Contact with what somebody has listed as bad.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::net::IpAddr;

use flow::What;
use model::Severity;
use wire::{MacAddr, Timestamp};

use crate::actor::Actor;
use crate::blocklists::{Blocklists, Kind as Text};
use crate::desk::Desk;
use crate::detector::{Detector, Kind, Sight, Spec};
use crate::repeat::Repeat;
use crate::report::Report;
use crate::table::Table;

pub(crate) const SPEC: Spec = Spec {
    id: "blocklist",
    title: "Contact with a listed host",
    severity: Severity::High,
    mitre: &["T1071"],
    about: "A connection to an address or network, a question for or a connection to a domain, or a connection \
            with a JA3 or JA4 fingerprint or a certificate that is on one of the lists in `detect.blocklists`. \
            A listed host that connects to one here counts if it was answered, and is of medium severity. Once \
            a device and list. Without lists it does nothing.",
    harmless: "an entry that is out of date, or an address that many share.",
    next: "look the entry up at whoever publishes the list; see which program on the device made the \
           connection.",
    thresholds: &[],
    sees: &[Kind::Flow, Kind::Lookup, Kind::Ended],
    new: || Box::new(Blocklist { contacts: Table::new(MOST_CONTACTS) }),
};

/// Pairs of device and list that are told apart.
const MOST_CONTACTS: usize = 16_384;
/// Entries of one list that a device met.
const MOST_ENTRIES: usize = 32;
/// What was not seen for a day is forgotten.
const IDLE_NS: u64 = 86_400_000_000_000;

type Key = (IpAddr, Box<str>);

#[derive(Debug)]
struct Blocklist {
    contacts: Table<Key, Contact>,
}

/// What one device did that is on one list.
#[derive(Debug, Default)]
struct Contact {
    entries: BTreeSet<String>,
    how: BTreeSet<&'static str>,
    peers: BTreeSet<IpAddr>,
    /// It was not merely connected to.
    by_itself: bool,
    mac: Option<MacAddr>,
    port: Option<u16>,
    name: Option<String>,
    count: u64,
    first: Option<Timestamp>,
    last: Timestamp,
    repeat: Repeat,
}

/// One hit: what was done, and by whom.
struct Met<'a> {
    list: &'a str,
    entry: String,
    how: &'static str,
    device: (IpAddr, Option<MacAddr>),
    peer: Option<(IpAddr, u16)>,
    name: Option<&'a str>,
    by_itself: bool,
    time: Timestamp,
}

impl Detector for Blocklist {
    fn see(&mut self, sight: &Sight<'_>, desk: &mut Desk<'_>) {
        let lists = desk.blocklists();
        if lists.is_empty() {
            return;
        }
        let report = match sight {
            Sight::Flow(event) => self.flow(event, lists),
            Sight::Lookup(notice, lookup) if lookup.rcode.is_none() => {
                lists.domain(&lookup.name).and_then(|hit| {
                    let device = if lookup.from_src { notice.src } else { notice.dst };
                    self.met(Met {
                        list: hit.list,
                        entry: hit.entry,
                        how: "asked for a name",
                        device: (device, None),
                        peer: None,
                        name: Some(&lookup.name),
                        by_itself: true,
                        time: notice.time,
                    })
                })
            }
            Sight::Ended(ended, _) => self.ended(ended, lists),
            _ => None,
        };
        if let Some(report) = report {
            desk.report(report);
        }
    }

    fn advance(&mut self, now: Timestamp, desk: &mut Desk<'_>) {
        for ((device, list), contact) in self.contacts.iter_mut() {
            if contact.repeat.take_pending(now) {
                desk.report(contact.report(*device, list));
            }
        }
        if now.secs().is_multiple_of(60) {
            self.contacts.expire(now, IDLE_NS);
        }
    }

    fn load(&self) -> (usize, u64) {
        self.contacts.load()
    }
}

impl Blocklist {
    fn flow(&mut self, event: &flow::Event, lists: &Blocklists) -> Option<Report> {
        let (src, dst) = (event.src, event.dst);
        let met = |hit: crate::blocklists::Hit<'_>| (hit.list.to_owned(), hit.entry);
        let (hit, how, outward, name) = match &event.what {
            What::Opened { by_src: true, .. } => {
                (lists.address(dst.0).map(met)?, "connected to an address", true, None)
            }
            What::Answered => (lists.address(src.0).map(met)?, "answered an address", false, None),
            What::Decided(decided) => {
                let name = decided.hostname.as_deref()?;
                (lists.domain(name).map(met)?, "connected to a name", true, Some(name))
            }
            _ => return None,
        };
        let ((device, peer), mac) =
            if outward { ((src, dst), event.macs[0]) } else { ((dst, src), event.macs[1]) };
        self.met(Met {
            list: &hit.0,
            entry: hit.1,
            how,
            device: (device.0, mac),
            peer: Some((peer.0, dst.1)),
            name,
            by_itself: outward,
            time: event.time,
        })
    }

    fn ended(&mut self, ended: &flow::Ended, lists: &Blocklists) -> Option<Report> {
        let facts = ended.facts.as_deref()?;
        let certificate = facts.tls.as_deref().and_then(|tls| tls.certificate.as_deref());
        let sha1 = certificate.and_then(|certificate| certificate.sha1.as_deref());
        let sha256 = certificate.and_then(|certificate| certificate.sha256.as_deref());
        let found = [
            (Text::Certificate, sha1, "was shown a certificate"),
            (Text::Certificate, sha256, "was shown a certificate"),
            (Text::Ja3, facts.ja3.as_deref(), "used a program with a JA3"),
            (Text::Ja3, facts.ja3s.as_deref(), "connected to a server with a JA3S"),
            (Text::Ja4, facts.ja4.as_deref(), "used a program with a JA4"),
        ];
        let hits = found.into_iter().filter_map(|(kind, text, how)| {
            let hit = lists.fingerprint(kind, text?)?;
            Some((hit, how))
        });
        let (entry, mut report) = (&ended.entry, None);
        for (hit, how) in hits {
            let met = self.met(Met {
                list: hit.list,
                entry: hit.entry,
                how,
                device: (entry.src().0, entry.macs()[0]),
                peer: Some(entry.dst()),
                name: facts.hostname.as_deref(),
                by_itself: true,
                time: entry.start(),
            });
            report = met.or(report);
        }
        report
    }

    /// Takes note of a hit; the report if it is to be made now.
    fn met(&mut self, met: Met<'_>) -> Option<Report> {
        let key = (met.device.0, Box::from(met.list));
        let contact = self.contacts.at(&key, met.time)?;
        if contact.entries.len() < MOST_ENTRIES {
            contact.entries.insert(met.entry);
        }
        contact.how.insert(met.how);
        if contact.peers.len() < MOST_ENTRIES {
            contact.peers.extend(met.peer.map(|(ip, _)| ip));
        }
        contact.by_itself |= met.by_itself;
        contact.mac = contact.mac.or(met.device.1);
        contact.port = met.peer.map(|(_, port)| port).or(contact.port);
        contact.name = met.name.map(str::to_owned).or_else(|| contact.name.take());
        contact.count += 1;
        contact.first = Some(contact.first.map_or(met.time, |first| first.min(met.time)));
        contact.last = contact.last.max(met.time);
        let report = contact.repeat.more(met.time).then(|| contact.report(key.0, &key.1));
        if contact.count >= 2 {
            self.contacts.prove(&key);
        }
        report
    }
}

impl Contact {
    fn report(&self, device: IpAddr, list: &str) -> Report {
        let entries = self.entries.iter().cloned().collect::<Vec<_>>();
        let first_entry = entries.first().cloned().unwrap_or_default();
        let how = self.how.iter().copied().collect::<Vec<_>>().join(", ");
        let peers = self.peers.iter().map(ToString::to_string).collect::<Vec<_>>();
        let title = match entries.len() {
            1 => format!("met `{first_entry}`, which is on the list {list}"),
            n => format!("met {n} entries of the list {list}, `{first_entry}` among them"),
        };
        Report {
            severity: (!self.by_itself).then_some(Severity::Medium),
            actor: Actor { ip: Some(device), mac: self.mac },
            target: self.peers.first().filter(|_| self.peers.len() == 1).copied().map(Actor::ip),
            about: list.to_owned(),
            count: self.count,
            first: self.first.unwrap_or(self.last),
            last: self.last,
            title,
            measured: format!(
                "The device {how}, {} times in all; on the list {list} stand {}.",
                self.count,
                entries.iter().take(4).map(|entry| format!("`{entry}`")).collect::<Vec<_>>().join(", "),
            ),
            evidence: vec![
                ("list", list.into()),
                ("entries", entries.into()),
                ("how", how.into()),
                ("peers", peers.into()),
                ("hits", self.count.into()),
            ],
            port: self.port,
            name: self.name.clone(),
            ..Report::default()
        }
    }
}
