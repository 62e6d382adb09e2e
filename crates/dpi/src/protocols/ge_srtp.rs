//! GE's service request transport protocol, of PACSystems and Series 90: services.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "ge-srtp",
    category: "industrial",
    encrypted: false,
    over: &[(Transport::Tcp, &[0..=3])],
    ports: &[18245],
    bound: true,
    fields: &["services"],
    head: SHALLOW,
    inspect,
};

const HEADER_LEN: usize = 56;

/// The controller's mailbox.
const MAILBOX: &[u8] = &[0x10, 0x0e];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut found = false;
    let mut rest = look.bytes;
    while let Some((header, behind)) = rest.split_first_chunk::<HEADER_LEN>() {
        match header {
            // A session begins with zeros, and is answered with a one and zeros.
            [0 | 1, zeros @ ..] if !found && zeros.iter().all(|byte| matches!(byte, 0 | 0x0f)) => {
                rest = behind;
                continue;
            }
            [2 | 3, 0, _, _, ..] if [header.get(32..34), header.get(36..38)].contains(&Some(MAILBOX)) => {}
            _ if found => break,
            _ => return Verdict::No,
        }
        found = true;
        let [kind, _, _, _, text_low, text_high, ..] = header;
        if let (2, Some(service)) = (kind, header.get(42)) {
            findings.add("services", name(*service).into());
        }
        rest = behind.get(usize::from(u16::from_le_bytes([*text_low, *text_high]))..).unwrap_or_default();
    }
    if found {
        return Verdict::proven("SRTP message to the controller's mailbox", Want::Reply);
    }
    let begun = matches!(look.bytes, [0 | 1] | [0 | 1, 0, ..] | [2 | 3] | [2 | 3, 0, ..]);
    if begun && !look.cut { Verdict::NeedMore } else { Verdict::No }
}

fn name(service: u8) -> &'static str {
    match service {
        0x00 => "short-status",
        0x03 => "program-name",
        0x04 => "read-memory",
        0x05 => "read-task-memory",
        0x06 => "read-program-memory",
        0x07 => "write-memory",
        0x08 => "write-task-memory",
        0x20 => "logon",
        0x21 => "change-privilege",
        0x23 => "set-run-stop",
        0x24 => "set-time",
        0x25 => "time",
        0x38 => "fault-table",
        0x39 => "clear-fault-table",
        0x3f => "program-store",
        0x40 => "program-load",
        0x43 => "controller-type",
        0x44 => "toggle-force",
        _ => "other",
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        18245,
        &[(SRC, &[0; 56]), (SRC, b"\x02\0\x06\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\x06\xc0\0\0\0\0\x10\x0e\0\0\x01\x01\x04\x08\0\0\x01\0\0\0\0\0\0\0\0\0")],
    )],
    near_miss: &[Sample::tcp(50000, 18245, &[(SRC, &[0; 56]), (SRC, &[0; 56])])],
};
