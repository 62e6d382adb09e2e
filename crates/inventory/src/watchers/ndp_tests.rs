use super::*;
use crate::sighting::Sighting;
use crate::testing::{SRC_MAC, facts, ip, noted, sightings};
use dpi::Value;

const OTHER_MAC: [u8; 6] = [0x00, 0x53, 0, 0, 0, 9];

fn v6(text: &str) -> Ipv6Addr {
    text.parse().unwrap()
}

fn frame(src: &str, dst: &str, hops: u8, message: &[u8]) -> Vec<u8> {
    ip(v6(src).into(), v6(dst).into(), 58, hops, message)
}

fn subject(mac: [u8; 6], ip: Option<&str>) -> Subject {
    Subject { mac: Some(MacAddr(mac)), ip: ip.map(|ip| ip.parse().unwrap()) }
}

fn link_option(kind: u8, mac: [u8; 6]) -> Vec<u8> {
    [&[kind, 1][..], &mac].concat()
}

fn advertised_router(lifetime: u8) -> Vec<u8> {
    let mut bytes = vec![134, 0, 0, 0, 64, 0xc8, 0, lifetime, 0, 0, 0, 0, 0, 0, 0, 0];
    bytes.extend(link_option(1, SRC_MAC));
    bytes.extend([5, 1, 0, 0, 0, 0, 5, 220]);
    bytes.extend([3, 4, 64, 0xc0, 0, 0, 0, 10, 0, 0, 0, 5, 0, 0, 0, 0]);
    bytes.extend(v6("2001:db8:0:1::7").octets());
    bytes.extend([25, 3, 0, 0, 0, 0, 0, 7]);
    bytes.extend(v6("2001:db8::53").octets());
    bytes.extend(b"\x1f\x03\0\0\0\0\0\x07\x03lab\x07example\0\0\0\0");
    bytes.extend([24, 2, 48, 0, 0, 0, 0, 9]);
    bytes.extend(&v6("2001:db8:7::").octets()[..8]);
    bytes.extend([38, 2, 0, 8]);
    bytes.extend(&v6("64:ff9b::").octets()[..12]);
    bytes
}

fn about(heard: &[Sighting], about: Subject) -> Vec<Fact> {
    heard.iter().filter(|s| s.about == about).flat_map(|s| s.facts.clone()).collect()
}

#[test]
fn a_router_tells_what_the_link_is_like() {
    let heard = sightings(&frame("fe80::1", "ff02::1", 255, &advertised_router(100)));
    let said = about(&heard, subject(SRC_MAC, Some("fe80::1")));
    for fact in [
        Fact::Address(Evidence::Ndp),
        Fact::Role(Role::Router),
        Fact::Role(Role::Gateway),
        Fact::OnLink(Network { address: v6("2001:db8:0:1::").into(), prefix: 64 }),
    ] {
        assert!(said.contains(&fact), "{fact:?}");
    }
    let list = |text: &str| Some(Value::List(vec![text.into()]));
    assert_eq!(noted(&heard, "ndp", "prefixes"), list("2001:db8:0:1::/64"));
    assert_eq!(noted(&heard, "ndp", "dns_servers"), list("2001:db8::53"));
    assert_eq!(noted(&heard, "ndp", "dns_search"), list("lab.example"));
    assert_eq!(noted(&heard, "ndp", "routes"), list("2001:db8:7::/48"));
    assert_eq!(noted(&heard, "ndp", "nat64_prefixes"), list("64:ff9b::/96"));
    assert_eq!(noted(&heard, "ndp", "mtu_bytes"), Some(Value::Number(1500)));
    assert_eq!(noted(&heard, "ndp", "preference"), Some(Value::Text("high".into())));
    let server = Subject { mac: None, ip: Some(v6("2001:db8::53").into()) };
    assert_eq!(about(&heard, server), [Fact::Role(Role::DnsServer)]);
}

#[test]
fn a_router_that_is_no_default_router_is_no_gateway() {
    let said = facts(&sightings(&frame("fe80::1", "ff02::1", 255, &advertised_router(0))));
    assert!(said.contains(&Fact::Role(Role::Router)) && !said.contains(&Fact::Role(Role::Gateway)));
}

#[test]
fn what_may_have_come_from_elsewhere_is_not_believed() {
    assert!(sightings(&frame("fe80::1", "ff02::1", 64, &advertised_router(100))).is_empty());
    assert!(sightings(&frame("2001:db8::1", "ff02::1", 255, &advertised_router(100))).is_empty());
}

fn neighbor(kind: u8, flags: u8, target: &str, options: &[u8]) -> Vec<u8> {
    [&[kind, 0, 0, 0, flags, 0, 0, 0][..], &v6(target).octets(), options].concat()
}

#[test]
fn who_asks_whether_an_address_is_free_does_not_have_it() {
    let heard = sightings(&frame("::", "ff02::1:ff00:9", 255, &neighbor(135, 0, "fe80::9", &[])));
    assert_eq!(about(&heard, subject(SRC_MAC, None)).first(), Some(&Fact::Seen));
    assert_eq!(noted(&heard, "ndp", "tentative"), Some(Value::List(vec!["fe80::9".into()])));
    assert!(!facts(&heard).contains(&Fact::Address(Evidence::Ndp)));
}

#[test]
fn a_solicitation_tells_the_addresses_of_who_asks() {
    let message = neighbor(135, 0, "fe80::9", &link_option(1, OTHER_MAC));
    let heard = sightings(&frame("fe80::8", "ff02::1:ff00:9", 255, &message));
    assert_eq!(heard.len(), 1);
    assert_eq!(about(&heard, subject(OTHER_MAC, Some("fe80::8"))), [Fact::Address(Evidence::Ndp)]);
}

#[test]
fn an_advertisement_tells_the_addresses_of_its_target() {
    let message = neighbor(136, 0xa0, "2001:db8::9", &link_option(2, OTHER_MAC));
    let heard = sightings(&frame("fe80::9", "ff02::1", 255, &message));
    let said = about(&heard, subject(OTHER_MAC, Some("2001:db8::9")));
    assert_eq!(said, [Fact::Address(Evidence::Ndp), Fact::Role(Role::Router)]);
}

#[test]
fn a_proxy_does_not_have_what_it_answers_for() {
    let message = neighbor(136, 0x40, "2001:db8::9", &link_option(2, OTHER_MAC));
    let heard = sightings(&frame("fe80::9", "fe80::1", 255, &message));
    assert_eq!(heard.len(), 1);
    assert_eq!(about(&heard, subject(SRC_MAC, Some("fe80::9"))), [Fact::Seen]);
}

#[test]
fn what_is_cut_says_no_more_than_it_holds() {
    let whole = advertised_router(100);
    let all = facts(&sightings(&frame("fe80::1", "ff02::1", 255, &whole)));
    for len in 0..whole.len() {
        for fact in facts(&sightings(&frame("fe80::1", "ff02::1", 255, &whole[..len]))) {
            assert!(all.contains(&fact), "{len}: {fact:?}");
        }
    }
    let mut code = whole;
    code[1] = 1;
    assert!(sightings(&frame("fe80::1", "ff02::1", 255, &code)).is_empty());
}
