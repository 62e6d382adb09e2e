use std::fs;
use std::path::Path;

use capture::live::tuning;
use rustix::fs::StatVfsMountFlags;

use super::Check;
use crate::print::{safe, units};

/// What the kernel allows this program.
pub(super) fn capabilities() -> Check {
    let held = tuning::capabilities();
    if held.net_raw {
        return Check::ok("capabilities", "CAP_NET_RAW is there");
    }
    let what = "CAP_NET_RAW is missing: without it nothing can be captured";
    if binary_on_nosuid() {
        let what = format!("{what}; this file system is mounted nosuid, where programs cannot be given it");
        let fix = format!(
            "copy {} to /usr/local/bin, then sudo setcap {CAPABILITIES} /usr/local/bin/netmonsec",
            binary()
        );
        return Check::fail("capabilities", what).fix(fix);
    }
    Check::fail("capabilities", what).fix(setcap())
}

/// The command that lets this very program capture without root.
pub(super) fn setcap() -> String {
    format!("sudo setcap {CAPABILITIES} {}", binary())
}

const CAPABILITIES: &str = "cap_net_raw,cap_net_admin=eip";

/// Settings of the whole system.
pub(super) fn look(checks: &mut Vec<Check>) {
    checks.push(backlog(tuning::netdev_max_backlog(), backlog_drops()));
    checks.push(receive_buffers(tuning::rmem_max()));
    checks.push(huge_pages(&fs::read_to_string(HUGE_PAGES).unwrap_or_default()));
}

/// Frames wait there when a device has no NAPI (veth), or when they are steered to another
/// processor (RPS).
fn backlog(limit: Option<u64>, drops: Option<u64>) -> Check {
    const NAME: &str = "net.core.netdev_max_backlog";
    let Some(limit) = limit else { return Check::unknown(NAME, "the system does not say") };
    let fix = |at_least: u64| format!("sudo sysctl -w {NAME}={at_least}");
    if let Some(drops) = drops.filter(|&n| n > 0) {
        let what =
            format!("{limit}; {} frames did not fit since the machine was started", units::exact(drops));
        return Check::warn(NAME, what).fix(fix(limit.saturating_mul(4).max(ENOUGH_BACKLOG)));
    }
    if limit < ENOUGH_BACKLOG {
        let what = format!("{limit}: little for bursts on virtual interfaces, or with packet steering");
        return Check::warn(NAME, what).fix(fix(ENOUGH_BACKLOG));
    }
    Check::ok(NAME, limit.to_string())
}

const ENOUGH_BACKLOG: u64 = 10_000;

/// The second column of each processor's line in /proc/net/softnet_stat, hexadecimal.
fn backlog_drops() -> Option<u64> {
    sum_of_drops(&fs::read_to_string("/proc/net/softnet_stat").ok()?)
}

fn sum_of_drops(softnet: &str) -> Option<u64> {
    let drops = |line: &str| u64::from_str_radix(line.split_whitespace().nth(1)?, 16).ok();
    softnet.lines().map(drops).sum()
}

/// Rings do not take their memory from socket buffers, so this is only wrong if somebody lowered it.
fn receive_buffers(limit: Option<u64>) -> Check {
    const NAME: &str = "net.core.rmem_max";
    let Some(limit) = limit else { return Check::unknown(NAME, "the system does not say") };
    if limit < USUAL_BUFFER {
        let what =
            format!("{limit}: less than the usual {USUAL_BUFFER}; other programs on this machine may suffer");
        return Check::warn(NAME, what).fix(format!("sudo sysctl -w {NAME}={USUAL_BUFFER}"));
    }
    Check::ok(NAME, format!("{limit}; capture rings have memory of their own and do not depend on it"))
}

/// What Linux sets on a machine of any size.
const USUAL_BUFFER: u64 = 212_992;

const HUGE_PAGES: &str = "/sys/kernel/mm/transparent_hugepage/enabled";

/// The flow table is read in random order: with small pages every look-up misses the TLB too.
fn huge_pages(setting: &str) -> Check {
    const NAME: &str = "huge pages";
    let chosen = setting.split_whitespace().find_map(|word| word.strip_prefix('[')?.strip_suffix(']'));
    match chosen {
        Some("never") => Check::warn(NAME, "never: many open flows cost more processor time than they need")
            .fix(format!("echo madvise | sudo tee {HUGE_PAGES}")),
        Some(chosen) => Check::ok(NAME, safe(chosen)),
        None => Check::unknown(NAME, "this kernel does not say"),
    }
}

/// The path of this program, as a shell takes it.
fn binary() -> String {
    let path = std::env::current_exe().unwrap_or_else(|_| "<path of netmonsec>".into());
    shell_word(&path.to_string_lossy())
}

fn binary_on_nosuid() -> bool {
    let stat = std::env::current_exe().ok().and_then(|path| rustix::fs::statvfs(Path::new(&path)).ok());
    stat.is_some_and(|stat| stat.f_flag.contains(StatVfsMountFlags::NOSUID))
}

fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", safe(text).replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn backlogs() {
        let fix = |limit, drops| backlog(Some(limit), Some(drops)).fix;
        assert_eq!(fix(1000, 0).as_deref(), Some("sudo sysctl -w net.core.netdev_max_backlog=10000"));
        assert_eq!(fix(10_000, 7).as_deref(), Some("sudo sysctl -w net.core.netdev_max_backlog=40000"));
        assert_eq!(fix(10_000, 0), None);
        assert_eq!(backlog(None, None).state, State::Unknown);
        assert_eq!(sum_of_drops("0001 0000000a 0\n0002 00000001 0\n"), Some(11));
        assert_eq!(sum_of_drops("rubbish\n"), None);
    }

    #[test]
    fn buffers_and_pages() {
        assert_eq!(receive_buffers(Some(212_992)).state, State::Ok);
        let low = receive_buffers(Some(4096));
        assert_eq!(low.fix.as_deref(), Some("sudo sysctl -w net.core.rmem_max=212992"));
        assert_eq!(huge_pages("always [madvise] never\n").what, "madvise");
        assert_eq!(huge_pages("always madvise [never]\n").state, State::Warn);
        assert_eq!(huge_pages("").state, State::Unknown);
    }

    #[test]
    fn the_command_names_this_binary() {
        let path = std::env::current_exe().unwrap();
        assert_eq!(setcap(), format!("sudo setcap cap_net_raw,cap_net_admin=eip {}", path.display()));
        assert_eq!(shell_word("/opt/it's here/n"), r"'/opt/it'\''s here/n'");
    }
}
