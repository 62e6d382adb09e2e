use super::*;
use crate::sighting::{About, Fact, Sighting};
use crate::testing::{SRC, facts, noted, sightings, udp};
use dpi::Value;

fn ber(tag: u8, content: &[u8]) -> Vec<u8> {
    let len = content.len() as u8;
    let len = if len < 128 { vec![len] } else { vec![0x81, len] };
    [&[tag][..], &len, content].concat()
}

fn binding(name: &[u8], value: &[u8]) -> Vec<u8> {
    ber(SEQUENCE, &[&ber(OBJECT_IDENTIFIER, name)[..], value].concat())
}

fn system(column: u8, value: &[u8]) -> Vec<u8> {
    binding(&[object::SYSTEM, &[column, 0]].concat(), value)
}

fn pdu(tag: u8, bindings: &[u8]) -> Vec<u8> {
    ber(tag, &[&[2, 1, 7, 2, 1, 0, 2, 1, 0][..], &ber(SEQUENCE, bindings)].concat())
}

fn v2c(pdu: &[u8]) -> Vec<u8> {
    ber(SEQUENCE, &[&[2, 1, 1][..], &ber(OCTET_STRING, b"s3cret"), pdu].concat())
}

fn response() -> Vec<u8> {
    let bindings = [
        system(1, &ber(OCTET_STRING, b"RouterOS RB750")),
        system(2, &ber(OBJECT_IDENTIFIER, &[0x2b, 6, 1, 4, 1, 0xf5, 0x0c, 1])),
        system(3, &ber(tag::TIME_TICKS, &[0, 0x03, 0xe8])),
        system(5, &ber(OCTET_STRING, b"core-1")),
        system(6, &ber(OCTET_STRING, b"rack 4")),
    ]
    .concat();
    v2c(&pdu(tag::RESPONSE, &bindings))
}

fn from_agent(bytes: &[u8]) -> Vec<Sighting> {
    sightings(&udp((SRC.into(), 161), ([192, 0, 2, 2].into(), 50000), bytes))
}

fn to_manager(bytes: &[u8]) -> Vec<Sighting> {
    sightings(&udp((SRC.into(), 50000), ([192, 0, 2, 2].into(), 162), bytes))
}

fn text(text: &str) -> Option<Value> {
    Some(Value::Text(text.into()))
}

#[test]
fn an_agent_describes_its_system() {
    let heard = from_agent(&response());
    assert_eq!(heard.len(), 1);
    assert_eq!(noted(&heard, "snmp", "description"), text("RouterOS RB750"));
    assert_eq!(noted(&heard, "snmp", "object_id"), text("1.3.6.1.4.1.14988.1"));
    assert_eq!(noted(&heard, "snmp", "enterprise"), Some(Value::Number(14988)));
    assert_eq!(noted(&heard, "snmp", "uptime_seconds"), Some(Value::Number(10)));
    assert_eq!(noted(&heard, "snmp", "location"), text("rack 4"));
    assert!(facts(&heard).contains(&Fact::Name { name: "core-1".into(), source: NameSource::Snmp }));
    let vote = |about, value: &str| {
        facts(&heard)
            .iter()
            .any(|fact| matches!(fact, Fact::Vote(vote) if vote.about == about && &*vote.value == value))
    };
    assert!(vote(About::Vendor, "MikroTik") && vote(About::Os, "RouterOS") && vote(About::Model, "RB750"));
    assert!(!format!("{heard:?}").contains("s3cret"), "a community is a credential");
}

#[test]
fn questions_say_nothing_of_who_asks() {
    let get = v2c(&pdu(0xa0, &system(1, &[5, 0])));
    assert_eq!(sightings(&udp((SRC.into(), 50000), ([192, 0, 2, 2].into(), 161), &get)), []);
    assert_eq!(sightings(&udp((SRC.into(), 50000), ([192, 0, 2, 2].into(), 161), &response())), []);
}

#[test]
fn an_engine_has_a_hardware_address() {
    let engine = [0x80, 0, 0, 9, 3, 0, 0, 0x5e, 0, 0x53, 1];
    let parameters =
        ber(SEQUENCE, &[ber(OCTET_STRING, &engine), vec![2, 1, 0, 2, 1, 0, 4, 0, 4, 0, 4, 0]].concat());
    let scoped = ber(SEQUENCE, &[vec![4, 0, 4, 0], pdu(tag::REPORT, &[])].concat());
    let message = [
        &[2, 1, 3][..],
        &ber(SEQUENCE, &[2, 1, 1, 2, 2, 5, 0xdc, 4, 1, 0, 2, 1, 3]),
        &ber(OCTET_STRING, &parameters),
        &scoped,
    ]
    .concat();
    let heard = from_agent(&ber(SEQUENCE, &message));
    assert_eq!(noted(&heard, "snmp", "engine_mac"), text("00:00:5e:00:53:01"));
    assert_eq!(noted(&heard, "snmp", "enterprise"), Some(Value::Number(9)));
}

#[test]
fn an_old_trap_is_about_its_agent() {
    let trap = [
        ber(OBJECT_IDENTIFIER, &[0x2b, 6, 1, 4, 1, 9, 1]),
        ber(tag::IP_ADDRESS, &[192, 0, 2, 9]),
        vec![2, 1, 3, 2, 1, 0],
        ber(tag::TIME_TICKS, &[100]),
        ber(SEQUENCE, &[]),
    ]
    .concat();
    let message =
        ber(SEQUENCE, &[&[2, 1, 0][..], &ber(OCTET_STRING, b"s3cret"), &ber(tag::TRAP_V1, &trap)].concat());
    let heard = to_manager(&message);
    assert_eq!(heard.len(), 1);
    assert_eq!(heard[0].about, Subject { mac: None, ip: Some([192, 0, 2, 9].into()) });
    assert_eq!(noted(&heard, "snmp", "enterprise"), Some(Value::Number(9)));
}

#[test]
fn what_is_no_snmp_says_nothing() {
    let whole = response();
    for end in 0..whole.len() {
        assert_eq!(from_agent(&whole[..end]), [], "{end}");
    }
    for at in 0..whole.len() {
        let mut broken = whole.clone();
        broken[at] ^= 0xff;
        let _ = from_agent(&broken);
    }
    assert_eq!(from_agent(&[0x30; 100]), []);
    assert_eq!(from_agent(&[]), []);
}
