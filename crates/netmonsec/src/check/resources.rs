use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use rustix::fs::Access;

use super::Check;
use crate::config::{ByteSize, Config};
use crate::print::{safe, units};

/// Memory, processors and disk.
pub(super) fn look(config: &Config, interfaces: usize, checks: &mut Vec<Check>) {
    let rings = config.capture.ring_count() * interfaces.max(1);
    let meminfo = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    checks.push(memory(rings, config.capture.ring_mib, config.limits.memory, available(&meminfo)));
    checks.push(processors(rings, interfaces.max(1), thread::available_parallelism().map_or(1, usize::from)));
    checks.push(disk(Path::new(DATA)));
}

/// Where records are kept.
const DATA: &str = "data";

fn memory(rings: usize, ring_mib: u32, state: ByteSize, available: Option<u64>) -> Check {
    const NAME: &str = "ring memory";
    let in_rings = (rings as u64).saturating_mul(u64::from(ring_mib) << 20);
    let what = format!(
        "{} of {ring_mib} MiB, and at most {state} for everything else",
        units::counted(rings, "ring")
    );
    let Some(available) = available else {
        return Check::unknown(NAME, format!("{what}; the system does not say what is free"));
    };
    let free = format!("{} are free", units::bytes(available));
    if in_rings > available {
        let fitting = (available / 2 / (rings as u64).max(1)) >> 20;
        return Check::fail(NAME, format!("{what}; {free}"))
            .fix(format!("set capture.ring_mib to {} or less, or capture.rings to less", fitting.max(1)));
    }
    if in_rings.saturating_add(state.0) > available {
        let fitting = ((available - in_rings) / 10 * 9) >> 20;
        return Check::warn(NAME, format!("{what}; {free}, which may become too little"))
            .fix(format!("set limits.memory to {fitting}MiB, say"));
    }
    Check::ok(NAME, format!("{what}; {free}"))
}

/// MemAvailable of /proc/meminfo in bytes.
fn available(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

fn processors(rings: usize, interfaces: usize, processors: usize) -> Check {
    const NAME: &str = "processors";
    let what = format!("{processors} for {}", units::counted(rings, "capture thread"));
    if rings <= processors {
        return Check::ok(NAME, what);
    }
    Check::warn(NAME, format!("{what}: they will keep each other waiting"))
        .fix(format!("set capture.rings to {}", (processors / interfaces).max(1)))
}

fn disk(folder: &Path) -> Check {
    const NAME: &str = "disk";
    let Some(place) = nearest_existing(folder) else {
        return Check::unknown(NAME, "the working directory cannot be read");
    };
    let shown = safe(&place.to_string_lossy()).into_owned();
    if rustix::fs::access(&place, Access::WRITE_OK).is_err() {
        return Check::warn(NAME, format!("{shown} may not be written to by this user: nothing can be kept"))
            .fix(format!("sudo install -d -o \"$USER\" {}/{DATA}", safe(&working_directory())));
    }
    match rustix::fs::statvfs(&place) {
        Ok(stat) => space(&shown, stat.f_bavail.saturating_mul(stat.f_frsize)),
        Err(e) => Check::unknown(NAME, format!("{shown}: {e}")),
    }
}

fn space(place: &str, free: u64) -> Check {
    let what = format!("{} free at {place}", units::bytes(free));
    if free < LEAST_FREE {
        return Check::warn("disk", format!("{what}: soon nothing more can be kept"))
            .fix(format!("df -h {place}"));
    }
    Check::ok("disk", what)
}

const LEAST_FREE: u64 = 1 << 30;

fn nearest_existing(folder: &Path) -> Option<PathBuf> {
    let absolute = std::env::current_dir().ok()?.join(folder);
    absolute.ancestors().find(|path| path.is_dir()).map(Path::to_path_buf)
}

fn working_directory() -> String {
    std::env::current_dir().map_or_else(|_| ".".to_owned(), |path| path.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    const GIB: u64 = 1 << 30;

    #[test]
    fn memory_is_enough_or_not() {
        let check = |rings, free| memory(rings, 32, ByteSize(GIB), Some(free));
        assert_eq!(check(2, 4 * GIB).state, State::Ok);
        assert_eq!(
            check(2, 4 * GIB).what,
            "2 rings of 32 MiB, and at most 1GiB for everything else; 4.29 GB are free"
        );
        let tight = check(2, GIB);
        assert_eq!(tight.state, State::Warn);
        assert_eq!(tight.fix.as_deref(), Some("set limits.memory to 864MiB, say"));
        let none = check(64, GIB);
        assert_eq!(none.state, State::Fail);
        assert_eq!(none.fix.as_deref(), Some("set capture.ring_mib to 8 or less, or capture.rings to less"));
        assert_eq!(memory(1, 32, ByteSize(GIB), None).state, State::Unknown);
    }

    #[test]
    fn meminfo() {
        assert_eq!(available("MemTotal: 9 kB\nMemAvailable:    1024 kB\n"), Some(1 << 20));
        assert_eq!(available("MemTotal: 9 kB\n"), None);
    }

    #[test]
    fn threads() {
        assert_eq!(processors(2, 1, 2).state, State::Ok);
        let many = processors(8, 2, 4);
        assert_eq!((many.state, many.fix.as_deref()), (State::Warn, Some("set capture.rings to 2")));
    }

    #[test]
    fn space_on_disk() {
        assert_eq!(space("/x", GIB).state, State::Ok);
        assert_eq!(space("/x", GIB - 1).state, State::Warn);
        let folder = tempfile::tempdir().unwrap();
        let not_there = folder.path().join("a/b/c");
        assert_eq!(nearest_existing(&not_there), Some(folder.path().to_path_buf()));
        assert!(disk(&not_there).what.contains("free at "));
    }
}
