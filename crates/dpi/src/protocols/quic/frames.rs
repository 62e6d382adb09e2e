use super::header::{Version, varint};
use crate::assembly::Assembly;
use crate::reader::Reader;

/// Puts the CRYPTO frames (RFC 9000 s19.6) of an opened Initial packet into their places; other
/// frames that an Initial may have (RFC 9000 s12.4) are passed over.
pub(super) fn gather(payload: &[u8], version: Version, assembly: &mut Assembly) -> Option<()> {
    // Google's versions gave the frame another number.
    let crypto = if version.is_google_encrypted() { 0x08 } else { 0x06 };
    let mut reader = Reader::new(payload);
    while !reader.is_empty() {
        match varint(&mut reader)? {
            0 | 1 => {}
            kind if kind == crypto => {
                let position = varint(&mut reader)?;
                let len = usize::try_from(varint(&mut reader)?).ok()?;
                assembly.fill(position, reader.take(len)?);
            }
            kind @ (2 | 3) => acknowledgement(&mut reader, kind == 3)?,
            // Anything else ends the connection or is not allowed here.
            _ => return None,
        }
    }
    Some(())
}

/// RFC 9000 s19.3.
fn acknowledgement(reader: &mut Reader<'_>, with_counts: bool) -> Option<()> {
    let (_largest, _delay) = (varint(reader)?, varint(reader)?);
    let ranges = varint(reader)?;
    let _first = varint(reader)?;
    // Each takes a byte at least, so that the end of the packet bounds them.
    for _ in 0..ranges {
        let (_gap, _len) = (varint(reader)?, varint(reader)?);
    }
    if with_counts {
        for _ in 0..3 {
            varint(reader)?;
        }
    }
    Some(())
}
