//! Several interfaces, and interfaces that come and go.

use rustix::process::Signal;
use testlab::frames::{CONNECTION, KINDS, conversation, segment};
use testlab::{FAR, Lab, NEAR, Sender, until};

use crate::common::{number, outer_packets, packets};
use crate::monitor::{Monitor, datagram};

/// Flows end soon after their last packet, so that a test sees what was captured.
const SOON: [&str; 2] = ["--set", "flow.timeouts.udp_unanswered=1s"];

#[test]
fn a_split_tap_is_one_wire() {
    let Some(lab) = Lab::new("a_split_tap_is_one_wire") else { return };
    lab.add_wire("near1", "far1").unwrap();
    let monitor = Monitor::start(&lab, &["-i", FAR, "-i", "far1"]);
    let mut sent = [0; 2];
    lab.enter(|| {
        let taps = [Sender::new(NEAR), Sender::new("near1")];
        // Each direction of a conversation comes out of its own tap.
        for (number, kind) in (0..).zip(KINDS).filter(|(_, kind)| *kind != "vxlan") {
            for (back, (tap, sent)) in [false, true].into_iter().zip(taps.iter().zip(&mut sent)) {
                for frame in conversation(kind, number, back) {
                    tap.send(&frame);
                    *sent += 1;
                }
            }
        }
    });
    let report = monitor.stop(Signal::INT);
    assert_eq!(report.totals.received, sent.iter().sum::<u64>());
    assert_eq!(outer_packets(&report.flows), report.totals.processed);
    // One flow a conversation, and what is inside GRE.
    assert_eq!(report.flows.len(), KINDS.len(), "{:#?}", report.flows);
    for flow in &report.flows {
        assert!(number(flow, "src_packets") > 0 && number(flow, "dst_packets") > 0, "{flow}");
        assert!(flow["interface"] == FAR, "the direction that came first: {flow}");
    }
}

#[test]
fn an_interface_that_is_named_twice_is_watched_once() {
    let Some(lab) = Lab::new("an_interface_that_is_named_twice_is_watched_once") else { return };
    let monitor = Monitor::start(&lab, &["-i", FAR, "-i", FAR]);
    lab.enter(|| Sender::new(NEAR)).send(&datagram(1001));
    let report = monitor.stop(Signal::INT);
    assert_eq!((report.totals.received, outer_packets(&report.flows)), (1, 1));
}

#[test]
fn a_split_tap_keeps_the_order_of_packets() {
    let Some(lab) = Lab::new("a_split_tap_keeps_the_order_of_packets") else { return };
    lab.add_wire("near1", "far1").unwrap();
    for first in [["-i", FAR, "-i", "far1"], ["-i", "far1", "-i", FAR]] {
        let monitor = Monitor::start(&lab, &first);
        lab.enter(|| {
            let taps = [Sender::new(NEAR), Sender::new("near1")];
            for (back, flags, seq, ack, payload) in CONNECTION {
                taps[usize::from(back)].send(&segment(back, flags, seq, ack, payload));
            }
        });
        let report = monitor.stop(Signal::INT);
        let [flow] = &report.flows[..] else { panic!("{:#?}", report.flows) };
        assert_eq!(flow["tcp_history"], "ShADadFf", "{flow}");
        assert!(flow["handshake_rtt_ms"].is_number(), "{flow}");
        assert_eq!((number(flow, "src_out_of_order"), number(flow, "lost_segments")), (0, 0), "{flow}");
    }
}

#[test]
fn a_link_that_goes_down_is_watched_again() {
    let Some(lab) = Lab::new("a_link_that_goes_down_is_watched_again") else { return };
    let mut monitor = Monitor::start(&lab, &[&["-i", FAR], &SOON[..]].concat());
    let sender = lab.enter(|| Sender::new(NEAR));
    sender.send(&datagram(1001));
    until("the flow before", || monitor.has_flow_to(1001));
    for times in 1..=2 {
        lab.ip(&format!("link set {FAR} down")).unwrap();
        monitor.0.says_times(&format!("{FAR} is down"), times);
        lab.ip(&format!("link set {FAR} up")).unwrap();
        monitor.0.says_times(&format!("{FAR} is up again"), times);
        monitor.hears(&sender, 2000 * times as u16);
    }
    let report = monitor.stop(Signal::TERM);
    assert_eq!(outer_packets(&report.flows), report.totals.processed);
}

#[test]
fn a_port_that_goes_is_found_again() {
    let Some(lab) = Lab::new("a_port_that_goes_is_found_again") else { return };
    let mut monitor = Monitor::start(&lab, &[&["-i", FAR], &SOON[..]].concat());
    for times in 1..=2 {
        let sender = lab.enter(|| Sender::new(NEAR));
        monitor.hears(&sender, 2000 * times as u16);
        let last = 1000 + times as u16;
        // What was captured just before is not lost with the port.
        (0..10).for_each(|_| sender.send(&datagram(last)));
        lab.ip(&format!("link del {FAR}")).unwrap();
        monitor.0.says_times(&format!("{FAR} is gone"), times);
        lab.add_pair().unwrap();
        monitor.0.says_times(&format!("{FAR} is up again"), times);
        until("the flow before", || monitor.has_flow_to(last));
        let flow = monitor.flows().into_iter().find(|flow| flow["dst_port"] == last).unwrap();
        assert_eq!(packets(&flow), 10, "{flow}");
    }
    let report = monitor.stop(Signal::INT);
    assert_eq!(outer_packets(&report.flows), report.totals.processed);
}
