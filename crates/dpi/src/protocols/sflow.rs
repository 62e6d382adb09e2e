//! sFlow versions 2, 4 (RFC 3176) and 5: which agent samples.

use crate::notation::address;
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "sflow",
    category: "management",
    encrypted: false,
    over: &[(Transport::Udp, &[0..=0])],
    ports: &[6343],
    bound: false,
    fields: &["version", "agent", "sub_agent", "samples"],
    head: SHALLOW,
    inspect,
};

/// More samples than fit into a datagram.
const MAX_SAMPLES: u32 = 1000;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let (Some(version @ (2 | 4 | 5)), Some(family)) = (reader.u32(), reader.u32()) else {
        return Verdict::No;
    };
    let Some(agent) = reader.take(match family {
        1 => 4,
        2 => 16,
        _ => return Verdict::No,
    }) else {
        return Verdict::No;
    };
    let sub_agent = if version == 5 { reader.u32() } else { None };
    let (_sequence, _uptime, Some(samples)) = (reader.u32(), reader.u32(), reader.u32()) else {
        return Verdict::No;
    };
    if samples > MAX_SAMPLES || !(begins_well(version, reader, look.cut) || samples == 0 && reader.is_empty())
    {
        return Verdict::No;
    }
    findings.note("version", version);
    findings.note("samples", samples);
    if let Some(agent) = address(agent) {
        findings.note("agent", agent);
    }
    if let Some(sub_agent) = sub_agent {
        findings.note("sub_agent", sub_agent);
    }
    Verdict::proven("sFlow header and a sample of a known kind", Want::Nothing)
}

/// The first sample: flows, counters, and both with wide interface numbers, or a vendor's own.
fn begins_well(version: u32, mut reader: Reader<'_>, cut: bool) -> bool {
    let Some(kind) = reader.u32() else { return false };
    if version != 5 {
        return matches!(kind, 1 | 2);
    }
    let len = reader.u32().and_then(|len| usize::try_from(len).ok());
    let (vendor, format) = (kind >> 12, kind & 0xfff);
    let fits =
        len.is_some_and(|len| len >= 8 && len.is_multiple_of(4) && (len <= reader.rest().len() || cut));
    fits && (vendor != 0 || (1..=5).contains(&format))
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        6343,
        &[(SRC, b"\0\0\0\x05\0\0\0\x01\xc0\0\x02\x01\0\0\0\0\0\0\0\x07\0\x01\0\0\0\0\0\x01\0\0\0\x02\0\0\0\x0c\0\0\0\x01\0\0\0\x02\0\0\0\0")],
    )],
    near_miss: &[Sample::udp(
        50000,
        6343,
        &[(SRC, b"\0\0\0\x05\0\0\0\x03\xc0\0\x02\x01\0\0\0\0\0\0\0\x07\0\x01\0\0\0\0\0\x01\0\0\0\x02\0\0\0\x0c\0\0\0\x01\0\0\0\x02\0\0\0\0")],
    )],
};
