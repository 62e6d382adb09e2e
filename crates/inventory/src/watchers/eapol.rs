//! 802.1X (IEEE 802.1X-2020 clause 11): whom a station logs in as, and who asks it to.

use dpi::Reader;

use crate::discovery::{name, station};
use crate::watcher::{Heard, Look, On, Read, Watcher};

pub(crate) const EAPOL: Watcher = Watcher {
    name: "eapol",
    on: &[On::EtherType(0x888e)],
    notes: &[(SECTION, &["identity", "authenticator"])],
    read: Read::Frame(read),
};

const SECTION: &str = "eapol";
/// Type of EAPOL packets that carry EAP.
const EAP: u8 = 0;
/// EAP (RFC 3748 s4.1, s5.1).
const REQUEST: u8 = 1;
const RESPONSE: u8 = 2;
const IDENTITY: u8 = 1;

fn read(look: &Look<'_>, heard: &mut Heard<'_>) {
    let mut reader = Reader::new(look.payload);
    let Some([1..=3, EAP]) = reader.array() else { return };
    let Some(packet) = reader.block16() else { return };
    let mut eap = Reader::new(packet);
    let (Some([code, _identifier]), Some(len)) = (eap.array(), eap.u16()) else { return };
    if usize::from(len) != packet.len() || eap.u8() != Some(IDENTITY) {
        return;
    }
    match code {
        REQUEST => drop(heard.about(station(look.src_mac)).note(SECTION, "authenticator", true)),
        RESPONSE => {
            if let Some(identity) = name(eap.rest()) {
                heard.about(station(look.src_mac)).text(SECTION, "identity", &identity);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{ethernet, noted, sightings};
    use dpi::Value;

    const RESPONSE_FRAME: &[u8] = b"\x01\0\0\x0e\x02\x07\0\x0e\x01user@home";

    #[test]
    fn a_station_says_who_logs_in() {
        let heard = sightings(&ethernet(0x888e, RESPONSE_FRAME));
        assert_eq!(noted(&heard, "eapol", "identity"), Some(Value::Text("user@home".into())));
        let request = sightings(&ethernet(0x888e, b"\x02\0\0\x05\x01\x07\0\x05\x01"));
        assert_eq!(noted(&request, "eapol", "authenticator"), Some(Value::Flag(true)));
    }

    #[test]
    fn keys_and_what_is_cut_say_nothing() {
        assert!(sightings(&ethernet(0x888e, b"\x01\x03\0\x05\x02\x07\0\x05\x01")).is_empty());
        for len in 0..RESPONSE_FRAME.len() {
            let frame = [&[0; 12][..], &[0x88, 0x8e], &RESPONSE_FRAME[..len]].concat();
            assert!(sightings(&frame).is_empty(), "{len}");
        }
    }
}
