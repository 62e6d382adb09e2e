use crate::protocol::{Findings, Look, Verdict, Want};
use crate::reader::Reader;

/// MS-RDPEUDP s2.2.2.1: flags of a header.
mod flag {
    pub(super) const SYN: u16 = 0x0001;
    pub(super) const ACK: u16 = 0x0004;
    pub(super) const DATA: u16 = 0x0008;
    pub(super) const FEC: u16 = 0x0010;
    pub(super) const SYN_LOSSY: u16 = 0x0200;
    pub(super) const KNOWN: u16 = 0x1fff;
}

/// Nothing was received yet.
const NO_SEQUENCE: u32 = u32::MAX;

/// s2.2.2.5: what both sides may offer as the size of a datagram.
const MTU: std::ops::RangeInclusive<u16> = 1132..=1232;

/// s3.1.5.1.1: datagrams that open a connection are padded to the size offered.
const PADDED: usize = 1232;

pub(super) fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let (Some(acknowledged), Some(_window), Some(flags)) =
        (reader.array().map(u32::from_be_bytes), reader.u16(), reader.u16())
    else {
        return Verdict::No;
    };
    if flags & !flag::KNOWN != 0 {
        return Verdict::No;
    }
    match flags & flag::SYN != 0 {
        true => syn(look, acknowledged, flags, reader, findings),
        false if look.hinted && flags & (flag::ACK | flag::DATA) == flag::ACK | flag::DATA => {
            data(flags, reader).unwrap_or(Verdict::No)
        }
        false => Verdict::No,
    }
}

fn syn(
    look: &Look<'_>,
    acknowledged: u32,
    flags: u16,
    mut reader: Reader<'_>,
    findings: &mut Findings,
) -> Verdict {
    let (Some(_sequence), Some(up), Some(down)) = (reader.array::<4>(), reader.u16(), reader.u16()) else {
        return Verdict::No;
    };
    // The client acknowledges nothing, the server something.
    let answers = flags & flag::ACK != 0;
    let sized = look.cut
        || look.bytes.len() == PADDED
        || (look.hinted && look.bytes.len() >= usize::from(*MTU.start()));
    if answers == (acknowledged == NO_SEQUENCE) || !MTU.contains(&up) || !MTU.contains(&down) || !sized {
        return Verdict::No;
    }
    findings.note("udp_version", if flags & flag::SYN_LOSSY != 0 { "lossy" } else { "reliable" });
    Verdict::proven("RDP's UDP connection with both sizes", Want::Nothing)
}

/// s2.2.2.6, s2.2.2.7 and s2.2.2.4: after the acknowledgements, padded to four bytes, two
/// sequence numbers and a TLS or DTLS record.
fn data(flags: u16, mut reader: Reader<'_>) -> Option<Verdict> {
    let elements = usize::from(reader.u16()?);
    reader.take(elements)?;
    let padding = (4 - (2 + elements) % 4) % 4;
    reader.take(padding)?;
    if flags & flag::FEC != 0 {
        return None;
    }
    let (coded, start) = (u32::from_be_bytes(reader.array()?), u32::from_be_bytes(reader.array()?));
    let [content, major, minor] = reader.array()?;
    let record = (20..=23).contains(&content) && matches!((major, minor), (3, 1..=4) | (0xfe, 0xfd | 0xff));
    (record && coded.abs_diff(start) < 1 << 16)
        .then_some(Verdict::proven("TLS record in RDP's UDP data at its port", Want::Nothing))
}
