//! DTLS 1.0 to 1.3 (RFC 4347, RFC 6347, RFC 9147), and the draft that OpenSSL spoke: both hellos.

mod record;

use self::record::{Fragment, Record, content};
use super::tls::{self, Carrier};
use crate::assembly::Assembly;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "dtls",
    category: "web",
    encrypted: true,
    over: &[(Transport::Udp, &[content::CHANGE_CIPHER_SPEC..=content::APPLICATION_DATA])],
    ports: &[443, 4433, 5061, 5684, 5349, 10443],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

/// RFC 6347 s4.3.2, RFC 5246 s7.4.
const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
const HELLO_VERIFY_REQUEST: u8 = 3;
const CERTIFICATE: u8 = 11;
const SERVER_KEY_EXCHANGE: u8 = 12;
const SERVER_HELLO_DONE: u8 = 14;

const DTLS_1_3: u16 = 0xfefc;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some((record, rest)) = Record::read(look.bytes) else {
        // Connectivity checks and media go the same way (RFC 7983).
        return if findings.facts.tls.is_some() { Verdict::NeedMore } else { Verdict::No };
    };
    // What follows in the datagram must be records too.
    if !(record.is_whole || look.cut) || !record::all(rest) {
        return Verdict::No;
    }
    if record.content == content::HANDSHAKE && record.epoch == 0 {
        return match Fragment::read(record.body) {
            Some((first, _)) => handshake(look, first.kind, findings),
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

fn handshake(look: &Look<'_>, first: u8, findings: &mut Findings) -> Verdict {
    let mut done = false;
    for fragment in record::fragments(look.bytes) {
        done = take(look, &fragment, findings);
    }
    let facts = &findings.facts;
    let heard = facts.ja4.is_some();
    let tls = facts.tls.as_deref();
    let version = tls.and_then(|tls| tls.version);
    let answered = tls.is_some_and(|tls| tls.cipher.is_some());
    match first {
        CLIENT_HELLO if !done => Verdict::proven("DTLS ClientHello", Want::Rest),
        CLIENT_HELLO if answered => Verdict::proven("DTLS ClientHello", Want::Nothing),
        // The one with the server's cookie, if it asks for one, says the same again.
        CLIENT_HELLO => Verdict::proven("DTLS ClientHello", Want::Reply),
        SERVER_HELLO | CERTIFICATE..=SERVER_HELLO_DONE if answered => {
            let last = if heard { Want::Nothing } else { Want::Reply };
            let encrypted = version == Some(DTLS_1_3);
            Verdict::proven("DTLS ServerHello", if done || encrypted { last } else { Want::Rest })
        }
        SERVER_HELLO | HELLO_VERIFY_REQUEST => Verdict::proven("DTLS handshake of a server", Want::Rest),
        _ => Verdict::proven("DTLS handshake message", Want::Nothing),
    }
}

/// Reads a message once it is all there; true if it was the last one that this side sends in
/// clear.
fn take(look: &Look<'_>, fragment: &Fragment<'_>, findings: &mut Findings) -> bool {
    if fragment.is_whole() {
        return message(look, fragment.kind, fragment.body, findings);
    }
    if !matches!(fragment.kind, CLIENT_HELLO | SERVER_HELLO | CERTIFICATE | SERVER_KEY_EXCHANGE) {
        return false;
    }
    let mut assembly = match findings.assembly.take() {
        Some(known) if known.from_src == look.from_src && known.key[..] == fragment.key()[..] => known,
        _ => {
            let mut begun = Assembly::default();
            begun.from_src = look.from_src;
            begun.key.extend(fragment.key());
            Box::new(begun)
        }
    };
    assembly.fill(fragment.offset, fragment.body);
    let whole = assembly.head().len() == fragment.len;
    // Of a datagram that was cut off what is there has to do.
    if whole || look.cut {
        return message(look, fragment.kind, assembly.head(), findings);
    }
    findings.assembly = Some(assembly);
    false
}

fn message(look: &Look<'_>, kind: u8, body: &[u8], findings: &mut Findings) -> bool {
    match kind {
        CLIENT_HELLO => {
            tls::hello_inside(body, Carrier::Dtls, findings);
            true
        }
        SERVER_HELLO => {
            tls::server_hello_inside(body, findings);
            false
        }
        CERTIFICATE => {
            tls::certificate_inside(look, body, Carrier::Dtls, findings);
            false
        }
        SERVER_KEY_EXCHANGE => {
            tls::key_exchange_inside(body, findings);
            false
        }
        kind => kind == SERVER_HELLO_DONE,
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
        let mut flow = Flow::new(UDP, 50000, 40000);
        let (first, second) = datagram.split_at(13 + 12 + 20);
        flow.src(second);
        assert_eq!(flow.name(), Some("dtls"));
        flow.src(first);
        assert_client(&flow);
    }
}
