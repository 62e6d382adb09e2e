//! ZeroMQ's message transport protocol, ZMTP 1.0 to 3.1 (ZeroMQ RFC 13, 15, 23): version,
//! mechanism, kind of socket.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::risk::Risk;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "zeromq",
    category: "message-queue",
    encrypted: false,
    over: &[(Transport::Tcp, &[0xff..=0xff])],
    ports: &[5555, 5556, 5557],
    bound: false,
    fields: &["version", "mechanism", "socket", "user"],
    head: SHALLOW,
    inspect,
};

/// Version 3 says more in the signature's place of 64 bytes.
const GREETING_LEN: usize = 64;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    // The signature: a length of eight bytes that no longer means anything, between two marks.
    let Some([0xff, len @ .., 0x7f]) = look.bytes.first_chunk::<10>() else {
        let begun = look.bytes.len() < 10
            && look.bytes.get(1..).unwrap_or_default().iter().take(6).all(|byte| *byte == 0);
        return if begun && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    if len.iter().take(6).any(|byte| *byte != 0) {
        return Verdict::No;
    }
    let rest = look.bytes.get(10..).unwrap_or_default();
    match rest {
        [major @ 3..=4, minor, ..] => {
            findings.note("version", format!("{major}.{minor}"));
            let mechanism =
                rest.get(2..22).map(|name| name.split(|byte| *byte == 0).next().unwrap_or_default());
            let Some(mechanism) = mechanism.filter(|_| look.bytes.len() >= GREETING_LEN) else {
                return Verdict::proven("ZMTP greeting", if look.cut { Want::Reply } else { Want::Rest });
            };
            findings.note("mechanism", lossy(mechanism, NAME_MAX));
            let said = look.bytes.get(GREETING_LEN..).unwrap_or_default();
            command(said, findings);
            Verdict::proven(
                "ZMTP greeting",
                if said.is_empty() && !look.cut { Want::Rest } else { Want::Reply },
            )
        }
        [1, socket @ 0..=8, ..] => {
            const SOCKETS: [&str; 9] =
                ["PAIR", "PUB", "SUB", "REQ", "REP", "DEALER", "ROUTER", "PULL", "PUSH"];
            findings.note("version", "2.0");
            findings.note("socket", SOCKETS.get(usize::from(*socket)).copied().unwrap_or("other"));
            Verdict::proven("ZMTP 2 greeting", Want::Reply)
        }
        [] | [_] if !look.cut => Verdict::proven("ZMTP signature", Want::Rest),
        _ => Verdict::proven("ZMTP signature", Want::Reply),
    }
}

/// READY with the socket's kind, or HELLO with name and password (ZeroMQ RFC 24).
fn command(bytes: &[u8], findings: &mut Findings) {
    let mut reader = Reader::new(bytes);
    let (Some(4), Some(body)) = (reader.u8(), reader.block8()) else { return };
    let mut reader = Reader::new(body);
    match reader.block8() {
        Some(b"HELLO") => {
            if let Some(user) = reader.block8() {
                findings.note("user", lossy(user, NAME_MAX));
                findings.risk(Risk::CleartextCredentials);
            }
        }
        Some(b"READY") => {
            while let (Some(name), Some(len)) = (reader.block8(), reader.array().map(u32::from_be_bytes)) {
                let value = reader.up_to(usize::try_from(len).unwrap_or(usize::MAX));
                if name == b"Socket-Type" {
                    findings.note("socket", lossy(value, NAME_MAX));
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            6000,
            &[
                (SRC, b"\xff\0\0\0\0\0\0\0\x01\x7f"),
                (DST, b"\xff\0\0\0\0\0\0\0\x01\x7f\x03\x01NULL\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
            ],
        ),
        Sample::tcp(50000, 5555, &[(SRC, b"\xff\0\0\0\0\0\0\0\x01\x7f\x01\x05")]),
    ],
    near_miss: &[Sample::tcp(50000, 5555, &[(SRC, b"\xff\0\0\0\0\0\0\0\x01\x7e\x01\x05")])],
};
