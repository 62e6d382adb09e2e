//! DTLS 1.0 to 1.3 (RFC 4347, RFC 6347, RFC 9147), and the draft that OpenSSL spoke: both hellos.

mod record;

use self::record::{Fragment, Record, content};
use super::tls::{self, Carrier};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "dtls",
    category: "web",
    encrypted: true,
    over: &[(Transport::Udp, &[content::CHANGE_CIPHER_SPEC..=content::CONNECTION_ID])],
    ports: &[443, 4433, 5061, 5684, 5349, 10443],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

/// RFC 6347 s4.3.2.
const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
const HELLO_VERIFY_REQUEST: u8 = 3;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some((record, rest)) = Record::read(look.bytes) else { return Verdict::No };
    if !record.is_whole && !look.cut {
        return Verdict::No;
    }
    // What follows in the datagram must be records too.
    if !record::all(rest) {
        return Verdict::No;
    }
    if record.content == content::HANDSHAKE && record.epoch == 0 {
        return match Fragment::read(record.body) {
            Some(fragment) => handshake(look, &fragment, findings),
            None => Verdict::No,
        };
    }
    if !record.is_plausible_alone() {
        return Verdict::No;
    }
    match look.last(true).and_then(|before| Record::read(&before.start)).is_some() || !rest.is_empty() {
        true => Verdict::proven("DTLS records in a row", Want::Nothing),
        false => Verdict::likely("DTLS record, handshake not seen", Want::Rest),
    }
}

fn handshake(look: &Look<'_>, first: &Fragment<'_>, findings: &mut Findings) -> Verdict {
    // A message in pieces is put together as far as they lie in this datagram.
    let whole = first.gather(look.bytes);
    let body = whole.as_deref().unwrap_or(first.body);
    match first.kind {
        CLIENT_HELLO => {
            tls::hello_inside(body, Carrier::Dtls, findings);
            // The one with the server's cookie comes after the server's question for it.
            Verdict::proven("DTLS ClientHello", Want::Reply)
        }
        SERVER_HELLO => {
            tls::server_hello_inside(body, findings);
            Verdict::proven(
                "DTLS ServerHello",
                if findings.facts.ja4.is_some() { Want::Nothing } else { Want::Reply },
            )
        }
        HELLO_VERIFY_REQUEST => Verdict::proven("DTLS HelloVerifyRequest", Want::Rest),
        _ => Verdict::proven("DTLS handshake message", Want::Nothing),
    }
}

/// DTLS at the end of a flow that was another protocol's: its owner keeps the label.
#[allow(dead_code, reason = "for protocols to come")]
pub(super) fn inside(look: &Look<'_>, bytes: &[u8], findings: &mut Findings) -> Option<Want> {
    match inspect(&look.inside(bytes), findings) {
        Verdict::No => None,
        Verdict::NeedMore => Some(Want::Rest),
        Verdict::Match { want, .. } => Some(want),
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(50000, 40000, &[(SRC, CLIENT)]),
        Sample::udp(
            50000,
            40000,
            &[(DST, b"\x16\xfe\xff\0\0\0\0\0\0\0\0\0\x17\x03\0\0\x0b\0\0\0\0\0\0\0\x0b\xfe\xff\x08abcdefgh")],
        ),
        Sample::udp(
            50000,
            40000,
            &[(SRC, b"\x17\xfe\xfd\0\x01\0\0\0\0\0\x05\0\x18abcdefghijklmnopqrstuvwx")],
        ),
    ],
    near_miss: &[
        Sample::udp(50000, 443, &[(SRC, b"\x17\xfe\xfd\0\x01\0\0\0\0\0\x05\0\x19abcdefghijklmnopqrstuvwx")]),
        Sample::udp(50000, 443, &[(SRC, b"\x17\xfe\xfb\0\x01\0\0\0\0\0\x05\0\x18abcdefghijklmnopqrstuvwx")]),
        Sample::udp(
            50000,
            443,
            &[(SRC, b"\x16\xfe\xff\0\0\0\0\0\0\0\0\0\x17\x03\0\0\x0a\0\0\0\0\0\0\0\x0b\xfe\xff\x08abcdefgh")],
        ),
    ],
};

#[cfg(test)]
const CLIENT: &[u8] = include_bytes!("../../tests/data/dtls_client_hello.bin");

#[cfg(test)]
mod tests {
    use super::CLIENT;
    use crate::testing::{Flow, UDP};

    fn assert_client(flow: &Flow) {
        assert_eq!(flow.name(), Some("dtls"));
        let facts = flow.inspection.facts();
        assert_eq!(facts.hostname.as_deref(), Some("dtls.example"));
        assert_eq!(facts.tls.as_ref().unwrap().version, Some(0xfefd));
        assert!(facts.ja4.as_ref().unwrap().starts_with("dd2d0201"));
        assert!(facts.ja3.is_some());
    }

    #[test]
    fn a_client() {
        let mut flow = Flow::new(UDP, 50000, 40000);
        flow.src(CLIENT);
        assert_client(&flow);
    }

    #[test]
    fn a_client_in_pieces() {
        let mut flow = Flow::new(UDP, 50000, 40000);
        let body = &CLIENT[25..];
        let total = (body.len() as u32).to_be_bytes();
        let mut datagram = Vec::new();
        for (at, part) in [(0, &body[..20]), (20, &body[20..])] {
            datagram.extend([22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0]);
            datagram.extend(((part.len() + 12) as u16).to_be_bytes());
            datagram.extend([1, total[1], total[2], total[3], 0, 0, 0, 0, at]);
            datagram.extend([0, 0, part.len() as u8]);
            datagram.extend(part);
        }
        flow.src(&datagram);
        assert_client(&flow);
    }
}
