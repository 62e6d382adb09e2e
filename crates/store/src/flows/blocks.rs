//! Whole records, compressed with those of their neighbours, field by field: what stands in one column
//! is alike, so a record takes a tenth of what it takes alone.

use std::borrow::Cow;
use std::io;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// Records in a block.
pub(super) const RECORDS: usize = 128;
/// Of what compresses so well a higher level costs more time than it saves room.
const LEVEL: i32 = 3;
/// A block that says it is larger is damaged.
const MOST_BYTES: usize = 64 << 20;

/// Fields that are columns of the flow's row, and put back from there.
pub(super) const IN_ROW: [&str; 13] = [
    "transport",
    "src_ip",
    "dst_ip",
    "src_port",
    "dst_port",
    "protocol",
    "application",
    "hostname",
    "direction",
    "src_bytes",
    "dst_bytes",
    "src_packets",
    "dst_packets",
];

/// Compresses records. Each column is a line: the field's name, and its value in each record.
pub(super) fn pack(records: &[Map<String, Value>]) -> io::Result<Vec<u8>> {
    let mut names: Vec<&str> = Vec::new();
    for name in records.iter().flat_map(Map::keys) {
        // Records have their fields in the same order, so this looks at the last few only.
        if !names.iter().rev().any(|known| known == name) && !IN_ROW.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let mut text = Vec::new();
    for name in names {
        let column: Vec<Option<&Value>> = records.iter().map(|record| record.get(name)).collect();
        serde_json::to_writer(&mut text, &(name, column))?;
        text.push(b'\n');
    }
    zstd::bulk::compress(&text, LEVEL)
}

/// The records at these places of a block, without what is in their rows.
pub(super) fn unpack(data: &[u8], places: &[usize]) -> io::Result<Vec<Map<String, Value>>> {
    let mut records = vec![Map::new(); places.len()];
    for line in lines(data)?.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        // Values of other records are passed over unread.
        let (name, column): (&str, Vec<&RawValue>) = serde_json::from_slice(line)?;
        for (record, place) in records.iter_mut().zip(places) {
            let Some(value) = column.get(*place).filter(|value| value.get() != "null") else { continue };
            record.insert(name.to_owned(), serde_json::from_str(value.get())?);
        }
    }
    Ok(records)
}

/// Some texts of a block: calls `each` with the place of the record for each text in one of the `fields`.
pub(super) fn texts(data: &[u8], fields: &[&str], mut each: impl FnMut(usize, &str)) -> io::Result<()> {
    for line in lines(data)?.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let named = |name: &&str| line.get(2..).is_some_and(|rest| rest.starts_with(name.as_bytes()));
        if !fields.iter().any(named) {
            continue;
        }
        let (name, column): (&str, Vec<Option<Cow<'_, str>>>) = serde_json::from_slice(line)?;
        if fields.contains(&name) {
            let texts = column.iter().enumerate();
            texts.filter_map(|(at, text)| Some((at, text.as_ref()?))).for_each(|(at, text)| each(at, text));
        }
    }
    Ok(())
}

/// The columns.
fn lines(data: &[u8]) -> io::Result<Vec<u8>> {
    let size = zstd::zstd_safe::get_frame_content_size(data).ok().flatten().unwrap_or_default();
    let size = usize::try_from(size).ok().filter(|size| *size <= MOST_BYTES);
    let size = size.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "a block is too large"))?;
    zstd::bulk::decompress(data, size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out_but_for_what_is_in_the_row() {
        let record = |text: &str| match serde_json::from_str(text).unwrap() {
            Value::Object(record) => record,
            other => panic!("{other}"),
        };
        let records = [record(r#"{"a":1,"b":"x"}"#), record(r#"{"a":2,"src_ip":"::1","c":["\n"]}"#)];
        let data = pack(&records).unwrap();
        let second = record(r#"{"a":2,"c":["\n"]}"#);
        assert_eq!(unpack(&data, &[1, 0]).unwrap(), [second, records[0].clone()]);
        assert!(unpack(&data, &[2]).unwrap()[0].is_empty());
        assert!(unpack(b"no block", &[0]).is_err());
        let mut found = Vec::new();
        texts(&data, &["b", "c"], |place, text| found.push((place, text.to_owned()))).unwrap();
        assert_eq!(found, [(0, "x".to_owned())]);
    }
}
