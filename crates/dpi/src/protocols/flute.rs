//! FLUTE over asynchronous layered coding (RFC 6726, RFC 5775, RFC 5651): files by multicast.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy, past, until};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "flute",
    category: "file-transfer",
    encrypted: false,
    // Version 1 of the building block; the low bits say how long its congestion field is.
    over: &[(Transport::Udp, &[0x10..=0x1f])],
    ports: &[4001],
    bound: false,
    fields: &["file"],
    head: SHALLOW,
    inspect,
};

/// RFC 6726 s3.4.1: the extension that marks the table of files.
const EXT_FDT: u8 = 192;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some(packet) = Packet::read(look.bytes) else { return Verdict::No };
    // RFC 6726 s3.4: the table is object 0.
    if !packet.first_object || !packet.has_table {
        return if packet.first_object { Verdict::No } else { Verdict::NeedMore };
    }
    let table = packet.payload;
    let xml = table.windows(5).take(64).any(|text| text == b"<?xml" || text == b"<FDT-");
    if let Some(name) = past(table, b"Content-Location=\"") {
        findings.note("file", lossy(until(name, b'"'), NAME_MAX));
    }
    if xml {
        return Verdict::proven("FLUTE file delivery table", Want::Nothing);
    }
    Verdict::likely("header extension of a FLUTE file delivery table", Want::Rest)
}

struct Packet<'a> {
    first_object: bool,
    has_table: bool,
    payload: &'a [u8],
}

impl<'a> Packet<'a> {
    /// RFC 5651 s5.1.
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let ([version, flags], len) = (reader.array()?, reader.u8()?);
        let _codepoint = reader.u8()?;
        let congestion = 4 * (usize::from(version >> 2 & 3) + 1);
        let half = usize::from(flags >> 4 & 1) * 2;
        let session = 4 * usize::from(flags >> 7) + half;
        let object = 4 * usize::from(flags >> 5 & 3) + half;
        let header = usize::from(len) * 4;
        let mut extensions = Reader::new(bytes.get(4..header)?);
        extensions.take(congestion)?;
        let session = extensions.take(session).filter(|session| !session.is_empty())?;
        let object = extensions.take(object).filter(|object| !object.is_empty())?;
        let _ = session;
        // The two bits before the closing flags are reserved.
        if flags & 0x0c != 0 {
            return None;
        }
        let mut has_table = false;
        while let Some(kind) = extensions.u8() {
            // RFC 5651 s5.2.1: from 128 on they are one word long.
            let rest = if kind >= 128 { 3 } else { (usize::from(extensions.u8()?) * 4).checked_sub(2)? };
            let body = extensions.take(rest)?;
            has_table |= kind == EXT_FDT && body.first().is_some_and(|version| matches!(version >> 4, 1 | 2));
        }
        let first_object = object.iter().all(|byte| *byte == 0);
        Some(Self { first_object, has_table, payload: bytes.get(header..)? })
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        4001,
        &[(SRC, b"\x10\x10\x05\0\0\0\0\0\0\0\0\0\0\x01\0\0\xc0\x10\0\x02\0\0\0\0<?xml version=\"1.0\"?><FDT-Instance><File Content-Location=\"a.txt\"/>")],
    )],
    near_miss: &[
        Sample::udp(50000, 4001, &[(SRC, b"\x10\x10\x04\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0<?xml version=\"1.0\"?>")]),
        Sample::udp(50000, 4001, &[(SRC, b"\x10\x10\x05\0\0\0\0\0\0\0\0\0\0\x01\0\0\xc1\x10\0\x02\0\0\0\0<?xml")]),
    ],
};
