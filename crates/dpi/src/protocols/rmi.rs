//! Java Remote Method Invocation (JRMP; Java RMI specification s10): headers, acknowledgements, calls.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "rmi",
    category: "network",
    encrypted: false,
    over: &[(Transport::Tcp, &[0..=0, b'J'..=b'J', 0x4e..=0x54])],
    ports: &[1099, 1098],
    bound: false,
    fields: &["protocol", "client", "class"],
    head: SHALLOW,
    inspect,
};

/// Begins serialized Java objects (Java object serialization specification s6.4.2).
const SERIALIZED: &[u8] = &[0xac, 0xed, 0, 5];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    match look.bytes {
        // Version 1 or 2; stream, single operation, multiplex.
        [b'J', b'R', b'M', b'I', 0, 1 | 2, protocol @ 0x4b..=0x4d, rest @ ..] => {
            let name = match protocol {
                0x4b => "stream",
                0x4c => "single-op",
                _ => "multiplex",
            };
            findings.note("protocol", name);
            class(rest, findings);
            Verdict::proven("Java RMI header", Want::Reply)
        }
        // The server repeats what it knows of the client: name and port.
        [0x4e, rest @ ..] => {
            let mut reader = Reader::new(rest);
            let (Some(host), Some(port)) = (reader.block16(), reader.array().map(u32::from_be_bytes)) else {
                let fits = rest.first().is_none_or(|high| *high == 0) && rest.len() < 80;
                return if fits && !look.cut { Verdict::NeedMore } else { Verdict::No };
            };
            let is_host =
                |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'%' | b'_');
            if host.len() < 2 || !host.iter().all(is_host) || port > 0xffff {
                return Verdict::No;
            }
            findings.note("client", lossy(host, NAME_MAX));
            Verdict::proven("Java RMI acknowledgement", Want::Reply)
        }
        // The client's answer to that, before its first call: where the capture began too late.
        [0, len, rest @ ..] if (2..80).contains(len) => {
            let Some((address, call)) = rest.split_at_checked(usize::from(*len)) else {
                return if rest.len() < 80 && !look.cut { Verdict::NeedMore } else { Verdict::No };
            };
            let address =
                address.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'.' | b':' | b'%'));
            match call {
                [0, 0, _, _, 0x50, call @ ..] if address && call.starts_with(SERIALIZED) => {
                    class(call, findings);
                    Verdict::proven("Java RMI endpoint and call", Want::Reply)
                }
                _ if address && call.len() < 9 && !look.cut => Verdict::NeedMore,
                _ => Verdict::No,
            }
        }
        [0x4f] | [b'J'] | [b'J', b'R', ..] if look.bytes.len() < 7 && !look.cut => Verdict::NeedMore,
        // Call and its return.
        [0x50 | 0x51, rest @ ..] if rest.starts_with(SERIALIZED) => {
            class(rest, findings);
            Verdict::proven("Java RMI call", Want::Reply)
        }
        [0x50 | 0x51, rest @ ..] if SERIALIZED.starts_with(rest) && !look.cut => Verdict::NeedMore,
        // Ping, its answer, garbage collection after it.
        [0x52, 0x50, rest @ ..] | [0x53, 0x51, rest @ ..] if rest.starts_with(SERIALIZED) => {
            Verdict::proven("Java RMI call after a ping", Want::Reply)
        }
        [0x52] | [0x53] if look.hinted && !look.cut => Verdict::NeedMore,
        _ => Verdict::No,
    }
}

/// The first class that is described: 0x72, its name after a length.
fn class(bytes: &[u8], findings: &mut Findings) {
    let name = bytes.windows(3).enumerate().take(256).find_map(|(at, window)| match window {
        [0x72, 0, 8..=255] => Reader::new(bytes.get(at + 1..)?).block16(),
        _ => None,
    });
    if let Some(name) = name.filter(|name| name.contains(&b'.') && name.iter().all(u8::is_ascii_graphic)) {
        findings.note("class", lossy(name, NAME_MAX));
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            1100,
            &[
                (SRC, b"JRMI\0\x02\x4b"),
                (DST, b"\x4e\0\x0910.0.0.50\0\0\xc3\x50"),
                (SRC, b"\x50\xac\xed\0\x05"),
            ],
        ),
        Sample::tcp(50000, 1100, &[(SRC, b"\0\x0910.77.0.1\0\0\0\0\x50\xac\xed\0\x05\x77\x22")]),
        Sample::tcp(50000, 1100, &[(DST, b"\x51\xac\xed\0\x05\x77\x0f\x01")]),
        Sample::tcp(50000, 1100, &[(DST, b"\x4e\0\x0810.0.0.5\0\0\xc3\x50")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 1099, &[(SRC, b"JRMI\0\x02\x4e")]),
        Sample::tcp(50000, 1099, &[(DST, b"\x4e\0\x0810.0.0.5\x01\0\xc3\x50")]),
    ],
};
