//! Whole records of rows.

use serde_json::{Map, Value};

use super::blocks;
use super::read::DayReader;
use super::row::FlowRow;
use crate::error::StoreError;

/// Rows with their records, in the same order; a row whose record is lost is left out. A block is
/// taken apart once for all of its rows.
pub(super) fn of(reader: &DayReader, rows: Vec<FlowRow>) -> Result<Vec<(FlowRow, Value)>, StoreError> {
    let mut found = Vec::with_capacity(rows.len());
    let mut rows = rows.into_iter().peekable();
    while let Some(row) = rows.next() {
        let Some((first, data)) = reader.block_of(row.number)? else {
            let record = reader.record(row.number)?;
            if let Some(Value::Object(record)) = record.and_then(|text| serde_json::from_str(&text).ok()) {
                found.push(with_ends(record, row));
            }
            continue;
        };
        let mut together = vec![row];
        while let Some(row) = rows.next_if(|row| row.number >= first) {
            together.push(row);
        }
        let place = |row: &FlowRow| usize::try_from(row.number - first).unwrap_or(usize::MAX);
        let places: Vec<_> = together.iter().map(place).collect();
        let records = reader.unpack(|with| blocks::unpack(&data, &places, with))?;
        for (mut record, row) in records.into_iter().zip(together) {
            record.extend(row.fields());
            found.push(with_ends(record, row));
        }
    }
    Ok(found)
}

/// What a list shows of a row.
pub(super) fn brief(row: &FlowRow) -> Value {
    complete(row.brief(), row)
}

fn with_ends(record: Map<String, Value>, row: FlowRow) -> (FlowRow, Value) {
    let record = complete(record, &row);
    (row, record)
}

/// With what is beside the record.
fn complete(mut record: Map<String, Value>, row: &FlowRow) -> Value {
    record.insert("ref".into(), row.id.clone().into());
    for (name, device) in [("src_device", &row.src_device), ("dst_device", &row.dst_device)] {
        if let Some(device) = device {
            record.insert(name.into(), device.clone().into());
        }
    }
    Value::Object(record)
}
