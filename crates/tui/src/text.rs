//! Text and numbers as they are shown: what came off the wire is made harmless here, and only here.

use unicode_width::UnicodeWidthChar;

/// Marks that one character may carry; a hundred would paint over other lines.
const MOST_MARKS: usize = 3;

/// Text from outside, shown so that it can do nothing to a terminal: what would move the cursor,
/// reorder its neighbours or hide itself is written out as `\u{1b}`.
pub(crate) fn safe(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    // At the beginning a mark has nothing to be drawn on.
    let mut marks = MOST_MARKS;
    for c in text.chars() {
        marks = if c.width() == Some(0) { marks + 1 } else { 0 };
        if is_hostile(c) || marks > MOST_MARKS {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Acts on a terminal or on the text around it, or cannot be seen (Unicode 16 UAX 9 s2 for the bidi
/// controls).
fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// How many columns a terminal gives `text`.
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or_default()).sum()
}

/// Cuts to at most `columns`, with an ellipsis for what is missing at the end.
pub(crate) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or_default();
        if used > columns {
            break;
        }
        kept.push(c);
    }
    if columns > 0 {
        kept.push('…');
    }
    kept
}

/// Exactly `columns` wide.
pub(crate) fn fit(text: &str, columns: usize, right: bool) -> String {
    let cut = cut(text, columns);
    let room = " ".repeat(columns.saturating_sub(width(&cut)));
    if right { room + &cut } else { cut + &room }
}

/// Breaks at spaces into lines of at most `columns`; a longer word is broken where it must be.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ') {
        let wide = width(word);
        if used > 0 && used + 1 + wide > columns {
            lines.push(String::new());
            used = 0;
        }
        if used > 0 {
            push(&mut lines, ' ');
            used += 1;
        }
        for c in word.chars() {
            let wide = c.width().unwrap_or_default();
            if used > 0 && used + wide > columns {
                lines.push(String::new());
                used = 0;
            }
            push(&mut lines, c);
            used += wide;
        }
    }
    lines
}

fn push(lines: &mut [String], c: char) {
    if let Some(line) = lines.last_mut() {
        line.push(c);
    }
}

/// `1.23 GB`.
pub(crate) fn bytes(n: u64) -> String {
    format!("{}B", scaled(n, " "))
}

/// `98.1 Mbit/s`.
pub(crate) fn bits_per_second(n: u64) -> String {
    format!("{}bit/s", scaled(n, " "))
}

/// `12.3k`.
pub(crate) fn short(n: u64) -> String {
    scaled(n, "")
}

/// `1,234,567`.
pub(crate) fn exact(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 device`, `2 devices`.
pub(crate) fn counted(n: u64, one: &str) -> String {
    format!("{} {one}{}", exact(n), if n == 1 { "" } else { "s" })
}

/// `42 s`, `3 min 05 s`, `1 h 02 min`, `2 d 03 h`.
pub(crate) fn seconds(s: u64) -> String {
    match s {
        0..60 => format!("{s} s"),
        60..3600 => format!("{} min {:02} s", s / 60, s % 60),
        3600..86_400 => format!("{} h {:02} min", s / 3600, s / 60 % 60),
        _ => format!("{} d {:02} h", s / 86_400, s / 3600 % 24),
    }
}

/// `0.31 ms`, `42.0 s`, `1 h 02 min`.
pub(crate) fn milliseconds(ms: f64) -> String {
    let s = ms / 1000.0;
    if !ms.is_finite() || ms < 0.0 {
        "?".to_owned()
    } else if ms < 999.5 {
        format!("{} ms", three_digits(ms))
    } else if s < 99.95 {
        format!("{} s", three_digits(s))
    } else {
        seconds(whole(s.round()))
    }
}

/// `12.3 %` of `all`; nothing of nothing is 0.
pub(crate) fn percent(part: u64, all: u64) -> String {
    if part == 0 || all == 0 {
        return "0 %".to_owned();
    }
    let share = part as f64 * 100.0 / all as f64;
    if share < 0.1 { "< 0.1 %".to_owned() } else { format!("{share:.1} %") }
}

/// `4 min ago` within the hour, the time of day within the day, else the day; all of it UTC.
pub(crate) fn ago(time: &str, now_s: i64) -> String {
    let Some(at) = instant(time) else { return "unknown".to_owned() };
    match now_s - at {
        ..-60 => day(time),
        -60..5 => "now".to_owned(),
        s @ 5..60 => format!("{s} s ago"),
        s @ 60..3600 => format!("{} min ago", s / 60),
        3600..86_400 => clock(time),
        _ => day(time),
    }
}

/// Seconds since 1970 of a record's time.
pub(crate) fn instant(time: &str) -> Option<i64> {
    time.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_second)
}

/// `14:03:09`.
pub(crate) fn clock(time: &str) -> String {
    safe(time.get(11..19).unwrap_or(time))
}

/// `2026-03-04 14:03`.
fn day(time: &str) -> String {
    safe(time.get(..16).unwrap_or(time)).replace('T', " ")
}

/// `2026-03-04 14:03:09`.
pub(crate) fn date_and_clock(time: &str) -> String {
    safe(time.get(..19).unwrap_or(time)).replace('T', " ")
}

/// Without the fraction; what is too large becomes the largest.
#[expect(clippy::cast_possible_truncation, reason = "`as` saturates, which is what is wanted")]
pub(crate) fn whole(value: f64) -> u64 {
    value as u64
}

fn scaled(n: u64, gap: &str) -> String {
    if n < 1000 {
        return format!("{n}{gap}");
    }
    let mut value = n as f64;
    let mut unit = "";
    for next in ["k", "M", "G", "T", "P", "E"] {
        // 999.5 is where three digits would round to "1000".
        if value < 999.5 {
            break;
        }
        value /= 1000.0;
        unit = next;
    }
    format!("{}{gap}{unit}", three_digits(value))
}

fn three_digits(value: f64) -> String {
    if value == 0.0 {
        "0".to_owned()
    } else if value < 9.995 {
        format!("{value:.2}")
    } else if value < 99.95 {
        format!("{value:.1}")
    } else {
        format!("{value:.0}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_written_out() {
        assert_eq!(safe("a\x1b[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(safe("gpj.\u{202e}exe\u{2069}"), "gpj.\\u{202e}exe\\u{2069}");
        assert_eq!(safe("bücher 日本 e\u{301}"), "bücher 日本 e\u{301}");
        assert_eq!(safe(&format!("e{}", "\u{301}".repeat(100))).matches("\\u{301}").count(), 97);
    }

    #[test]
    fn text_fits() {
        assert_eq!((fit("日本日本", 6, false).as_str(), fit("1", 3, true).as_str()), ("日本… ", "  1"));
        assert_eq!((cut("abc", 0).as_str(), cut("abc", 2).as_str()), ("", "a…"));
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh x", 5), ["abcde", "fgh x"]);
    }

    #[test]
    fn numbers() {
        assert_eq!([0, 999, 1000, 999_999].map(bytes), ["0 B", "999 B", "1.00 kB", "1.00 MB"]);
        assert_eq!(bits_per_second(98_100_000), "98.1 Mbit/s");
        assert_eq!((exact(1_234_567).as_str(), short(12_345).as_str()), ("1,234,567", "12.3k"));
        assert_eq!((percent(1, 3).as_str(), milliseconds(0.306).as_str()), ("33.3 %", "0.31 ms"));
    }

    #[test]
    fn times() {
        let time = "2026-03-04T14:03:09.5Z";
        let at = instant(time).expect("a time");
        let told: Vec<_> = [-90, 0, 30, 240, 7200, 90_000].map(|s| ago(time, at + s)).to_vec();
        assert_eq!(
            told,
            ["2026-03-04 14:03", "now", "30 s ago", "4 min ago", "14:03:09", "2026-03-04 14:03"]
        );
        assert_eq!(ago("x\x1b", 0), "unknown");
    }
}
