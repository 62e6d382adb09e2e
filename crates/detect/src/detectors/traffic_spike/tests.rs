use flow::{State, What};
use model::Severity;
use wire::ip_protocol::TCP;

use crate::testing::{Bench, at, event, ip};
use crate::threshold::Setting;

const SPAN_MS: u64 = 300_000;
const SPANS_A_DAY: u64 = 288;

/// In the middle of five minutes, some way into the test.
fn ms(span: u64) -> u64 {
    span * SPAN_MS + SPAN_MS / 2
}

/// A flow of its own that carries so much in these five minutes.
fn carry(bench: &mut Bench, span: u64, src: &str, sent: u64, received: u64) {
    let what = What::Grew {
        by_src: true,
        since: 1024,
        packets: [1024, 1024],
        bytes: [sent, received],
        start: at(ms(span)),
        state: State::Established,
        protocol: None,
        icmp: [0; 2],
    };
    #[allow(clippy::cast_possible_truncation, reason = "any port will do")]
    let port = 20_000 + (span % 40_000) as u16;
    bench.flow(event(ms(span), TCP, (ip(src), port), (ip("203.0.113.9"), 443), what));
}

/// So many days of a device that has 2 to 7 MB in five minutes, and a neighbour that has little.
fn days(bench: &mut Bench, from: u64, days: u64) {
    for span in from * SPANS_A_DAY..(from + days) * SPANS_A_DAY {
        carry(bench, span, "10.0.0.5", 1_000_000, 1_000_000 * (1 + span % 6));
        carry(bench, span, "10.0.0.6", 2_000_000, 500);
    }
}

#[test]
fn what_is_far_above_the_usual_is_one_alert_of_who_has_it() {
    let mut bench = Bench::new();
    days(&mut bench, 0, 8);
    for span in 8 * SPANS_A_DAY..8 * SPANS_A_DAY + 3 {
        carry(&mut bench, span, "10.0.0.5", 4_000_000, 1_000_000);
        carry(&mut bench, span, "10.0.0.6", 12_000_000, 100_000);
    }
    let alerts = bench.end("traffic-spike");
    assert_eq!(alerts.len(), 1, "{alerts:#?}");
    assert_eq!((alerts[0].src_ip, alerts[0].count), (Some(ip("10.0.0.6")), 3));
    assert_eq!(alerts[0].severity, Severity::Low);
    assert!(alerts[0].description.contains("At this hour of the week 2.0 MB are usual"), "{alerts:#?}");
}

#[test]
fn all_together_are_the_network() {
    let mut bench = Bench::new();
    days(&mut bench, 0, 8);
    for host in 10..60 {
        carry(&mut bench, 8 * SPANS_A_DAY, &format!("10.0.0.{host}"), 900_000, 9000);
    }
    let alerts = bench.end("traffic-spike");
    assert_eq!(alerts.len(), 1, "{alerts:#?}");
    assert_eq!((alerts[0].src_ip, alerts[0].severity), (None, Severity::Medium));
    assert!(alerts[0].title.starts_with("The network has far more traffic"), "{}", alerts[0].title);
}

#[test]
fn learning_a_small_rise_and_a_new_device_are_quiet() {
    let mut bench = Bench::new();
    days(&mut bench, 0, 6);
    // While the network is learnt.
    carry(&mut bench, 6 * SPANS_A_DAY, "10.0.0.6", 90_000_000, 0);
    days(&mut bench, 7, 2);
    // Twice its larger five minutes; less than the floor; a device that nothing is known of.
    for (n, (src, bytes)) in
        (0..).zip([("10.0.0.5", 15_000_000), ("10.0.0.6", 9_000_000), ("10.0.0.7", 20_000_000)])
    {
        carry(&mut bench, 9 * SPANS_A_DAY + n, src, bytes, 0);
    }
    assert_eq!(bench.end("traffic-spike"), []);
}

#[test]
fn what_was_learnt_outlives_a_restart() {
    let mut bench = Bench::new();
    days(&mut bench, 0, 8);
    let saved = bench.watch.save();
    let mut bench = Bench::new();
    assert!(bench.watch.restore(&saved));
    // Nobody watched for a day.
    days(&mut bench, 9, 1);
    carry(&mut bench, 10 * SPANS_A_DAY, "10.0.0.6", 60_000_000, 0);
    let alerts = bench.end("traffic-spike");
    assert_eq!(alerts.iter().map(|alert| alert.src_ip).collect::<Vec<_>>(), [None, Some(ip("10.0.0.6"))]);
}

#[test]
fn a_lower_time_to_learn_needs_some_hours() {
    let learning = ("traffic-spike", "learning", Setting::Seconds(0.0));
    let mut bench = Bench::with(&[learning]);
    (0..12).for_each(|span| carry(&mut bench, span, "10.0.0.6", 2_000_000, 0));
    carry(&mut bench, 12, "10.0.0.6", 90_000_000, 0);
    assert_eq!(bench.end("traffic-spike"), [], "an hour is not enough");
    let mut bench = Bench::with(&[learning]);
    (0..60).for_each(|span| carry(&mut bench, span, "10.0.0.6", 2_000_000, 0));
    carry(&mut bench, 60, "10.0.0.6", 90_000_000, 0);
    assert_eq!(bench.end("traffic-spike").len(), 2);
}

#[test]
fn who_is_gone_is_forgotten() {
    let mut bench = Bench::new();
    days(&mut bench, 0, 2);
    let devices = |bench: &Bench| {
        let saved = bench.watch.save();
        saved["detectors"]["traffic-spike"]["devices"].as_object().unwrap().len()
    };
    assert_eq!(devices(&bench), 2);
    for span in 2 * SPANS_A_DAY..40 * SPANS_A_DAY {
        carry(&mut bench, span, "10.0.0.5", 2_000_000, 0);
    }
    assert_eq!(devices(&bench), 1);
}

#[test]
fn made_up_addresses_are_not_learnt() {
    let mut bench = Bench::new();
    for n in 0..20_000 {
        carry(&mut bench, 0, &format!("10.1.{}.{}", n / 250, n % 250), 60, 0);
    }
    carry(&mut bench, 0, "10.0.0.5", 2_000_000, 0);
    carry(&mut bench, 1, "10.0.0.6", 60, 0);
    let saved = bench.watch.save();
    let devices = saved["detectors"]["traffic-spike"]["devices"].as_object().unwrap();
    assert_eq!(devices.keys().collect::<Vec<_>>(), ["10.0.0.5"]);
}
