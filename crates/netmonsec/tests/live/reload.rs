//! SIGHUP reads the configuration again.

use std::fs;
use std::path::Path;

use rustix::process::Signal;
use testlab::{FAR, Lab, NEAR, Sender};

use crate::common::outer_packets;
use crate::monitor::{Monitor, datagram};

fn write(file: &Path, udp_unanswered: &str, local: &str) {
    let text = format!("[networks]\nlocal = [{local}]\n[flow.timeouts]\nudp_unanswered = {udp_unanswered}\n");
    fs::write(file, text).unwrap();
}

#[test]
fn a_good_configuration_holds_from_then_on_and_a_bad_one_changes_nothing() {
    let test = "a_good_configuration_holds_from_then_on_and_a_bad_one_changes_nothing";
    let Some(lab) = Lab::new(test) else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("netmonsec.toml");
    write(&file, "\"1h\"", "\"10.77.0.0/16\"");
    let mut monitor = Monitor::start(&lab, &["-i", FAR, "-c", file.to_str().unwrap()]);
    let sender = lab.enter(|| Sender::new(NEAR));
    sender.send(&datagram(1001));

    write(&file, "\"1s\"\nudp_answered = \"soon\"", "\"10.99.0.0/16\"");
    monitor.0.signal(Signal::HUP);
    monitor.0.says("configuration not changed");
    let refusal = monitor.0.stderr().join("\n");
    assert!(refusal.contains("udp_answered") && refusal.contains("no such key"), "{refusal}");
    sender.send(&datagram(1002));

    // Flows that begin now end after a second.
    write(&file, "\"1s\"", "\"10.99.0.0/16\"");
    monitor.0.signal(Signal::HUP);
    monitor.0.says("configuration read again");
    monitor.hears(&sender, 2000);

    fs::remove_file(&file).unwrap();
    monitor.0.signal(Signal::HUP);
    monitor.0.says_times("configuration not changed", 2);
    let report = monitor.stop(Signal::INT);
    assert_eq!(outer_packets(&report.flows), report.totals.received);
    assert!([1001, 1002].iter().all(|port| report.flows.iter().any(|flow| flow["dst_port"] == *port)));
    // Recorded after the reload, so seen from its networks.
    assert!(report.flows.iter().all(|flow| flow["direction"] == "inbound"), "{:#?}", report.flows);
}
