//! CryNetwork, the network layer of CryEngine games (no public specification): the message that opens a channel.

use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "crynetwork",
    category: "game",
    encrypted: false,
    over: &[(Transport::Udp, ANY)],
    ports: &[],
    bound: false,
    fields: &["build"],
    head: SHALLOW,
    inspect,
};

/// What the length in the first byte does not count.
const UNCOUNTED: usize = 10;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let Some(len) = reader.u8() else { return Verdict::No };
    if usize::from(len).saturating_add(UNCOUNTED) != look.bytes.len() {
        return Verdict::No;
    }
    let (Some([0, 0]), Some(build)) = (reader.array(), reader.u16()) else { return Verdict::No };
    // Eleven zeros, then small numbers with three zeros between them.
    let fixed = reader.array() == Some([0; 11])
        && matches!(reader.array(), Some([1, 0, 0, 0]))
        && matches!(reader.array(), Some([7, 0, 0, 0]))
        && reader.array() == Some([3, 7]);
    if !fixed || build == 0 {
        return Verdict::No;
    }
    findings.note("build", build);
    Verdict::proven("CryNetwork channel setup of its own length", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(50000, 20250, &[(SRC, b"\x1c\0\0\x08\xed\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\x07\0\0\0\x03\x07\0\0\0\x08\0\0\0\x55\x66\x77\x88\x99")]),],
    near_miss: &[Sample::udp(50000, 20250, &[(SRC, b"\x1d\0\0\x08\xed\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\x07\0\0\0\x03\x07\0\0\0\x08\0\0\0\x55\x66\x77\x88\x99")]),],
};
