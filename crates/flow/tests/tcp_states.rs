//! Every way through the states of a TCP connection, line by line.
#![allow(clippy::unwrap_used)]

mod common;

use common::script::{HANDSHAKE, one, run};
use flow::{EndReason, State};

/// What happens, in words; the segments; the state after the last of them; the history.
const WAYS: &[(&str, &str, State, &str)] = &[
    ("a SYN", "0 > S 100 0 0", State::SynSent, "S"),
    ("a SYN that is sent again", "0 > S 100 0 0\n1000 > S 100 0 0", State::SynSent, "ST"),
    ("an answered SYN", "0 > S 100 0 0\n9 < SA 500 101 0", State::SynReceived, "Sh"),
    (
        "an answer that is sent again",
        "0 > S 100 0 0\n9 < SA 500 101 0\n900 < SA 500 101 0",
        State::SynReceived,
        "Sht",
    ),
    (
        "an answer to a SYN of long ago (RFC 9293 s3.5.1)",
        "0 > S 100 0 0\n9 < A 7000 3000 0",
        State::SynSent,
        "Sa",
    ),
    (
        "that answer, the RST it draws, and the SYN again",
        "0 > S 100 0 0\n9 < A 7000 3000 0\n10 > R 3000 0 0\n1000 > S 100 0 0",
        State::Reset,
        "SaRT",
    ),
    (
        "an acknowledgement of something else",
        "0 > S 100 0 0\n9 < SA 500 101 0\n10 > A 101 400 0",
        State::SynReceived,
        "ShA",
    ),
    ("the answer lies before the capture", "0 < SA 500 101 0\n9 > A 101 501 0", State::Established, "hA"),
    ("the answer was lost to the capture", "0 > S 100 0 0\n9 < A 501 101 40", State::Established, "Sad"),
    (
        "only the client is seen",
        "0 > S 100 0 0\n9 > A 101 501 0\n10 > A 101 501 80",
        State::Established,
        "SAD",
    ),
    (
        "only the server is seen",
        "0 < SA 500 101 0\n9 < A 501 180 60\n10 < FA 561 181 0",
        State::FinWait1,
        "hadf",
    ),
    ("from the middle", "0 > A 7 9 30\n1 < A 9 37 0", State::Established, "ADa"),
    ("from its end", "0 > FA 7 9 0\n1 < A 9 8 0", State::FinWait2, "AFa"),
    (
        "both sides call (RFC 9293 s3.5, figure 8)",
        "0 > S 100 0 0\n1 < S 500 0 0\n2 > SA 100 501 0\n3 < SA 500 101 0",
        State::Established,
        "SsTt",
    ),
    (
        "both sides call, half way",
        "0 > S 100 0 0\n1 < S 500 0 0\n2 > SA 100 501 0",
        State::SynReceived,
        "SsT",
    ),
    (
        "data in the SYN that is taken (RFC 7413)",
        "0 > S 100 0 50\n9 < SA 500 151 0\n10 > A 151 501 0",
        State::Established,
        "SDhA",
    ),
    (
        "data in the SYN that is not taken",
        "0 > S 100 0 50\n9 < SA 500 101 0\n10 > A 101 501 50",
        State::Established,
        "SDhAT",
    ),
    ("nobody listens", "0 > S 100 0 0\n1 < RA 0 101 0", State::Reset, "Sr"),
    (
        "nobody listens, and says so without proof (s3.10.7.3)",
        "0 > S 100 0 0\n1 < R 0 0 0",
        State::SynSent,
        "Sr",
    ),
    ("somebody else says that nobody listens", "0 > S 100 0 0\n1 < RA 0 999 0", State::SynSent, "Sr"),
    ("the caller gives up", "0 > S 100 0 0\n1 > R 101 0 0", State::Reset, "SR"),
    ("a half-open scan", "0 > S 100 0 0\n1 < SA 500 101 0\n2 > R 101 0 0", State::Reset, "ShR"),
    ("an ACK scan", "0 > A 100 500 0\n1 < R 500 0 0", State::Reset, "Ar"),
    ("a FIN scan", "0 > F 100 0 0\n1 < RA 0 101 0", State::Reset, "Fr"),
    ("a null scan", "0 > - 100 0 0", State::Established, ""),
    ("an Xmas scan", "0 > FPU 100 0 0", State::FinWait1, "F"),
];

/// The same after a handshake.
const ENDS: &[(&str, &str, State, EndReason)] = &[
    ("nothing", "", State::Established, EndReason::EndOfCapture),
    ("a FIN", "20 > FA 101 501 0", State::FinWait1, EndReason::EndOfCapture),
    (
        "a FIN with data, all of it acknowledged",
        "20 > FA 101 501 10\n21 < A 501 112 0",
        State::FinWait2,
        EndReason::EndOfCapture,
    ),
    (
        "a FIN with data, not all acknowledged",
        "20 > FA 101 501 10\n21 < A 501 111 0",
        State::FinWait1,
        EndReason::EndOfCapture,
    ),
    (
        "half closed: the other side goes on",
        "20 > FA 101 501 0\n21 < A 501 102 0\n30 < A 501 102 700\n31 > A 102 1201 0",
        State::FinWait2,
        EndReason::EndOfCapture,
    ),
    (
        "one after the other",
        "20 > FA 101 501 0\n21 < A 501 102 0\n30 < FA 501 102 0\n31 > A 102 502 0",
        State::TimeWait,
        EndReason::Fin,
    ),
    (
        "three segments",
        "20 > FA 101 501 0\n21 < FA 501 102 0\n22 > A 102 502 0",
        State::TimeWait,
        EndReason::Fin,
    ),
    (
        "the server first",
        "20 < FA 501 101 0\n21 > FA 101 502 0\n22 < A 502 102 0",
        State::TimeWait,
        EndReason::Fin,
    ),
    ("both at once", "20 > FA 101 501 0\n20.1 < FA 501 101 0", State::Closing, EndReason::Fin),
    (
        "both at once, one acknowledged",
        "20 > FA 101 501 0\n20.1 < FA 501 101 0\n21 > A 102 502 0",
        State::LastAck,
        EndReason::Fin,
    ),
    (
        "both at once, both acknowledged",
        "20 > FA 101 501 0\n20.1 < FA 501 101 0\n21 > A 102 502 0\n21.1 < A 502 102 0",
        State::TimeWait,
        EndReason::Fin,
    ),
    (
        "the last FIN is sent again",
        "20 > FA 101 501 0\n21 < FA 501 102 0\n22 > A 102 502 0\n300 < FA 501 102 0\n301 > A 102 502 0",
        State::TimeWait,
        EndReason::Fin,
    ),
    ("a RST at the next number", "20 > R 101 0 0", State::Reset, EndReason::Rst),
    ("a RST in the window", "20 > R 600 0 0", State::Reset, EndReason::Rst),
    ("a RST behind the window", "20 > R 1101 0 0", State::Established, EndReason::EndOfCapture),
    (
        "a RST of the past",
        "20 > A 101 501 50\n21 < A 501 151 0\n22 > R 101 0 0",
        State::Established,
        EndReason::EndOfCapture,
    ),
    (
        "a RST answers data to a closed socket",
        "20 > FA 101 501 0\n21 < A 501 102 90\n22 > R 102 0 0",
        State::Reset,
        EndReason::Rst,
    ),
    (
        "segments after a RST change nothing",
        "20 < RA 501 101 0\n21 > A 101 501 9\n22 > FA 110 501 0",
        State::Reset,
        EndReason::Rst,
    ),
    ("a SYN of the past is no new call", "20 < SA 500 101 0", State::Established, EndReason::EndOfCapture),
];

#[test]
fn ways() {
    for (what, script, state, history) in WAYS {
        let ended = one(script);
        assert_eq!(ended.entry.current_state(), *state, "{what}");
        assert_eq!(ended.entry.history().unwrap_or_default(), *history, "{what}");
    }
}

#[test]
fn ends() {
    for (what, script, state, reason) in ENDS {
        let ended = one(&format!("{HANDSHAKE}{script}"));
        assert_eq!((ended.entry.current_state(), ended.reason), (*state, *reason), "{what}");
    }
}

#[test]
fn sequence_numbers_wrap() {
    let ended = one("0 > S 4294967295 0 0
         10 < SA 4294967290 0 0
         12 > A 0 4294967291 0
         20 > A 0 4294967291 100
         21 < A 4294967291 100 20
         22 > A 100 15 0
         30 > FA 100 15 0
         31 < FA 15 101 0
         32 > A 101 16 0");
    assert_eq!(ended.entry.current_state(), State::TimeWait);
    assert_eq!(ended.entry.handshake_us(), Some(12_000));
    assert_eq!(ended.quality, flow::Quality::default());
}

#[test]
fn a_reset_within_a_scaled_window() {
    let calls = |ws: &str, answers: &str| {
        format!(
            "0 > S 100 0 0 {ws}\n1 < SA 500 101 0 {answers}\n2 > A 101 501 0\n3 < A 501 101 9 w=1000\n20 > R 100000 0 0"
        )
    };
    let state = |ws, answers| one(&calls(ws, answers)).entry.current_state();
    assert_eq!(state("ws=7", "ws=7"), State::Reset, "1000 << 7 reaches there");
    assert_eq!(state("ws=7", ""), State::Established, "one side alone does not scale (RFC 7323 s2.2)");
    assert_eq!(state("ws=7", "ws=2"), State::Established);
    let middle = one("3 < A 501 101 9 w=1000\n4 > A 101 510 0\n20 > R 100000 0 0");
    assert_eq!(middle.entry.current_state(), State::Reset, "nobody knows the scale");
}

#[test]
fn a_handshake_s_round_trip() {
    let handshake = |script: &str| one(script).entry.handshake_us();
    assert_eq!(handshake(HANDSHAKE), Some(12_000));
    // From the SYN that was answered, as far as anybody can tell: the last.
    let again = "0 > S 100 0 0\n1000 > S 100 0 0\n1010 < SA 500 101 0\n1012 > A 101 501 0";
    assert_eq!(handshake(again), Some(12_000));
    assert_eq!(handshake("0 > S 100 0 50\n10 < SA 500 151 0\n12 > A 151 501 0"), Some(12_000), "fast open");
    assert_eq!(handshake("0 < SA 500 101 0\n1 > A 101 501 0"), None);
    assert_eq!(handshake("0 > S 100 0 0\n10 < SA 500 101 0"), None);
    assert_eq!(handshake("0 > S 100 0 0\n10 < SA 500 101 0\n2500 > A 2607 501 90"), None, "its ACK was lost");
    assert_eq!(handshake("9 > S 100 0 0\n7 < SA 500 101 0\n5 > A 101 501 0"), None, "the clock went back");
    assert_eq!(handshake("0 > S 100 0 0\n1 < RA 0 101 0"), None);
}

#[test]
fn another_connection_on_the_same_ports() {
    let reasons = |script: &str| run(script).iter().map(|e| e.reason).collect::<Vec<_>>();
    let call = "0 > S 100 0 0\n10 < SA 500 101 0\n12 > A 101 501 0\n";
    let both = vec![EndReason::PortReuse, EndReason::EndOfCapture];
    assert_eq!(reasons(&format!("{call}20 > S 9000 0 0")), both);
    assert_eq!(reasons(&format!("{call}20 < S 9000 0 0")), both, "now the other side calls");
    assert_eq!(reasons("0 < A 501 101 20\n20 > S 9000 0 0"), both, "one side was seen so far");
    // This SYN was overtaken by its own answer.
    assert_eq!(reasons("0 < SA 500 101 0\n1 > S 100 0 0").len(), 1);
}
