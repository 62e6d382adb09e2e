//! Ookla's Speedtest: greetings and orders in text, over TCP and UDP.

use crate::findings::Announcement;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "ookla",
    category: "management",
    encrypted: false,
    over: &[
        (Transport::Tcp, &[b'H'..=b'H', b'P'..=b'P', b'D'..=b'D', b'U'..=b'U', b'I'..=b'I']),
        (Transport::Udp, &[b'H'..=b'I', b'P'..=b'P', b'L'..=b'L']),
    ],
    ports: &[8080, 5060],
    bound: false,
    fields: &["server_version"],
    head: SHALLOW,
    inspect,
};

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some(end) = look.bytes.iter().take(128).position(|byte| *byte == b'\n') else {
        let begun = |order: &[u8]| look.bytes.iter().zip(order).all(|(a, b)| a == b);
        let open = !look.cut && look.bytes.len() < 128 && ORDERS.iter().any(|order| begun(order));
        return if open && look.transport == Transport::Tcp { Verdict::NeedMore } else { Verdict::No };
    };
    let line = look.bytes.get(..end).unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if let Some(version) = line.strip_prefix(b"HELLO ").filter(|version| is_version(version)) {
        findings.note("server_version", lossy(version, NAME_MAX));
        announce(look, findings);
        return Verdict::proven("greeting of a Speedtest server", Want::Reply);
    }
    if line == b"HI" || line.strip_prefix(b"HI ").is_some_and(is_identifier) {
        // Two letters say little where nobody expects them.
        let sure = line.len() > 2;
        return match (sure, look.hinted) {
            (true, _) => Verdict::proven("greeting to a Speedtest server", Want::Reply),
            (false, true) if look.bytes.len() == end + 1 => {
                Verdict::likely("greeting to a Speedtest server at its port", Want::Reply)
            }
            (false, false) if look.bytes.len() == end + 1 && !look.cut => Verdict::NeedMore,
            _ => Verdict::No,
        };
    }
    if line.strip_prefix(b"INITPLOSS ").is_some_and(is_identifier)
        || line.strip_prefix(b"LOSS ").is_some_and(is_numbers)
    {
        return Verdict::proven("Speedtest's test for lost packets", Want::Nothing);
    }
    let order = line.strip_prefix(b"DOWNLOAD ").or_else(|| line.strip_prefix(b"UPLOAD "));
    let ping = line.strip_prefix(b"PING ").filter(|time| time.len() == 13);
    if order.or(ping).is_some_and(is_numbers) {
        return Verdict::likely("Speedtest's order with a number", Want::Reply);
    }
    Verdict::No
}

const ORDERS: [&[u8]; 6] = [b"HI", b"HELLO ", b"PING ", b"DOWNLOAD ", b"UPLOAD ", b"INITPLOSS "];

/// Two numbers, and the day it was made: `2.4 2016-10-06.1324.996ab91`.
fn is_version(text: &[u8]) -> bool {
    let mut words = text.split(|byte| matches!(byte, b' ' | b'('));
    let number = words
        .next()
        .is_some_and(|word| word.contains(&b'.') && word.iter().all(|b| b.is_ascii_digit() || *b == b'.'));
    let is_day = |word: &[u8]| {
        word.iter()
            .zip(b"2000-00-00")
            .all(|(byte, like)| if *like == b'-' { byte == like } else { byte.is_ascii_digit() })
            && word.len() >= 10
    };
    number && words.any(|word| !word.is_empty() && is_day(word))
}

/// A UUID, with or without dashes.
fn is_identifier(text: &[u8]) -> bool {
    (32..=40).contains(&text.len()) && text.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-')
}

fn is_numbers(text: &[u8]) -> bool {
    text.first().is_some_and(u8::is_ascii_digit)
        && text.iter().all(|byte| byte.is_ascii_digit() || *byte == b' ')
}

/// The same server is measured over other connections, some of them encrypted.
fn announce(look: &Look<'_>, findings: &mut Findings) {
    let port = if look.from_src { look.ports.0 } else { look.ports.1 };
    let transport = wire::ip_protocol::TCP;
    findings.announce(Announcement::Flow {
        address: None,
        port,
        transport,
        protocol: "ookla",
        from_src: look.from_src,
    });
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(50000, 8080, &[(SRC, b"HI\n"), (DST, b"HELLO 2.4 2016-10-06.1324.996ab91\n")]),
        Sample::tcp(50000, 5060, &[(SRC, b"HI 0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0\n")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 8080, &[(SRC, b"HI there\n"), (DST, b"HELLO you 2.4\n")]),
        Sample::tcp(50000, 8080, &[(SRC, b"HELO a.example\n")]),
    ],
};
