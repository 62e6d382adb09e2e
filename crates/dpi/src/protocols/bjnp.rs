//! Canon's BJNP and MFNP (network printers and scanners): device, command.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "bjnp",
    category: "management",
    encrypted: false,
    over: &[(Transport::Udp, &[b'B'..=b'B', b'M'..=b'M'])],
    ports: &[8610, 8611, 8612, 8613],
    bound: false,
    fields: &["device", "command"],
    head: SHALLOW,
    inspect,
};

const MAGIC: [&[u8]; 4] = [b"BJNP", b"BJNB", b"BNJB", b"MFNP"];

/// The answer to a command has this bit in the device's byte.
const ANSWER: u8 = 0x80;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    if !MAGIC.iter().any(|magic| look.bytes.starts_with(magic)) {
        return Verdict::No;
    }
    reader.array::<4>();
    let (Some([device, command]), Some(_), Some(len)) =
        (reader.array(), reader.array::<6>(), reader.array().map(u32::from_be_bytes))
    else {
        // Some discovery messages have nothing else.
        return if look.hinted { Verdict::likely("BJNP magic number", Want::Nothing) } else { Verdict::No };
    };
    let device = match device & !ANSWER {
        1 => "printer",
        2 => "scanner",
        3 => "fax",
        _ => "other",
    };
    findings.note("device", device);
    findings.note("command", command);
    let whole = usize::try_from(len).is_ok_and(|len| len <= reader.rest().len()) || look.cut;
    if whole || look.hinted {
        Verdict::proven("BJNP header", Want::Reply)
    } else {
        Verdict::likely("BJNP magic number", Want::Reply)
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(50000, 8614, &[(SRC, b"BJNP\x01\x01\0\0\0\x01\0\0\0\0\0\0")])],
    near_miss: &[Sample::udp(50000, 8611, &[(SRC, b"BJNQ\x01\x01\0\0\0\x01\0\0\0\0\0\0")])],
};
