//! `FortiGate` to `FortiManager` protocol: a firewall and what manages it.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "fgfm",
    category: "management",
    encrypted: false,
    over: &[(Transport::Tcp, &[0x36..=0x36])],
    ports: &[541],
    bound: true,
    fields: &["serial_number"],
    head: SHALLOW,
    inspect,
};

const MAGIC: [u8; 4] = [0x36, 0xe0, 0x11, 0x00];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    if !MAGIC.starts_with(reader.up_to(MAGIC.len())) {
        return Verdict::No;
    }
    let Some(len) = reader.u32() else { return if look.cut { Verdict::No } else { Verdict::NeedMore } };
    if !(8..1 << 20).contains(&len) {
        return Verdict::No;
    }
    // Lines of names and values follow.
    let serial = reader
        .rest()
        .split(|byte| matches!(byte, b'\r' | b'\n' | 0))
        .find_map(|line| line.strip_prefix(b"serialno="));
    if let Some(serial) = serial {
        findings.note("serial_number", crate::text::lossy(serial, crate::text::NAME_MAX));
    }
    Verdict::proven("FGFM's magic number", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        541,
        &[(SRC, b"\x36\xe0\x11\0\0\0\0\x22get auth\r\nserialno=FGVM0\r\n\r\n")],
    )],
    near_miss: &[Sample::tcp(50000, 541, &[(SRC, b"\x36\xe0\x12\0\0\0\0\x22get auth\r\n")])],
};
