use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::text::{BadValue, text_value};

/// A length of time, in whole milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DurationSetting(pub Duration);

impl DurationSetting {
    /// As the standard library has it.
    pub fn get(self) -> Duration {
        self.0
    }
}

impl FromStr for DurationSetting {
    type Err = BadValue;

    /// `30s`, `1h30m`, `500 ms`: numbers with units, largest first or not, which are added up.
    fn from_str(text: &str) -> Result<Self, BadValue> {
        let bad = || {
            BadValue(format!("`{text}` is no duration; write one like 30s or 1h30m (units: {UNIT_NAMES})"))
        };
        let mut total: u64 = 0;
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(bad());
        }
        while !rest.is_empty() {
            let number_end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
            let (number, after) = rest.split_at_checked(number_end).ok_or_else(bad)?;
            let after = after.trim_start();
            let unit_end = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
            let (unit, after) = after.split_at_checked(unit_end).ok_or_else(bad)?;
            if unit.is_empty() && after.is_empty() && !number.is_empty() {
                return Err(BadValue(format!(
                    "`{text}` has no unit; write {text}s, say (units: {UNIT_NAMES})"
                )));
            }
            let number: u64 = number.parse().map_err(|_| bad())?;
            let factor = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(bad)?.1;
            total = number.checked_mul(factor).and_then(|ms| total.checked_add(ms)).ok_or_else(bad)?;
            rest = after.trim_start();
        }
        Ok(Self(Duration::from_millis(total)))
    }
}

impl fmt::Display for DurationSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        if rest == 0 {
            return f.write_str("0s");
        }
        for (name, factor) in UNITS {
            if rest >= factor {
                write!(f, "{}{name}", rest / factor)?;
                rest %= factor;
            }
        }
        Ok(())
    }
}

text_value!(DurationSetting);

/// In milliseconds, largest first.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];
const UNIT_NAMES: &str = "ms, s, m, h, d";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, ms, shown) in [
            ("30s", 30_000, "30s"),
            ("90s", 90_000, "1m30s"),
            ("1h", 3_600_000, "1h"),
            ("1h 30m", 5_400_000, "1h30m"),
            ("500 ms", 500, "500ms"),
            ("2d", 172_800_000, "2d"),
            ("0s", 0, "0s"),
        ] {
            let duration: DurationSetting = text.parse().unwrap();
            assert_eq!(duration.get(), Duration::from_millis(ms), "{text}");
            assert_eq!(duration.to_string(), shown);
            assert_eq!(shown.parse(), Ok(duration));
        }
    }

    #[test]
    fn refusals_say_what_would_be_right() {
        let refusal = |text: &str| text.parse::<DurationSetting>().unwrap_err().to_string();
        for text in ["", " ", "soon", "-1s", "1.5h", "30 seconds", "h", "1h30x", "99999999999999999999s"] {
            assert!(
                refusal(text).contains("is no duration; write one like 30s or 1h30m"),
                "{text}: {}",
                refusal(text)
            );
        }
        assert_eq!(refusal("30"), "`30` has no unit; write 30s, say (units: ms, s, m, h, d)");
        assert!(refusal("18446744073709551615d").contains("is no duration"));
    }
}
