use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::text::{BadValue, text_value};

/// A number of bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ByteSize(pub u64);

impl FromStr for ByteSize {
    type Err = BadValue;

    /// `1GiB`, `1.5 GB`, `4096 B`; capitals do not matter.
    fn from_str(text: &str) -> Result<Self, BadValue> {
        let bad =
            || BadValue(format!("`{text}` is no size; write one like 512MiB (units: {})", unit_names()));
        let number_end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at_checked(number_end).ok_or_else(bad)?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        let whole: u128 = whole.parse().map_err(|_| bad())?;
        let digits = u32::try_from(fraction.len()).ok().filter(|&n| n <= 9).ok_or_else(bad)?;
        let fraction: u128 = fraction.parse().map_err(|_| bad())?;
        let unit = unit.trim_start();
        let Some((_, factor)) = UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)) else {
            return Err(match unit {
                "" => {
                    BadValue(format!("`{text}` has no unit; write {text}MiB, say (units: {})", unit_names()))
                }
                _ => bad(),
            });
        };
        let factor = u128::from(*factor);
        let bytes = whole
            .checked_mul(factor)
            .and_then(|bytes| bytes.checked_add(fraction * factor / 10_u128.pow(digits)))
            .and_then(|bytes| u64::try_from(bytes).ok());
        bytes.map(Self).ok_or_else(|| BadValue(format!("`{text}` is more than any machine has")))
    }
}

impl fmt::Display for ByteSize {
    /// In the largest unit that leaves no rest.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exact = UNITS.iter().filter(|(_, factor)| self.0 >= *factor && self.0.is_multiple_of(*factor));
        let (name, factor) = exact.max_by_key(|(_, factor)| *factor).copied().unwrap_or(("B", 1));
        write!(f, "{}{name}", self.0 / factor)
    }
}

text_value!(ByteSize);

const UNITS: [(&str, u64); 9] = [
    ("B", 1),
    ("kB", 1000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

fn unit_names() -> String {
    UNITS.map(|(name, _)| name).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, bytes, shown) in [
            ("1GiB", 1 << 30, "1GiB"),
            ("1.5 GiB", 3 << 29, "1536MiB"),
            ("2gb", 2_000_000_000, "2GB"),
            ("4096 B", 4096, "4KiB"),
            ("0.5kB", 500, "500B"),
            ("0B", 0, "0B"),
            ("17179869183GiB", u64::MAX - (1 << 30) + 1, "17179869183GiB"),
        ] {
            let size: ByteSize = text.parse().unwrap();
            assert_eq!(size, ByteSize(bytes), "{text}");
            assert_eq!(size.to_string(), shown);
            assert_eq!(shown.parse(), Ok(size));
        }
    }

    #[test]
    fn refusals_say_what_would_be_right() {
        let refusal = |text: &str| text.parse::<ByteSize>().unwrap_err().to_string();
        for text in ["", "much", "-1GiB", "1.GiB", ".5GiB", "1,5GiB", "512M", "1 GiB each", "1e9B", "1.2.3GB"]
        {
            assert!(refusal(text).contains("is no size; write one like 512MiB"), "{text}: {}", refusal(text));
        }
        assert!(refusal("512").starts_with("`512` has no unit; write 512MiB, say (units: B, kB, MB"));
        assert_eq!(refusal("17179869184GiB"), "`17179869184GiB` is more than any machine has");
    }
}
