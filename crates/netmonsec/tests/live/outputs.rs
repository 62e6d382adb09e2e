//! What a live capture leaves in its folder.

use std::fs;

use rustix::process::Signal;
use testlab::{FAR, Lab, NEAR, Sender};

use crate::monitor::{Monitor, datagram};

#[test]
fn everything_that_is_seen_is_in_the_folder_afterwards() {
    let Some(lab) = Lab::new("everything_that_is_seen_is_in_the_folder_afterwards") else { return };
    let folder = tempfile::tempdir().unwrap();
    let store = format!("store.path={:?}", folder.path().join("data"));
    let monitor = Monitor::start(&lab, &["-i", FAR, "--set", &store, "--set", "store.packets=1"]);
    let sender = lab.enter(|| Sender::new(NEAR));
    (1000..1500).for_each(|port| sender.send(&datagram(port)));
    let report = monitor.stop(Signal::INT);

    let read = |prefix: &str| {
        let entries = fs::read_dir(folder.path().join("data")).unwrap();
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| path.file_name().unwrap().to_str().unwrap().starts_with(prefix));
        paths.sort();
        // Both of two days, should it be midnight.
        paths.iter().map(|path| fs::read_to_string(path).unwrap()).collect::<String>()
    };
    let rows = |text: &str, header: &str| text.lines().filter(|line| !line.starts_with(header)).count();
    let packets = read("packets_");
    assert_eq!(rows(&packets, "time,"), usize::try_from(report.totals.received).unwrap());
    assert!(packets.contains(",10.77.0.1,10.99.0.2,udp,5000,1234,"), "{packets}");
    assert_eq!(rows(&read("flows_"), "id,"), report.flows.len());
    let log = fs::read_to_string(folder.path().join("data/netmonsec.log")).unwrap();
    assert!(log.contains("watching"), "{log}");
}
