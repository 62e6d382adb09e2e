//! What may lie between Ethernet and IP: the first byte picks an EtherType, so that no time is
//! lost on finding it.
#![no_main]
#![allow(dead_code, reason = "the frame is made here, not picked")]

#[path = "../../crates/engine/tests/mutations/decode.rs"]
mod decode;
#[path = "../../crates/engine/tests/mutations/fields.rs"]
mod fields;

use wire::{Frame, LinkType, ether_type};

const KINDS: [u16; 16] = [
    ether_type::VLAN,
    ether_type::QINQ,
    ether_type::QINQ_OLD,
    ether_type::MPLS,
    ether_type::MPLS_UPSTREAM,
    ether_type::PPPOE_SESSION,
    ether_type::PPPOE_DISCOVERY,
    ether_type::FABRIC_PATH,
    ether_type::PPP,
    ether_type::ARP,
    ether_type::RARP,
    ether_type::ERSPAN,
    ether_type::WCCP,
    0x05dc,
    0x0004,
    0x0000,
];

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((first, rest)) = data.split_first() else { return };
    let kind = KINDS[usize::from(first & 0x0f)];
    let frame = [&[2; 6][..], &[4; 6], &kind.to_be_bytes(), rest].concat();
    decode::sound(&Frame::whole(LinkType::Ethernet, &frame));
});
