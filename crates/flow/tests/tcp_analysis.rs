//! What the numbers and the times of segments say.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_possible_truncation)]

mod common;

use common::script::{HANDSHAKE, after_handshake, one};
use flow::{Ended, Who};

/// `[retransmits, spurious, out of order, duplicate ACKs, zero windows]` of both sides together,
/// then keep-alives, probes and gaps.
fn counters(ended: &Ended) -> [u32; 8] {
    let q = &ended.quality;
    let pairs = [q.retransmits, q.spurious_retransmits, q.out_of_order, q.duplicate_acks, q.zero_windows];
    let [a, b, c, d, e] = pairs.map(|pair| pair.0.iter().sum());
    [a, b, c, d, e, q.keep_alives, q.window_probes, q.lost]
}

/// What happens after a handshake of 12 ms; the segments; the counters.
const SEGMENTS: &[(&str, &str, [u32; 8])] = &[
    ("all is well", "20 > A 101 501 50\n30 < A 501 151 0", [0; 8]),
    ("a timeout", "20 > A 101 501 50\n300 > A 101 501 50", [1, 0, 0, 0, 0, 0, 0, 0]),
    ("sent again in a larger segment", "20 > A 101 501 50\n300 > A 101 501 90", [1, 0, 0, 0, 0, 0, 0, 0]),
    ("in vain", "20 > A 101 501 50\n30 < A 501 151 0\n31 > A 101 501 50", [1, 1, 0, 0, 0, 0, 0, 0]),
    ("overtaken on the way", "20 > A 151 501 50\n21 > A 101 501 50", [0, 0, 1, 0, 0, 0, 0, 1]),
    ("too late to be overtaken", "20 > A 151 501 50\n40 > A 101 501 50", [1, 0, 0, 0, 0, 0, 0, 1]),
    (
        "the very last segment once more, at once",
        "20 > A 101 501 50\n21 > A 101 501 50",
        [1, 0, 0, 0, 0, 0, 0, 0],
    ),
    (
        "fast retransmit",
        "20 > A 101 501 50\n21 > A 201 501 50\n22 < A 501 151 0\n23 < A 501 151 0\n24 < A 501 151 0\n25 > A 151 501 50",
        [1, 0, 0, 2, 0, 0, 0, 1],
    ),
    (
        "one duplicate is not enough",
        "20 > A 101 501 50\n21 > A 201 501 50\n22 < A 501 151 0\n23 < A 501 151 0\n25 > A 151 501 50",
        [0, 0, 1, 1, 0, 0, 0, 1],
    ),
    ("a window update is no duplicate", "20 < A 501 101 0 w=2000\n21 < A 501 101 0 w=3000", [0; 8]),
    ("the ACK again", "20 < A 501 101 0 w=9\n21 < A 501 101 0 w=9", [0, 0, 0, 1, 0, 0, 0, 0]),
    ("a gap", "20 > A 101 501 50\n30 > A 251 501 50", [0, 0, 0, 0, 0, 0, 0, 1]),
    ("a RST makes no gap", "20 > R 400 0 0", [0; 8]),
    ("a keep-alive of nothing", "20 > A 100 501 0\n21 < A 501 101 0", [0, 0, 0, 0, 0, 1, 0, 0]),
    ("a keep-alive of one byte", "20 > A 100 501 1\n21 < A 501 101 0", [0, 0, 0, 0, 0, 1, 0, 0]),
    (
        "keep-alives that nobody answers",
        "20 > A 100 501 0\n21 > A 100 501 0\n22 > A 100 501 0",
        [0, 0, 0, 0, 0, 3, 0, 0],
    ),
    (
        "a closed window, probed, opened",
        "20 < A 501 101 0 w=0\n300 > A 101 501 1\n301 < A 501 101 0 w=0\n400 < A 501 101 0\n401 > A 101 501 90",
        [0, 0, 0, 0, 2, 0, 1, 0],
    ),
    (
        "a probe whose byte was taken",
        "20 < A 501 101 0 w=0\n300 > A 101 501 1\n301 < A 501 102 0\n302 > A 102 501 90",
        [0, 0, 0, 0, 1, 0, 1, 1],
    ),
    ("one byte is no probe while the window is open", "20 > A 101 501 1\n21 < A 501 102 0", [0; 8]),
    ("a SYN+ACK again", "20 < SA 500 101 0", [1, 0, 0, 0, 0, 0, 0, 0]),
    ("a FIN again", "20 > FA 101 501 0\n220 > FA 101 501 0", [1, 0, 0, 0, 0, 0, 0, 0]),
    ("a FIN behind lost data", "20 > FA 151 501 0\n220 > A 101 501 50", [1, 0, 0, 0, 0, 0, 0, 1]),
];

#[test]
fn segments() {
    for (what, script, expected) in SEGMENTS {
        assert_eq!(counters(&after_handshake(script)), *expected, "{what}");
    }
}

#[test]
fn nothing_is_known_before_the_first_segment() {
    for script in ["0 > A 5000 9 100", "0 > A 5000 9 0", "0 > A 5000 9 1 w=0", "0 > R 5000 9 0"] {
        let ended = one(script);
        let [.., zero_windows, _, _, _] = counters(&ended);
        let expected = [0, 0, 0, 0, u32::from(script.ends_with("w=0")), 0, 0, 0];
        assert_eq!((counters(&ended), zero_windows), (expected, expected[4]), "{script}");
    }
}

fn rtt(script: &str) -> Option<(u32, u32, u32)> {
    one(script).entry.rtt_us().map(|(min, mean, max)| (min / 1000, mean.round() as u32 / 1000, max / 1000))
}

#[test]
fn by_acknowledgements() {
    let after = |rest: &str| rtt(&format!("{HANDSHAKE}{rest}"));
    assert_eq!(after(""), Some((12, 12, 12)));
    // Beyond the server 30 ms, beyond the client the 2 ms of the handshake.
    assert_eq!(after("100 > A 101 501 50\n130 < A 501 151 0"), Some((12, 22, 32)));
    // Karn: which of the two was acknowledged?
    assert_eq!(after("100 > A 101 501 50\n400 > A 101 501 50\n430 < A 501 151 0"), Some((12, 12, 12)));
    // What is sent while an answer is awaited is not timed: one round trip at a time.
    assert_eq!(
        after("100 > A 101 501 50\n110 > A 151 501 50\n130 < A 501 201 0\n200 < A 501 201 0 w=9"),
        Some((12, 22, 32))
    );
    // Probes and keep-alives wait for something else than the network.
    let closed = "20 < A 501 101 0 w=0\n300 > A 101 501 1\n9000 < A 501 102 0";
    assert_eq!(after(closed), Some((12, 12, 12)));
    assert_eq!(after("5000 > A 100 501 1\n5900 < A 501 101 0"), Some((12, 12, 12)));
    // A RST ends the waiting without an answer.
    assert_eq!(after("100 > A 101 501 50\n190 < R 501 0 0"), Some((12, 12, 12)));
}

#[test]
fn one_direction_only_has_no_round_trip() {
    assert_eq!(rtt("0 > A 101 501 50\n10 > A 151 501 50\n20 > A 201 501 50"), None);
}

#[test]
fn by_timestamps() {
    let stamped = |rest: &str| {
        rtt(&format!(
            "0 > S 100 0 0 ts=1000/0\n10 < SA 500 101 0 ts=70/1000\n12 > A 101 501 0 ts=1012/70\n{rest}"
        ))
    };
    assert_eq!(stamped(""), Some((12, 12, 12)));
    // Sent again with another timestamp, so it is plain which was answered.
    let again = "100 > A 101 501 50 ts=1100/70\n400 > A 101 501 50 ts=1400/70\n430 < A 501 151 0 ts=90/1400";
    assert_eq!(stamped(again), Some((12, 22, 32)));
    let first = "100 > A 101 501 50 ts=1100/70\n130 < A 501 151 0 ts=90/1100\n140 > A 101 501 50 ts=1140/70";
    assert_eq!(stamped(first), Some((12, 22, 32)));
    // The answer to the first segment of a tick must not be taken for one to the second.
    let one_tick = "100 > A 101 501 50 ts=1100/70
                    130 < A 501 151 0 ts=90/1100
                    131 > A 151 501 50 ts=1100/70
                    132 < A 501 151 0 ts=90/1100 w=9";
    assert_eq!(stamped(one_tick), Some((12, 22, 32)));
    // A later timestamp comes back: the answer to the awaited one was lost.
    let lost = "100 > A 101 501 50 ts=1100/70\n120 > A 151 501 50 ts=1120/70\n900 < A 501 201 0 ts=90/1120";
    assert_eq!(stamped(lost), Some((12, 12, 12)));
}

#[test]
fn timestamps_are_known_from_the_middle() {
    let ended = one("0 > A 101 501 50 ts=1000/70
         30 < A 501 151 0 ts=90/1000
         100 > A 151 501 50 ts=1100/90
         400 > A 151 501 50 ts=1400/90
         420 < A 501 201 0 ts=91/1400");
    let (min, _, max) = ended.entry.rtt_us().unwrap();
    assert_eq!((min / 1000, max / 1000), (20, 30), "sent again, but known which was answered");
}

#[test]
fn the_last_timestamp_of_each_side_is_kept_with_its_time() {
    let shown = |script: &str| {
        let ended = one(script);
        let (start, last) = (ended.entry.start(), ended.entry.last());
        ended.entry.timestamps().map(|shown| {
            let (at, value) = shown?;
            assert!(at <= last);
            Some((at.since(start) / common::MS, value))
        })
    };
    let handshake = "0 > S 100 0 0 ts=1000/0\n10 < SA 500 101 0 ts=70/1000\n12 > A 101 501 0 ts=1012/70\n";
    let [src, dst] = shown(&format!(
        "{handshake}90000 > A 101 501 50 ts=91000/70\n90130 < A 501 151 0 ts=90100/91000\n99000 > A 151 501 0 ts=99900/70"
    ));
    // To a fifteenth of a second; acknowledgements alone are not looked at.
    let near = |shown: Option<(u64, u32)>, ms: u64, value| {
        shown.is_some_and(|(at, known)| at.abs_diff(ms) <= 66 && known == value)
    };
    assert!(near(src, 90_000, 91_000) && near(dst, 10, 70), "{src:?} {dst:?}");
    // What is awaited without the option is a sequence number, which is no clock's.
    assert_eq!(shown(&format!("{HANDSHAKE}100 > A 101 501 50\n190 < A 501 151 50")), [None, None]);
    assert_eq!(shown(handshake)[0], None, "the SYN came before it was known");
}

#[test]
fn a_clock_that_goes_back_measures_nothing() {
    assert_eq!(rtt(&format!("{HANDSHAKE}100 > A 101 501 50\n90 < A 501 151 0")), Some((12, 12, 12)));
}

#[test]
fn times_that_wrap_are_not_mixed_up() {
    // Microseconds in 32 bits come round every 71 minutes and 35 seconds: the answer seems to come
    // 5 ms after the question.
    let wrap_ms = 4_294_967.296_f64;
    let script = format!("{HANDSHAKE}100 > A 101 501 50\n{} < A 501 151 0", 100.0 + wrap_ms + 5.0);
    let settings = flow::Settings {
        timeouts: flow::Timeouts {
            tcp_established_ns: 48 * 3600 * common::SECOND,
            active_ns: u64::MAX,
            ..Default::default()
        },
        ..Default::default()
    };
    let ended = common::script::run_with(&script, &settings);
    assert_eq!(ended.len(), 1);
    assert_eq!(ended[0].entry.rtt_us().map(|(_, _, max)| max / 1000), Some(12));
}

#[test]
fn jitter_is_the_change_of_round_trips() {
    let jitter = |rest: &str| after_handshake(rest).entry.jitter_us();
    assert_eq!(jitter(""), None, "one round trip");
    // 10 ms beyond the server in the handshake, then 30: a sixteenth of the change.
    assert_eq!(jitter("100 > A 101 501 50\n130 < A 501 151 0").unwrap().round(), 1250.0);
}

#[test]
fn who_sent_it() {
    let ended = after_handshake("20 < A 501 101 50\n300 < A 501 101 50");
    assert_eq!((ended.quality.retransmits[Who::Src], ended.quality.retransmits[Who::Dst]), (0, 1));
}
