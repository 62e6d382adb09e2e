//! Raft as dqlite and libraft speak it over TCP: the server's handshake, then messages.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "raft",
    category: "database",
    encrypted: false,
    over: &[(Transport::Tcp, &[1..=6])],
    ports: &[],
    bound: false,
    fields: &["server_id", "address"],
    head: SHALLOW,
    inspect,
};

/// The longest message that is believed.
const MAX_LEN: u64 = 1 << 24;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    // Little-endian words of 64 bits: a small number first.
    if look.bytes.iter().take(8).skip(1).any(|byte| *byte != 0) {
        return Verdict::No;
    }
    let mut reader = Reader::new(look.bytes);
    let mut word = || reader.array().map(u64::from_le_bytes);
    let (Some(kind), Some(second)) = (word(), word()) else {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    };
    // The handshake: protocol version 1, server, length of the address, the address.
    if kind == 1
        && let Some(len @ 8..=64) = word()
        && len % 8 == 0
        && let Some(address) = usize::try_from(len).ok().and_then(|len| reader.take(len))
    {
        let text = address.trim_ascii_end().split(|byte| *byte == 0).next().unwrap_or_default();
        let padded = address.iter().skip(text.len()).all(|byte| *byte == 0);
        if padded && text.contains(&b':') && text.iter().all(u8::is_ascii_graphic) {
            findings.note("server_id", second);
            findings.note("address", lossy(text, NAME_MAX));
            return Verdict::proven("Raft handshake", Want::Nothing);
        }
    }
    messages(look)
}

/// Messages of a stream that was joined late: type and length, twice, or once and nothing else.
fn messages(look: &Look<'_>) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let mut count = 0;
    while !reader.is_empty() {
        let mut word = || reader.array().map(u64::from_le_bytes);
        let (Some(kind), Some(len)) = (word(), word()) else { break };
        let fixed = match kind {
            // Append entries and its result, vote and its result, snapshot, timeout.
            1 | 5 => len >= 48,
            2 => matches!(len, 24 | 32),
            3 => matches!(len, 32 | 40),
            4 => matches!(len, 16 | 24),
            6 => len == 24,
            _ => false,
        };
        if !fixed || len % 8 != 0 || len > MAX_LEN {
            return Verdict::No;
        }
        count += 1;
        let Some(_) = usize::try_from(len).ok().and_then(|len| reader.take(len)) else { break };
    }
    match count {
        2.. => Verdict::proven("Raft messages", Want::Nothing),
        1 if reader.is_empty() => Verdict::likely("Raft message", Want::Rest),
        _ if look.cut => Verdict::No,
        _ => Verdict::NeedMore,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            9100,
            &[(SRC, b"\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\x10\0\0\0\0\0\0\x00192.0.2.1:9001\0\0")],
        ),
        Sample::tcp(
            50000,
            9100,
            &[
                (SRC, b"\x04\0\0\0\0\0\0\0\x10\0\0\0\0\0\0\0\x06\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0"),
                (SRC, b"\x04\0\0\0\0\0\0\0\x10\0\0\0\0\0\0\0\x06\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0"),
            ],
        ),
    ],
    near_miss: &[Sample::tcp(
        50000,
        9100,
        &[(SRC, b"\x04\0\0\0\0\0\0\0\x11\0\0\0\0\0\0\0\x06\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0")],
    )],
};
