//! TCP handshakes: the system that opens or answers connections like this, how far away it is, and
//! what link its segment size fits.

use flow::signature::{MOST_HOPS, Observation};

use crate::os::OsMatch;
use crate::sighting::{About, Subject};
use crate::watcher::{FlowLook, Heard, On, Read, Watcher};

pub(crate) const SYN: Watcher = Watcher {
    name: "syn",
    on: &[On::AnyFlow],
    notes: &[("tcp", &["signatures", "distance_hops", "link", "tools"])],
    read: Read::Flow(read),
};

/// How often the table is right about a family: by a look that only one system has, by one that all
/// of a family have.
const SPECIFIC: u8 = 65;
const GENERIC: u8 = 50;
/// Less for a look that does not fit quite.
const FUZZY: u8 = 15;

fn read(look: &FlowLook<'_>, heard: &mut Heard<'_>) {
    let Some(handshake) = look.ended.handshake.as_ref() else { return };
    let [syn, answer] = handshake;
    let table = look.os;
    if let Some(seen) = syn {
        say(look.src(), seen, table.request(seen), heard);
    }
    if let Some(seen) = answer {
        say(look.dst(), seen, table.response(seen), heard);
    }
}

fn say(subject: Subject, seen: &Observation, found: Option<OsMatch<'_>>, heard: &mut Heard<'_>) {
    let signature = seen.to_string();
    heard.about(subject).add("tcp", "signatures", &signature);
    if let Some(link) = link(seen.version, seen.mss) {
        heard.add("tcp", "link", link);
    }
    let hops = found.map_or_else(|| seen.distance(), |found| found.distance);
    if hops <= MOST_HOPS && !found.is_some_and(|found| found.bad_ttl) {
        heard.note("tcp", "distance_hops", hops);
    }
    match found {
        // It says what runs there, and nothing of the system below.
        Some(found) if found.tool => {
            heard.add("tcp", "tools", found.name);
        }
        Some(found) => {
            let weight = if found.generic { GENERIC } else { SPECIFIC };
            let weight = if found.fuzzy { weight - FUZZY } else { weight };
            heard.vote(About::Os, found.name, weight, "syn", &format!("handshake {signature}"));
        }
        None => {}
    }
}

/// The link that a maximum segment size is left of, after the headers of IP and TCP.
fn link(version: u8, mss: u16) -> Option<&'static str> {
    let headers = if version == 6 { 60 } else { 40 };
    let mtu = mss.checked_add(headers).filter(|_| mss > 0)?;
    Some(match mtu {
        1500 => "Ethernet",
        // RFC 2516 s7.
        1492 => "PPPoE",
        1476 => "GRE",
        1480 => "IP in IP",
        // Outer IPv4, UDP and WireGuard's own headers; the default of its tools.
        1420 => "WireGuard",
        // RFC 8200 s5: what every IPv6 link carries.
        1280 => "IPv6 minimum",
        9000 => "jumbo frames",
        65495..=65535 => "loopback or offload",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segment_sizes_tell_links() {
        assert_eq!((link(4, 1460), link(6, 1440)), (Some("Ethernet"), Some("Ethernet")));
        assert_eq!((link(4, 1452), link(6, 1220)), (Some("PPPoE"), Some("IPv6 minimum")));
        assert_eq!((link(4, 0), link(4, 1000), link(4, u16::MAX)), (None, None, None));
    }
}
