use crate::sinks::text::json;
use std::fmt::Write as _;
use std::net::IpAddr;

use wire::Timestamp;

/// What stands in a column.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Value {
    Unset,
    Time(Timestamp),
    /// In microseconds.
    Interval(u64),
    Text(String),
    Address(IpAddr),
    Number(u64),
    Flag(bool),
    /// A set or a vector.
    Many(Vec<Self>),
}

impl Value {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Of milliseconds; what is no number or negative is unset.
    pub(super) fn interval(milliseconds: f64) -> Self {
        let seconds = std::time::Duration::try_from_secs_f64(milliseconds / 1000.0);
        seconds.map_or(Self::Unset, |s| Self::Interval(u64::try_from(s.as_micros()).unwrap_or(u64::MAX)))
    }

    pub(super) fn maybe<T: Into<Self>>(value: Option<T>) -> Self {
        value.map_or(Self::Unset, Into::into)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<IpAddr> for Value {
    fn from(address: IpAddr) -> Self {
        Self::Address(address)
    }
}

impl From<Timestamp> for Value {
    fn from(time: Timestamp) -> Self {
        Self::Time(time)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::text(text)
    }
}

const UNSET: &str = "-";
const EMPTY: &str = "(empty)";

/// A line of separated values, without its end.
pub(super) fn write_tsv(out: &mut String, row: &[Value]) {
    for (i, value) in row.iter().enumerate() {
        if i > 0 {
            out.push('\t');
        }
        write_field(out, value, false);
    }
}

fn write_field(out: &mut String, value: &Value, in_set: bool) {
    match value {
        Value::Unset => out.push_str(UNSET),
        Value::Time(time) => write_micros(out, time.nanos() / 1000),
        Value::Interval(micros) => write_micros(out, *micros),
        Value::Text(text) => write_text(out, text, in_set),
        Value::Address(address) => _ = write!(out, "{address}"),
        Value::Number(number) => _ = write!(out, "{number}"),
        Value::Flag(flag) => out.push(if *flag { 'T' } else { 'F' }),
        Value::Many(values) if values.is_empty() => out.push_str(EMPTY),
        Value::Many(values) => {
            for (i, value) in values.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_field(out, value, true);
            }
        }
    }
}

fn write_micros(out: &mut String, micros: u64) {
    let _ = write!(out, "{}.{:06}", micros / 1_000_000, micros % 1_000_000);
}

/// Readers turn `\xNN` into the byte: whatever would mean something to them, or to a terminal, is
/// written so. The backslash is among it, so that every text comes back as it was.
fn write_text(out: &mut String, text: &str, in_set: bool) {
    if text.is_empty() {
        out.push_str(EMPTY);
        return;
    }
    let is_reserved = text == UNSET || text == EMPTY;
    for (i, letter) in text.char_indices() {
        let means_something = letter == '\\' || letter == ',' && in_set || i == 0 && is_reserved;
        if letter.is_control() || means_something {
            for byte in letter.encode_utf8(&mut [0; 4]).bytes() {
                let _ = write!(out, "\\x{byte:02x}");
            }
        } else {
            out.push(letter);
        }
    }
}

/// An object a line: names as in the other form, nothing for what is unset, times as numbers.
pub(super) fn write_json(out: &mut String, columns: &[(&'static str, &'static str)], row: &[Value]) {
    out.push('{');
    let mut first = true;
    for ((name, _), value) in columns.iter().zip(row) {
        if *value == Value::Unset {
            continue;
        }
        if !std::mem::take(&mut first) {
            out.push(',');
        }
        let _ = write!(out, "\"{name}\":");
        write_json_value(out, value);
    }
    out.push('}');
}

fn write_json_value(out: &mut String, value: &Value) {
    match value {
        Value::Unset => out.push_str("null"),
        Value::Time(_) | Value::Interval(_) | Value::Number(_) => write_field(out, value, false),
        Value::Text(text) => out.push_str(&json(text).unwrap_or_default()),
        Value::Address(address) => _ = write!(out, "\"{address}\""),
        Value::Flag(flag) => _ = write!(out, "{flag}"),
        Value::Many(values) => {
            out.push('[');
            for (i, value) in values.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_json_value(out, value);
            }
            out.push(']');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_written_as_the_ascii_writer_s() {
        let many = |texts: &[&str]| Value::Many(texts.iter().map(|text| Value::text(*text)).collect());
        for (value, expected) in [
            (Value::Unset, "-"),
            (Value::text(""), "(empty)"),
            (Value::text("-"), "\\x2d"),
            (Value::text("--"), "--"),
            (Value::text("(empty)"), "\\x28empty)"),
            (Value::text("a,b"), "a,b"),
            (many(&["a,b", "", "-"]), "a\\x2cb,(empty),\\x2d"),
            (many(&[]), "(empty)"),
            (Value::text("a\tb\nc\u{1b}[1m\0"), "a\\x09b\\x0ac\\x1b[1m\\x00"),
            (Value::text("\\x09"), "\\x5cx09"),
            (Value::text("\u{9b}\u{7f}"), "\\xc2\\x9b\\x7f"),
            (Value::text("Gr\u{fc}\u{df}e"), "Gr\u{fc}\u{df}e"),
            (Value::Time(Timestamp::new(1_795_219_200, 1_999)), "1795219200.000001"),
            (Value::interval(1234.5), "1.234500"),
            (Value::interval(-1.0), "-"),
            (Value::Flag(true), "T"),
        ] {
            let mut out = String::new();
            write_tsv(&mut out, &[value]);
            assert_eq!(out, expected);
        }
    }

    #[test]
    fn json_has_no_line_breaks_and_nothing_unset() {
        let mut out = String::new();
        let columns = [("a", "string"), ("b", "count"), ("c.d", "vector[string]"), ("e", "time")];
        let time = Timestamp::new(1_795_219_200, 5_000);
        let row = [
            Value::text("\"\n\u{1b}"),
            Value::Unset,
            Value::Many(vec![Value::text("\t")]),
            Value::Time(time),
        ];
        write_json(&mut out, &columns, &row);
        assert_eq!(out, r#"{"a":"\"\n\u001b","c.d":["\t"],"e":1795219200.000005}"#);
    }
}
