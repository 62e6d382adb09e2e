//! DNP3 over TCP and UDP (IEEE 1815): stations' addresses, functions.

use crate::checksum::crc16_dnp3;
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Starts, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "dnp3",
    category: "industrial",
    encrypted: false,
    over: &[(Transport::Tcp, FIRST), (Transport::Udp, FIRST)],
    ports: &[20000, 19999, 19998],
    bound: false,
    fields: &["source", "destination", "functions"],
    head: SHALLOW,
    inspect,
};

const FIRST: Starts = &[0x05..=0x05];

/// Frames after which a direction has said what it does.
const ENOUGH: usize = 8;

/// s9.2.4.1: start, length, control, destination, source, and the header's CRC.
const HEADER_LEN: usize = 10;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if !matches!(look.bytes, [0x05] | [0x05, 0x64, ..]) {
        return Verdict::No;
    }
    let Some((header, _)) = look.bytes.split_first_chunk::<HEADER_LEN>() else {
        return if look.cut || look.transport == Transport::Udp { Verdict::No } else { Verdict::NeedMore };
    };
    if !is_header(header) {
        return Verdict::No;
    }
    let [_, _, _, _, to_low, to_high, from_low, from_high, ..] = *header;
    findings.note("source", u16::from_le_bytes([from_low, from_high]));
    findings.note("destination", u16::from_le_bytes([to_low, to_high]));
    let mut reader = Reader::new(look.bytes);
    let mut count = 0;
    while let Some(function) = frame(&mut reader) {
        if let Some(function) = function {
            findings.add("functions", function.into());
        }
        count += 1;
    }
    let want = if count < ENOUGH { Want::Rest } else { Want::Reply };
    Verdict::proven("DNP3 frame with a correct CRC", want)
}

fn is_header(header: &[u8; HEADER_LEN]) -> bool {
    let [start @ .., crc_low, crc_high] = header;
    let [0x05, 0x64, length, ..] = start else { return false };
    // s9.2.4.1.2: the length counts control and addresses.
    *length >= 5 && crc16_dnp3(start) == u16::from_le_bytes([*crc_low, *crc_high])
}

/// Reads one frame that is there as a whole; the function that its application layer names.
fn frame(reader: &mut Reader<'_>) -> Option<Option<&'static str>> {
    let header @ [_, _, length, ..] = reader.array::<HEADER_LEN>()?;
    if !is_header(&header) {
        return None;
    }
    let user_data = usize::from(length).checked_sub(5)?;
    // s9.2.4.3: every 16 bytes are followed by a CRC.
    let data = reader.take(user_data + user_data.div_ceil(16) * 2)?;
    // Transport header with FIR (s8.2.1), application control, function.
    Some(match data {
        [transport, _, function, ..] if transport & 0x40 != 0 && user_data >= 3 => name(*function),
        _ => None,
    })
}

/// s4.2.2.5.
fn name(function: u8) -> Option<&'static str> {
    Some(match function {
        0 => "confirm",
        1 => "read",
        2 => "write",
        3 => "select",
        4 => "operate",
        5 => "direct-operate",
        6 => "direct-operate-no-ack",
        7 => "freeze",
        9 => "freeze-clear",
        13 => "cold-restart",
        14 => "warm-restart",
        16 => "initialize-application",
        17 => "start-application",
        18 => "stop-application",
        19 => "save-configuration",
        20 => "enable-unsolicited",
        21 => "disable-unsolicited",
        22 => "assign-class",
        23 => "delay-measurement",
        24 => "record-current-time",
        25 => "open-file",
        26 => "close-file",
        27 => "delete-file",
        28 => "get-file-info",
        29 => "authenticate-file",
        31 => "activate-configuration",
        32 => "authenticate-request",
        129 => "response",
        130 => "unsolicited-response",
        131 => "authenticate-response",
        _ => return None,
    })
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        20000,
        &[(SRC, b"\x05\x64\x08\xc4\x0a\0\x01\0\xfc\x42\xc0\xc0\x01\x3c\x02\x06")],
    )],
    near_miss: &[Sample::tcp(
        50000,
        20000,
        &[(SRC, b"\x05\x64\x08\xc4\x0b\0\x01\0\xfc\x42\xc0\xc0\x01\x3c\x02\x06")],
    )],
};
