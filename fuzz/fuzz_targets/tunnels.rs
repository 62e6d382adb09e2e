//! What tunnels carry: the first byte picks one, and the headers outside of it are right.
#![no_main]
#![allow(dead_code, reason = "the frame is made here, not picked")]

#[path = "../../crates/engine/tests/mutations/decode.rs"]
mod decode;
#[path = "../../crates/engine/tests/mutations/fields.rs"]
mod fields;

use wire::{Frame, LinkType, ip_protocol};

const PROTOCOLS: [u8; 8] = [
    ip_protocol::IPV4,
    ip_protocol::IPV6,
    ip_protocol::GRE,
    ip_protocol::ESP,
    ip_protocol::AH,
    ip_protocol::L2TP,
    ip_protocol::HOP_BY_HOP,
    ip_protocol::ROUTING,
];

/// L2TP, GTP-U, Teredo, IPsec, VXLAN and its relatives, Geneve, CAPWAP.
const PORTS: [u16; 8] = [1701, 2152, 3544, 4500, 4789, 4790, 6081, 5247];

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((&first, rest)) = data.split_first() else { return };
    let pick = usize::from(first & 7);
    let (protocol, payload) = if first & 8 == 0 {
        (PROTOCOLS[pick], rest.to_vec())
    } else {
        let len = u16::try_from(8 + rest.len()).unwrap_or(0);
        let (src, dst) = if first & 0x20 == 0 { (40_000, PORTS[pick]) } else { (PORTS[pick], 40_000) };
        let header = [src.to_be_bytes(), dst.to_be_bytes(), len.to_be_bytes(), [0, 0]].concat();
        (ip_protocol::UDP, [&header, rest].concat())
    };
    let ip = if first & 0x10 == 0 {
        let [hi, lo] = u16::try_from(20 + payload.len()).unwrap_or(0).to_be_bytes();
        vec![0x45, 0, hi, lo, 0, 1, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
    } else {
        let [hi, lo] = u16::try_from(payload.len()).unwrap_or(0).to_be_bytes();
        [&[0x60, 0, 0, 0, hi, lo, protocol, 64, 0x20, 1, 0, 0][..], &[1; 28]].concat()
    };
    decode::sound(&Frame::whole(LinkType::Raw, &[ip, payload].concat()));
});
