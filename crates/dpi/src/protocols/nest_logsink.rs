//! Nest devices' log upload: Weave messages over TCP, and the nodes that they go between.

use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "nest-logsink",
    category: "iot",
    encrypted: true,
    over: &[(Transport::Tcp, ANY)],
    ports: &[11095],
    bound: true,
    fields: &["source_node", "destination_node"],
    head: SHALLOW,
    inspect,
};

/// The upper three bytes of Nest's node numbers: its MAC addresses' prefix.
const NEST: [u8; 3] = [0x30, 0xb4, 0x18];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    // Length of the rest, header's flags with version 1 and both nodes, message id, nodes.
    let possible = !matches!(look.bytes, [_, _, flags, ..] if flags & 0xef != 0)
        && !matches!(look.bytes, [_, _, _, 0..=0x12 | 0x14..=0xff, ..]);
    if !possible {
        return Verdict::No;
    }
    let mut reader = Reader::new(look.bytes);
    let (Some(start), Some(source), Some(destination)) =
        (reader.array::<8>(), reader.array::<8>(), reader.array::<8>())
    else {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    };
    let [low, high, ..] = start;
    let length = usize::from(u16::from_le_bytes([low, high]));
    let ours = [source, destination].iter().any(|node| node.ends_with(&NEST));
    if length < 24 || !ours {
        return Verdict::No;
    }
    findings.note("source_node", format!("{:016x}", u64::from_le_bytes(source)));
    findings.note("destination_node", format!("{:016x}", u64::from_le_bytes(destination)));
    Verdict::proven("Weave message between Nest's nodes", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        11095,
        &[(
            SRC,
            b"\x32\0\0\x13\x09\x03\0\0\x01\x02\x03\0\0\x30\xb4\x18\x04\0\0\0\x02\x30\xb4\x18\x11\x0c\x89\x06",
        )],
    )],
    near_miss: &[Sample::tcp(
        50000,
        11095,
        &[(
            SRC,
            b"\x32\0\0\x13\x09\x03\0\0\x01\x02\x03\0\0\x30\xb4\x19\x04\0\0\0\x02\x30\xb4\x19\x11\x0c\x89\x06",
        )],
    )],
};
