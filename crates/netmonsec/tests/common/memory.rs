use std::fs;
use std::thread;
use std::time::Duration;

/// The most memory that a process has had, looked at until it is gone.
pub(crate) fn peak_mib(id: u32) -> u64 {
    let mut peak_kib = 0;
    while let Ok(status) = fs::read_to_string(format!("/proc/{id}/status")) {
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let Some(kib) = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok()) else {
            break;
        };
        peak_kib = peak_kib.max(kib);
        thread::sleep(Duration::from_millis(1));
    }
    peak_kib / 1024
}
