//! A mirror port, watched by netmonsec and by tcpdump at the same time.

use std::fs;
use std::path::Path;
use std::process::Command;

use rustix::process::Signal;
use testlab::frames::KINDS;
use testlab::{MONITOR, Namespace, PORT, Process, Sender, Span, has, skipped, until};

use crate::common::flows_of;
use crate::compare::same_flows;
use crate::monitor::{Monitor, datagram};
use crate::traffic;

/// Where the last frame goes.
const LAST_PORT: u16 = 65_001;

#[test]
fn flows_are_those_of_a_simultaneous_capture() {
    let test = "flows_are_those_of_a_simultaneous_capture";
    if !has("tcpdump") {
        return skipped(&format!("live::{test}"), "needs tcpdump");
    }
    let Some(span) = Span::new(test, 3) else { return };
    for _ in 0..3 {
        if round(&span) {
            return;
        }
    }
    skipped(
        &format!("live::{test}"),
        "the kernel dropped packets three times, so there is nothing to compare",
    );
}

/// False if the kernel dropped packets for one or the other.
fn round(span: &Span) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mirror.pcap");
    let mut tcpdump = start_tcpdump(&span.monitor, &file);
    tcpdump.says("listening on");
    let monitor = Monitor::start(&span.monitor, &["-i", MONITOR]);

    let [one, two, three] = &span.hosts[..] else { panic!() };
    traffic::upload(one, two, [10, 77, 0, 2]);
    traffic::datagrams(three, one, [10, 77, 0, 1]);
    traffic::wrapped(one, two);
    let last = datagram(LAST_PORT);
    one.enter(|| Sender::new(PORT)).send(&last);
    until("the last frame in the file", || fs::read(&file).is_ok_and(|bytes| bytes.ends_with(&last)));

    let report = monitor.stop(Signal::INT);
    tcpdump.signal(Signal::INT);
    let counts = tcpdump.finish().stderr;
    let count = |what: &str| {
        let line = counts.iter().find(|line| line.ends_with(what));
        line.and_then(|line| line.split(' ').next()?.parse::<u64>().ok())
            .unwrap_or_else(|| panic!("{counts:?}"))
    };
    if count("dropped by kernel") + report.totals.kernel > 0 {
        return false;
    }
    assert_eq!(report.totals.received, count("packets captured"), "{:?}", report.stderr);
    assert_eq!(report.totals.shed, 0);
    assert!(report.flows.len() > 4 * KINDS.len());
    assert!(report.flows.iter().any(|flow| flow["hostname"] == "files.example"));
    same_flows(&report.flows, &flows_of(file.to_str().unwrap()));
    true
}

/// Into a file whose last packet is always whole: `--immediate-mode`, because without it the open
/// block is thrown away on SIGINT; `-s`, because the ring has slots of that size in that mode.
pub(crate) fn start_tcpdump(namespace: &Namespace, file: &Path) -> Process {
    let options = "-n --immediate-mode -B 65536 -s 4096 --time-stamp-precision=nano -U -Z root -i";
    let mut command = Command::new("tcpdump");
    command.args(options.split(' ')).arg(MONITOR).arg("-w").arg(file);
    namespace.enter(|| Process::start(&mut command))
}
