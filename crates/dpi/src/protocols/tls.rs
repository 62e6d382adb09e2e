//! SSL 2.0 to TLS 1.3 over TCP (RFC 6101, RFC 5246, RFC 8446): both hellos, certificates as long as they are in clear.

mod certificate;
mod der;
mod hello;
mod record;
mod risks;
mod ssl2;

use self::hello::{ClientHello, ServerHello};
use self::record::{Handshake, Header, Messages, content};
use crate::facts::HostnameSource;
pub(super) use crate::fingerprints::Carrier;
use crate::fingerprints::{ja3, ja3s, ja4};
use crate::iana::cipher_suite_name;
use crate::protocol::{DEEP, Findings, Look, Protocol, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "tls",
    category: "web",
    encrypted: true,
    over: &[(Transport::Tcp, &[content::CHANGE_CIPHER_SPEC..=content::APPLICATION_DATA, ssl2::STARTS])],
    ports: &[
        443, 465, 563, 636, 853, 989, 990, 993, 995, 4433, 4443, 5061, 5223, 5228, 5349, 5671, 6514, 6697,
        8443, 8883, 9443, 10443,
    ],
    bound: false,
    fields: &[],
    head: DEEP,
    inspect,
};

/// RFC 8446 s4.
const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
/// RFC 5246 s7.4.
const CERTIFICATE: u8 = 11;
const SERVER_KEY_EXCHANGE: u8 = 12;
const SERVER_HELLO_DONE: u8 = 14;

const TLS_1_2: u16 = 0x0303;

/// RFC 8422 s5.4.
const NAMED_CURVE: u8 = 3;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if look.bytes.first().is_some_and(|first| ssl2::STARTS.contains(first)) {
        return ssl2::inspect(look, findings);
    }
    let Some(header) = Header::read(look.bytes) else {
        let begun = !look.cut && Header::may_begin(look.bytes);
        return if begun { Verdict::NeedMore } else { Verdict::No };
    };
    if header.content != content::HANDSHAKE {
        // Once a hello was seen this is the end of what can be learnt; else it is a stream that
        // was joined late, and a record header is not much.
        return match header.is_plausible_alone(look.bytes) {
            true => Verdict::likely("TLS record header, handshake not seen", Want::Nothing),
            false => Verdict::No,
        };
    }
    let mut messages = Messages::new(look.bytes);
    let Some(first) = messages.next() else {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    };
    if !first.is_complete() && messages.ended() {
        return Verdict::No;
    }
    let decide = first.is_complete() || look.cut;
    match first.kind() {
        Some(CLIENT_HELLO | SERVER_HELLO) if !first.may_be_hello() => Verdict::No,
        Some(CLIENT_HELLO) if decide => client_hello(&first, findings),
        Some(CLIENT_HELLO) => Verdict::likely("beginning of a TLS ClientHello", Want::Rest),
        Some(SERVER_HELLO) if decide => server_hello(look, &first, &mut messages, findings),
        Some(SERVER_HELLO) => Verdict::likely("beginning of a TLS ServerHello", Want::Rest),
        _ => Verdict::likely("TLS handshake record, hellos not seen", Want::Nothing),
    }
}

fn client_hello(handshake: &Handshake<'_>, findings: &mut Findings) -> Verdict {
    let answered = findings.facts.tls.as_ref().is_some_and(|tls| tls.cipher.is_some());
    let want = if answered { Want::Nothing } else { Want::Reply };
    match hello_inside(handshake.body(), Carrier::Tcp, findings) {
        true => Verdict::proven("TLS ClientHello", want),
        false => Verdict::likely("beginning of a TLS ClientHello", want),
    }
}

fn server_hello(
    look: &Look<'_>,
    hello: &Handshake<'_>,
    messages: &mut Messages<'_>,
    findings: &mut Findings,
) -> Verdict {
    let last = if findings.facts.ja4.is_some() { Want::Nothing } else { Want::Reply };
    if !server_hello_inside(hello.body(), findings) {
        return Verdict::likely("beginning of a TLS ServerHello", last);
    }
    let version = findings.facts.tls.as_ref().and_then(|tls| tls.version);
    let encrypted = version.is_some_and(|version| version > TLS_1_2);
    let want = if encrypted || flight(look, messages, findings) { last } else { Want::Rest };
    Verdict::proven("TLS ServerHello", want)
}

/// What a server before TLS 1.3 sends with its hello; true if there will be no more of it.
fn flight(look: &Look<'_>, messages: &mut Messages<'_>, findings: &mut Findings) -> bool {
    while let Some(message) = messages.next() {
        let ended = look.cut || messages.ended();
        if !message.is_complete() && !ended {
            return false;
        }
        match message.kind() {
            Some(CERTIFICATE) => certificate_inside(look, message.body(), Carrier::Tcp, findings),
            Some(SERVER_KEY_EXCHANGE) => key_exchange_inside(message.body(), findings),
            Some(SERVER_HELLO_DONE) => return true,
            _ => {}
        }
    }
    look.cut || messages.ended()
}

/// Reads the first certificate of a Certificate message before TLS 1.3 (RFC 5246 s7.4.2): the
/// server's own.
pub(super) fn certificate_inside(look: &Look<'_>, body: &[u8], carrier: Carrier, findings: &mut Findings) {
    let facts = &mut findings.facts;
    let tls = facts.tls.get_or_insert_default();
    if tls.certificate.is_some() {
        return;
    }
    let mut reader = Reader::new(body);
    let (Some(_list), Some(len)) = (reader.u24(), reader.u24()) else { return };
    let bytes = reader.up_to(len);
    let Some(parsed) = certificate::parse(bytes, bytes.len() == len) else { return };
    risks::of_certificate(&parsed, look.time, carrier, findings);
    findings.facts.tls.get_or_insert_default().certificate = Some(Box::new(parsed.certificate));
}

/// The group of an ephemeral key (RFC 8422 s5.4), or how short its prime is (RFC 5246 s7.4.3).
pub(super) fn key_exchange_inside(body: &[u8], findings: &mut Findings) {
    let Some(tls) = &mut findings.facts.tls else { return };
    let suite = tls.cipher.and_then(cipher_suite_name).unwrap_or_default();
    let mut reader = Reader::new(body);
    if suite.starts_with("TLS_ECDH") {
        if reader.u8() == Some(NAMED_CURVE) {
            tls.group = reader.u16();
        }
    } else if suite.starts_with("TLS_DH")
        && let Some(prime) = reader.block16()
    {
        risks::of_prime(prime, findings);
    }
}

/// Writes down what the body of a ClientHello says, without the message's header; false if it
/// ends before its extensions.
pub(super) fn hello_inside(body: &[u8], carrier: Carrier, findings: &mut Findings) -> bool {
    let Some(hello) = ClientHello::parse(body, carrier == Carrier::Dtls) else { return false };
    let facts = &mut findings.facts;
    let tls = facts.tls.get_or_insert_default();
    tls.ech = hello.ech;
    if tls.cipher.is_none() {
        tls.version = Some(hello.version);
    }
    if tls.alpn.is_none() {
        tls.alpn = hello.offer.alpn.map(|name| lossy(name, NAME_MAX));
    }
    if let Some(name) = hello.server_name.filter(|name| !name.is_empty()) {
        facts.hostname = Some(lossy(name, NAME_MAX));
        facts.hostname_source = Some(HostnameSource::Sni);
        risks::of_name(name, findings);
    }
    let facts = &mut findings.facts;
    if hello.whole {
        facts.ja3 = Some(ja3(&hello.offer));
        facts.ja4 = Some(ja4(&hello.offer, carrier));
    }
    true
}

/// The same for a ServerHello.
pub(super) fn server_hello_inside(body: &[u8], findings: &mut Findings) -> bool {
    let Some(hello) = ServerHello::parse(body) else { return false };
    let facts = &mut findings.facts;
    let tls = facts.tls.get_or_insert_default();
    tls.version = Some(hello.version);
    tls.cipher = Some(hello.cipher);
    tls.group = tls.group.or(hello.group);
    if let Some(name) = hello.alpn {
        tls.alpn = Some(lossy(name, NAME_MAX));
    }
    risks::of_choice(hello.version, hello.cipher, &mut facts.risks);
    if hello.whole && facts.ja3s.is_none() {
        facts.ja3s = Some(ja3s(hello.legacy_version, hello.cipher, hello.extensions));
    }
    true
}

/// For protocols that turn into TLS (STARTTLS, CONNECT): `bytes` of this direction begin where
/// TLS begins. `None` if they are not TLS; else what can still be learnt.
///
/// The caller keeps its own label and hands over the same direction's bytes again, more of them,
/// if the answer is [`Want::Rest`].
pub(super) fn inside(look: &Look<'_>, bytes: &[u8], findings: &mut Findings) -> Option<Want> {
    match inspect(&look.inside(bytes), findings) {
        Verdict::No => None,
        Verdict::NeedMore => Some(Want::Rest),
        Verdict::Match { want, .. } => Some(want),
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        443,
        &[
            (SRC, include_bytes!("../../tests/data/client_hello.bin")),
            (DST, include_bytes!("../../tests/data/server_hello.bin")),
        ],
    )],
    near_miss: &[Sample::tcp(50000, 443, &[(SRC, b"\x16\x03\x09\x00\x28\x01\x00\x00\x24 not a hello")])],
};

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::certificate::tests::CERTIFICATE;
    use super::hello::tests::{CLIENT_HELLO, SERVER_HELLO, client_hello_with, long_client_hello};
    use crate::engine::Progress;
    use crate::label::Confidence;
    use crate::risk::Risk;
    use crate::testing::{Flow, TCP};

    fn flow() -> Flow {
        Flow::new(TCP, 50000, 443)
    }

    /// The handshake message of one record in records of `size`.
    fn in_records(record: &[u8], size: usize) -> Vec<u8> {
        let records = record[5..].chunks(size);
        records
            .flat_map(|part| [&[22, 3, 1], &(part.len() as u16).to_be_bytes()[..], part].concat())
            .collect()
    }

    fn assert_client(flow: &Flow) {
        assert_eq!((flow.name(), flow.confidence()), (Some("tls"), Some(Confidence::Proven)));
        let facts = flow.inspection.facts();
        assert_eq!(facts.hostname.as_deref(), Some("www.example.org"));
        let tls = facts.tls.as_ref().unwrap();
        assert_eq!((tls.version, tls.alpn.as_deref(), tls.ech), (Some(0x0304), Some("h2"), false));
    }

    #[test]
    fn both_hellos() {
        let mut flow = flow();
        assert_eq!(flow.src(CLIENT_HELLO), Progress::More);
        assert_client(&flow);
        assert_eq!(flow.buffers(), 0, "one segment is enough");
        assert_eq!(flow.dst(SERVER_HELLO), Progress::Done);
        let tls = flow.inspection.facts().tls.clone().unwrap();
        assert_eq!((tls.version, tls.cipher, tls.group), (Some(0x0304), Some(0x1302), Some(29)));
    }

    #[test]
    fn the_server_alone() {
        let mut flow = flow();
        assert_eq!(flow.dst(SERVER_HELLO), Progress::More);
        assert_eq!((flow.name(), flow.confidence()), (Some("tls"), Some(Confidence::Proven)));
        assert_eq!(flow.src(CLIENT_HELLO), Progress::Done);
        assert_client(&flow);
        assert!(flow.inspection.facts().tls.as_ref().unwrap().cipher.is_some());
    }

    #[test]
    fn byte_by_byte() {
        for hello in [CLIENT_HELLO.to_vec(), long_client_hello(6000)] {
            let mut flow = flow();
            let (last, first) = hello.split_last().unwrap();
            first.chunks(1).take(4000).for_each(|byte| assert_eq!(flow.src(byte), Progress::More));
            assert_eq!((flow.name(), flow.confidence()), (Some("tls"), Some(Confidence::Likely)));
            if hello.len() < 4000 {
                assert_eq!(flow.src(&[*last]), Progress::More);
                assert_client(&flow);
                assert_eq!(flow.dst(SERVER_HELLO), Progress::Done);
            }
        }
    }

    #[test]
    fn segments_in_the_wrong_order() {
        let hello = long_client_hello(3000);
        for reversed in [false, true] {
            let mut flow = flow();
            flow.handshake();
            let mut pieces: Vec<_> =
                hello.chunks(700).enumerate().map(|(i, p)| (i as i32 * 700, p)).collect();
            if reversed {
                pieces.reverse();
            }
            for (position, piece) in pieces {
                assert_eq!(flow.at(true, position, piece), Progress::More);
            }
            assert_client(&flow);
        }
    }

    #[test]
    fn segments_that_overlap_and_repeat() {
        let hello = long_client_hello(3000);
        let mut flow = flow();
        flow.handshake();
        flow.at(true, -1, &[0]);
        for (from, to) in
            [(0, 500), (0, 500), (1400, 2000), (400, 1500), (-100, 600), (1900, hello.len() as i32)]
        {
            let piece: Vec<u8> = (from..to).map(|i| if i < 0 { 0 } else { hello[i as usize] }).collect();
            assert_eq!(flow.at(true, from, &piece), Progress::More);
        }
        assert_client(&flow);
    }

    #[test]
    fn over_several_records() {
        for size in [1, 3, 100, 300] {
            let mut flow = flow();
            assert_eq!(flow.src(&in_records(CLIENT_HELLO, size)), Progress::More, "{size}");
            assert_client(&flow);
        }
        let records = in_records(&long_client_hello(3000), 1000);
        let mut flow = flow();
        records.chunks(900).for_each(|piece| assert_eq!(flow.src(piece), Progress::More));
        assert_client(&flow);
    }

    #[test]
    fn a_lost_segment_does_not_hold_the_flow() {
        let hello = long_client_hello(3000);
        let mut flow = flow();
        flow.src(&hello[..1000]);
        assert_eq!(flow.dst(SERVER_HELLO), Progress::More);
        assert_eq!(flow.confidence(), Some(Confidence::Proven));
        flow.next(TCP, 50000, 443).handshake();
        let mut last = Progress::More;
        (1..9).for_each(|i| last = flow.at(true, i * 1000, CLIENT_HELLO));
        assert_eq!(last, Progress::More, "what came after the gap was looked at");
        assert_client(&flow);
    }

    #[test]
    fn a_cut_capture_gives_what_is_there() {
        let hello = long_client_hello(1500);
        let mut flow = flow();
        assert_eq!(flow.src_cut(&hello, 400), Progress::More);
        assert_client(&flow);
        assert_eq!(flow.buffers(), 0);
    }

    /// A server's messages of TLS 1.2: hello (ECDHE, 3DES), certificate, key (x25519), done.
    fn flight() -> Vec<u8> {
        let message = |kind: u8, body: &[u8]| {
            let len = (body.len() as u32).to_be_bytes();
            [&[kind, len[1], len[2], len[3]], body].concat()
        };
        let len = (CERTIFICATE.len() as u32).to_be_bytes();
        let list = (CERTIFICATE.len() as u32 + 3).to_be_bytes();
        let certificates = [&list[1..], &len[1..], CERTIFICATE].concat();
        let hello = [&[3, 3][..], &[7; 32], &[0, 0xc0, 0x12, 0]].concat();
        let key = [&[3, 0, 29, 32][..], &[9; 40]].concat();
        let messages =
            [message(2, &hello), message(11, &certificates), message(12, &key), message(14, &[])].concat();
        [&[22, 3, 3][..], &(messages.len() as u16).to_be_bytes(), &messages].concat()
    }

    #[test]
    fn certificates_in_clear() {
        for size in [10_000, 300, 40, 1] {
            let mut flow = flow();
            flow.src(CLIENT_HELLO);
            let flight = in_records(&flight(), size);
            let mut progress = Progress::More;
            flight.chunks(200).for_each(|piece| progress = flow.dst(piece));
            assert_eq!(progress, Progress::Done, "{size}");
            let facts = flow.inspection.facts();
            let tls = facts.tls.as_ref().unwrap();
            assert_eq!((tls.version, tls.cipher, tls.group), (Some(0x0303), Some(0xc012), Some(29)));
            let certificate = tls.certificate.as_ref().unwrap();
            assert_eq!(&*certificate.serial, "1234567890abcdef");
            assert!(certificate.sha256.is_some());
            let risks: Vec<_> = facts.risks.names().collect();
            assert_eq!(risks, ["certificate-expired", "certificate-self-signed", "weak-cipher"]);
        }
    }

    #[test]
    fn a_certificate_that_is_cut_off() {
        let flight = flight();
        for record in [flight.clone(), in_records(&flight, 100)] {
            let mut flow = flow();
            flow.src(CLIENT_HELLO);
            flow.dst_cut(&record, 350);
            let facts = flow.inspection.facts();
            let certificate = facts.tls.as_ref().unwrap().certificate.as_ref().unwrap();
            assert!(certificate.subject.starts_with("CN=www.example.org"));
            assert_eq!(certificate.sha256, None);
        }
    }

    #[test]
    fn hellos_of_1995() {
        let client = b"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10\x01\0\x80\x02\0\x80\x03\0\x80\x04\0\x80\x05\0\x80\x06\0\x40\x07\0\xc00123456789abcdef";
        let server = b"\x80\x2c\x04\x00\x01\x00\x02\x00\x0b\x00\x06\x00\x10certificate\x01\0\x80\x02\0\x800123456789abcdef";
        let mut flow = flow();
        flow.src(client);
        assert_eq!((flow.name(), flow.confidence()), (Some("tls"), Some(Confidence::Proven)));
        flow.dst(server);
        let facts = flow.inspection.facts();
        assert_eq!(facts.tls.as_ref().unwrap().version, Some(2));
        assert!(facts.risks.contains(Risk::ObsoleteTls));
        let mut wrong = client.to_vec();
        wrong[6] = 0x14;
        flow.next(TCP, 50000, 443).src(&wrong);
        assert_eq!(flow.name(), None);
    }

    #[test]
    fn encrypted_client_hello_is_seen() {
        let mut flow = flow();
        flow.src(&client_hello_with(0xfe0d, 100));
        assert!(flow.inspection.facts().tls.as_ref().unwrap().ech);
    }

    #[test]
    fn joined_late_it_is_likely_at_most() {
        let record = [&[23, 3, 3, 0, 40][..], &[0x5a; 40], &[23, 3, 3, 1, 0], &[0; 10]].concat();
        let mut flow = flow();
        assert_eq!(flow.dst(&record), Progress::Done);
        assert_eq!((flow.name(), flow.confidence()), (Some("tls"), Some(Confidence::Likely)));
        for near_miss in [
            [&[23, 3, 3, 0, 40][..], &[0x5a; 40], &[0x5a; 10]].concat(),
            [&[23, 3, 3, 0, 1][..], &[0x5a; 40]].concat(),
            [&[23, 3, 9, 0, 40][..], &[0x5a; 40]].concat(),
            [&[22, 3, 1, 0, 200, 1, 0, 0, 196, 9, 9][..], &[0x5a; 40]].concat(),
            [&[22, 3, 1, 0, 0][..], &[0x5a; 40]].concat(),
            [&[22, 3, 1, 0x60, 0][..], &[0x5a; 40]].concat(),
        ] {
            assert_eq!((flow.next(TCP, 50000, 443).src(&near_miss), flow.name()), (Progress::Done, None));
        }
    }

    proptest! {
        #[test]
        fn any_mutation(changes in prop::collection::vec((0usize..2000, any::<u8>()), 1..5), len in 0usize..2000, split in 1usize..2000) {
            let mut hello = [&long_client_hello(1500)[..], SERVER_HELLO].concat();
            for (at, byte) in changes {
                let at = at % hello.len();
                hello[at] = byte;
            }
            hello.truncate(len.max(1));
            let mut flow = flow();
            hello.chunks(split).for_each(|piece| _ = flow.src(piece));
            flow.dst(&hello);
        }
    }
}
