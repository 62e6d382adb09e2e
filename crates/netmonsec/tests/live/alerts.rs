//! Real attack tools on a mirrored switch: what is raised live is what the capture of the same port
//! gives afterwards.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::process::Signal;
use serde_json::Value;
use testlab::{MONITOR, Namespace, Span, has, skipped, until};

use crate::common::{json_lines, stdout_of, text};
use crate::mirror::start_tcpdump;
use crate::monitor::Monitor;

/// Tool, its arguments, and the detector that it sets off. Host 2 is 10.77.0.2, and nobody has the
/// addresses above 10.77.0.3.
const ATTACKS: [(&str, &str, &str); 5] = [
    ("nmap", "-n -Pn -sS --max-retries 0 -p 1-300 10.77.0.2", "port-scan"),
    ("nmap", "-n -Pn -sX --max-retries 0 -p 1-60 10.77.0.2", "stealth-scan"),
    ("nmap", "-n -sn --max-retries 0 10.77.0.0/25", "arp-scan"),
    ("hping3", "-q -S -p 80 -i u200 -c 6000 10.77.0.2", "syn-flood"),
    ("hping3", "-q --udp -p 9 -i u200 -c 6000 10.77.0.2", "udp-flood"),
];

#[test]
fn alerts_are_those_of_a_simultaneous_capture() {
    let test = "alerts_are_those_of_a_simultaneous_capture";
    if !has("tcpdump") {
        return skipped(&format!("live::{test}"), "needs tcpdump");
    }
    let Some(span) = Span::new(test, 3) else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("attacks.pcap");
    let mut tcpdump = start_tcpdump(&span.monitor, &file);
    tcpdump.says("listening on");
    let monitor = Monitor::start(&span.monitor, &["-i", MONITOR, "--print", "alerts"]);

    let [attacker, victim, _] = &span.hosts[..] else { panic!() };
    let _open = victim.enter(|| TcpListener::bind("0.0.0.0:22").unwrap());
    let mut expected = Vec::new();
    for (tool, arguments, detector) in ATTACKS {
        if !has(tool) {
            skipped(&format!("live::{test}, {tool} {arguments}"), format_args!("needs {tool}"));
            continue;
        }
        attack(attacker, tool, arguments);
        expected.push(detector);
        until(&format!("{detector} while it goes on"), || {
            monitor.flows().iter().any(|alert| alert["detector"] == detector)
        });
    }
    let report = monitor.stop(Signal::INT);
    tcpdump.signal(Signal::INT);
    let dropped = tcpdump.finish().stderr;
    if report.totals.kernel > 0 || !dropped.iter().any(|line| line == "0 packets dropped by kernel") {
        return skipped(
            &format!("live::{test}"),
            "the kernel dropped packets, so there is nothing to compare",
        );
    }
    let live = last_words(&report.flows);
    let afterwards = last_words(&alerts_of(&file));
    assert_eq!(live.keys().collect::<Vec<_>>(), afterwards.keys().collect::<Vec<_>>());
    for (key, alert) in &live {
        let counts = [alert, &afterwards[key]].map(|alert| alert["count"].as_u64().unwrap());
        // What lies at the very edge of a window falls on either side of it.
        assert!(counts[0].abs_diff(counts[1]) <= 1 + counts[0] / 100, "{key}: {counts:?}");
        assert_eq!(
            lasting(alert),
            lasting(&afterwards[key]),
            "{key}: {alert:#}\nafterwards: {:#}",
            afterwards[key]
        );
    }
    for detector in expected {
        let of = |alert: &&Value| alert["detector"] == detector;
        assert_eq!(live.values().filter(of).count(), 1, "{detector}: {live:#?}");
    }
}

fn attack(from: &Namespace, tool: &str, arguments: &str) {
    let mut command = Command::new(tool);
    command.args(arguments.split(' ')).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    from.enter(|| {
        command.status().unwrap();
    });
}

fn alerts_of(file: &Path) -> Vec<Value> {
    json_lines(&text(&stdout_of(&["read", "--json", "--print", "alerts", file.to_str().unwrap()])))
}

/// What each alert said last.
fn last_words(alerts: &[Value]) -> BTreeMap<String, Value> {
    let key = |alert: &Value| {
        ["detector", "src_ip", "src_mac", "dst_ip", "evidence"].map(|field| match field {
            "evidence" => alert["evidence"]["domain"].to_string(),
            _ => alert[field].to_string(),
        })
    };
    alerts.iter().map(|alert| (key(alert).join(" "), alert.clone())).collect()
}

/// What does not follow from time stamps: each socket stamps a packet when it gets to it, so those
/// differ by microseconds, and with them ids, rates and durations.
fn lasting(alert: &Value) -> Vec<Value> {
    let fields = ["severity", "src_ip", "src_mac", "dst_ip", "device", "mitre", "state"];
    fields.map(|field| alert[field].clone()).to_vec()
}
