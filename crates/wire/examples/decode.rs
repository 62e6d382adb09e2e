//! Decodes one packet as often as the first argument says, to count instructions:
//!
//! ```text
//! valgrind --tool=callgrind target/release/examples/decode 1000000 tcp4
//! ```
//!
//! The count divided by a million is that of one packet; start-up is lost in it.

use std::hint::black_box;

use wire::{Frame, LinkType, Packet};

fn main() {
    let rounds: u32 = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let bytes = packet(&std::env::args().nth(2).unwrap_or_default());
    let frame = Frame::whole(LinkType::Ethernet, &bytes);
    let mut packet = Packet::default();
    for _ in 0..rounds {
        packet = Packet::default();
        let _ = black_box(packet.decode_into(black_box(&frame)));
        black_box(&packet);
    }
    println!("{} bytes of payload", packet.payload_len);
}

/// 100 bytes in TCP over IPv4, or whatever else `kind` names.
fn packet(kind: &str) -> Vec<u8> {
    let mut bytes = vec![2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1];
    match kind {
        "vlan" => bytes.extend([0x81, 0, 0, 5, 8, 0]),
        "udp6" => bytes.extend([0x86, 0xdd]),
        _ => bytes.extend([8, 0]),
    }
    if kind == "udp6" {
        bytes.extend([0x60, 0, 0, 0, 0, 108, 17, 64]);
        bytes.extend([0x20; 32]);
        bytes.extend([0xc3, 0x50, 1, 187, 0, 108, 0xab, 0xcd]);
    } else {
        bytes.extend([0x45, 0, 0, 152, 0, 7, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
        bytes.extend([0xc3, 0x50, 1, 187, 0, 0, 0, 9, 0, 0, 0, 1, 0x80, 0x10, 4, 0, 0xab, 0xcd, 0, 0]);
        bytes.extend([1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2]);
    }
    bytes.extend([0x5a; 100]);
    bytes
}
