//! Megaco (H.248.1, RFC 3525) in text and binary: version and sender of messages; announces the media flows.

use crate::findings::{Announcement, Findings};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::text::{NAME_MAX, lossy};

use super::sip::sdp;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "megaco",
    category: "voip",
    encrypted: false,
    over: &[
        (Transport::Udp, &[b'!'..=b'!', b'M'..=b'M', b'\n'..=b'\n', b'\r'..=b'\r', b' '..=b' ', 0x30..=0x30]),
        // TCP frames messages by TPKT.
        (Transport::Tcp, &[b'!'..=b'!', b'M'..=b'M', 3..=3]),
    ],
    ports: &[2944, 2945],
    bound: false,
    fields: &["version", "sender", "commands"],
    head: SHALLOW,
    inspect,
};

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let bytes = match (look.transport, look.bytes) {
        // H.248.1 annex D.2: RFC 1006's header.
        (Transport::Tcp, [3, 0, _, _, rest @ ..]) => rest,
        (Transport::Tcp, [3, rest @ ..]) if rest.len() < 3 && !look.cut => return Verdict::NeedMore,
        (_, bytes) => bytes,
    };
    let bytes = bytes.trim_ascii_start();
    let cut = look.cut || look.transport == Transport::Udp;
    if let Some(version) = binary(bytes) {
        findings.note("version", version);
        return Verdict::proven("binary H.248 message", Want::Nothing);
    }
    let whole = [&b"!/"[..], b"MEGACO/"].into_iter().find_map(|token| bytes.strip_prefix(token));
    let Some(rest) = whole else {
        let begun = b"MEGACO/".starts_with(bytes) || b"!/".starts_with(bytes) || matches!(bytes, [0x30, ..]);
        return if begun && !cut && bytes.len() < 16 { Verdict::NeedMore } else { Verdict::No };
    };
    // RFC 3525 annex B.2: version, space, then who speaks: <domain>, [address], or a name.
    let sender = match rest {
        [b'1'..=b'3', b' ' | b'\t' | b'\r' | b'\n', sender @ ..] => sender.trim_ascii_start(),
        [] | [b'1'..=b'3'] if !cut => return Verdict::NeedMore,
        _ => return Verdict::No,
    };
    match sender {
        [b'<' | b'[' | b'a'..=b'z' | b'A'..=b'Z', ..] => {}
        [] if !cut => return Verdict::NeedMore,
        _ => return Verdict::No,
    }
    note(look.from_src, rest, sender, findings);
    Verdict::proven(
        "Megaco message",
        if look.transport == Transport::Udp { Want::Every } else { Want::Reply },
    )
}

/// BER with automatic tags (H.248.1 annex A): sequence, message [1], version [0] of one byte, sender [1].
fn binary(bytes: &[u8]) -> Option<u8> {
    let message = element(bytes, 0x30)?;
    let message = element(message, 0xa1)?;
    match message {
        [0x80, 1, version @ 1..=3, 0xa1, ..] => Some(*version),
        _ => None,
    }
}

/// The content of an element, as far as it is there.
fn element(bytes: &[u8], tag: u8) -> Option<&[u8]> {
    match bytes {
        [first, len @ 0x02..=0x7f, rest @ ..] if *first == tag => {
            rest.get(..usize::from(*len)).or(Some(rest))
        }
        [first, 0x81, _, rest @ ..] | [first, 0x82, _, _, rest @ ..] if *first == tag => Some(rest),
        // The indefinite form.
        [first, 0x80, rest @ ..] if *first == tag => Some(rest),
        _ => None,
    }
}

fn note(from_src: bool, rest: &[u8], sender: &[u8], findings: &mut Findings) {
    const UDP: u8 = 17;
    if let Some(version) = rest.first() {
        findings.note("version", version - b'0');
    }
    let end = sender.iter().position(u8::is_ascii_whitespace).unwrap_or(sender.len());
    if findings.noted("sender").is_none() {
        findings.note("sender", lossy(sender.get(..end).unwrap_or_default(), NAME_MAX));
    }
    // Annex B: commands in their long and short forms.
    for word in sender.split(|byte| !byte.is_ascii_alphanumeric()).take(64) {
        let command = match word {
            b"Add" | b"A" => "Add",
            b"Modify" | b"MF" => "Modify",
            b"Subtract" | b"S" => "Subtract",
            b"Notify" | b"N" => "Notify",
            b"ServiceChange" | b"SC" => "ServiceChange",
            b"AuditValue" | b"AV" => "AuditValue",
            b"Move" | b"MV" => "Move",
            _ => continue,
        };
        findings.add("commands", command.into());
    }
    for media in sdp::media(sender) {
        for (port, protocol) in [(Some(media.port), media.protocol), (media.control, "rtcp")] {
            if let Some(port) = port {
                let address = media.address;
                findings.announce(Announcement::Flow { address, port, transport: UDP, protocol, from_src });
            }
        }
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            2944,
            2944,
            &[
                (SRC, b"!/1 [192.0.2.1]:2944\nT=9{C=-{AV=ROOT{AT{}}}}"),
                (DST, b"MEGACO/1 <mg.example>\nReply=9{Context=-{AuditValue=ROOT}}"),
            ],
        ),
        Sample::udp(
            50000,
            40000,
            &[(SRC, b"\x30\x0e\xa1\x0c\x80\x01\x01\xa1\x07\xa0\x05\x80\x03\x01\x02\x03")],
        ),
        Sample::tcp(50000, 2944, &[(SRC, b"\x03\0\0\x30!/2 "), (SRC, b"gateway\nT=1{C=${A=${}}}")]),
    ],
    near_miss: &[
        Sample::udp(2944, 2944, &[(SRC, b"!/4 [192.0.2.1]:2944\nT=9{C=-{AV=ROOT{AT{}}}}")]),
        Sample::udp(
            2944,
            2945,
            &[(SRC, b"\x30\x0e\xa1\x0c\x80\x02\x01\xa1\x07\xa0\x05\x80\x03\x01\x02\x03")],
        ),
    ],
};
