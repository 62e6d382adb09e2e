use super::*;
use crate::sighting::{About, Sighting};
use crate::testing::{DST_MAC, SRC_MAC, facts, noted, sightings, udp};
use dpi::Value;
use wire::MacAddr;

const CLIENT: [u8; 6] = SRC_MAC;

struct Parts {
    op: u8,
    ciaddr: [u8; 4],
    yiaddr: [u8; 4],
    giaddr: [u8; 4],
}

const REQUEST: Parts = Parts { op: 1, ciaddr: [0; 4], yiaddr: [0; 4], giaddr: [0; 4] };
const REPLY: Parts = Parts { op: 2, yiaddr: [192, 0, 2, 7], ..REQUEST };

fn message(parts: &Parts, options: &[u8]) -> Vec<u8> {
    let mut bytes = vec![parts.op, 1, 6, 0, 1, 2, 3, 4, 0, 0, 0, 0];
    for address in [parts.ciaddr, parts.yiaddr, [0; 4], parts.giaddr] {
        bytes.extend(address);
    }
    bytes.extend(CLIENT);
    bytes.resize(236, 0);
    bytes.extend([0x63, 0x82, 0x53, 0x63]);
    bytes.extend(options);
    bytes.push(255);
    bytes
}

fn from_client(options: &[u8]) -> Vec<u8> {
    let message = message(&REQUEST, options);
    udp((Ipv4Addr::UNSPECIFIED.into(), 68), (Ipv4Addr::BROADCAST.into(), 67), &message)
}

fn from_server(parts: &Parts, src: [u8; 4], options: &[u8]) -> Vec<u8> {
    udp((src.into(), 67), (Ipv4Addr::BROADCAST.into(), 68), &message(parts, options))
}

fn text(text: &str) -> Option<Value> {
    Some(Value::Text(text.into()))
}

fn roles(heard: &[Sighting], role: Role) -> Vec<Option<IpAddr>> {
    let has = |sighting: &&Sighting| sighting.facts.contains(&Fact::Role(role));
    heard.iter().filter(has).map(|sighting| sighting.about.ip).collect()
}

const DISCOVER: &[u8] = b"\x35\x01\x01\x3d\x07\x01\x00\x53\x00\x00\x00\x01\x0c\x06desk-7\
    \x3c\x08MSFT 5.0\x37\x0e\x01\x03\x06\x0f\x1f\x21\x2b\x2c\x2e\x2f\x77\x79\xf9\xfc\x39\x02\x02\x40";

const ACK: &[u8] = &[
    53, 1, 5, 54, 4, 192, 0, 2, 1, 51, 4, 0, 0, 14, 16, 1, 4, 255, 255, 255, 0, 3, 4, 192, 0, 2, 254, 6, 8,
    192, 0, 2, 53, 192, 0, 2, 54, 15, 4, b'h', b'o', b'm', b'e',
];

#[test]
fn a_client_introduces_itself() {
    let heard = sightings(&from_client(DISCOVER));
    assert_eq!(heard.len(), 1);
    assert_eq!(heard[0].about, Subject { mac: Some(MacAddr(CLIENT)), ip: None });
    assert!(heard[0].facts.contains(&Fact::Name { name: "desk-7".into(), source: NameSource::Dhcp }));
    assert_eq!(noted(&heard, "dhcp", "host_name"), text("desk-7"));
    assert_eq!(noted(&heard, "dhcp", "fingerprint"), text("1,3,6,15,31,33,43,44,46,47,119,121,249,252"));
    assert_eq!(noted(&heard, "dhcp", "max_message_bytes"), Some(Value::Number(576)));
    assert_eq!(noted(&heard, "dhcp", "client_id"), None, "its hardware address says as much");
    let votes = facts(&heard).into_iter().filter_map(|fact| match fact {
        Fact::Vote(vote) if vote.about == About::Os => Some(vote.value),
        _ => None,
    });
    assert_eq!(votes.collect::<Vec<_>>(), ["Windows".into(), "Windows 10".into()]);
}

#[test]
fn identifiers_that_outlive_hardware_addresses() {
    let duid = [0, 4, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
    let id = [&[61, 23, 255, 9, 9, 9, 9][..], &duid].concat();
    let heard = sightings(&from_client(&[&[53, 1, 3][..], &id].concat()));
    assert!(facts(&heard).contains(&Fact::Identity(Identity::DhcpClient(hex(&duid).into()))));
    for useless in
        [&b"\x3d\x05\0abcd"[..], b"\x3d\x08\0\0\0\0\0\0\0\0", b"\x3d\x0aRAS \x01\x02\x03\x04\x05\x06"]
    {
        let heard = sightings(&from_client(&[&[53, 1, 3][..], useless].concat()));
        assert!(!facts(&heard).iter().any(|fact| matches!(fact, Fact::Identity(_))), "{useless:?}");
    }
}

#[test]
fn an_acknowledgement_is_a_lease() {
    let heard = sightings(&from_server(&REPLY, [192, 0, 2, 1], ACK));
    assert_eq!(roles(&heard, Role::DhcpServer), [Some([192, 0, 2, 1].into())]);
    assert_eq!(roles(&heard, Role::Gateway), [Some([192, 0, 2, 254].into())]);
    let client = Subject { mac: Some(MacAddr(CLIENT)), ip: Some([192, 0, 2, 7].into()) };
    let lease = heard.iter().find(|sighting| sighting.about == client).unwrap();
    assert!(lease.facts.contains(&Fact::Address(Evidence::Dhcp)));
    let block = Network { address: [192, 0, 2, 0].into(), prefix: 24 };
    assert!(lease.facts.contains(&Fact::OnLink(block)));
    assert_eq!(noted(&heard, "dhcp", "lease_seconds"), Some(Value::Number(3600)));
    assert_eq!(noted(&heard, "dhcp", "domain"), text("home"));
    let servers = Value::List(vec!["192.0.2.53".into(), "192.0.2.54".into()]);
    assert_eq!(noted(&heard, "dhcp", "dns_servers"), Some(servers));
}

#[test]
fn an_offer_is_no_lease() {
    let offer = [&[53, 1, 2][..], &ACK[3..]].concat();
    let heard = sightings(&from_server(&REPLY, [192, 0, 2, 1], &offer));
    assert_eq!(heard.len(), 1);
    assert_eq!(roles(&heard, Role::DhcpServer), [Some([192, 0, 2, 1].into())]);
    let boot = sightings(&from_server(&Parts { yiaddr: [0; 4], ..REPLY }, [192, 0, 2, 3], &offer));
    assert_eq!(boot, [], "a boot server hands out no addresses");
}

#[test]
fn a_relay_is_not_the_server() {
    let relayed = Parts { giaddr: [192, 0, 2, 254], ..REPLY };
    let heard = sightings(&from_server(
        &relayed,
        [192, 0, 2, 254],
        &[&[53, 1, 5, 54, 4, 198, 51, 100, 1][..], &ACK[9..]].concat(),
    ));
    assert_eq!(roles(&heard, Role::DhcpServer), [Some([198, 51, 100, 1].into())]);
    assert_eq!(roles(&heard, Role::DhcpRelay), [Some([192, 0, 2, 254].into())]);
}

#[test]
fn addresses_are_given_back() {
    let release = message(&Parts { ciaddr: [192, 0, 2, 7], ..REQUEST }, &[53, 1, 7]);
    let heard = sightings(&udp(([192, 0, 2, 7].into(), 68), ([192, 0, 2, 1].into(), 67), &release));
    assert_eq!(
        (heard[0].about.ip, &heard[0].facts[..]),
        (Some([192, 0, 2, 7].into()), &[Fact::AddressGone][..])
    );
    let heard = sightings(&from_client(&[53, 1, 4, 50, 4, 192, 0, 2, 8]));
    assert_eq!(
        (heard[0].about.ip, &heard[0].facts[..]),
        (Some([192, 0, 2, 8].into()), &[Fact::AddressGone][..])
    );
}

#[test]
fn options_in_parts_and_in_other_fields() {
    let mut bytes = message(&REQUEST, b"\x35\x01\x01\x34\x01\x03\x0c\x03des\x0c\x03k-7");
    bytes[44..44 + 12].copy_from_slice(b"\x3c\x08MSFT 5.0\xff\0");
    bytes[108..108 + 6].copy_from_slice(b"\x37\x03\x01\x03\x06\xff");
    let heard = sightings(&udp((Ipv4Addr::UNSPECIFIED.into(), 68), (Ipv4Addr::BROADCAST.into(), 67), &bytes));
    assert_eq!(noted(&heard, "dhcp", "host_name"), text("desk-7"));
    assert_eq!(noted(&heard, "dhcp", "vendor_class"), text("MSFT 5.0"));
    assert_eq!(noted(&heard, "dhcp", "fingerprint"), text("1,3,6"));
}

#[test]
fn a_full_name_in_either_encoding() {
    for (option, name) in [
        (&b"\x51\x0a\x04\0\0\x04desk\x01a"[..], "desk.a"),
        (b"\x51\x09\x00\0\0desk.b", "desk.b"),
        (b"\x51\x08\x05\0\0\x04desk", "desk"),
    ] {
        let heard = sightings(&from_client(&[&[53, 1, 1][..], option].concat()));
        assert_eq!(noted(&heard, "dhcp", "fqdn"), text(name));
    }
}

#[test]
fn what_is_no_dhcp_says_nothing() {
    let ports = |src, dst, bytes: &[u8]| {
        sightings(&udp((Ipv4Addr::UNSPECIFIED.into(), src), (Ipv4Addr::BROADCAST.into(), dst), bytes))
    };
    let whole = message(&REQUEST, DISCOVER);
    for end in 0..whole.len() - 1 {
        let heard = ports(68, 67, &whole[..end]);
        let says_more = heard.iter().any(|sighting| sighting.about.mac != Some(MacAddr(CLIENT)));
        assert!(!says_more && (end > 240 || heard.is_empty()), "{end}");
    }
    assert_eq!(ports(67, 68, &whole), [], "a question is not for clients");
    assert_eq!(ports(68, 67, &message(&REPLY, ACK)), [], "nor do clients answer");
    assert_eq!(ports(68, 67, &[0x55; 300]), []);
    let mut broken = message(&REQUEST, DISCOVER);
    broken[238] = 0;
    assert_eq!(ports(68, 67, &broken), [], "no cookie");
    assert_eq!(ports(68, 67, &message(&REQUEST, b"\x35\x01\x01\x0c\xf0desk")), [], "an option without end");
    assert_ne!(DST_MAC, CLIENT);
}
