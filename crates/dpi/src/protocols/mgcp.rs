//! MGCP (RFC 3435): commands and responses between call agents and gateways; announces the media flows.

use crate::findings::{Announcement, Findings};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::text::{NAME_MAX, lossy};

use super::sip::sdp;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "mgcp",
    category: "voip",
    encrypted: false,
    over: &[(Transport::Udp, &[b'A'..=b'Z', b'a'..=b'z', b'0'..=b'9'])],
    ports: &[2427, 2727],
    bound: false,
    fields: &["command", "endpoint", "version", "status"],
    head: SHALLOW,
    inspect,
};

/// RFC 3435 s3.2.1.1; MESG of NCS's successors.
const VERBS: [&[u8]; 10] =
    [b"EPCF", b"CRCX", b"MDCX", b"DLCX", b"RQNT", b"NTFY", b"AUEP", b"AUCX", b"RSIP", b"MESG"];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let line = look.bytes.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii_end();
    if !line.is_ascii() {
        return Verdict::No;
    }
    let verdict = match line {
        [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b' ', rest @ ..] => response(look, line, rest, findings),
        _ => request(line, findings),
    };
    if verdict != Verdict::No {
        announce(look, findings);
    }
    verdict
}

/// RFC 3435 s3.2.1: verb, transaction, endpoint, version.
fn request(line: &[u8], findings: &mut Findings) -> Verdict {
    let mut words = line.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    let (Some(verb), Some(transaction), Some(endpoint)) = (words.next(), words.next(), words.next()) else {
        return Verdict::No;
    };
    let is_verb = VERBS.iter().any(|known| verb.eq_ignore_ascii_case(known));
    let version = (words.next(), words.next());
    let (Some(b"MGCP" | b"mgcp"), Some(version)) = version else { return Verdict::No };
    if !is_verb || !is_transaction(transaction) {
        return Verdict::No;
    }
    if findings.noted("command").is_none() {
        findings.note("command", lossy(&verb.to_ascii_uppercase(), NAME_MAX));
        findings.note("endpoint", lossy(endpoint, NAME_MAX));
        findings.note("version", lossy(version, NAME_MAX));
    }
    Verdict::proven("MGCP command line", Want::Every)
}

/// RFC 3435 s3.3: code, transaction, comment.
fn response(look: &Look<'_>, line: &[u8], rest: &[u8], findings: &mut Findings) -> Verdict {
    let transaction = rest.split(|byte| *byte == b' ').next().unwrap_or_default();
    let plausible = matches!(line.first(), Some(b'0'..=b'5' | b'8'));
    if !plausible || !is_transaction(transaction) {
        return Verdict::No;
    }
    let asked = look.earlier.iter().any(|glimpse| {
        let mut words = glimpse.start.split(|byte| *byte == b' ');
        let is_verb =
            words.next().is_some_and(|verb| VERBS.iter().any(|known| verb.eq_ignore_ascii_case(known)));
        is_verb && words.next() == Some(transaction)
    });
    // A number and another one: too little away from the port.
    let at_home = look.hinted && line.len() < look.bytes.len();
    if !(asked || at_home) {
        return Verdict::No;
    }
    let status = line.iter().take(3).fold(0_u16, |n, digit| n * 10 + u16::from(digit.wrapping_sub(b'0')));
    findings.note("status", status);
    match asked {
        true => Verdict::proven("MGCP command and its response", Want::Every),
        false => Verdict::likely("MGCP response line at its port", Want::Every),
    }
}

/// RFC 3435 s3.2.1.2: one to nine digits.
fn is_transaction(word: &[u8]) -> bool {
    (1..=9).contains(&word.len()) && word.iter().all(u8::is_ascii_digit)
}

fn announce(look: &Look<'_>, findings: &mut Findings) {
    const UDP: u8 = 17;
    for media in sdp::media(look.bytes) {
        for (port, protocol) in [(Some(media.port), media.protocol), (media.control, "rtcp")] {
            if let Some(port) = port {
                let (address, from_src) = (media.address, look.from_src);
                findings.announce(Announcement::Flow { address, port, transport: UDP, protocol, from_src });
            }
        }
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            2427,
            40000,
            &[
                (SRC, b"CRCX 1204 aaln/1@gw.example MGCP 1.0\r\nC: A3C47F21456789F0\r\nM: recvonly\r\n"),
                (DST, b"200 1204 OK\r\nI: FDE234C8\r\n\r\nv=0\r\nc=IN IP4 192.0.2.3\r\nm=audio 3456 RTP/AVP 0\r\n"),
            ],
        ),
        Sample::udp(2427, 2727, &[(DST, b"200 1204 OK\r\n")]),
    ],
    near_miss: &[
        Sample::udp(2427, 2727, &[(SRC, b"CRCX x204 aaln/1@gw.example MGCP 1.0\r\n")]),
        Sample::udp(2427, 2727, &[(SRC, b"CRCX 1204 aaln/1@gw.example HTTP/1.0\r\n")]),
        Sample::udp(2427, 40000, &[(DST, b"200 1204567890 OK\r\n")]),
    ],
};
