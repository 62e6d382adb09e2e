//! What is kept, and for how long.

use std::fs;
use std::io;
use std::path::Path;

use crate::day::Day;
use crate::flows::DayFile;

/// What is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Retention {
    /// Days of flows.
    pub flow_days: u32,
    /// Bytes of flows; the oldest days go until it is kept.
    pub flow_bytes: u64,
    /// Days of minutes in the roll-ups.
    pub minute_days: u32,
    /// Days of hours in the roll-ups.
    pub hour_days: u32,
    /// Days of alerts.
    pub alert_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { flow_days: 30, flow_bytes: 20 << 30, minute_days: 14, hour_days: 400, alert_days: 400 }
    }
}

/// The days there are files of, oldest first, and how large those are.
pub(crate) fn days(folder: &Path) -> Vec<(Day, u64)> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let day = |entry: io::Result<fs::DirEntry>| {
        let name = entry.ok()?.file_name();
        let day = Day::parse(name.to_str()?.strip_suffix(".db")?)?;
        Some((day, size(folder, day)))
    };
    let mut days: Vec<_> = entries.filter_map(day).collect();
    days.sort();
    days
}

/// Which days have to go, oldest first, if `today` is today.
pub(crate) fn surplus(days: &[(Day, u64)], today: Day, retention: &Retention) -> Vec<Day> {
    let mut bytes: u64 = days.iter().map(|(_, bytes)| bytes).sum();
    let mut goes = Vec::new();
    for (day, size) in days {
        // The file that is written to stays, whatever its size: it would be begun anew at once.
        let old = day.0.saturating_add(retention.flow_days) <= today.0;
        if *day >= today || !(old || bytes > retention.flow_bytes) {
            break;
        }
        bytes = bytes.saturating_sub(*size);
        goes.push(*day);
    }
    goes
}

/// Removes the files of a day.
pub(crate) fn remove(folder: &Path, day: Day) -> io::Result<()> {
    let path = DayFile::path(folder, day);
    for suffix in ["-wal", "-shm", ""] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match fs::remove_file(&name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn size(folder: &Path, day: Day) -> u64 {
    let path = DayFile::path(folder, day);
    let of = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        fs::metadata(name).map(|m| m.len()).unwrap_or_default()
    };
    of("") + of("-wal")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_go_by_age_and_by_size() {
        let retention = Retention { flow_days: 3, flow_bytes: 100, ..Retention::default() };
        let of = |days: &[(u32, u64)]| {
            let days: Vec<_> = days.iter().map(|(day, bytes)| (Day(*day), *bytes)).collect();
            surplus(&days, Day(10), &retention).iter().map(|day| day.0).collect::<Vec<_>>()
        };
        assert_eq!(of(&[(6, 1), (7, 1), (8, 1), (10, 1)]), [6, 7]);
        assert_eq!(of(&[(8, 60), (9, 60), (10, 30)]), [8]);
        assert_eq!(of(&[(9, 60), (10, 600)]), [9], "today stays");
    }
}
