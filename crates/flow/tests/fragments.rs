//! IP fragments find the flow of their datagram, in whatever order they come.
#![allow(clippy::indexing_slicing, clippy::cast_possible_truncation, clippy::unwrap_used)]

mod common;

use common::{MS, SECOND, Table, ipv4, udp_bytes};
use flow::{Ended, Settings};

const A: [u8; 4] = [10, 0, 0, 1];
const B: [u8; 4] = [10, 0, 0, 2];
const MORE: u16 = 0x2000;

/// A datagram of 2,400 bytes in three fragments.
fn datagram(id: u16) -> [Vec<u8>; 3] {
    let whole = udp_bytes(4000, 9999, 2392);
    [
        ipv4(A, B, 17, id, MORE, &whole[..800]),
        ipv4(A, B, 17, id, MORE | 100, &whole[800..1600]),
        ipv4(A, B, 17, id, 200, &whole[1600..]),
    ]
}

fn run(frames: &[(&Vec<u8>, u64)]) -> Vec<Ended> {
    let mut table = Table::new(&Settings::default());
    for (frame, at) in frames {
        table.give(frame, 1000 * SECOND + at);
    }
    let given = table.given;
    let ended = table.finish();
    let counted: u64 = ended.iter().flat_map(|e| e.entry.packets()).map(u64::from).sum();
    assert_eq!(counted, given);
    ended
}

#[test]
fn any_order_is_one_flow() {
    let [a, b, c] = datagram(7);
    for order in [[&a, &b, &c], [&c, &b, &a], [&b, &a, &c], [&b, &c, &a], [&c, &a, &b], [&a, &c, &b]] {
        let ended = run(&[(order[0], 0), (order[1], MS), (order[2], 2 * MS)]);
        assert_eq!(ended.len(), 1);
        assert_eq!(ended[0].entry.src(), (A.into(), 4000));
        assert_eq!(ended[0].entry.dst(), (B.into(), 9999));
        assert_eq!(ended[0].entry.bytes()[0], 3 * 34 + 2400);
        assert_eq!(ended[0].quality.fragments, 3);
    }
}

#[test]
fn whole_packets_of_the_flow_belong_to_it_too() {
    let [a, b, c] = datagram(7);
    let whole = common::udp(A, 4000, B, 9999, 10);
    let ended = run(&[(&whole, 0), (&c, MS), (&a, 2 * MS), (&b, 3 * MS), (&whole, 4 * MS)]);
    assert_eq!(ended.len(), 1);
    assert_eq!(ended[0].entry.packets(), [5, 0]);
}

#[test]
fn an_identification_that_comes_round_again_is_another_datagram() {
    let [a, b, c] = datagram(7);
    let other = ipv4(A, B, 17, 7, MORE, &udp_bytes(5000, 53, 1000)[..800]);
    let ended = run(&[(&a, 0), (&b, MS), (&c, 2 * MS), (&other, 60 * SECOND), (&b, 60 * SECOND + MS)]);
    assert_eq!(ended.len(), 2);
}

#[test]
fn a_first_fragment_that_never_comes_leaves_a_flow_without_ports() {
    let [_, b, c] = datagram(7);
    let ended = run(&[(&b, 0), (&c, MS)]);
    assert_eq!(ended.len(), 1);
    assert_eq!((ended[0].entry.src().1, ended[0].entry.dst().1), (0, 0));
    assert_eq!(ended[0].entry.packets(), [2, 0]);
}

#[test]
fn a_flood_of_fragments_is_bounded_and_counted() {
    let frames: Vec<Vec<u8>> =
        (0..20_000u16).map(|i| ipv4([10, 1, (i >> 8) as u8, i as u8], B, 17, i, 100, &[0; 40])).collect();
    let frames: Vec<_> = frames.iter().enumerate().map(|(i, f)| (f, i as u64 * 1000)).collect();
    assert_eq!(run(&frames).len(), 20_000);
}
