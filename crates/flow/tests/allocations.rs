//! An established flow whose protocol is decided costs no heap allocation per packet.

// SAFETY (of the implementation below): every call is passed on to the system allocator.
#![allow(unsafe_code, reason = "a global allocator that counts has to be unsafe")]
#![allow(clippy::indexing_slicing, clippy::cast_possible_truncation, clippy::unwrap_used)]

mod common;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use common::{ACK, MS, SECOND, SYN, Segment, Table, udp};
use flow::Settings;

struct Counting;

thread_local! {
    /// Of this thread: the test harness has others, and those allocate when they like.
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: the system allocator keeps the contract; counting does not touch memory.
unsafe impl GlobalAlloc for Counting {
    // SAFETY: as the trait demands of the caller, passed on unchanged.
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller keeps the contract of GlobalAlloc::alloc.
        unsafe { System.alloc(layout) }
    }

    // SAFETY: as the trait demands of the caller, passed on unchanged.
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the pointer came from `alloc` above, so from the system allocator.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn none_for_a_million_packets() {
    let mut table = Table::new(&Settings::default());
    let mut at = 1000 * SECOND;
    let mut segment = Segment {
        from_client: true,
        flags: SYN,
        seq: 100,
        ack: 0,
        len: 0,
        window: 1000,
        id: 0,
        timestamps: Some((1, 0)),
        scale: None,
    };
    table.give(&segment.frame(), at);
    segment = Segment {
        from_client: false,
        flags: SYN | ACK,
        seq: 500,
        ack: 101,
        timestamps: Some((1, 1)),
        ..segment
    };
    table.give(&segment.frame(), at + MS);
    // Two frames of each kind, patched in place, so that the test itself allocates nothing.
    let data = Segment { from_client: true, flags: ACK, seq: 101, ack: 501, len: 100, ..segment };
    let answer = Segment { from_client: false, flags: ACK, seq: 501, ack: 101, len: 0, ..segment };
    let (mut data, mut answer) = (data.frame(), answer.frame());
    let there = udp([10, 0, 0, 3], 7000, [10, 0, 0, 4], 7001, 200);
    let back = udp([10, 0, 0, 4], 7001, [10, 0, 0, 3], 7000, 200);
    let mut before = 0;
    let (mut seq, mut clock) = (101u32, 2u32);
    for round in 0..251_000 {
        if round == 1000 {
            before = ALLOCATIONS.get();
        }
        at += MS;
        data[38..42].copy_from_slice(&seq.to_be_bytes());
        data[58..62].copy_from_slice(&clock.to_be_bytes());
        table.give(&data, at);
        seq = seq.wrapping_add(100);
        answer[42..46].copy_from_slice(&seq.to_be_bytes());
        answer[58..62].copy_from_slice(&clock.to_be_bytes());
        answer[62..66].copy_from_slice(&clock.to_be_bytes());
        table.give(&answer, at + MS / 2);
        clock += 1;
        table.give(&there, at + 1);
        table.give(&back, at + 2);
    }
    let during = ALLOCATIONS.get() - before;
    assert_eq!(table.open_flows(), 2);
    assert_eq!(during, 0, "allocations for 1,000,000 packets");
}
