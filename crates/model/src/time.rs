use wire::Timestamp;

/// A time as RFC 3339 in UTC with nanoseconds: `2026-11-22T14:03:01.000000001Z`.
///
/// Written out here, because every record carries two of them and a general formatter costs more
/// than the rest of the record. Years beyond 9999 cannot occur: a [`Timestamp`] ends in 2554.
pub fn rfc3339(time: Timestamp) -> String {
    let (days, second) = (time.secs() / 86_400, time.secs() % 86_400);
    let (year, month, day) = civil(days + ERA_TO_EPOCH);
    let nanos = time.nanos() % 1_000_000_000;
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{nanos:09}Z",
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

/// Seconds since 1970 as RFC 3339 in UTC: `2026-11-22T14:03:01Z`. For times that others wrote down,
/// which may lie before 1970 or far away; those before the year 0 become its beginning.
pub fn rfc3339_seconds(seconds: i64) -> String {
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(
        u64::try_from(days)
            .map_or_else(|_| ERA_TO_EPOCH.saturating_sub(days.unsigned_abs()), |days| days + ERA_TO_EPOCH),
    );
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Days from 0000-03-01 to 1970-01-01.
const ERA_TO_EPOCH: u64 = 719_468;

/// Year, month and day of a count of days since 0000-03-01 in the Gregorian calendar.
///
/// Counted from there, the leap day is a year's last (Hinnant, "chrono-compatible low-level date
/// algorithms").
fn civil(z: u64) -> (u64, u64, u64) {
    let (era, day_of_era) = (z / 146_097, z % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_times() {
        assert_eq!(rfc3339(Timestamp(0)), "1970-01-01T00:00:00.000000000Z");
        assert_eq!(rfc3339(Timestamp::new(951_782_399, 5)), "2000-02-28T23:59:59.000000005Z");
        assert_eq!(rfc3339(Timestamp::new(951_868_800, 0)), "2000-03-01T00:00:00.000000000Z");
        assert_eq!(rfc3339(Timestamp::new(1_709_164_800, 0)), "2024-02-29T00:00:00.000000000Z");
        assert_eq!(rfc3339(Timestamp::new(1_763_820_181, 999_999_999)), "2025-11-22T14:03:01.999999999Z");
        assert_eq!(rfc3339(Timestamp(u64::MAX)), "2554-07-21T23:34:33.709551615Z");
    }

    #[test]
    fn times_that_others_wrote_down() {
        assert_eq!(rfc3339_seconds(-1), "1969-12-31T23:59:59Z");
        assert_eq!(rfc3339_seconds(1_709_251_199), "2024-02-29T23:59:59Z");
        assert_eq!(rfc3339_seconds(253_402_300_799), "9999-12-31T23:59:59Z");
        assert_eq!(rfc3339_seconds(i64::MIN), "0000-03-01T08:29:52Z");
    }
}
