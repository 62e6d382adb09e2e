//! QUIC 1 and 2 (RFC 9000, RFC 9369), drafts from 22 on, Google's before: Initial packets and their hellos.

mod frames;
mod google;
mod header;
mod protection;

use self::google::Hello;
use self::header::{Kind, Long, Version};
use super::tls::{Carrier, hello_inside, server_hello_inside};
use crate::assembly::Assembly;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "quic",
    category: "web",
    encrypted: true,
    // Long headers, and Google's public headers with a connection ID.
    over: &[(Transport::Udp, &[0x08..=0x0d, 0x18..=0x1d, 0x28..=0x2d, 0x38..=0x3d, 0x40..=0xff])],
    ports: &[443, 784, 853, 8853],
    bound: false,
    fields: &["version", "supported_versions", "retry", "user_agent"],
    head: SHALLOW,
    inspect,
};

/// RFC 8446 s4.
const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some(first) = look.bytes.first() else { return Verdict::No };
    if first & 0xc0 == 0x40 {
        return short(look);
    }
    if first & 0x80 == 0 {
        return public(look, findings);
    }
    let Some(version) = look.bytes.get(1..5).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok()) else {
        return Verdict::No;
    };
    match Version(u32::from_be_bytes(version)) {
        Version(0) => negotiation(look, findings),
        version if version.is_google_clear() => google_long(look, findings),
        version if version.is_known() => long(look, version, findings),
        _ => Verdict::No,
    }
}

/// RFC 9000 s17.3.1: a connection whose begin was not seen shows nothing but its ID, the same one
/// in every datagram of a direction, behind a first byte whose lower bits look random (RFC 9001
/// s5.4.1).
fn short(look: &Look<'_>) -> Verdict {
    const ID: std::ops::Range<usize> = 1..9;
    const MIN: usize = 21;
    const AGREEING: usize = 3;
    if !look.on(443)
        || look.bytes.len() < MIN
        || look.earlier.iter().any(|glimpse| glimpse.start[0] & 0xc0 != 0x40)
    {
        return Verdict::No;
    }
    let same_side = || look.earlier.iter().filter(|glimpse| glimpse.from_src == look.from_src);
    let id = look.bytes.get(ID);
    let agreeing = same_side().all(|glimpse| glimpse.start.get(ID) == id);
    let first = look.bytes.first().copied().unwrap_or_default();
    let varying = same_side().any(|glimpse| (glimpse.start[0] ^ first) & 0x1f != 0);
    // IDs are random or sealed, counters and addresses are not.
    let distinct = id.is_some_and(|id| {
        id.iter().filter(|byte| **byte == 0).count() <= 2
            && id.iter().zip(id.iter().skip(1)).any(|(a, b)| a != b)
    });
    if same_side().count() + 1 >= AGREEING && agreeing && varying && distinct {
        return Verdict::likely("QUIC short headers with one connection ID", Want::Nothing);
    }
    Verdict::NeedMore
}

/// RFC 9000 s17.2.1: a server's list of what it speaks.
fn negotiation(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes.get(5..).unwrap_or_default());
    let (Some(_dcid), Some(_scid)) = (reader.block8(), reader.block8()) else { return Verdict::No };
    let (list, odd) = reader.rest().as_chunks();
    let versions = || list.iter().map(|version| Version(u32::from_be_bytes(*version)));
    // Those that nobody else has are few.
    let known = versions().filter(|version| version.is_known() && !version.is_reserved()).count();
    if known == 0 || known * 2 < list.len() || !odd.is_empty() {
        return Verdict::No;
    }
    note_versions(versions(), findings);
    Verdict::proven("QUIC version negotiation with known versions", Want::Rest)
}

fn note_versions(versions: impl Iterator<Item = Version>, findings: &mut Findings) {
    for version in versions.filter(|version| !version.is_reserved()).take(16) {
        let name = version.name().or_else(|| version.text().filter(|_| version.is_google_clear()));
        findings.add("supported_versions", name.unwrap_or_else(|| format!("0x{:08x}", version.0)).into());
    }
}

/// Google's public header.
fn public(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if let Some(versions) = google::negotiation(look.bytes) {
        note_versions(versions, findings);
        return Verdict::proven("gQUIC version negotiation", Want::Rest);
    }
    if let Some((version, rest)) = google::public_header(look.bytes) {
        return google_hello(version, rest, findings);
    }
    // A server does not repeat the version.
    match google::hello_in(look.bytes) {
        Some(hello) if !hello.from_client => Verdict::proven("gQUIC server's handshake message", Want::Reply),
        _ => Verdict::No,
    }
}

fn google_long(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    match google::long_header(look.bytes) {
        Some((version, rest)) => google_hello(version, rest, findings),
        None => Verdict::No,
    }
}

fn google_hello(version: Version, rest: &[u8], findings: &mut Findings) -> Verdict {
    if let Some(name) = version.text() {
        findings.note("version", name);
    }
    match google::hello_in(rest) {
        Some(hello) => {
            hello.note(findings);
            let want = if hello.from_client { Want::Nothing } else { Want::Reply };
            Verdict::proven("gQUIC handshake message", want)
        }
        None => Verdict::likely("gQUIC version", Want::Rest),
    }
}

fn long(look: &Look<'_>, version: Version, findings: &mut Findings) -> Verdict {
    let (mut sound, mut verdict) = (false, None);
    let mut rest = look.bytes;
    // RFC 9000 s12.2: packets are coalesced, those of one version and connection.
    while let Some((packet, next)) = Long::read(rest) {
        if packet.version != version || !(packet.whole || look.cut) {
            break;
        }
        sound = true;
        rest = next;
        match packet.kind {
            Kind::Initial if packet.whole => verdict = initial(look, &packet, findings).or(verdict),
            Kind::Retry => verdict = retry(look, &packet, findings).or(verdict),
            _ => {}
        }
    }
    if let Some(want) = verdict {
        return Verdict::proven("QUIC Initial packet, its tag right by the connection ID", want);
    }
    // What follows the last packet is one with a short header, or padding.
    let fixed_bit = look.bytes.first().is_some_and(|first| first & 0x40 != 0);
    if !sound || !fixed_bit || (version.is_reserved() && !look.hinted) {
        return Verdict::No;
    }
    if findings.noted("version").is_none() && findings.facts.tls.is_none() {
        note_version(version, findings);
    }
    Verdict::likely("QUIC long headers, lengths right", Want::Rest)
}

fn note_version(version: Version, findings: &mut Findings) {
    if let Some(name) = version.name() {
        findings.note("version", name);
    }
}

/// Opens a packet and reads what hellos it completes; `None` if its keys are not known.
fn initial(look: &Look<'_>, packet: &Long<'_>, findings: &mut Findings) -> Option<Want> {
    let known = findings.assembly.as_deref();
    let from_client = known.is_none_or(|known| known.from_src == look.from_src);
    let opened = known.and_then(|known| protection::open(packet, &known.key, from_client));
    let payload = match opened {
        Some(payload) => payload,
        // RFC 9000 s7.2: a client's first choice has eight bytes or more; after a Retry it is
        // the server's.
        None if from_client && (known.is_some() || packet.dcid.len() >= 8) => {
            let payload = protection::open(packet, packet.dcid, true)?;
            let assembly = findings.assembly.get_or_insert_default();
            assembly.key = packet.dcid.iter().copied().collect();
            assembly.from_src = look.from_src;
            payload
        }
        None => return None,
    };
    note_version(packet.version, findings);
    let mut assembly = findings.assembly.take()?;
    // What the server says while the client's hello is not complete is not for its place.
    let want = if from_client || findings.facts.tls.is_some() {
        // A packet that ends the connection says no more, but it was one.
        let _ = frames::gather(&payload, packet.version, &mut assembly);
        read(&mut assembly, from_client, findings)
    } else {
        Want::Rest
    };
    if want != Want::Nothing {
        findings.assembly = Some(assembly);
    }
    Some(want)
}

/// What the messages so far say.
fn read(assembly: &mut Assembly, from_client: bool, findings: &mut Findings) -> Want {
    let head = assembly.head();
    if head.starts_with(b"CHLO") {
        if let Some(hello) = Hello::read(head) {
            hello.note(findings);
        }
        return Want::Nothing;
    }
    let mut reader = Reader::new(head);
    let (Some(kind), Some(len)) = (reader.u8(), reader.u24()) else { return Want::Rest };
    let Some(body) = reader.take(len) else { return Want::Rest };
    match (kind, from_client) {
        (CLIENT_HELLO, true) => {
            hello_inside(body, Carrier::Quic, findings);
            assembly.clear();
            Want::Reply
        }
        (SERVER_HELLO, false) => {
            server_hello_inside(body, findings);
            Want::Nothing
        }
        _ => Want::Nothing,
    }
}

/// RFC 9000 s17.2.5: the client's next keys come from the server's connection ID.
fn retry(look: &Look<'_>, packet: &Long<'_>, findings: &mut Findings) -> Option<Want> {
    let assembly = findings.assembly.as_mut().filter(|known| known.from_src != look.from_src)?;
    assembly.key = packet.scid.iter().copied().collect();
    findings.note("retry", true);
    Some(Want::Rest)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            50000,
            4433,
            &[
                (SRC, include_bytes!("../../tests/data/quic_v1_client.bin")),
                (DST, include_bytes!("../../tests/data/quic_v1_server.bin")),
            ],
        ),
        // The hello begins in the second datagram.
        Sample::udp(
            50000,
            443,
            &[
                (SRC, include_bytes!("../../tests/data/quic_v2_client_b.bin")),
                (SRC, include_bytes!("../../tests/data/quic_v2_client_a.bin")),
            ],
        ),
        Sample::udp(
            50000,
            443,
            &[(SRC, b"\x09\x01\x02\x03\x04\x05\x06\x07\x08Q043\x01\xaa\xbb\xcc\xdd\xee\xff\x11\x22\x33\x44\x55\x66\xa0\x01\x04\0CHLO\x01\0\0\0SNI\0\x0b\0\0\0example.org")],
        ),
        Sample::udp(
            443,
            50000,
            &[(SRC, b"\x08\x01\x02\x03\x04\x05\x06\x07\x08\x01\xaa\xbb\xcc\xdd\xee\xff\x11\x22\x33\x44\x55\x66\xa0\x01\x04\0REJ\0\x01\0\0\0STK\0\x04\0\0\0abcd")],
        ),
        Sample::udp(
            50000,
            443,
            &[
                (SRC, b"\x53abcdefgh0123456789abcdef"),
                (SRC, b"\x4fabcdefghfedcba9876543210"),
                (SRC, b"\x4eabcdefgh0w1e2r3t4y5u6i7o"),
            ],
        ),
        Sample::udp(443, 50000, &[(SRC, b"\xca\0\0\0\0\x04abcd\x08abcdefgh\0\0\0\x01\xff\0\0\x1d")]),
    ],
    near_miss: &[
        Sample::udp(50000, 443, &[(SRC, b"\xc3\0\0\0\x01\x08abcdefgh\x15")]),
        Sample::udp(50000, 443, &[(SRC, b"\xc3\0\0\0\x01\x08abcdefgh\0\0\x44\x9e too short for that length")]),
        Sample::udp(
            50000,
            443,
            &[
                (SRC, b"\x53abcdefgh0123456789abcdef"),
                (SRC, b"\x4fabcdefgifedcba9876543210"),
                (SRC, b"\x4eabcdefgh0w1e2r3t4y5u6i7o"),
            ],
        ),
        Sample::udp(
            50000,
            443,
            &[
                (SRC, b"\x53abcdefgh0123456789abcdef"),
                (SRC, b"\x4fabcdefgifedcba9876543210"),
                (SRC, b"\x4eabcdefgh0w1e2r3t4y5u6i7o"),
            ],
        ),
        Sample::udp(443, 50000, &[(SRC, b"\xca\0\0\0\0\x04abcd\x08abcdefgh\x12\x34\x56\x78")]),
        Sample::udp(50000, 443, &[(SRC, b"\x09\x01\x02\x03\x04\x05\x06\x07\x08R043\x01CHLO\x01\0\0\0")]),
    ],
};

#[cfg(test)]
mod tests {
    use crate::Confidence;
    use crate::testing::{Flow, UDP};

    const V1_CLIENT: &[u8] = include_bytes!("../../tests/data/quic_v1_client.bin");
    const V1_SERVER: &[u8] = include_bytes!("../../tests/data/quic_v1_server.bin");
    const V2_A: &[u8] = include_bytes!("../../tests/data/quic_v2_client_a.bin");
    const V2_B: &[u8] = include_bytes!("../../tests/data/quic_v2_client_b.bin");

    #[test]
    fn both_hellos_are_read() {
        let mut flow = Flow::new(UDP, 50000, 443);
        flow.src(V1_CLIENT);
        flow.dst(V1_SERVER);
        let facts = flow.inspection.facts();
        assert_eq!(facts.hostname.as_deref(), Some("www.example.org"));
        assert!(facts.ja4.as_deref().is_some_and(|ja4| ja4.starts_with('q')));
        assert_eq!(facts.tls.as_ref().and_then(|tls| tls.cipher), Some(0x1302));
        assert!(flow.inspection.case.findings.assembly.is_none());
    }

    #[test]
    fn a_hello_over_two_datagrams() {
        for pair in [[V2_A, V2_B], [V2_B, V2_A]] {
            let mut flow = Flow::new(UDP, 50000, 443);
            flow.src(pair[0]);
            assert_eq!((flow.name(), flow.confidence()), (Some("quic"), Some(Confidence::Proven)));
            flow.src(pair[1]);
            assert_eq!(flow.inspection.facts().hostname.as_deref(), Some("www.example.org"));
        }
    }

    #[test]
    fn without_the_client_it_is_likely() {
        let mut flow = Flow::new(UDP, 443, 50000);
        flow.src(V1_SERVER);
        assert_eq!((flow.name(), flow.confidence()), (Some("quic"), Some(Confidence::Likely)));
        let mut broken = V1_CLIENT.to_vec();
        broken[100] ^= 1;
        flow.next(UDP, 50000, 443).src(&broken);
        assert_eq!((flow.name(), flow.confidence()), (Some("quic"), Some(Confidence::Likely)));
        assert_eq!(flow.inspection.facts().hostname, None);
    }
}
