//! Apache Pulsar binary protocol (pulsar.apache.org, PulsarApi.proto): connect and connected.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "pulsar",
    category: "message-queue",
    encrypted: false,
    over: &[(Transport::Tcp, &[0..=0])],
    ports: &[6650],
    bound: false,
    fields: &["client_version", "server_version"],
    head: SHALLOW,
    inspect,
};

/// BaseCommand: field 1, the kind; then a field with the kind's own message.
const KIND: u8 = 1 << 3;
const CONNECT: (u8, u8) = (2, 2 << 3 | 2);
const CONNECTED: (u8, u8) = (3, 3 << 3 | 2);

/// In both: field 1, the version of the software.
const VERSION: u8 = 1 << 3 | 2;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let more = if look.cut { Verdict::No } else { Verdict::NeedMore };
    let mut reader = Reader::new(look.bytes);
    let mut number = || reader.array().map(u32::from_be_bytes);
    let (total, size) = (number(), number());
    let (Some(total), Some(size)) = (total, size) else {
        return if look.bytes.iter().take(2).all(|byte| *byte == 0) && look.bytes.len() < 8 {
            more
        } else {
            Verdict::No
        };
    };
    // Commands without a payload.
    if !(6..=4000).contains(&size) || total != size.saturating_add(4) {
        return Verdict::No;
    }
    let Some(command) = usize::try_from(size).ok().and_then(|size| reader.take(size)) else { return more };
    let mut command = Reader::new(command);
    let (Some([KIND, kind, field]), Some(len)) = (command.array(), command.u8()) else { return Verdict::No };
    if (kind, field) != CONNECT && (kind, field) != CONNECTED {
        return Verdict::No;
    }
    // A length of up to 14 bits.
    if len & 0x80 != 0 {
        command.u8();
    }
    if command.u8() == Some(VERSION)
        && let Some(version) = command.block8()
    {
        let field = if kind == CONNECT.0 { "client_version" } else { "server_version" };
        findings.note(field, lossy(version, NAME_MAX));
    }
    Verdict::proven("first command of a connection", Want::Reply)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(50000, 6650, &[(SRC, b"\0\0\0\x0e\0\0\0\x0a\x08\x02\x12\x06\x0a\x042.10")])],
    near_miss: &[Sample::tcp(50000, 6650, &[(SRC, b"\0\0\0\x0f\0\0\0\x0a\x08\x02\x12\x06\x0a\x042.10")])],
};
