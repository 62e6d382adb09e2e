//! Line protocol (InfluxData's documentation, "Line protocol"): measurement, tags, fields, time.

use std::fmt::Write as _;

use crate::sinks::text::plain;

/// A line in the making.
#[derive(Debug)]
pub(super) struct Line {
    text: String,
    fields: usize,
}

/// How long a tag and a text may be.
const LONGEST_TAG: usize = 128;
const LONGEST_TEXT: usize = 2048;

impl Line {
    /// `measurement` and the names of tags and fields are ours: they need no escape.
    pub(super) fn new(measurement: &'static str) -> Self {
        Self { text: measurement.to_owned(), fields: 0 }
    }

    /// All tags come before the first field. An empty one is left out, as the format demands.
    pub(super) fn tag(mut self, name: &'static str, value: &str) -> Self {
        let value = plain(value, LONGEST_TAG);
        let value = value.trim();
        if !value.is_empty() {
            let _ = write!(self.text, ",{name}=");
            for c in value.chars() {
                match c {
                    ',' | '=' | ' ' => self.text.extend(['\\', c]),
                    // A backslash cannot be escaped there, and before a comma or the end it would escape that.
                    '\\' => self.text.push('/'),
                    _ => self.text.push(c),
                }
            }
        }
        self
    }

    /// Numbers there end at 2^63 - 1.
    pub(super) fn number(mut self, name: &'static str, value: u64) -> Self {
        self.field(name);
        let _ = write!(self.text, "{}i", i64::try_from(value).unwrap_or(i64::MAX));
        self
    }

    pub(super) fn text(mut self, name: &'static str, value: &str) -> Self {
        self.field(name);
        self.text.push('"');
        for c in plain(value, LONGEST_TEXT).chars() {
            if matches!(c, '"' | '\\') {
                self.text.push('\\');
            }
            self.text.push(c);
        }
        self.text.push('"');
        self
    }

    pub(super) fn at(mut self, nanoseconds: u64) -> String {
        let _ = writeln!(self.text, " {nanoseconds}");
        self.text
    }

    fn field(&mut self, name: &'static str) {
        self.text.push(if self.fields == 0 { ' ' } else { ',' });
        self.fields += 1;
        let _ = write!(self.text, "{name}=");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_is_escaped_by_its_own_rules() {
        let line = Line::new("m").tag("a", "x, y=z\\").tag("b", "").tag("c", "\n\r\0").number("n", u64::MAX);
        let line = line.text("t", "say \"hi\\\", n=1\nm2 f=1 1").at(7);
        let tags = "m,a=x\\,\\ y\\=z/";
        let fields = r#"n=9223372036854775807i,t="say \"hi\\\", n=1 m2 f=1 1""#;
        assert_eq!(line, format!("{tags} {fields} 7\n"));
    }

    #[test]
    fn nothing_is_longer_than_it_may_be() {
        let line = Line::new("m").tag("a", &", ".repeat(9999)).text("t", &"\"".repeat(9999)).at(1);
        assert!(line.len() < 2 * (LONGEST_TAG + LONGEST_TEXT) + 20, "{}", line.len());
        assert_eq!(line.lines().count(), 1);
    }
}
