//! What a first payload costs: `cargo bench -p netmonsec-dpi`.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use dpi::{Engine, Inspection, Segment};
use wire::{Timestamp, ip_protocol};

const TLS_HELLO: &[u8] = include_bytes!("../tests/data/client_hello.bin");
const HTTP_REQUEST: &[u8] =
    b"GET /index.html HTTP/1.1\r\nHost: www.example.org\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n\r\n";
const DNS_QUERY: &[u8] =
    b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07example\x03org\x00\x00\x01\x00\x01";

fn inspect(c: &mut Criterion) {
    let engine = Engine::default();
    // xorshift: only that it looks like nothing matters.
    let mut word = 0x9e37_79b9_u32;
    let noise: Vec<Vec<u8>> = (0..1024)
        .map(|_| {
            let next = || {
                word ^= word << 13;
                word ^= word >> 17;
                word ^= word << 5;
                word.to_be_bytes()[0]
            };
            std::iter::repeat_with(next).take(200).collect()
        })
        .collect();
    let noise: Vec<&[u8]> = noise.iter().map(Vec::as_slice).collect();

    let mut group = c.benchmark_group("first payload");
    group.throughput(Throughput::Elements(1));
    for (name, transport, port, payloads) in [
        ("tls hello", ip_protocol::TCP, 443, &[TLS_HELLO][..]),
        ("http request", ip_protocol::TCP, 80, &[HTTP_REQUEST]),
        ("dns query", ip_protocol::UDP, 53, &[DNS_QUERY]),
        ("noise over tcp", ip_protocol::TCP, 443, &noise),
        ("noise over udp", ip_protocol::UDP, 53, &noise),
    ] {
        let mut state = Inspection::default();
        let mut payloads = payloads.iter().cycle();
        group.bench_function(name, |b| {
            b.iter(|| {
                let payload = payloads.next().copied().unwrap_or_default();
                let segment = Segment {
                    transport,
                    src_port: 50000,
                    dst_port: port,
                    from_src: true,
                    seq: 1,
                    from_start: true,
                    payload,
                    payload_len: payload.len().try_into().unwrap_or(u32::MAX),
                    time: Timestamp(0),
                    lookups: false,
                };
                let progress = engine.inspect(&mut state, black_box(&segment));
                state.reset();
                progress
            });
        });
    }
    group.finish();
}

criterion_group!(benches, inspect);
criterion_main!(benches);
