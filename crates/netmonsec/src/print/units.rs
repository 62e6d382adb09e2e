//! Numbers for people: decimal units everywhere (1 kB is 1000 bytes), three significant digits.

/// `1.23 GB`.
pub fn bytes(n: u64) -> String {
    format!("{}B", scaled(n, " "))
}

/// `98.1 Mbit/s`.
pub fn bits_per_second(n: u64) -> String {
    format!("{}bit/s", scaled(n, " "))
}

/// `12.3k`: a count where there is no room for all its digits.
pub fn short(n: u64) -> String {
    scaled(n, "").trim_end().to_owned()
}

/// `1,234,567`.
pub fn exact(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 ring`, `2 rings`.
pub fn counted(n: usize, one: &str) -> String {
    format!("{n} {one}{}", if n == 1 { "" } else { "s" })
}

/// `0.31 ms`, `42 s`, `1 h 02 min`.
pub fn milliseconds(ms: f64) -> String {
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

/// `42 s`, `3 min 05 s`, `1 h 02 min`, `2 d 03 h`.
pub fn seconds(s: u64) -> String {
    match s {
        0..60 => format!("{s} s"),
        60..3600 => format!("{} min {:02} s", s / 60, s % 60),
        3600..86_400 => format!("{} h {:02} min", s / 3600, s / 60 % 60),
        _ => format!("{} d {:02} h", s / 86_400, s / 3600 % 24),
    }
}

/// `12.3 %` of `whole`; nothing of nothing is 0.
pub fn percent(part: u64, whole: u64) -> String {
    if part == 0 || whole == 0 {
        return "0 %".to_owned();
    }
    let share = part as f64 * 100.0 / whole as f64;
    if share < 0.1 { "< 0.1 %".to_owned() } else { format!("{share:.1} %") }
}

/// `1.23k/s`: `count` over `duration_s` seconds; a moment too short to measure has no rate.
pub fn per_second(count: u64, duration_s: f64) -> Option<String> {
    let rate = rate(count, duration_s)?;
    let text = if rate < 9.95 { format!("{rate:.1}") } else { short(whole(rate)) };
    Some(format!("{text}/s"))
}

/// `98.1 Mbit/s`: the same for a number of bytes.
pub fn bits_per_second_of(bytes: u64, duration_s: f64) -> Option<String> {
    rate(bytes.saturating_mul(8), duration_s).map(|rate| bits_per_second(whole(rate)))
}

fn rate(count: u64, duration_s: f64) -> Option<f64> {
    let rate = count as f64 / duration_s;
    (duration_s > 0.0 && rate.is_finite()).then_some(rate)
}

/// Without the fraction; what is too large becomes the largest.
#[expect(clippy::cast_possible_truncation, reason = "`as` saturates, which is what is wanted")]
pub(super) fn whole(value: f64) -> u64 {
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
    fn three_significant_digits() {
        for (n, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.00 kB"),
            (9_999, "10.0 kB"),
            (99_950, "100 kB"),
            (999_499, "999 kB"),
            (999_999, "1.00 MB"),
            (1_234_567_890, "1.23 GB"),
            (u64::MAX, "18.4 EB"),
        ] {
            assert_eq!(bytes(n), text);
        }
        assert_eq!(bits_per_second(98_100_000), "98.1 Mbit/s");
        assert_eq!((short(7), short(12_345)), ("7".to_owned(), "12.3k".to_owned()));
        assert_eq!([0, 12, 1234, 1_234_567].map(exact), ["0", "12", "1,234", "1,234,567"]);
    }

    #[test]
    fn times() {
        for (ms, text) in [
            (0.0, "0 ms"),
            (0.306, "0.31 ms"),
            (42.0, "42.0 ms"),
            (999.7, "1.00 s"),
            (99_960.0, "1 min 40 s"),
            (3_720_000.0, "1 h 02 min"),
            (f64::NAN, "?"),
            (-1.0, "?"),
        ] {
            assert_eq!(milliseconds(ms), text);
        }
        assert_eq!(seconds(183_600), "2 d 03 h");
    }

    #[test]
    fn shares_and_rates() {
        assert_eq!([1, 2].map(|n| counted(n, "ring")), ["1 ring", "2 rings"]);
        assert_eq!(percent(0, 0), "0 %");
        assert_eq!(percent(1, 1_000_000), "< 0.1 %");
        assert_eq!(percent(1, 3), "33.3 %");
        assert_eq!(per_second(3_000_000, 2.0).as_deref(), Some("1.50M/s"));
        assert_eq!(per_second(17, 120.0).as_deref(), Some("0.1/s"));
        assert_eq!(per_second(10, 0.0), None);
        assert_eq!(bits_per_second_of(1_500_000, 12.0).as_deref(), Some("1.00 Mbit/s"));
    }
}
