//! HART-IP (FieldComm TS20085): messages, and commands and device types of the frames within.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Starts, Transport, Verdict, Want};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "hart-ip",
    category: "industrial",
    encrypted: false,
    over: &[(Transport::Tcp, FIRST), (Transport::Udp, FIRST)],
    ports: &[5094, 5095],
    bound: false,
    fields: &["version", "messages", "commands", "device_type", "device_id"],
    head: SHALLOW,
    inspect,
};

/// Versions.
const FIRST: Starts = &[1..=2];

const HEADER_LEN: usize = 8;

/// Messages after which a direction has said what it does.
const ENOUGH: usize = 8;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let mut count = 0;
    while let Some((&[version, kind, id, status, _, _, high, low], _)) =
        reader.rest().split_first_chunk::<HEADER_LEN>()
    {
        // s10.2: request, response, publish, NAK; six kinds of content.
        let length = usize::from(u16::from_be_bytes([high, low]));
        let (1 | 2, 0..=2 | 15, 0..=5, HEADER_LEN..=2048) = (version, kind, id, length) else {
            return Verdict::No;
        };
        // A session opens with the master's kind and a timer.
        if id == 0 && kind < 2 && length != HEADER_LEN + 5 && version == 1 {
            return Verdict::No;
        }
        // Only answers have a status; what is published are PDUs; sessions are closed and kept alive
        // without more words; direct PDUs and the log came with version 2.
        let sound = (kind != 0 || status == 0)
            && (!matches!(id, 1 | 2) || kind > 1 || length == HEADER_LEN)
            && (kind != 2 || matches!(id, 3 | 4))
            && (id < 4 || version == 2);
        if !sound {
            return Verdict::No;
        }
        let message = reader.up_to(length);
        if message.len() < length && !(look.cut && look.transport == Transport::Udp) {
            if look.transport == Transport::Udp {
                return Verdict::No;
            }
            break;
        }
        let body = message.get(HEADER_LEN..).unwrap_or_default();
        let carried = match id {
            0 if kind < 2 => matches!(body, [0 | 1, ..]),
            3 if message.len() == length => status != 0 || is_frame(body),
            _ => true,
        };
        if !carried {
            return Verdict::No;
        }
        count += 1;
        findings.note("version", version);
        findings.add("messages", name(id).into());
        if id == 3 {
            frame(body, findings);
        }
    }
    let want = if count < ENOUGH { Want::Rest } else { Want::Reply };
    match count {
        0 if look.cut || look.transport == Transport::Udp => Verdict::No,
        0 if matches!(look.bytes, [_, 3..=14 | 16..=255, ..] | [_, _, 6..=255, ..]) => Verdict::No,
        0 => Verdict::NeedMore,
        _ if look.transport == Transport::Udp && !reader.is_empty() => Verdict::No,
        1 if !look.hinted && look.transport == Transport::Tcp => {
            Verdict::likely("HART-IP header away from its port", want)
        }
        _ => Verdict::proven("HART-IP header and its length", want),
    }
}

fn name(id: u8) -> &'static str {
    match id {
        0 => "session-initiate",
        1 => "session-close",
        2 => "keep-alive",
        3 => "token-passing-pdu",
        4 => "direct-pdu",
        _ => "read-audit-log",
    }
}

/// A frame from its delimiter (burst, to a device, from one; TS20081) to the parity of all its bytes.
fn is_frame(bytes: &[u8]) -> bool {
    matches!(bytes, [delimiter, ..] if matches!(delimiter & 7, 1 | 2 | 6))
        && bytes.iter().fold(0, |parity, byte| parity ^ byte) == 0
}

/// A frame of token-passing (TS20081): delimiter, one or five bytes of address, command, count.
fn frame(bytes: &[u8], findings: &mut Findings) -> Option<()> {
    let mut reader = Reader::new(bytes);
    let delimiter = reader.u8()?;
    reader.take(if delimiter & 0x80 == 0 { 1 } else { 5 })?;
    reader.take(usize::from(delimiter >> 5 & 3))?;
    let command = reader.u8()?;
    findings.add("commands", command.to_string().into());
    let data = reader.block8()?;
    // Acknowledged command 0 (TS20127 s6.1): two bytes of status, 254, expanded device type,
    // revisions, flags, device id.
    if delimiter & 7 == 6
        && command == 0
        && let [_, _, 254, type_high, type_low, _, _, _, _, _, _, a, b, c, ..] = data
    {
        findings.note("device_type", u16::from_be_bytes([*type_high, *type_low]));
        findings.note("device_id", u32::from_be_bytes([0, *a, *b, *c]));
    }
    Some(())
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            50000,
            5094,
            &[
                (SRC, b"\x01\0\0\0\0\x02\0\x0d\x01\0\0\x75\x30"),
                (DST, b"\x01\x01\0\0\0\x02\0\x0d\x01\0\0\x75\x30"),
            ],
        ),
        Sample::tcp(50000, 5094, &[(SRC, b"\x01\0\x03\0\0\x03\0\x0d\x02\0\0\0\x02")]),
    ],
    near_miss: &[
        Sample::udp(50000, 5094, &[(SRC, b"\x01\0\0\0\0\x02\0\x0e\x01\0\0\x75\x30")]),
        Sample::tcp(50000, 5094, &[(SRC, b"\x01\x03\x03\0\0\x03\0\x0d\x02\0\0\0\x02")]),
    ],
};
