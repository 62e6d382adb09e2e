//! Health Level 7, version 2 (HL7 v2 in MLLP): message type, version, applications.

use crate::dialogue::agree;
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "hl7",
    category: "management",
    encrypted: false,
    over: &[(Transport::Tcp, &[0x0b..=0x0b])],
    ports: &[2575, 6661],
    bound: false,
    fields: &["sender", "sending_facility", "receiver", "type", "version"],
    head: SHALLOW,
    inspect,
};

/// MLLP's start of block, then a message header segment (or a batch's, or a file's).
const STARTS: [&[u8]; 3] = [b"\x0bMSH|", b"\x0bBHS|", b"\x0bFHS|"];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if !STARTS.iter().any(|start| look.bytes.starts_with(start)) {
        let begun = look.bytes.len() < 5 && STARTS.iter().any(|start| agree(look.bytes, start));
        return if begun && !look.cut { Verdict::NeedMore } else { Verdict::No };
    }
    let segment = look.bytes.split(|byte| *byte == b'\r').next().unwrap_or_default();
    // HL7 v2 s2.14.9: fields are counted from the separator itself, MSH-1.
    for (place, field) in segment.split(|byte| *byte == b'|').enumerate() {
        let name = match place {
            2 => "sender",
            3 => "sending_facility",
            4 => "receiver",
            8 => "type",
            11 => "version",
            _ => continue,
        };
        if !field.is_empty() {
            findings.note(name, lossy(field, NAME_MAX));
        }
    }
    let whole = look.cut || segment.len() < look.bytes.len();
    Verdict::proven("HL7 message header", if whole { Want::Nothing } else { Want::Rest })
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        2575,
        &[(SRC, b"\x0bMSH|^~\\&|LAB|WARD1|EHR|MAIN|20240102030405||ORU^R01|42|P|2.5.1\rPID|1\r\x1c\r")],
    )],
    near_miss: &[Sample::tcp(50000, 2575, &[(SRC, b"\x0bMSX|^~\\&|LAB|WARD1\r")])],
};
