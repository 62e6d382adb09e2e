//! TCP connections, segment by segment: state, history and counters.
#![allow(clippy::indexing_slicing, clippy::cast_possible_truncation, clippy::unwrap_used)]

mod common;

use common::script::{HANDSHAKE, after_handshake, one, run};
use common::{MS, SECOND};
use flow::{EndReason, State, Who};

#[test]
fn a_whole_connection() {
    let e = after_handshake(
        "20 > A  101 501 50
         30 < A  501 151 0
         31 < A  501 151 70
         32 > A  151 571 0
         40 > FA 151 571 0
         41 < A  571 152 0
         45 < FA 571 152 0
         46 > A  152 572 0",
    );
    assert_eq!(e.entry.current_state(), State::TimeWait);
    assert_eq!(e.reason, EndReason::Fin);
    assert_eq!(e.entry.history().unwrap(), "ShADadFf");
    assert_eq!(e.entry.payload(), [50, 70]);
    assert_eq!(e.entry.packets(), [6, 5]);
    assert_eq!(e.entry.handshake_us(), Some(12_000));
    assert_eq!(e.entry.src().1, 40_000);
    assert_eq!(e.quality, Default::default(), "nothing went wrong");
}

#[test]
fn states_on_the_way() {
    let state = |script: &str| one(script).entry.current_state();
    assert_eq!(state("0 > S 100 0 0"), State::SynSent);
    assert_eq!(state("0 > S 100 0 0\n1 < SA 500 101 0"), State::SynReceived);
    assert_eq!(state(HANDSHAKE), State::Established);
    assert_eq!(state("0 > A 100 500 10"), State::Established, "picked up in the middle");
    let after = |rest: &str| after_handshake(rest).entry.current_state();
    assert_eq!(after("20 > FA 101 501 0"), State::FinWait1);
    assert_eq!(after("20 > FA 101 501 0\n21 < A 501 102 0"), State::FinWait2);
    assert_eq!(after("20 > FA 101 501 0\n21 < FA 501 101 0"), State::Closing);
    assert_eq!(after("20 > FA 101 501 0\n21 < FA 501 102 0"), State::LastAck);
    assert_eq!(after("20 > FA 101 501 0\n21 < FA 501 101 0\n22 > A 102 502 0"), State::LastAck);
    assert_eq!(after("20 < RA 501 101 0"), State::Reset);
}

#[test]
fn simultaneous_open() {
    let e = one("0 > S 100 0 0\n1 < S 500 0 0\n2 > SA 100 501 0\n3 < SA 500 101 0\n4 > A 101 501 0");
    assert_eq!(e.entry.current_state(), State::Established);
}

#[test]
fn the_answer_is_seen_first() {
    let e = one("0 < SA 500 101 0\n1 > A 101 501 0");
    assert_eq!(e.entry.src().1, 40_000, "a SYN+ACK comes from the side that was called");
    assert_eq!(e.entry.handshake_us(), None);
}

#[test]
fn a_forged_reset_changes_nothing() {
    let e = after_handshake("20 < R 99999999 0 0\n30 > A 101 501 50");
    assert_eq!(e.entry.current_state(), State::Established);
    let refused = one("0 > S 100 0 0\n1 < RA 0 101 0");
    assert_eq!((refused.entry.current_state(), refused.reason), (State::Reset, EndReason::Rst));
}

#[test]
fn sent_again() {
    let again = |rest: &str| after_handshake(rest).quality.retransmits;
    // Long after: its timer ran out.
    assert_eq!(again("20 > A 101 501 50\n300 > A 101 501 50")[Who::Src], 1);
    // Acknowledged already: in vain, even right away.
    assert_eq!(again("20 > A 101 501 50\n21 < A 501 151 0\n22 > A 101 501 50")[Who::Src], 1);
    // After duplicate acknowledgements: fast.
    let fast = after_handshake(
        "20 > A 101 501 50
         21 > A 201 501 50
         22 > A 251 501 50
         25 < A 501 151 0
         26 < A 501 151 0
         27 < A 501 151 0
         28 > A 151 501 50",
    );
    assert_eq!(fast.quality.retransmits[Who::Src], 1);
    assert_eq!(fast.quality.duplicate_acks[Who::Dst], 2);
    assert_eq!(fast.quality.lost, 1);
    // A SYN, and a FIN.
    assert_eq!(one("0 > S 100 0 0\n1000 > S 100 0 0").quality.retransmits[Who::Src], 1);
    assert_eq!(again("20 > FA 101 501 0\n500 > FA 101 501 0")[Who::Src], 1);
}

#[test]
fn overtaken_is_not_sent_again() {
    let e = after_handshake("20 > A 151 501 50\n21 > A 101 501 50");
    assert_eq!(e.quality.out_of_order[Who::Src], 1);
    assert_eq!(e.quality.retransmits[Who::Src], 0);
    assert_eq!(e.quality.lost, 1, "a gap was seen before it was filled");
}

#[test]
fn keep_alives_and_their_answers() {
    let e =
        after_handshake("9000 > A 100 501 0\n9010 < A 501 101 0\n18000 > A 100 501 1\n18010 < A 501 101 0");
    assert_eq!(e.quality.keep_alives, 2);
    assert_eq!(e.quality.retransmits, Default::default());
    assert_eq!(e.quality.duplicate_acks, Default::default());
}

#[test]
fn closed_windows_and_probes() {
    let e = after_handshake(
        "20 > A 101 501 50
         21 < A 501 151 0 w=0
         300 > A 151 501 1
         301 < A 501 151 0 w=0
         400 < A 501 151 0 w=5000
         401 > A 151 501 100",
    );
    assert_eq!(e.quality.zero_windows[Who::Dst], 2);
    assert_eq!(e.quality.retransmits, Default::default(), "a probe is not sent again");
    assert_eq!(e.quality.duplicate_acks, Default::default());
}

#[test]
fn the_mirror_shows_a_packet_twice() {
    let e = after_handshake("20 > A 101 501 50 i=77\n20.1 > A 101 501 50 i=77\n30 < A 501 151 0");
    assert_eq!(e.quality.duplicates, 1);
    let honest = after_handshake("20 > A 101 501 50 i=77\n300 > A 101 501 50 i=78");
    assert_eq!(honest.quality.duplicates, 0);
}

#[test]
fn round_trips_by_acknowledgement() {
    let e = after_handshake("100 > A 101 501 50\n140 < A 501 151 0\n200 > A 151 501 50\n220 < A 501 201 0");
    // Beyond the server 40 and 20 ms, and 2 ms beyond the client (its ACK of the SYN+ACK).
    let (min, _, max) = e.entry.rtt_us().unwrap();
    assert_eq!((min, max), (12_000, 42_000));
}

#[test]
fn round_trips_by_timestamps_survive_a_retransmission() {
    let e = one("0   > S  100 0 0 ts=1/0
         10  < SA 500 101 0 ts=900/1
         12  > A  101 501 0 ts=12/900
         100 > A  101 501 50 ts=100/900
         400 > A  101 501 50 ts=400/900
         430 < A  501 151 0 ts=1300/400");
    let (_, _, max) = e.entry.rtt_us().unwrap();
    assert!(max < 335_000, "measured from the segment whose timestamp came back or later: {max}");
    assert_eq!(e.quality.retransmits[Who::Src], 1);
}

#[test]
fn the_same_ports_again() {
    let ended =
        run(&format!("{HANDSHAKE}20 > FA 101 501 0\n21 < FA 501 102 0\n22 > A 102 502 0\n30 > S 9000 0 0"));
    assert_eq!(ended.len(), 2);
    assert_eq!(ended[0].reason, EndReason::PortReuse);
    assert_eq!(ended[1].entry.current_state(), State::SynSent);
    // The same SYN once more is not another connection.
    assert_eq!(run("0 > S 100 0 0\n1 < RA 0 101 0\n500 > S 100 0 0").len(), 1);
}

#[test]
fn a_silent_connection_ends() {
    let ended = run(&format!("{HANDSHAKE}4000000 > A 101 501 50"));
    assert_eq!(ended.len(), 2, "more than an hour between");
    assert_eq!(ended[0].reason, EndReason::Idle);
    assert_eq!(ended[0].decided_at.nanos(), 1000 * SECOND + 12 * MS + 3600 * SECOND);
}

#[test]
fn a_long_connection_comes_in_parts() {
    let mut script = HANDSHAKE.to_owned();
    for minute in 1..=130 {
        script += &format!("{} > A {} 501 10\n", minute * 60_000, 91 + minute * 10);
    }
    let ended = run(&script);
    assert_eq!(ended.len(), 3);
    assert!(ended.iter().all(|e| e.quality.retransmits == Default::default()), "the state is kept");
    assert_eq!(ended.iter().map(|e| e.quality.part).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(ended.iter().map(|e| e.entry.payload()[0]).sum::<u64>(), 1300);
    assert_eq!(ended[0].reason, EndReason::Active);
    assert_eq!(ended[1].quality.first_start, ended[0].entry.start().nanos());
}
