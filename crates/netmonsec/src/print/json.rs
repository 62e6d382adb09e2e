use std::io::{self, BufWriter, StdoutLock, Write};

use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter};

use super::escape::is_hostile;

/// Records as JSON, one on each line.
///
/// A character that could act on a terminal is written as `\u....`: the same text to a program, and
/// harmless to somebody who looks.
#[derive(Debug)]
pub struct JsonLines<W: Write> {
    out: BufWriter<W>,
}

impl JsonLines<StdoutLock<'static>> {
    /// Locks standard output for as long as it lives.
    pub fn stdout() -> Self {
        Self::new(io::stdout().lock())
    }
}

impl<W: Write> JsonLines<W> {
    /// Writes to `out`, in large pieces.
    pub fn new(out: W) -> Self {
        Self { out: BufWriter::with_capacity(1 << 16, out) }
    }

    /// Writes one record. When the reader has gone, the error is one that
    /// [`reader_gone`](super::reader_gone) knows.
    pub fn write(&mut self, record: &impl Serialize) -> io::Result<()> {
        record.serialize(&mut serde_json::Serializer::with_formatter(&mut self.out, Harmless))?;
        self.out.write_all(b"\n")
    }

    /// Hands on what has been held back. To be called at the end, and live whenever it gets quiet.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// serde_json's compact form, with all escapes of [`is_hostile`].
struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, text: &str) -> io::Result<()> {
        // serde_json has escaped everything below 0x20 before.
        if text.bytes().all(|b| b < 0x7f) {
            return out.write_all(text.as_bytes());
        }
        let mut rest = text;
        while let Some((at, c)) = rest.char_indices().find(|&(_, c)| is_hostile(c)) {
            let (before, from) = rest.split_at_checked(at).unwrap_or((rest, ""));
            out.write_all(before.as_bytes())?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = from.get(c.len_utf8()..).unwrap_or_default();
        }
        out.write_all(rest.as_bytes())
    }

    fn write_char_escape<W: ?Sized + Write>(&mut self, out: &mut W, escape: CharEscape) -> io::Result<()> {
        serde_json::ser::CompactFormatter.write_char_escape(out, escape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::print::reader_gone;

    fn line(text: &str) -> String {
        let mut bytes = Vec::new();
        let mut lines = JsonLines::new(&mut bytes);
        lines.write(&text).unwrap();
        lines.flush().unwrap();
        drop(lines);
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn same_text_but_harmless() {
        for text in [
            "plain",
            "bücher 日本 \u{1f600}",
            "\x1b[2J \r\n\t\0 \"quoted\" \\ back",
            "\u{9b}31m \u{7f}",
            "gpj.\u{202e}exe\u{2069}",
            "\u{e0041}tag\u{feff}",
            "\u{202e}",
            "",
        ] {
            let line = line(text);
            assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
            assert!(!line.trim_end_matches('\n').contains(is_hostile), "{line:?}");
        }
        assert_eq!(line("\u{e0041}"), "\"\\udb40\\udc41\"\n");
        assert_eq!(line("é\u{9b}é"), "\"é\\u009bé\"\n");
    }

    #[test]
    fn a_reader_that_has_gone_is_told_apart() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut lines = JsonLines::new(Gone);
        let long = "x".repeat(100_000);
        assert!(reader_gone(&lines.write(&long).unwrap_err()));
        assert!(!reader_gone(&io::ErrorKind::StorageFull.into()));
    }
}
