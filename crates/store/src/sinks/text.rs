use serde::Serialize;

/// Text from the wire made harmless to show: control characters, line breaks and what turns the
/// direction of writing are blanks, and what is longer than `most` bytes is cut.
pub(super) fn plain(text: &str, most: usize) -> String {
    limited(text.chars().map(|c| if is_unseen(c) { ' ' } else { c }), most)
}

/// As [`plain`], with its line breaks.
pub(super) fn plain_lines(text: &str, most: usize) -> String {
    limited(text.chars().map(|c| if c != '\n' && is_unseen(c) { ' ' } else { c }), most)
}

/// Characters until `most` bytes are full; an ellipsis stands for the rest.
fn limited(characters: impl Iterator<Item = char>, most: usize) -> String {
    let mut text = String::new();
    for c in characters {
        if text.len() + c.len_utf8() > most {
            while text.len() + ELLIPSIS.len_utf8() > most && text.pop().is_some() {}
            text.push(ELLIPSIS);
            break;
        }
        text.push(c);
    }
    text
}

const ELLIPSIS: char = '\u{2026}';

/// As one line of JSON in which everything unseen is escaped (RFC 8259 s7): serde_json leaves the controls
/// beyond ASCII and the marks of direction as they are.
pub(super) fn json(value: &impl Serialize) -> serde_json::Result<String> {
    let text = serde_json::to_string(value)?;
    if !text.chars().any(is_unseen) {
        return Ok(text);
    }
    let mut harmless = String::with_capacity(text.len() + 32);
    for c in text.chars() {
        // Outside of texts there is none of these.
        if is_unseen(c) {
            harmless.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            harmless.push(c);
        }
    }
    Ok(harmless)
}

/// Controls, line and paragraph separators, and marks for writing from right to left (UAX #9).
pub(super) fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_unseen_is_in_json() {
        let text = json(&"a\u{9b}31m\u{202e}\u{7f}\n\u{feff}é").unwrap();
        assert_eq!(text, r#""a\u009b31m\u202e\u007f\n\ufeffé""#);
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), "a\u{9b}31m\u{202e}\u{7f}\n\u{feff}é");
    }

    #[test]
    fn what_cannot_be_seen_is_blank_and_length_has_an_end() {
        assert_eq!(plain("a\r\nb\u{202e}c\u{0}\u{1b}[0m", 99), "a  b c  [0m");
        assert_eq!(plain_lines("a\r\nb", 99), "a \nb");
        assert_eq!(plain(&"ä".repeat(50), 10), "äää\u{2026}");
        assert_eq!(plain("exactly te", 10), "exactly te");
    }
}
