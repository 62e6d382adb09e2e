//! Many packets, many flows, and an end in the middle of them.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use rustix::process::Signal;
use testlab::frames::{UDP, ethernet, ip, udp};
use testlab::{FAR, Lab, NEAR, Sender, until};

use crate::common::memory::peak_mib;
use crate::common::{outer_packets, packets};
use crate::monitor::Monitor;

/// A small packet of flow `flow`.
fn small(flow: u32) -> Vec<u8> {
    let from = IpAddr::from(Ipv4Addr::from_bits(0x0a00_0001 + flow / 60_000));
    let port = (flow % 60_000) as u16 + 1024;
    ethernet(false, &[0x0800], &ip(from, [10, 200, 0, 1].into(), UDP, &udp(port, 7777, &[1; 18])))
}

#[test]
fn an_end_under_load_loses_no_flow() {
    const ARP: u64 = 20;
    const NONSENSE: u64 = 30;
    let Some(lab) = Lab::new("an_end_under_load_loses_no_flow") else { return };
    let monitor = Monitor::start(&lab, &["-i", FAR]);
    let sender = lab.enter(|| Sender::new(NEAR));
    (0..ARP).for_each(|_| sender.send(&ethernet(false, &[0x0806], &[0; 28])));
    (0..NONSENSE).for_each(|_| sender.send(&ethernet(false, &[0x0800], &[0x90; 46])));
    let sent = AtomicU32::new(0);
    let report = thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..100_000 {
                sender.send(&small(n % 5000));
                sent.store(n, Ordering::Relaxed);
            }
        });
        until("the middle", || sent.load(Ordering::Relaxed) > 30_000);
        monitor.stop(Signal::TERM)
    });
    let totals = report.totals;
    assert!(totals.received > 10_000, "{totals:?}");
    assert_eq!((totals.undecodable, totals.filtered, totals.shed), (NONSENSE, 0, 0));
    assert_eq!(outer_packets(&report.flows) + ARP + totals.undecodable, totals.received);
    assert_eq!(report.flows.len() as u64, totals.flows);
    assert_eq!((totals.evicted, totals.not_recorded), (0, 0));
}

#[test]
fn memory_is_bounded_and_what_had_to_go_is_counted() {
    const FLOWS: u32 = 200_000;
    let Some(lab) = Lab::new("memory_is_bounded_and_what_had_to_go_is_counted") else { return };
    let limits = ["--set", "limits.memory=64MiB", "--set", "capture.ring_mib=8"];
    let monitor = Monitor::start(&lab, &[&["-i", FAR], &limits[..]].concat());
    let sender = lab.enter(|| Sender::new(NEAR));
    for flow in 0..FLOWS {
        sender.send(&small(flow));
        if flow % 1000 == 0 {
            // Some 100,000 flows a second: what there is to see is the table, not the ring.
            thread::sleep(Duration::from_millis(10));
        }
    }
    let id = monitor.0.id();
    let peak = thread::spawn(move || peak_mib(id));
    let report = monitor.stop(Signal::TERM);
    let peak = peak.join().unwrap();
    // The budget, two rings, the program itself (35 MiB as built for tests), and what its allocator
    // keeps for reuse.
    assert!(peak < 64 + 2 * 8 + 35 + 20, "{peak} MiB");
    let totals = report.totals;
    // What does not fit the queue between the two ends of the wire never gets to a ring.
    // One that the device refused was sent again, and counts as lost, too.
    assert!(totals.on_wire <= u64::from(FLOWS), "{totals:?}");
    assert!(totals.on_wire + lost_on(&lab, NEAR) >= u64::from(FLOWS), "{totals:?}");
    assert_eq!(totals.flows, totals.processed, "each packet opens a flow: {totals:?}");
    // Where processors are scarce records are shed, too; each is one packet here.
    let recorded: u64 = report.flows.iter().map(packets).sum();
    assert_eq!(recorded + totals.not_recorded, totals.processed);
    let evicted = report.flows.iter().filter(|flow| flow["end_reason"] == "evicted").count() as u64;
    assert!(evicted > 0, "{totals:?}");
    assert_eq!(evicted + totals.not_recorded, totals.evicted);
}

/// Packets that a device has sent into nowhere.
fn lost_on(lab: &Lab, device: &str) -> u64 {
    // Behind the name eight numbers of what was received, then bytes, packets, errors, dropped.
    let table = lab.enter(|| fs::read_to_string("/proc/thread-self/net/dev").unwrap());
    let line = table.lines().find_map(|line| line.trim_start().strip_prefix(device)?.strip_prefix(':'));
    line.unwrap().split_whitespace().nth(11).unwrap().parse().unwrap()
}
