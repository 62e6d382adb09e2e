//! Whole records, compressed with those of their neighbours, field by field: what stands in one column
//! is alike, so a record takes a tenth of what it takes alone.

use std::io;

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
pub(super) fn unpack(
    data: &[u8],
    places: &[usize],
    with: &mut Decompressor,
) -> io::Result<Vec<Map<String, Value>>> {
    let mut records = vec![Map::new(); places.len()];
    // In the order in which they stand.
    let mut order: Vec<_> = places.iter().copied().zip(0..).collect();
    order.sort_unstable();
    for column in Columns(&text(data, with)?) {
        let (name, mut values) = column?;
        let mut passed = 0;
        for (place, record) in &order {
            let Some(value) = place.checked_sub(passed).and_then(|skip| values.nth(skip)) else { break };
            passed = *place + 1;
            if value != b"null"
                && let Some(record) = records.get_mut::<usize>(*record)
            {
                record.insert(name.to_owned(), serde_json::from_slice(value)?);
            }
        }
    }
    Ok(records)
}

/// Some texts of a block: calls `each` with the place of the record for each text in one of the `fields`.
pub(super) fn texts(
    data: &[u8],
    fields: &[&str],
    with: &mut Decompressor,
    mut each: impl FnMut(usize, &str),
) -> io::Result<()> {
    for column in Columns(&text(data, with)?) {
        let (name, values) = column?;
        if !fields.contains(&name) {
            continue;
        }
        for (place, value) in values.enumerate().filter(|(_, value)| value.starts_with(b"\"")) {
            match value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")) {
                Some(plain) if !plain.contains(&b'\\') => {
                    each(place, std::str::from_utf8(plain).map_err(io::Error::other)?);
                }
                _ => each(place, &serde_json::from_slice::<String>(value)?),
            }
        }
    }
    Ok(())
}

/// What takes blocks apart; to make one takes as long as to take one apart.
pub(super) type Decompressor = zstd::bulk::Decompressor<'static>;

/// The columns.
fn text(data: &[u8], with: &mut Decompressor) -> io::Result<Vec<u8>> {
    let size = zstd::zstd_safe::get_frame_content_size(data).ok().flatten().unwrap_or_default();
    let size = usize::try_from(size).ok().filter(|size| *size <= MOST_BYTES);
    let size = size.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "a block is too large"))?;
    with.decompress(data, size)
}

/// The columns of a block, which are lines like `["name",[value,null]]`. Values are passed over without
/// being read: most of them are not asked for.
struct Columns<'a>(&'a [u8]);

impl<'a> Iterator for Columns<'a> {
    type Item = io::Result<(&'a str, Values<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        let end = memchr::memchr(b'\n', self.0)?;
        let (line, rest) = self.0.split_at_checked(end)?;
        self.0 = rest.get(1..)?;
        let parts = || {
            let rest = line.strip_prefix(b"[\"")?;
            let (name, rest) = rest.split_at_checked(memchr::memchr(b'"', rest)?)?;
            let values = rest.strip_prefix(b"\",[")?.strip_suffix(b"]]")?;
            Some((std::str::from_utf8(name).ok()?, Values(values)))
        };
        let damaged = || io::Error::new(io::ErrorKind::InvalidData, "a column has no name or no values");
        Some(parts().ok_or_else(damaged))
    }
}

/// Values with commas between them, as they are written.
struct Values<'a>(&'a [u8]);

impl<'a> Iterator for Values<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.0.is_empty() {
            return None;
        }
        let (mut at, mut depth) = (0_usize, 0_usize);
        while let Some(byte) = self.0.get(at) {
            match byte {
                b'"' => at += text_len(self.0.get(at + 1..)?),
                b'[' | b'{' => depth += 1,
                b']' | b'}' => depth = depth.saturating_sub(1),
                b',' if depth == 0 => break,
                _ => {}
            }
            at += 1;
        }
        let (value, rest) = self.0.split_at_checked(at)?;
        self.0 = rest.get(1..).unwrap_or_default();
        Some(value)
    }
}

/// Bytes of a text up to and with the mark that ends it.
fn text_len(rest: &[u8]) -> usize {
    let mut at = 0;
    while let Some(found) = rest.get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
        if rest.get(at + found) == Some(&b'"') {
            return at + found + 1;
        }
        at += found + 2;
    }
    rest.len()
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
        let mut with = Decompressor::new().unwrap();
        let second = record(r#"{"a":2,"c":["\n"]}"#);
        assert_eq!(unpack(&data, &[1, 0], &mut with).unwrap(), [second, records[0].clone()]);
        assert!(unpack(&data, &[2], &mut with).unwrap()[0].is_empty());
        assert!(unpack(b"no block", &[0], &mut with).is_err());
        let mut found = Vec::new();
        texts(&data, &["b", "c"], &mut with, |place, text| found.push((place, text.to_owned()))).unwrap();
        assert_eq!(found, [(0, "x".to_owned())]);
    }

    #[test]
    fn values_are_told_apart_whatever_is_in_them() {
        let record = |value: Value| Map::from_iter([("a".to_owned(), value)]);
        let values = [
            serde_json::json!({"x": [1, "]}\\\","], "y": null}),
            "\\".into(),
            "\"".into(),
            "a,b".into(),
            (-1.5).into(),
            true.into(),
            Value::Array(Vec::new()),
            "".into(),
            "é\u{1}\n".into(),
        ];
        let data = pack(&values.clone().map(record)).unwrap();
        let mut with = Decompressor::new().unwrap();
        let places: Vec<_> = (0..values.len()).rev().collect();
        let found = unpack(&data, &places, &mut with).unwrap();
        assert!(
            found.iter().zip(values.iter().rev()).all(|(found, value)| found["a"] == *value),
            "{found:?}"
        );
        let mut found = Vec::new();
        texts(&data, &["a"], &mut with, |place, text| found.push((place, text.to_owned()))).unwrap();
        let expected =
            values.iter().enumerate().filter_map(|(place, value)| Some((place, value.as_str()?.to_owned())));
        assert_eq!(found, expected.collect::<Vec<_>>());
    }
}
