//! Multicast groups: who asks which are wanted (a router, or a switch that watches), and which ones a
//! device wants (IGMP, RFC 3376; MLD, RFC 3810).

use std::net::IpAddr;

use wire::icmpv6::{self, Icmpv6};
use wire::igmp::{self, Igmp};
use wire::ip_protocol;

use crate::watcher::{Heard, Look, On, Read, Watcher};

pub(crate) const MULTICAST: Watcher = Watcher {
    name: "multicast",
    on: &[On::Ip(ip_protocol::IGMP), On::Ip(ip_protocol::ICMPV6)],
    notes: &[(SECTION, &["querier", "groups"])],
    read: Read::Frame(read),
};

const SECTION: &str = "multicast";
/// Groups of one report that are looked at.
const MOST_GROUPS: usize = 32;

fn read(look: &Look<'_>, heard: &mut Heard<'_>) {
    // RFC 3376 s4, RFC 3810 s5: it must not leave the link.
    if look.packet.ttl != 1 || !look.dst_ip.is_some_and(|ip| ip.is_multicast()) {
        return;
    }
    heard.about(look.sender());
    match (look.src_ip, look.packet.protocol) {
        (Some(IpAddr::V4(_)), ip_protocol::IGMP) => igmp(look.payload, heard),
        (Some(IpAddr::V6(_)), ip_protocol::ICMPV6) => mld(look.payload, heard),
        _ => {}
    }
}

fn igmp(bytes: &[u8], heard: &mut Heard<'_>) {
    let Some(message) = Igmp::parse(bytes) else { return };
    match (message.kind(), message.version(), message.group()) {
        (igmp::kind::QUERY, Some(version), Some(group)) if group.is_unspecified() => {
            heard.text(SECTION, "querier", &format!("IGMP version {version}"));
        }
        (igmp::kind::REPORT_1 | igmp::kind::REPORT_2, _, Some(group)) => wanted(group.into(), heard),
        (igmp::kind::REPORT_3, ..) => {
            for record in message.records().take(MOST_GROUPS).filter(|r| joins(r.kind, r.sources.is_empty()))
            {
                wanted((*record.group).into(), heard);
            }
        }
        _ => {}
    }
}

fn mld(bytes: &[u8], heard: &mut Heard<'_>) {
    let Some(message) = Icmpv6::parse(bytes) else { return };
    match (message.kind(), message.group()) {
        (icmpv6::kind::LISTENER_QUERY, Some(group)) if group.is_unspecified() => {
            // RFC 3810 s8.1: version 2 is longer.
            let version = if message.body().len() > 16 { 2 } else { 1 };
            heard.text(SECTION, "querier", &format!("MLD version {version}"));
        }
        (icmpv6::kind::LISTENER_REPORT, Some(group)) => wanted(group.into(), heard),
        (icmpv6::kind::LISTENER_REPORT_2, _) => {
            for record in message.records().take(MOST_GROUPS).filter(|r| joins(r.kind, r.sources.is_empty()))
            {
                wanted((*record.group).into(), heard);
            }
        }
        _ => {}
    }
}

/// RFC 3376 s4.2.12: to include nothing is to leave, and so is to block sources.
fn joins(kind: u8, from_nobody: bool) -> bool {
    match kind {
        1 | 3 | 5 => !from_nobody,
        2 | 4 => true,
        _ => false,
    }
}

fn wanted(group: IpAddr, heard: &mut Heard<'_>) {
    let says_nothing = match group {
        IpAddr::V4(ip) => !ip.is_multicast() || ip.octets() == [224, 0, 0, 1],
        // Every address has its solicited-node group (RFC 4291 s2.7.1).
        IpAddr::V6(ip) => {
            !ip.is_multicast() || matches!(ip.segments(), [0xff02, 0, 0, 0, 0, 1, 0xff00..=0xffff, _])
        }
    };
    if !says_nothing {
        heard.add(SECTION, "groups", &group.to_string());
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{SRC, ip, noted, sightings};
    use dpi::Value;

    fn frame(dst: [u8; 4], hops: u8, message: &[u8]) -> Vec<u8> {
        ip(SRC.into(), dst.into(), 2, hops, message)
    }

    const REPORT: [u8; 24] =
        [0x22, 0, 0, 0, 0, 0, 0, 2, 4, 0, 0, 0, 239, 255, 255, 250, 3, 0, 0, 0, 224, 0, 0, 251];

    #[test]
    fn who_asks_and_who_wants() {
        let query = sightings(&frame([224, 0, 0, 1], 1, &[0x11, 100, 0, 0, 0, 0, 0, 0]));
        assert_eq!(noted(&query, "multicast", "querier"), Some(Value::Text("IGMP version 2".into())));
        // The second group is left.
        let report = sightings(&frame([224, 0, 0, 22], 1, &REPORT));
        assert_eq!(noted(&report, "multicast", "groups"), Some(Value::List(vec!["239.255.255.250".into()])));
        assert_eq!(report[0].facts.len(), 1);
    }

    #[test]
    fn mld_too() {
        let group = |text: &str| text.parse::<std::net::Ipv6Addr>().unwrap().octets();
        let groups =
            [[4, 0, 0, 0], [4, 0, 0, 0]].into_iter().zip([group("ff02::fb"), group("ff02::1:ff00:9")]);
        let records: Vec<u8> = groups.flat_map(|(head, group)| [&head[..], &group].concat()).collect();
        let message = [&[143, 0, 0, 0, 0, 0, 0, 2][..], &records].concat();
        let heard = sightings(&ip("fe80::3".parse().unwrap(), "ff02::16".parse().unwrap(), 58, 1, &message));
        assert_eq!(noted(&heard, "multicast", "groups"), Some(Value::List(vec!["ff02::fb".into()])));
    }

    #[test]
    fn what_is_cut_or_may_have_come_from_elsewhere_says_nothing() {
        assert!(sightings(&frame([224, 0, 0, 22], 64, &REPORT)).is_empty());
        assert!(sightings(&frame([192, 0, 2, 9], 1, &REPORT)).is_empty());
        for len in 0..16 {
            assert!(sightings(&frame([224, 0, 0, 22], 1, &REPORT[..len])).is_empty(), "{len}");
        }
    }
}
