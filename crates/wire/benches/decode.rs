//! Time of decoding one packet of each common shape, all of it in cache.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use etherparse::{PacketBuilder, VlanId};
use wire::{Frame, LinkType, Packet};

const MACS: ([u8; 6], [u8; 6]) = ([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]);
const PAYLOAD: [u8; 512] = [0x5a; 512];

fn decode(c: &mut Criterion) {
    let mut group = c.benchmark_group("decode");
    group.throughput(Throughput::Elements(1));
    for (name, bytes) in [("tcp4", tcp4()), ("udp6", udp6()), ("vlan", vlan()), ("qinq", qinq())] {
        let frame = Frame::whole(LinkType::Ethernet, &bytes);
        group.bench_function(name, |b| b.iter(|| Packet::decode(black_box(&frame))));
    }
    let bytes = vxlan();
    let frame = Frame::whole(LinkType::Ethernet, &bytes);
    group.bench_function("vxlan inner", |b| {
        b.iter(|| Packet::decode(black_box(&frame)).map(|outer| outer.inner(black_box(&bytes))));
    });
    group.finish();
}

fn tcp4() -> Vec<u8> {
    let ip = PacketBuilder::ethernet2(MACS.0, MACS.1).ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64);
    written(|bytes| ip.tcp(50000, 443, 7, 512).ack(9).write_to_vec(bytes, &PAYLOAD).is_ok())
}

fn udp6() -> Vec<u8> {
    let ip = PacketBuilder::ethernet2(MACS.0, MACS.1).ipv6([1; 16], [2; 16], 64);
    written(|bytes| ip.udp(50000, 443).write_to_vec(bytes, &PAYLOAD).is_ok())
}

fn vlan() -> Vec<u8> {
    let link = PacketBuilder::ethernet2(MACS.0, MACS.1).single_vlan(VlanId::ZERO);
    let ip = link.ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64);
    written(|bytes| ip.tcp(50000, 443, 7, 512).ack(9).write_to_vec(bytes, &PAYLOAD).is_ok())
}

fn qinq() -> Vec<u8> {
    let link = PacketBuilder::ethernet2(MACS.0, MACS.1).double_vlan(VlanId::ZERO, VlanId::ZERO);
    let ip = link.ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64);
    written(|bytes| ip.tcp(50000, 443, 7, 512).ack(9).write_to_vec(bytes, &PAYLOAD).is_ok())
}

fn vxlan() -> Vec<u8> {
    let inner = [&[8, 0, 0, 0, 0, 0, 7, 0], &tcp4()[..]].concat();
    let ip = PacketBuilder::ethernet2(MACS.0, MACS.1).ipv4([10, 0, 0, 3], [10, 0, 0, 4], 64);
    written(|bytes| ip.udp(50000, wire::vxlan::PORT).write_to_vec(bytes, &inner).is_ok())
}

fn written(write: impl FnOnce(&mut Vec<u8>) -> bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    assert!(write(&mut bytes), "etherparse built no packet");
    bytes
}

criterion_group!(benches, decode);
criterion_main!(benches);
