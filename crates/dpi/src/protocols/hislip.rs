//! High-Speed LAN Instrument Protocol (IVI-6.1): commands to measuring instruments.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "hislip",
    category: "industrial",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'H'..=b'H'])],
    ports: &[4880],
    bound: false,
    fields: &["sub_address", "version"],
    head: SHALLOW,
    inspect,
};

const INITIALIZE: u8 = 0;
const INITIALIZE_RESPONSE: u8 = 1;
/// Table 4: message types up to version 2.
const LAST_TYPE: u8 = 37;
const FIRST_VENDOR_TYPE: u8 = 128;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if !look.bytes.iter().zip(b"HS").all(|(a, b)| a == b) {
        return Verdict::No;
    }
    let mut reader = Reader::new(look.bytes.get(2..).unwrap_or_default());
    let (Some(kind), Some(_control)) = (reader.u8(), reader.u8()) else {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    };
    if (LAST_TYPE + 1..FIRST_VENDOR_TYPE).contains(&kind) {
        return Verdict::No;
    }
    let (parameter, len) = (reader.array::<4>(), reader.array().map(u64::from_be_bytes));
    let (Some([major, minor, _, _]), Some(len)) = (parameter, len) else {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    };
    let next = usize::try_from(len).ok().and_then(|len| reader.rest().get(len..)).unwrap_or_default();
    if len > 1 << 32 || !next.iter().zip(b"HS").all(|(a, b)| a == b) {
        return Verdict::No;
    }
    match kind {
        INITIALIZE if len <= 256 => {
            let name = reader.up_to(usize::try_from(len).unwrap_or_default());
            findings.note("sub_address", lossy(name, NAME_MAX));
        }
        INITIALIZE_RESPONSE if len == 0 => findings.note("version", format!("{major}.{minor}")),
        INITIALIZE | INITIALIZE_RESPONSE => return Verdict::No,
        _ => {}
    }
    Verdict::proven("HiSLIP message header", if kind == INITIALIZE { Want::Reply } else { Want::Nothing })
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        4880,
        &[(SRC, b"HS\0\0\x01\0XX\0\0\0\0\0\0\0\x07hislip0"), (DST, b"HS\x01\0\x01\0\0\x01\0\0\0\0\0\0\0\0")],
    )],
    near_miss: &[
        Sample::tcp(50000, 4880, &[(SRC, b"HS\x40\0\x01\0XX\0\0\0\0\0\0\0\x07hislip0")]),
        Sample::tcp(50000, 4880, &[(SRC, b"HS\0\0\x01\0XX\0\0\x01\0\0\0\0\x07hislip0")]),
    ],
};
