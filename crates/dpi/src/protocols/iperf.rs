//! iPerf 2 and 3: measurements of throughput.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "iperf",
    category: "management",
    encrypted: false,
    over: &[
        // A cookie of letters and digits; iPerf 2's flags and, over UDP, its counter.
        (Transport::Tcp, &[b'a'..=b'z', b'2'..=b'7', 0..=0, 0x40..=0x40, 0x80..=0x80]),
        (Transport::Udp, &[0..=0, b'6'..=b'9']),
    ],
    ports: &[5001, 5201],
    bound: true,
    fields: &["version"],
    head: SHALLOW,
    inspect,
};

/// iPerf 3: 36 characters of base 32 and a zero.
const COOKIE_LEN: usize = 37;

/// iPerf 3's first datagram, in the byte order of its machine.
const GREETINGS: [[u8; 4]; 4] = [*b"9876", *b"6789", [0x07, 0x5b, 0xcd, 0x15], [0x15, 0xcd, 0x5b, 0x07]];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    match look.transport {
        Transport::Tcp => tcp(look, findings),
        Transport::Udp => udp(look, findings),
    }
}

fn tcp(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let cookie = look.bytes.get(..COOKIE_LEN).unwrap_or(look.bytes);
    let sound = cookie.iter().enumerate().all(|(at, byte)| match at {
        36 => *byte == 0,
        _ => matches!(byte, b'a'..=b'z' | b'2'..=b'7'),
    });
    if sound && cookie.len() == COOKIE_LEN {
        findings.note("version", 3u8);
        return Verdict::proven("iPerf 3's cookie", Want::Nothing);
    }
    if sound && !look.cut {
        return Verdict::NeedMore;
    }
    // iPerf 2: flags, threads, port, buffer, rate, and an amount that is negative if it is a time;
    // then the pattern of digits that it sends.
    let mut reader = Reader::new(look.bytes);
    let header = (reader.u32(), reader.u32(), reader.u32(), reader.take(12));
    match header {
        (Some(0 | 0x8000_0000..=0x8000_0001 | 0x4000_0000), Some(..=4096), Some(..=65535), Some(_))
            if reader.rest().starts_with(b"4567890123") =>
        {
            findings.note("version", 2u8);
            Verdict::proven("iPerf 2's header and pattern", Want::Nothing)
        }
        _ if look.bytes.len() < 34 && !look.cut && matches!(look.bytes, [0 | 0x40 | 0x80, ..]) => {
            Verdict::NeedMore
        }
        _ => Verdict::No,
    }
}

/// iPerf 2: counter, seconds and microseconds of a clock that tells this year, then as over TCP.
fn udp(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if look.bytes.len() == 4 && GREETINGS.iter().any(|greeting| look.bytes == greeting) {
        findings.note("version", 3u8);
        return Verdict::proven("iPerf 3's first datagram", Want::Nothing);
    }
    let mut reader = Reader::new(look.bytes);
    let (number, seconds, microseconds) = (reader.u32(), reader.u32(), reader.u32());
    let now = look.time.secs();
    let soon = seconds.is_some_and(|seconds| now.abs_diff(seconds.into()) < 86_400);
    if number.is_some_and(|number| number < 1000) && soon && microseconds.is_some_and(|us| us < 1_000_000) {
        findings.note("version", 2u8);
        return Verdict::proven("counter and time of iPerf 2", Want::Nothing);
    }
    Verdict::No
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(50000, 5201, &[(SRC, b"abcdefghijklmnopqrstuvwxyz234567abcd\0")]),
        Sample::udp(50000, 5201, &[(SRC, b"9876")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 5201, &[(SRC, b"abcdefghijklmnopqrstuvwxyz234567ab1d\0")]),
        Sample::udp(50000, 5201, &[(SRC, b"9875")]),
    ],
};
