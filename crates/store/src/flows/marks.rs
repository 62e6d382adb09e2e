//! When the flows of a block began and which names they have, so that blocks without what is asked for
//! are passed over.

use rusqlite::{Connection, Result, params};
use serde_json::{Map, Value};

use super::names::Names;

/// Texts of a record that are columns of its row, under the number of their name.
const IN_ROW: [&str; 4] = ["transport", "protocol", "application", "hostname"];
/// Texts that are in the record alone, and that a word is looked for in.
pub(super) const BESIDE: [&str; 8] =
    ["src_mac", "dst_mac", "src_org", "dst_org", "src_country", "dst_country", "port_hint", "ja4"];

/// Marks the block of these records, which begins with the flow `first`.
pub(super) fn put(
    connection: &Connection,
    names: &mut Names,
    first: i64,
    records: &[Map<String, Value>],
) -> Result<()> {
    let mut in_rows = Vec::new();
    let mut beside = Vec::new();
    for record in records {
        let text = |name: &str| record.get(name).and_then(Value::as_str);
        for text in IN_ROW.into_iter().filter_map(text) {
            in_rows.push(names.text(connection, text)?);
        }
        if let Some(risks) = super::write::risks(record) {
            in_rows.push(names.text(connection, &risks)?);
        }
        for text in BESIDE.into_iter().filter_map(text) {
            beside.push(names.text(connection, text)?);
        }
    }
    let end = first.saturating_add(i64::try_from(records.len()).unwrap_or(i64::MAX));
    let mut put = connection.prepare_cached(
        "INSERT INTO mark SELECT ?1, min(start_ms), max(start_ms), ?3, ?4 FROM flow WHERE id >= ?1 AND id < ?2",
    )?;
    put.execute(params![first, end, packed(in_rows), packed(beside)])?;
    Ok(())
}

/// Sorted, each once, as differences in LEB128.
fn packed(mut numbers: Vec<i64>) -> Vec<u8> {
    numbers.sort_unstable();
    numbers.dedup();
    let (mut bytes, mut last) = (Vec::new(), 0);
    for number in numbers {
        let mut rest = number.abs_diff(last);
        last = number;
        loop {
            let low = u8::try_from(rest & 0x7f).unwrap_or_default();
            rest >>= 7;
            bytes.push(if rest > 0 { low | 0x80 } else { low });
            if rest == 0 {
                break;
            }
        }
    }
    bytes
}

/// The numbers that were packed.
pub(super) fn unpacked(bytes: &[u8]) -> impl Iterator<Item = u64> {
    let (mut last, mut rest, mut shift) = (0_u64, 0_u64, 0_u32);
    bytes.iter().filter_map(move |byte| {
        rest |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or_default();
        shift += 7;
        if byte & 0x80 != 0 {
            return None;
        }
        last = last.wrapping_add(rest);
        (rest, shift) = (0, 0);
        Some(last)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_out_once_and_in_order() {
        let bytes = packed(vec![300, 1, 70_000, 1, 127, 128]);
        assert_eq!(unpacked(&bytes).collect::<Vec<_>>(), [1, 127, 128, 300, 70_000]);
        assert_eq!(unpacked(&[0xff; 40]).count(), 0);
    }
}
