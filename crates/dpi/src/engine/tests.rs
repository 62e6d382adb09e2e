use proptest::prelude::*;

use super::*;
use crate::testing::{Flow, Noise, TCP, UDP};

/// Both streams, what is noted of datagrams, and the largest facts.
const MOST_HEAP: usize = 2 * DEEP + 12 * 1024;

/// Beginnings that get past the first look.
const BAITS: [&[u8]; 10] = [
    &[22, 3, 1, 0x3f, 0xff, 1, 0, 0x3f, 0xfb, 3, 3],
    &[22, 3, 3, 0, 200, 2, 0, 0, 196, 3, 3],
    &[23, 3, 3, 1, 0],
    b"GET / HTTP/1.1\r\nHost: a\r\n",
    b"HTTP/1.1 100 x\r\n\r\nHTTP/1.1 200 x\r\n",
    b"SSH-",
    &[0, 40, 0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3],
    &[0x12, 0x34, 0x81, 0x80, 0, 1, 0, 200, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0xc0, 12],
    &[0x80, 96, 0, 1, 0, 0, 0, 1, 0, 0, 0, 7],
    b"",
];

#[test]
fn an_inspection_is_small_and_empty_at_first() {
    println!("Inspection: {} bytes", size_of::<Inspection>());
    assert!(size_of::<Inspection>() <= 392);
    assert_eq!(Inspection::default().heap_bytes(), 0);
}

#[test]
fn noise_gets_no_label() {
    let mut noise = Noise(1);
    let (mut held, mut flows) = (0, 0);
    let mut flow = Flow::new(TCP, 0, 0);
    for port in [53, 80, 443, 22, 137, 5004, 5353, 5355, 0] {
        for transport in [TCP, UDP] {
            for _ in 0..1_200 {
                let port = if port == 0 { noise.next() as u16 } else { port };
                flow.next(transport, noise.next() as u16, port);
                flow.inspection.buffers = None;
                flows += 1;
                for i in 0..12 {
                    let len = 1 + noise.next() as usize % 1400;
                    let bytes = noise.bytes(len);
                    let progress = if noise.next() & 1 == 0 { flow.src(&bytes) } else { flow.dst(&bytes) };
                    held += usize::from(i == 0 && flow.inspection.heap_bytes() > 0);
                    if progress == Progress::Done {
                        break;
                    }
                }
                assert_eq!(flow.inspection.label(), None);
            }
        }
    }
    println!("{flows} flows of noise, {held} kept something of their first payload");
    assert!(held * 20 < flows);
}

#[test]
fn a_reset_inspection_keeps_only_its_buffers() {
    let mut flow = Flow::new(TCP, 50000, 443);
    flow.src(BAITS[0]);
    flow.dst(b"\x16");
    let held = flow.inspection.heap_bytes();
    flow.next(UDP, 1, 2);
    assert_eq!((flow.inspection.label(), flow.inspection.heap_bytes()), (None, held));
    assert!(flow.inspection.take_facts().is_none());
    assert_eq!(flow.src(b"\xff\xff\xff\xff\xff\xff"), Progress::Done);
}

#[test]
fn padding_taken_for_payload_does_not_shift_the_stream() {
    let mut flow = Flow::new(TCP, 50000, 80);
    flow.handshake();
    assert_eq!(flow.at(true, 0, &[0; 6]), Progress::More);
    assert_eq!(flow.at(true, 0, b"GET / HTTP/1.1\r\n\r\n"), Progress::More);
    assert_eq!(flow.name(), Some("http"));
}

#[test]
fn other_transports_are_done_at_once() {
    let mut flow = Flow::new(ip_protocol::SCTP, 1, 2);
    assert_eq!((flow.src(b"GET / HTTP/1.1\r\n"), flow.inspection.label()), (Progress::Done, None));
}

#[test]
fn a_flow_that_never_decides_ends() {
    for (transport, port) in [(TCP, 443), (UDP, 53), (TCP, 80)] {
        for bait in BAITS {
            let mut flow = Flow::new(transport, 50000, port);
            let mut packets = 0;
            while flow.src(if packets == 0 && !bait.is_empty() { bait } else { b"a" }) == Progress::More {
                packets += 1;
                assert!(packets <= 2 * MAX_PACKETS_OF_MESSAGE, "{}", bait.escape_ascii());
            }
        }
    }
}

#[test]
fn the_largest_facts_are_bounded() {
    let mut flow = Flow::new(UDP, 50000, 53);
    let mut message = BAITS[7][..17].to_vec();
    message[7] = 16;
    (0..16).for_each(|_| {
        message.extend([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 0, 1, 0, 255]);
        message.extend([0xff; 255]);
    });
    flow.dst(&message);
    assert!(flow.inspection.facts().dns.as_ref().is_some_and(|dns| dns.answers.len() == 16));
    println!("DNS facts: {} bytes", flow.inspection.heap_bytes());
    assert!(flow.inspection.heap_bytes() <= MOST_HEAP - 2 * DEEP);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    /// Whatever comes, in whatever order: no panic, bounded memory, and an end.
    #[test]
    fn any_flow(
        tcp: bool,
        port in prop::sample::select(vec![22u16, 53, 80, 137, 443, 5004, 5353, 5355, 9999]),
        handshake: bool,
        segments in prop::collection::vec(
            (any::<bool>(), 0..BAITS.len(), prop::collection::vec(any::<u8>(), 1..40), 0usize..60, -2000i32..20_000, any::<bool>()),
            1..60,
        ),
    ) {
        let mut flow = Flow::new(if tcp { TCP } else { UDP }, 50000, port);
        if handshake {
            flow.handshake();
        }
        for (from_src, bait, tail, repeat, position, in_order) in segments {
            let payload = [BAITS[bait], &tail.repeat(1 + repeat)].concat();
            match (in_order, from_src) {
                (true, true) => flow.src(&payload),
                (true, false) => flow.dst(&payload),
                (false, _) => flow.at(from_src, position, &payload),
            };
            prop_assert!(flow.inspection.heap_bytes() <= MOST_HEAP, "{}", flow.inspection.heap_bytes());
        }
    }
}
