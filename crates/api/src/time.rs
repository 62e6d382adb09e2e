//! Times that requests name.

use jiff::Timestamp;

use crate::problem::Problem;

/// Seconds since 1970 from RFC 3339, a number of seconds, or a time before `now`: `-90s`, `-15m`,
/// `-24h`, `-7d`.
pub(crate) fn seconds(text: &str, now: i64) -> Result<i64, Problem> {
    let wrong = || {
        Problem::bad(format!(
            "`{}` is no time: give RFC 3339, seconds since 1970, or a time ago such as -24h",
            text.chars().take(40).collect::<String>().escape_debug()
        ))
    };
    if let Some(ago) = text.strip_prefix('-') {
        let unit = ago.chars().last().ok_or_else(wrong)?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            _ => return Err(wrong()),
        };
        let number: i64 =
            ago.get(..ago.len() - 1).and_then(|number| number.parse().ok()).ok_or_else(wrong)?;
        return number.checked_mul(seconds).map(|ago| now.saturating_sub(ago)).ok_or_else(wrong);
    }
    if let Ok(seconds) = text.parse::<i64>() {
        return Ok(seconds);
    }
    text.parse::<Timestamp>().map(Timestamp::as_second).map_err(|_| wrong())
}

/// Seconds since 1970 of a record's time.
pub(crate) fn of(record: &str) -> i64 {
    record.parse::<Timestamp>().map(Timestamp::as_second).unwrap_or_default()
}

/// From and to, in either order; without them the `usual_s` seconds before now.
pub(crate) fn range(
    from: Option<&str>,
    to: Option<&str>,
    now: i64,
    usual_s: i64,
) -> Result<(i64, i64), Problem> {
    let to = to.map_or_else(|| Ok(now.saturating_add(1)), |text| seconds(text, now))?;
    let from = from.map_or_else(|| Ok(to.saturating_sub(usual_s)), |text| seconds(text, now))?;
    // Whichever was named first.
    let (from, to) = (from.min(to), from.max(to));
    Ok((from, to.max(from.saturating_add(1))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_or_refused() {
        assert_eq!(seconds("-15m", 10_000).unwrap(), 9100);
        assert_eq!(seconds("1700000000", 0).unwrap(), 1_700_000_000);
        assert_eq!(seconds("2023-11-14T22:13:20Z", 0).unwrap(), 1_700_000_000);
        for wrong in ["", "-", "-5", "-5x", "yesterday", "-9223372036854775807d", "-é"] {
            assert_eq!(seconds(wrong, 0).unwrap_err().status, 400, "{wrong}");
        }
        assert_eq!(range(Some("7"), Some("5"), 9, 1).unwrap(), (5, 7));
        assert_eq!(range(Some("5"), Some("5"), 9, 1).unwrap(), (5, 6));
        assert_eq!(range(None, None, 3600, 3600).unwrap(), (1, 3601));
    }
}
