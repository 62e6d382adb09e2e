use super::*;
use crate::sighting::{Fact, Sighting};
use crate::testing::{SRC, SRC_MAC, facts, noted, sightings, udp};
use dpi::Value;

fn half(name: &str, suffix: u8) -> Vec<u8> {
    let mut padded = name.as_bytes().to_vec();
    padded.resize(15, b' ');
    padded.push(suffix);
    let letters = padded.iter().flat_map(|byte| [b'A' + (byte >> 4), b'A' + (byte & 15)]);
    [&[32][..], &letters.collect::<Vec<_>>(), &[0]].concat()
}

fn header(flags: u16, counts: [u8; 4]) -> Vec<u8> {
    let [a, b] = flags.to_be_bytes();
    [&[0, 1, a, b][..], &counts.map(|count| [0, count]).concat()].concat()
}

fn record(name: &[u8], kind: u8, data: &[u8]) -> Vec<u8> {
    [name, &[0, kind, 0, 1, 0, 0, 1, 0], &(data.len() as u16).to_be_bytes(), data].concat()
}

fn registration(name: &str, suffix: u8, flags: u8) -> Vec<u8> {
    let name = half(name, suffix);
    let own = record(&name, 0x20, &[flags, 0, 192, 0, 2, 1]);
    [header(0x2910, [1, 0, 0, 1]), name, vec![0, 0x20, 0, 1], own].concat()
}

fn heard_at(port: u16, payload: &[u8]) -> Vec<Sighting> {
    sightings(&udp((SRC.into(), port), ([192, 0, 2, 255].into(), port), payload))
}

fn text(text: &str) -> Option<Value> {
    Some(Value::Text(text.into()))
}

#[test]
fn a_registration_is_of_the_sender() {
    let heard = heard_at(137, &registration("DESK7", 0, 0));
    assert_eq!(heard.len(), 1);
    assert_eq!(heard[0].about, Subject { mac: Some(MacAddr(SRC_MAC)), ip: Some(SRC.into()) });
    assert_eq!(noted(&heard, "netbios", "name"), text("DESK7"));
    assert!(heard[0].facts.contains(&Fact::Name { name: "DESK7".into(), source: NameSource::Netbios }));
    let heard = heard_at(137, &registration("OFFICE", 0, 0x80));
    assert_eq!(noted(&heard, "netbios", "workgroup"), text("OFFICE"));
    assert!(!facts(&heard).iter().any(|fact| matches!(fact, Fact::Name { .. })));
}

#[test]
fn an_answer_is_about_the_address_in_it() {
    let name = half("SRV3", 0x20);
    let bytes = [header(0x8500, [0, 1, 0, 0]), record(&name, 0x20, &[0, 0, 192, 0, 2, 9])].concat();
    let heard = heard_at(137, &bytes);
    assert_eq!(heard.len(), 1);
    assert_eq!(heard[0].about, Subject { mac: None, ip: Some([192, 0, 2, 9].into()) });
    assert!(heard[0].facts.contains(&Fact::Role(Role::FileServer)));
}

#[test]
fn questions_say_nothing() {
    let bytes = [header(0x0110, [1, 0, 0, 0]), half("SRV3", 0x20), vec![0, 0x20, 0, 1]].concat();
    assert_eq!(heard_at(137, &bytes), []);
}

fn status(unit: [u8; 6]) -> Vec<u8> {
    let entry = |name: &str, suffix: u8, flags: u8| {
        let mut bytes = name.as_bytes().to_vec();
        bytes.resize(15, b' ');
        [&bytes[..], &[suffix, flags, 0]].concat()
    };
    let names =
        [entry("DESK7", 0, 4), entry("OFFICE", 0, 0x84), entry("DESK7", 3, 4), entry("ANNA", 3, 4)].concat();
    let data = [&[4][..], &names, &unit, &[0; 40]].concat();
    [header(0x8400, [0, 1, 0, 0]), record(&half("*", 0), 0x21, &data)].concat()
}

#[test]
fn a_status_lists_names_and_the_hardware_address() {
    let heard = heard_at(137, &status([0, 0, 0x5e, 0, 0x53, 9]));
    assert_eq!(heard.len(), 1);
    assert_eq!(heard[0].about.mac, Some(MacAddr([0, 0, 0x5e, 0, 0x53, 9])));
    assert_eq!(noted(&heard, "netbios", "name"), text("DESK7"));
    assert_eq!(noted(&heard, "netbios", "workgroup"), text("OFFICE"));
    assert_eq!(noted(&heard, "netbios", "user"), text("ANNA"));
    let samba = heard_at(137, &status([0; 6]));
    assert_eq!(samba[0].about.mac, Some(MacAddr(SRC_MAC)));
    assert!(!facts(&samba).contains(&Fact::Address(Evidence::Announced)));
}

fn announcement(version: [u8; 2], functions: u32, comment: &str) -> Vec<u8> {
    let mut name = b"DESK7".to_vec();
    name.resize(16, 0);
    let data = [
        &[1, 0, 0x80, 0xfc, 0x0a, 0][..],
        &name,
        &version,
        &functions.to_le_bytes(),
        &[15, 1, 0x55, 0xaa],
        comment.as_bytes(),
        &[0],
    ]
    .concat();
    let mut words = vec![0; 34];
    words[22..24].copy_from_slice(&(data.len() as u16).to_le_bytes());
    words[24..26].copy_from_slice(&(32 + 1 + 34 + 2 + 17u16).to_le_bytes());
    let mut smb = b"\xffSMB\x25".to_vec();
    smb.resize(32, 0);
    smb.push(17);
    smb.extend(&words);
    smb.extend(((data.len() + 17) as u16).to_le_bytes());
    smb.extend(b"\\MAILSLOT\\BROWSE\0");
    smb.extend(&data);
    let names = [half("DESK7", 0x20), half("OFFICE", 0x1d)].concat();
    let len = ((names.len() + smb.len()) as u16).to_be_bytes();
    [&[0x11, 2, 0, 1, 192, 0, 2, 1, 0, 138][..], &len, &[0, 0], &names, &smb].concat()
}

#[test]
fn a_browser_announces_what_it_is() {
    let bytes = announcement([6, 1], 0x0005_1203, "Anna's desk");
    let heard = heard_at(138, &bytes);
    assert_eq!(heard.len(), 1);
    assert_eq!(noted(&heard, "netbios", "version"), text("6.1"));
    assert_eq!(noted(&heard, "netbios", "comment"), text("Anna's desk"));
    let votes: Vec<_> = facts(&heard)
        .into_iter()
        .filter_map(|fact| match fact {
            Fact::Vote(vote) => Some(vote.value),
            _ => None,
        })
        .collect();
    assert_eq!(votes, ["Windows 7".into(), "computer".into()]);
    let samba = heard_at(138, &announcement([6, 1], 0x0080_9a03, "Samba 4.19"));
    assert!(facts(&samba).iter().any(|fact| matches!(fact, Fact::Vote(vote) if &*vote.value == "Linux")));
    assert!(
        !facts(&samba).iter().any(|fact| matches!(fact, Fact::Vote(vote) if vote.value.contains("Windows")))
    );
    for end in 0..bytes.len() {
        let heard = heard_at(138, &bytes[..end]);
        assert!(heard.iter().all(|s| s.about.ip == Some(SRC.into()) && s.facts.len() <= 2), "{end}");
    }
}

#[test]
fn what_is_no_netbios_says_nothing() {
    let samples = [registration("DESK7", 0, 0), status([0, 0, 0x5e, 0, 0x53, 9])];
    for whole in samples {
        for end in 0..whole.len() {
            assert_eq!(heard_at(137, &whole[..end]), [], "{end}");
        }
    }
    for port in [137, 138] {
        assert_eq!(heard_at(port, &[0x11; 100]), []);
        assert_eq!(heard_at(port, &[0xff; 100]), []);
    }
}
