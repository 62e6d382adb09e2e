use std::fmt;

use wire::Timestamp;

/// A day in UTC, counted from 1970-01-01.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Day(pub u32);

const SECONDS: u64 = 86_400;

impl Day {
    /// The day that has this time.
    pub fn of(time: Timestamp) -> Self {
        Self(u32::try_from(time.secs() / SECONDS).unwrap_or(u32::MAX))
    }

    /// Its first moment.
    pub fn begin(self) -> Timestamp {
        Timestamp::new(u64::from(self.0) * SECONDS, 0)
    }

    /// The day that is written `20261122`.
    pub fn parse(text: &str) -> Option<Self> {
        let date = jiff::civil::Date::strptime("%Y%m%d", text).ok()?;
        let seconds = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second();
        Some(Self(u32::try_from(u64::try_from(seconds).ok()? / SECONDS).ok()?))
    }
}

impl fmt::Display for Day {
    /// `20261122`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = i64::from(self.0) * 86_400;
        let date = jiff::Timestamp::from_second(seconds).map_err(|_| fmt::Error)?;
        write!(f, "{}", date.strftime("%Y%m%d"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_and_read() {
        let day = Day::of(Timestamp::new(1_795_305_599, 0));
        assert_eq!(day.to_string(), "20261121");
        assert_eq!(Day::parse("20261121"), Some(day));
        assert_eq!(Day::of(Timestamp::new(1_795_305_600, 0)).to_string(), "20261122");
        assert_eq!(Day::parse("notaday"), None);
    }
}
