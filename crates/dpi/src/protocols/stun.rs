//! STUN and TURN (RFC 8489, RFC 8656, RFC 3489): addresses that NATs give, relays, realm, software and the application that shows in its attributes.

pub(crate) mod message;

use message::{Message, attribute};

use crate::facts::Value;
use crate::findings::Findings;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Glimpse, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "stun",
    category: "network",
    encrypted: false,
    over: &[
        // Classes and methods in use, WhatsApp's (0x08xx), Microsoft's multiplexed TURN.
        (Transport::Udp, &[0..=3, 8..=8, 0xff..=0xff]),
        // Messages as they are, or each after its length (RFC 4571).
        (Transport::Tcp, &[0..=5]),
    ],
    ports: &[3478, 3479, 3480, 3481, 5349, 19302, 19303, 19304, 19305, 19306, 19307, 19308, 19309],
    bound: false,
    fields: &[
        "method",
        "application",
        "software",
        "realm",
        "username",
        "mapped_address",
        "relayed_address",
        "peer_address",
    ],
    head: SHALLOW,
    inspect,
};

/// Datagrams of a flow within which what STUN set up takes over. Connectivity checks that go on
/// for longer belong to a path that carries nothing, or to a relay.
const OPENING: usize = 7;

/// What a flow that STUN opened turns into (RFC 7983 s7).
const HEIRS: &[&str] = &["dtls", "srtp"];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    match look.transport {
        Transport::Udp => datagram(look, findings),
        Transport::Tcp => stream(look, findings),
    }
}

fn datagram(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some((message, [])) = Message::read(unwrapped(look.bytes)) else {
        return other(look);
    };
    if message.has_cookie {
        note(&message, findings);
        return Verdict::proven("STUN message with the magic cookie", going_on(look));
    }
    if !message.is_classic() || !message.attributes_fit() {
        return other(look);
    }
    let asked = look.last(false).filter(|asked| asked.start.get(4..20) == look.bytes.get(4..20));
    note(&message, findings);
    match (asked, look.hinted && !message.attributes.is_empty()) {
        (Some(_), _) => Verdict::proven("STUN request and its answer", going_on(look)),
        (None, true) => Verdict::proven("STUN message of RFC 3489 at its port", going_on(look)),
        (None, false) => Verdict::likely("STUN message without magic cookie", Want::Every),
    }
}

/// A datagram that is no STUN message: media between, or nothing of this protocol.
fn other(look: &Look<'_>) -> Verdict {
    match look.earlier.iter().any(is_stun) {
        true if look.earlier.len() < OPENING => Verdict::NeedMore,
        true => Verdict::proven("STUN message with the magic cookie", Want::Nothing),
        false => Verdict::No,
    }
}

fn going_on(look: &Look<'_>) -> Want {
    if look.earlier.len() < OPENING { Want::HandOver(HEIRS) } else { Want::Nothing }
}

/// A datagram before was a STUN message with cookie.
pub(crate) fn is_stun(earlier: &Glimpse) -> bool {
    let [kind, _, _, _, cookie @ ..] = &earlier.start;
    kind & 0xc0 == 0 && cookie.starts_with(&message::COOKIE)
}

/// The message in Microsoft's multiplexed TURN ([MS-TURN] s2.2.3): 0xff10, the length of what
/// follows, a session of 8 bytes.
fn unwrapped(bytes: &[u8]) -> &[u8] {
    match bytes {
        [0xff, 0x10, a, b, rest @ ..] if usize::from(u16::from_be_bytes([*a, *b])) == rest.len() => {
            rest.get(8..).unwrap_or_default()
        }
        _ => bytes,
    }
}

fn stream(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let framed = look.bytes.get(6..10) == Some(&message::COOKIE[..]);
    let bytes = match look.bytes {
        [a, b, rest @ ..] if framed && usize::from(u16::from_be_bytes([*a, *b])) >= message::HEADER_LEN => {
            rest
        }
        bytes => bytes,
    };
    if bytes.first().is_none_or(|first| first & 0xc0 != 0) {
        return Verdict::No;
    }
    match bytes.get(4..8) {
        Some(cookie) if cookie == message::COOKIE => {}
        None if !look.cut => return Verdict::NeedMore,
        _ => {
            // The cookie may lie two bytes on, behind a frame's length.
            let possible = !look.cut && look.bytes.len() < 10;
            return if possible { Verdict::NeedMore } else { Verdict::No };
        }
    }
    const EVIDENCE: &str = "STUN message with the magic cookie";
    match Message::read(bytes) {
        Some((message, _)) => {
            note(&message, findings);
            Verdict::proven(EVIDENCE, Want::Reply)
        }
        None if look.cut => Verdict::likely("header of a STUN message", Want::Reply),
        None => Verdict::proven(EVIDENCE, Want::Rest),
    }
}

fn note(message: &Message<'_>, findings: &mut Findings) {
    let application = message.application();
    // Zoom's types are its own.
    if let Some(method) = message.method()
        && application != Some("zoom")
        && findings.noted("method").is_none_or(|known| *known == Value::from("binding"))
    {
        findings.note("method", method);
    }
    for (kind, value) in message.attributes() {
        let text = || lossy(value.strip_suffix(b"\0").unwrap_or(value), NAME_MAX);
        match kind {
            attribute::SOFTWARE => findings.note("software", text()),
            attribute::REALM if value.is_ascii() => findings.note("realm", text()),
            attribute::USERNAME if value.is_ascii() => findings.note("username", text()),
            attribute::MAPPED_ADDRESS => address(findings, "mapped_address", attribute::address(value)),
            attribute::XOR_MAPPED_ADDRESS => address(findings, "mapped_address", message.xor_address(value)),
            attribute::XOR_RELAYED_ADDRESS => {
                address(findings, "relayed_address", message.xor_address(value));
            }
            attribute::XOR_PEER_ADDRESS => address(findings, "peer_address", message.xor_address(value)),
            _ => {}
        }
    }
    if let Some(application) = application {
        findings.note("application", application);
    }
}

/// The first that a flow shows.
fn address(findings: &mut Findings, field: &'static str, address: Option<std::net::SocketAddr>) {
    if let Some(address) = address
        && findings.noted(field).is_none()
    {
        findings.note(field, address.to_string());
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            50000,
            40000,
            &[
                (SRC, b"\0\x01\0\0\x21\x12\xa4\x42abcdefghijkl"),
                (DST, b"\x01\x01\0\x0c\x21\x12\xa4\x42abcdefghijkl\0\x20\0\x08\0\x01\xe1\x2b\xe1\x10\xa6\x03"),
            ],
        ),
        // A relay without authentication is refused, over TCP.
        Sample::tcp(
            50000,
            443,
            &[
                (SRC, b"\0\x03\0\x08\x21\x12\xa4\x42abcdefghijkl\0\x19\0\x04\x11\0\0\0"),
                (
                    DST,
                    b"\x01\x13\0\x14\x21\x12\xa4\x42abcdefghijkl\0\x09\0\x04\0\0\x04\x01\0\x14\0\x07example\0",
                ),
            ],
        ),
        // Framed as RFC 4571 has it.
        Sample::tcp(50000, 42000, &[(SRC, b"\0\x14\0\x01\0\0\x21\x12\xa4\x42abcdefghijkl")]),
        // RFC 3489, no cookie, with CHANGE-REQUEST.
        Sample::udp(50000, 3478, &[(SRC, b"\0\x01\0\x08abcdefghijklmnop\0\x03\0\x04\0\0\0\0")]),
        Sample::udp(
            50000,
            50001,
            &[
                (SRC, b"\0\x01\0\0abcdefghijklmnop"),
                (DST, b"\x01\x01\0\x0cabcdefghijklmnop\0\x01\0\x08\0\x01\xc0\x39\xc0\0\x02\x01"),
            ],
        ),
        // Multiplexed as Microsoft does.
        Sample::udp(
            50000,
            3479,
            &[(SRC, b"\xff\x10\0\x1csession1\0\x01\0\0\x21\x12\xa4\x42abcdefghijkl")],
        ),
    ],
    near_miss: &[
        Sample::udp(50000, 3478, &[(SRC, b"\0\x01\0\x04\x21\x12\xa4\x42abcdefghijkl")]),
        Sample::udp(50000, 3478, &[(SRC, b"\0\x01\0\x08abcdefghijklmnop\0\x03\0\x08\0\0\0\0")]),
        Sample::tcp(50000, 3478, &[(SRC, b"\0\x01\0\0\x21\x12\xa4\x43abcdefghijkl")]),
        Sample::udp(50000, 3478, &[(SRC, b"\x40\x01\0\0\x21\x12\xa4\x42abcdefghijkl")]),
    ],
};

#[cfg(test)]
mod tests {
    use crate::facts::Value;
    use crate::testing::{Flow, UDP};

    const REQUEST: &[u8] = b"\0\x01\0\x10\x21\x12\xa4\x42abcdefghijkl\0\x06\0\x03a:b\0\x80\x22\0\x01x\0\0\0";
    const ANSWER: &[u8] =
        b"\x01\x01\0\x0c\x21\x12\xa4\x42abcdefghijkl\0\x20\0\x08\0\x01\xe1\x2b\xe1\x10\xa6\x03";
    const MEDIA: &[u8] = b"\x90\x6f\0\x01\0\0\0\xa0\x11\x22\x33\x44\xbe\xde\0\x01\x31\0\0\0sixteen bytes...";

    #[test]
    fn what_it_says() {
        let mut flow = Flow::new(UDP, 50000, 50001);
        flow.src(REQUEST);
        flow.dst(ANSWER);
        let findings = &flow.inspection.case.findings;
        for (field, text) in [
            ("username", "a:b"),
            ("software", "x"),
            ("mapped_address", "192.2.2.65:49209"),
            ("method", "binding"),
        ] {
            assert_eq!(findings.noted(field), Some(&Value::from(text)), "{field}");
        }
    }

    #[test]
    fn media_that_follows_takes_over_unless_it_is_late() {
        for (checks, label) in [(1, "srtp"), (3, "srtp"), (4, "stun")] {
            let mut flow = Flow::new(UDP, 50000, 3478);
            for _ in 0..checks {
                flow.src(REQUEST);
                flow.dst(ANSWER);
            }
            assert_eq!(flow.name(), Some("stun"));
            flow.src(MEDIA);
            assert_eq!(flow.name(), Some(label), "after {checks} checks");
            flow.src(REQUEST);
            assert_eq!(flow.name(), Some(label));
        }
    }
}
