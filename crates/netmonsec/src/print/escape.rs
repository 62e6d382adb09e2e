use std::borrow::Cow;
use std::fmt::{self, Write};

use unicode_width::UnicodeWidthChar;

/// Text from outside, shown so that it can do nothing to a terminal: what would move the cursor,
/// change colours, reorder its neighbours or hide itself is written out as `\u{1b}`.
///
/// A backslash stays as it is: the result is for eyes, it does not have to be read back.
#[derive(Clone, Copy, Debug)]
pub struct Safe<'a>(pub &'a str);

/// Bytes from outside that may be UTF-8; what is not is written out as `\xff`.
#[derive(Clone, Copy, Debug)]
pub struct SafeBytes<'a>(pub &'a [u8]);

impl fmt::Display for Safe<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut marks = MAX_MARKS;
        for c in self.0.chars() {
            if is_mark(c) {
                marks += 1;
            } else {
                marks = 0;
            }
            if is_hostile(c) || marks > MAX_MARKS {
                write!(f, "{}", c.escape_unicode())?;
            } else {
                f.write_char(c)?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for SafeBytes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            write!(f, "{}", Safe(chunk.valid()))?;
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

/// The same, as a string that is only made if something had to be written out.
pub fn safe(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|b| (0x20..0x7f).contains(&b)) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(Safe(text).to_string())
    }
}

/// How many columns a terminal gives `text`.
pub fn width(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or_default()).sum()
}

/// Breaks safe text at its spaces into lines of at most `columns`; a longer word gets a line.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ') {
        let wide = width(word);
        if used > 0 && used + 1 + wide > columns {
            lines.push(String::new());
            used = 0;
        }
        let Some(line) = lines.last_mut() else { continue };
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        line.push_str(word);
        used += wide;
    }
    lines
}

/// Cuts safe text to at most `columns`, with an ellipsis for what is missing at its end.
pub(super) fn cut_end(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    Cow::Owned(match columns {
        0 => String::new(),
        _ => format!("{}…", head(text, columns - 1)),
    })
}

/// Cuts safe text to at most `columns`, with an ellipsis in its middle: for addresses, of which
/// both ends matter.
pub(super) fn cut_middle(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let Some(left) = columns.checked_sub(1) else { return Cow::Borrowed("") };
    let front = head(text, left / 2);
    Cow::Owned(format!("{front}…{}", tail(text, left - width(front))))
}

/// Acts on a terminal or on the text around it, or cannot be seen.
pub(super) fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            // Soft hyphen, combining grapheme joiner, Arabic letter mark, Hangul and Khmer fillers,
            // Mongolian vowel separator and selectors.
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            // Zero-width characters, bidi marks, line separators, embeddings, overrides, isolates
            // (Unicode 16 UAX 9, section 2).
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            // Tags and variation selectors, all invisible.
            | '\u{e0000}'..='\u{e0fff}')
}

/// Takes no column of its own, because it is drawn on the character before it.
fn is_mark(c: char) -> bool {
    c.width() == Some(0)
}

/// Marks that one character may carry. Names need two; a hundred would paint over other lines.
const MAX_MARKS: usize = 3;

fn head(text: &str, columns: usize) -> &str {
    let mut used = 0;
    let end = text.char_indices().find(|(_, c)| {
        used += c.width().unwrap_or_default();
        used > columns
    });
    end.and_then(|(at, _)| text.get(..at)).unwrap_or(text)
}

fn tail(text: &str, columns: usize) -> &str {
    let mut used = 0;
    let start = text.char_indices().rev().find(|(_, c)| {
        used += c.width().unwrap_or_default();
        used > columns
    });
    start.and_then(|(at, c)| text.get(at + c.len_utf8()..)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_written_out() {
        for (text, shown) in [
            ("www.example.org", "www.example.org"),
            ("bücher.example 日本", "bücher.example 日本"),
            ("a\x1b[2Jb", "a\\u{1b}[2Jb"),
            ("line\r\nnext\tcell\0", "line\\u{d}\\u{a}next\\u{9}cell\\u{0}"),
            ("\u{9b}31mred\u{7f}", "\\u{9b}31mred\\u{7f}"),
            ("gpj.\u{202e}exe\u{2069}", "gpj.\\u{202e}exe\\u{2069}"),
            ("pay\u{200b}pal\u{ad}", "pay\\u{200b}pal\\u{ad}"),
            ("tag\u{e0041}", "tag\\u{e0041}"),
            ("C:\\x", "C:\\x"),
        ] {
            assert_eq!(Safe(text).to_string(), shown, "{text:?}");
            assert_eq!(safe(text), shown);
        }
    }

    #[test]
    fn marks_cannot_pile_up_or_stand_alone() {
        assert_eq!(Safe("e\u{301}").to_string(), "e\u{301}");
        assert_eq!(Safe("\u{301}e").to_string(), "\\u{301}e");
        let pile = format!("e{}", "\u{301}".repeat(100));
        assert_eq!(Safe(&pile).to_string().matches("\\u{301}").count(), 97);
    }

    #[test]
    fn bytes_that_are_no_text() {
        assert_eq!(SafeBytes(b"ok\xff\xc3(\x1b").to_string(), "ok\\xff\\xc3(\\u{1b}");
    }

    #[test]
    fn wrapping_counts_columns() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("incomprehensible to me", 5), ["incomprehensible", "to me"]);
        assert_eq!(wrap("日本 日本", 4), ["日本", "日本"]);
        assert_eq!(wrap("", 4), [""]);
    }

    #[test]
    fn cutting_counts_columns() {
        assert_eq!(cut_end("hostname", 8), "hostname");
        assert_eq!(cut_end("hostnames", 8), "hostnam…");
        assert_eq!(cut_end("日本日本", 8), "日本日本");
        assert_eq!(cut_end("日本日本", 6), "日本…");
        assert_eq!(cut_end("abc", 1), "…");
        assert_eq!(cut_end("abc", 0), "");
        assert_eq!(cut_middle("[2001:db8:1:2:3:4:5:6]:443", 15), "[2001:d…:6]:443");
        assert_eq!(cut_middle("abc", 1), "…");
        assert_eq!(cut_middle("abc", 0), "");
        for columns in 0..30 {
            for text in ["日本日本日本日本", "e\u{301}e\u{301}e\u{301}", "192.168.100.100:65535"] {
                assert!(width(&cut_end(text, columns)) <= columns);
                assert!(width(&cut_middle(text, columns)) <= columns);
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_comes_is_harmless_and_fits(bytes: Vec<u8>, text: String, columns in 0..40_usize) {
            for shown in [SafeBytes(&bytes).to_string(), Safe(&text).to_string()] {
                assert!(!shown.contains(is_hostile));
                assert!(width(&cut_end(&shown, columns)) <= columns);
                assert!(width(&cut_middle(&shown, columns)) <= columns);
            }
        }
    }
}
