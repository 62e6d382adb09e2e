//! What the flow table costs per packet: `cargo bench -p netmonsec-flow`.
//!
//! Hot is 4,096 flows, which fit the second-level cache; cold is a million in random order, which
//! fit none. The cold ones are looked up as the engine does it: in batches whose table lines are
//! fetched together.

#![allow(missing_docs, clippy::indexing_slicing, clippy::cast_possible_truncation, clippy::expect_used)]

mod frames;

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use dpi::Engine;
use flow::{Ended, Guess, Hasher, SHARDS, Settings, Shard, shard_of};
use frames::{Conversation, Segment, Stream, TCP, UDP, shuffled};

const HOT: u32 = 4_096;
const COLD: u32 = 1_000_000;
/// As in the engine.
const BATCH: usize = 32;

struct Table {
    shards: Vec<Shard>,
    dpi: Engine,
    ended: Vec<Ended>,
}

impl Table {
    fn new(hasher: Hasher) -> Self {
        let settings = Settings::default();
        let shards = (0..SHARDS).map(|_| Shard::new(&settings, hasher)).collect();
        Self { shards, dpi: Engine::default(), ended: Vec::new() }
    }

    fn process(&mut self, stream: &Stream) {
        for batch in stream.arrivals.chunks(BATCH) {
            let mut guesses = [Guess::default(); BATCH];
            let mut touched = 0;
            for arrival in batch {
                touched ^= self.shards[shard_of(arrival.hash)].touch_index(arrival);
            }
            for (arrival, guess) in batch.iter().zip(&mut guesses) {
                let lines;
                (*guess, lines) = self.shards[shard_of(arrival.hash)].touch_entry(arrival);
                touched ^= lines;
            }
            black_box(touched);
            for (arrival, guess) in batch.iter().zip(guesses) {
                let shard = &mut self.shards[shard_of(arrival.hash)];
                shard.track(arrival, guess, &stream.block, &self.dpi, &mut self.ended);
            }
        }
    }

    fn advance(&mut self, second: u64) -> usize {
        for shard in &mut self.shards {
            shard.advance(second, &mut self.ended);
        }
        let ended = self.ended.len();
        self.ended.clear();
        ended
    }
}

/// `flows` flows that are decided and open, and two more packets for each of them.
fn open(protocol: u8, flows: u32, stamps: bool) -> (Table, Stream) {
    const SYN: u8 = 2;
    const ACK: u8 = 16;
    let hasher = Hasher::new(7);
    let mut table = Table::new(hasher);
    let stamps = |value, echo| stamps.then_some((value, echo));
    let handshake = [
        Segment { up: true, flags: SYN, seq: 99, stamps: stamps(1, 0), ..Segment::default() },
        Segment { flags: SYN | ACK, seq: 499, ack: 100, stamps: stamps(1, 1), ..Segment::default() },
        Segment { up: true, flags: ACK, seq: 100, ack: 500, stamps: stamps(2, 1), ..Segment::default() },
    ];
    let data = |up: bool, seq, ack, stamps| Segment { up, flags: ACK, seq, ack, len: 8, stamps };
    let mut earlier: Vec<_> = if protocol == TCP { handshake.to_vec() } else { Vec::new() };
    for i in 0..8 {
        earlier.push(data(true, 100 + 8 * i, 500 + 8 * i, stamps(2 + i, 1 + i)));
        earlier.push(data(false, 500 + 8 * i, 108 + 8 * i, stamps(2 + i, 2 + i)));
    }
    for segment in &earlier {
        let mut stream = Stream::new(hasher);
        for number in 0..flows {
            stream.push(Conversation { protocol, number }, segment);
        }
        table.process(&stream);
    }
    // Data one way and its acknowledgement, or datagrams both ways.
    let mut stream = Stream::new(hasher);
    for up in [true, false] {
        let acknowledgement = Segment { len: 0, ..data(false, 564, 172, stamps(20, 10)) };
        let segment = if up { data(true, 164, 564, stamps(20, 10)) } else { acknowledgement };
        for number in shuffled(flows) {
            stream.push(Conversation { protocol, number }, &segment);
        }
    }
    stream.later(1_000_000_000);
    (table, stream)
}

fn hash(c: &mut Criterion) {
    let hasher = Hasher::new(7);
    let mut stream = Stream::new(hasher);
    for number in 0..1024 {
        stream.push(Conversation { protocol: UDP, number }, &Segment { up: true, ..Segment::default() });
    }
    let mut group = c.benchmark_group("hash");
    group.throughput(Throughput::Elements(1024));
    group.bench_function("IPv4 keys", |b| {
        b.iter(|| stream.arrivals.iter().fold(0, |x, a| x ^ hasher.hash(black_box(&a.key))));
    });
    group.finish();
}

fn lookup(c: &mut Criterion) {
    let mut group = c.benchmark_group("lookup");
    group.sample_size(20);
    for flows in [HOT, COLD] {
        let (table, stream) = open(UDP, flows, false);
        group.throughput(Throughput::Elements(flows.into()));
        group.bench_function(BenchmarkId::from_parameter(flows), |b| {
            b.iter(|| {
                let arrivals = stream.arrivals.iter().take(flows as usize);
                arrivals.filter(|a| table.shards[shard_of(a.hash)].view(a.hash, &a.key).is_some()).count()
            });
        });
    }
    group.finish();
}

fn update(c: &mut Criterion) {
    let mut group = c.benchmark_group("update");
    group.sample_size(20);
    for flows in [HOT, COLD] {
        for (name, protocol, stamps) in
            [("UDP", UDP, false), ("TCP", TCP, false), ("TCP with timestamps", TCP, true)]
        {
            let (mut table, mut stream) = open(protocol, flows, stamps);
            group.throughput(Throughput::Elements(stream.arrivals.len() as u64));
            group.bench_function(BenchmarkId::new(name, flows), |b| {
                b.iter(|| {
                    stream.go_on(8);
                    table.process(&stream);
                });
            });
        }
    }
    group.finish();
}

fn open_and_expire(c: &mut Criterion) {
    let mut group = c.benchmark_group("open and expire");
    group.sample_size(20);
    for (name, protocol) in [("UDP", UDP), ("TCP", TCP)] {
        let hasher = Hasher::new(7);
        let mut stream = Stream::new(hasher);
        for number in shuffled(100_000) {
            let segment = Segment { up: true, flags: 2, len: 0, ..Segment::default() };
            stream.push(Conversation { protocol, number }, &segment);
        }
        group.throughput(Throughput::Elements(100_000));
        group.bench_function(name, |b| {
            b.iter_batched_ref(
                || Table::new(hasher),
                |table| {
                    table.process(&stream);
                    assert_eq!(table.advance(1_700_000_200), 100_000);
                },
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, hash, lookup, update, open_and_expire);
criterion_main!(benches);
