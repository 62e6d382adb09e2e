//! Real-Time Messaging Protocol (Adobe's RTMP 1.0): the handshake, and what is connected to.

use crate::facts::HostnameSource;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::text::{NAME_MAX, URI_MAX, find, holds, lossy, past};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "rtmp",
    category: "streaming",
    encrypted: false,
    // Plain, and encrypted (RTMPE).
    over: &[(Transport::Tcp, &[3..=3, 6..=6])],
    ports: &[1935],
    bound: false,
    fields: &["app", "url", "flash_version", "encrypted"],
    head: SHALLOW,
    inspect,
};

/// s5.2.3: time, zeros or a version, noise.
const HELLO: usize = 1536;

/// AMF 0: a call of this name, with number 1.
const CONNECT: &[u8] = b"\x02\0\x07connect\0\x3f\xf0\0\0\0\0\0\0";

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some(&[version, ..]) = look.bytes.first_chunk::<9>() else {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    };
    if !is_hello(look.bytes) {
        return Verdict::No;
    }
    let Some(second) = look.bytes.get(1 + HELLO..) else {
        // All of it comes before anything else, often in two segments.
        let whole = look.bytes.len() > HELLO;
        return match look.hinted && look.bytes.len() > 512 && look.cut {
            true => Verdict::likely("RTMP handshake at its port", Want::Reply),
            false if look.cut || whole => Verdict::No,
            false => Verdict::NeedMore,
        };
    };
    let noisy = is_noise(look.bytes.get(9..1 + HELLO).unwrap_or_default());
    if let Some(echo) = echoed(look, second) {
        if echo {
            findings.note("encrypted", version == 6);
            return Verdict::proven(
                "RTMP handshake repeats the other side's",
                connect(look, second, findings),
            );
        }
        // With digests (Flash Player 9 and later, and most programs since) the second part is noise
        // of its own: that both sides begin alike has to do.
        if noisy && is_hello(look.other) && is_noise(look.other.get(9..1 + HELLO).unwrap_or_default()) {
            findings.note("encrypted", version == 6);
            return Verdict::proven("RTMP handshakes of both sides", connect(look, second, findings));
        }
        return Verdict::No;
    }
    if look.hinted && noisy {
        findings.note("encrypted", version == 6);
        return Verdict::likely("RTMP handshake at its port", Want::Rest);
    }
    if look.cut { Verdict::No } else { Verdict::NeedMore }
}

/// Whether a first part begins so.
fn is_hello(bytes: &[u8]) -> bool {
    // Flash Player and its servers put their versions where the specification has zeros.
    matches!(
        bytes,
        [3 | 6, _, _, _, _, 0, 0, 0, 0, ..]
            | [3 | 6, _, _, _, _, 9 | 10 | 11 | 32, 0, _, 2, ..]
            | [3 | 6, _, _, _, _, 0x80, 0, _, _, ..]
            // nginx's module.
            | [3 | 6, _, _, _, _, 13, 14, 10, 13, ..]
            | [3 | 6, _, _, _, _, 1..=5, 0..=9, 0..=9, 0..=9, ..]
    )
}

/// Whether the second part repeats the first of the other side, or, where that was not kept, a
/// call to connect follows. `None` if that cannot be said yet.
fn echoed(look: &Look<'_>, second: &[u8]) -> Option<bool> {
    if holds(second, CONNECT) {
        return Some(true);
    }
    let other = look.other.get(1..1 + HELLO)?;
    let mine = second.get(..HELLO)?;
    // Its time of reading replaces four bytes; some replace noise by a digest at the end.
    Some(other.get(..4) == mine.get(..4) && other.get(8..1400) == mine.get(8..1400))
}

/// Bytes that a generator made, or zeros of an idle one: no message has so many values or so few.
fn is_noise(bytes: &[u8]) -> bool {
    let zeros = bytes.iter().filter(|byte| **byte == 0).count();
    let printable = bytes.iter().filter(|byte| matches!(byte, b' '..=b'~')).count();
    zeros == bytes.len() || (zeros < bytes.len() / 16 && printable < bytes.len() / 2)
}

/// The call to connect behind the handshake.
fn connect(look: &Look<'_>, second: &[u8], findings: &mut Findings) -> Want {
    let rest = second.get(HELLO..).unwrap_or_default();
    let Some(at) = find(rest, CONNECT) else {
        return match (look.cut, look.from_src) {
            (true, _) => Want::Nothing,
            (false, true) => Want::Rest,
            // Clients connect.
            (false, false) => Want::Reply,
        };
    };
    // s5.3.1: until a size is agreed on, every 128 bytes are followed by a chunk's header.
    let header = rest.get(..at).map_or(0, <[u8]>::len);
    let message: Vec<u8> = match rest.get(header..) {
        Some(message) => message.chunks(129).flat_map(|chunk| chunk.iter().take(128)).copied().collect(),
        None => return Want::Nothing,
    };
    if message.len() < 256 && !look.cut && !message.ends_with(b"\0\0\x09") {
        return Want::Rest;
    }
    for (field, name, max) in [
        ("app", &b"\0\x03app\x02"[..], NAME_MAX),
        ("url", b"\0\x05tcUrl\x02", URI_MAX),
        ("flash_version", b"\0\x08flashVer\x02", NAME_MAX),
    ] {
        let Some(value) = member(&message, name) else { continue };
        findings.note(field, lossy(value, max));
        if field == "url" {
            let host = value.splitn(2, |byte| *byte == b':').nth(1).and_then(|rest| rest.strip_prefix(b"//"));
            let host = host
                .and_then(|rest| rest.split(|byte| matches!(byte, b':' | b'/')).next())
                .unwrap_or_default();
            if !host.is_empty() {
                findings.facts.hostname = Some(lossy(host, NAME_MAX));
                findings.facts.hostname_source = Some(HostnameSource::Protocol);
            }
        }
    }
    Want::Nothing
}

fn member<'a>(message: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    Reader::new(past(message, name)?).block16()
}

#[cfg(test)]
const fn hello<const N: usize>(start: &[u8; 9], tail: &[u8]) -> [u8; N] {
    let mut bytes = [0; N];
    let mut at = 0;
    while at < 1 + 2 * HELLO && at < N {
        bytes[at] = (at.wrapping_mul(at) >> 3) as u8 | 0x80;
        if at < start.len() {
            bytes[at] = start[at];
        }
        at += 1;
    }
    let mut from = 0;
    while from < tail.len() {
        bytes[at] = tail[from];
        (at, from) = (at + 1, from + 1);
    }
    bytes
}

#[cfg(test)]
const CALL: &[u8; 94] = b"\x03\0\0\0\0\0\x80\x14\0\0\0\0\x02\0\x07connect\0\x3f\xf0\0\0\0\0\0\0\x03\0\x03app\x02\0\x04live\0\x05tcUrl\x02\0\x17rtmp://a.example/live/xx\0\0\x09.............";

#[cfg(test)]
const CLIENT: [u8; 1 + 2 * HELLO + 94] = hello(b"\x03\0\0\x10\0\0\0\0\0", CALL);

#[cfg(test)]
const SERVER: [u8; 1 + 2 * HELLO] = hello(b"\x03\0\0\x20\0\x0d\x0e\x0a\x0d", b"");

/// A client whose second part is noise of its own, as with digests.
#[cfg(test)]
const DIGESTS: [u8; 1 + 2 * HELLO] = {
    let mut bytes = hello(b"\x03\0\0\x30\0\x09\0\x7c\x02", b"");
    let mut at = 1 + HELLO;
    while at < bytes.len() {
        bytes[at] = !(at.wrapping_mul(at) >> 2) as u8;
        at += 1;
    }
    bytes
};

#[cfg(test)]
const WRONG: [u8; 1 + 2 * HELLO] = hello(b"\x03\0\0\x10\0\0\x07\0\0", b"");

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(50000, 8935, &[(SRC, &CLIENT)]),
        Sample::tcp(50000, 8935, &[(DST, &SERVER), (SRC, &DIGESTS)]),
    ],
    near_miss: &[
        Sample::tcp(50000, 1935, &[(SRC, &WRONG)]),
        Sample::tcp(50000, 1935, &[(SRC, b"\x03\0\0\0\0\0\0\0\0 short")]),
    ],
};
