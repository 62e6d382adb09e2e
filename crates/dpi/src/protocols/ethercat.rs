//! EtherCAT over UDP (IEC 61158-4-12): commands of its datagrams.

use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "ethercat",
    category: "industrial",
    encrypted: false,
    over: &[(Transport::Udp, ANY)],
    ports: &[34980],
    bound: true,
    fields: &["commands"],
    head: SHALLOW,
    inspect,
};

/// s5.3: length and type of the frame; then datagrams of command, index, address, length with
/// flags, interrupt, data, and a working counter.
fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let Some([low, high @ 0x10..=0x17]) = reader.array() else { return Verdict::No };
    let length = usize::from(u16::from_le_bytes([low, high & 0x07]));
    // Short frames are filled up.
    let Some(frame) = reader.take(length) else { return Verdict::No };
    if reader.rest().iter().any(|byte| *byte != 0) {
        return Verdict::No;
    }
    let mut reader = Reader::new(frame);
    let mut names = Vec::new();
    loop {
        let Some([command @ 0..=14, _, _, _, _, _, low, high, _, _]) = reader.array() else {
            return Verdict::No;
        };
        let data = usize::from(u16::from_le_bytes([low, high & 0x07]));
        if high & 0x38 != 0 || reader.take(data + 2).is_none() {
            return Verdict::No;
        }
        names.push(name(command));
        if high & 0x80 == 0 {
            break;
        }
    }
    if !reader.is_empty() {
        return Verdict::No;
    }
    for name in names {
        findings.add("commands", name.into());
    }
    Verdict::proven("EtherCAT datagrams that fill their frame", Want::Nothing)
}

fn name(command: u8) -> &'static str {
    match command {
        0 => "nop",
        1 => "aprd",
        2 => "apwr",
        3 => "aprw",
        4 => "fprd",
        5 => "fpwr",
        6 => "fprw",
        7 => "brd",
        8 => "bwr",
        9 => "brw",
        10 => "lrd",
        11 => "lwr",
        12 => "lrw",
        13 => "armw",
        _ => "frmw",
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(34980, 34980, &[(SRC, b"\x0e\x10\x07\x01\0\0\0\x01\x02\0\0\0\0\0\0\0")])],
    near_miss: &[Sample::udp(34980, 34980, &[(SRC, b"\x0f\x10\x07\x01\0\0\0\x01\x02\0\0\0\0\0\0\0")])],
};
