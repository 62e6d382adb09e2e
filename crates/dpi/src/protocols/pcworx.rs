//! PCWorx, of Phoenix Contact's controllers: type, firmware.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::text::{NAME_MAX, holds, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "pcworx",
    category: "industrial",
    encrypted: false,
    over: &[(Transport::Tcp, &[0x01..=0x01, 0x81..=0x81])],
    ports: &[1962],
    bound: true,
    fields: &["model", "firmware"],
    head: SHALLOW,
    inspect,
};

/// Name of the driver, in the client's first message.
const DRIVER: &[u8] = b"IBETH01N0_M";

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    // Direction, service, length of the whole.
    let Some((&[direction, _, high, low], _)) = look.bytes.split_first_chunk() else {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    if !(12..=1024).contains(&length) {
        return Verdict::No;
    }
    let Some(message) = look.bytes.get(..length) else {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    };
    if direction == 0x01 {
        let named = holds(message, DRIVER);
        return if named { Verdict::proven("PCWorx driver's name", Want::Reply) } else { Verdict::No };
    }
    // What the controller says of itself comes in one of its later messages.
    for (field, from) in [("model", 30), ("firmware", 66)] {
        if let Some(text) = message.get(from..from + 16) {
            let end = text.iter().position(|byte| *byte == 0).unwrap_or(text.len());
            let text = text.get(..end).unwrap_or_default();
            if text.len() > 2 && text.iter().all(|byte| matches!(byte, b' '..=b'~')) {
                findings.note(field, lossy(text, NAME_MAX));
            }
        }
    }
    let next = look.bytes.get(length..).unwrap_or_default();
    if matches!(next.first(), None | Some(0x81)) {
        Verdict::likely("PCWorx message and its length", Want::Rest)
    } else {
        Verdict::No
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        1962,
        &[(SRC, b"\x01\x01\0\x1a\0\0\0\0\x78\x80\0\x03\0\x0cIBETH01N0_M\0")],
    )],
    near_miss: &[Sample::tcp(
        50000,
        1962,
        &[(SRC, b"\x01\x01\0\x1a\0\0\0\0\x78\x80\0\x03\0\x0cIBETH02N0_M\0")],
    )],
};
