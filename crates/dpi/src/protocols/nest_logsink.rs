//! Nest's log upload in Weave messages: what thermostats and smoke detectors tell their cloud.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "nest-logsink",
    category: "iot",
    encrypted: true,
    over: &[(Transport::Tcp, crate::protocol::ANY)],
    ports: &[11095],
    bound: false,
    fields: &["source_node", "destination_node"],
    head: SHALLOW,
    inspect,
};

/// Version 1, no encryption flags, both node identifiers are there.
const FLAGS: u16 = 0x1300;

/// 18:b4:30, the address block of Nest Labs, in front of node identifiers; little endian.
const NEST: u64 = 0x0018_b430;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let Some(len) = reader.array().map(u16::from_le_bytes) else {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    };
    let flags = reader.array().map(u16::from_le_bytes);
    if flags.is_some_and(|flags| flags != FLAGS && flags != 0x1302 && flags != 0x1301) || len < 24 {
        return Verdict::No;
    }
    let id = reader.array::<4>();
    let nodes = (reader.array().map(u64::from_le_bytes), reader.array().map(u64::from_le_bytes));
    let (Some(_), (Some(source), Some(destination))) = (id, nodes) else {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    };
    if source >> 40 != NEST || destination >> 40 != NEST {
        return Verdict::No;
    }
    findings.note(if look.from_src { "source_node" } else { "destination_node" }, format!("{source:016x}"));
    findings
        .note(if look.from_src { "destination_node" } else { "source_node" }, format!("{destination:016x}"));
    Verdict::proven("Weave message between Nest's nodes", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            11095,
            &[(SRC, b"\x40\0\0\x13\x01\x03\0\0\x01\x02\x03\0\0\x30\xb4\x18\x04\0\0\0\x02\x30\xb4\x18rest")],
        ),
        Sample::tcp(
            50000,
            11095,
            &[(DST, b"\x40\0\0\x13\x01\x03\0\0\x01\x02\x03\0\0\x30\xb4\x18\x04\0\0\0\x02\x30\xb4\x18rest")],
        ),
    ],
    near_miss: &[
        Sample::tcp(
            50000,
            11095,
            &[(SRC, b"\x40\0\0\x13\x01\x03\0\0\x01\x02\x03\0\0\x30\xb4\x18\x04\0\0\0\x02\x30\xb4\x19rest")],
        ),
        Sample::tcp(
            50000,
            11095,
            &[(SRC, b"\x40\0\0\x23\x01\x03\0\0\x01\x02\x03\0\0\x30\xb4\x18\x04\0\0\0\x02\x30\xb4\x18rest")],
        ),
    ],
};
