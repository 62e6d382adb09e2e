//! Check Point's Cluster Control Protocol (CPHA): which machine of which cluster reports.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "cpha",
    category: "management",
    encrypted: false,
    over: &[(Transport::Udp, &[0x1a..=0x1a])],
    ports: &[8116],
    bound: true,
    fields: &["version", "cluster", "operation", "machine"],
    head: SHALLOW,
    inspect,
};

const MAGIC: u16 = 0x1a90;

/// More operations than any version has.
const MAX_OPERATION: u16 = 63;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let (Some(MAGIC), Some(version), Some(cluster), Some(operation)) =
        (reader.u16(), reader.u16(), reader.u16(), reader.u16())
    else {
        return Verdict::No;
    };
    let (Some(_interface), Some(_random), Some(machine), Some(_to), Some(_policy)) =
        (reader.u16(), reader.u16(), reader.u16(), reader.u16(), reader.u16())
    else {
        return Verdict::No;
    };
    // Both ends use the port, and there is always something behind the header.
    if look.ports.0 != look.ports.1 || operation > MAX_OPERATION || reader.rest().len() < 3 {
        return Verdict::No;
    }
    findings.note("version", version);
    findings.note("cluster", cluster);
    findings.note("operation", operation);
    findings.note("machine", machine);
    Verdict::proven("CPHA's magic number and a known operation", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        8116,
        8116,
        &[(SRC, b"\x1a\x90\x0b\x55\0\x01\0\x01\0\x02\x12\x34\0\0\xff\xff\x10\x20\0\0\0\x02\0\0")],
    )],
    near_miss: &[
        Sample::udp(
            8116,
            8116,
            &[(SRC, b"\x1a\x90\x0b\x55\0\x01\x09\x01\0\x02\x12\x34\0\0\xff\xff\x10\x20\0\0\0\x02\0\0")],
        ),
        Sample::udp(
            8116,
            8116,
            &[(SRC, b"\x1a\x91\x0b\x55\0\x01\0\x01\0\x02\x12\x34\0\0\xff\xff\x10\x20\0\0\0\x02\0\0")],
        ),
    ],
};
