//! The whole way of a packet: `cargo bench -p netmonsec-engine`.
//!
//! `front` is decoding, key and hash; `read` everything that `netmonsec read --print none` does,
//! from a stream in memory. Elements are packets. The steps in between have benches of their own
//! (`netmonsec-wire`, `netmonsec-flow`, `netmonsec-dpi`).

#![allow(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "numbers are made here")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod traffic;

use std::hint::black_box;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use capture::file::Reader;
use capture::{Block, Record};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use engine::read::{Source, Watch, run};
use engine::{FILE_SEED, FlowSink, Front, Network, Networks, Recorder, Settings};
use flow::Hasher;
use inventory::Inventory;
use traffic::Traffic;

fn pipeline(c: &mut Criterion) {
    let settings = Settings {
        flow: flow::Settings::default(),
        local: Networks(vec![Network { address: [10, 0, 0, 0].into(), prefix: 8 }]),
        ignore: Networks::default(),
        max_devices: 1024,
        dpi: Arc::default(),
        geo: Arc::default(),
        os: inventory::os::Table::builtin(),
        detect: Arc::default(),
    };
    let bulk = made(|traffic| traffic.bulk(200, 500_000));
    let small = made(|traffic| traffic.small(1_000_000, 4));

    let mut group = c.benchmark_group("front");
    front(&mut group, "full-size segments, 200 flows", &settings, &bulk, false);
    front(&mut group, "full-size segments, 200 flows, devices looked out for", &settings, &bulk, true);
    let fewer = made(|traffic| traffic.small(50_000, 4));
    front(&mut group, "60-byte packets, 50 thousand flows", &settings, &fewer, false);
    front(&mut group, "60-byte packets, 50 thousand flows, devices looked out for", &settings, &fewer, true);
    group.finish();

    let mut group = c.benchmark_group("read");
    group.sample_size(10);
    read(&mut group, "full-size segments, 200 flows", &settings, &bulk, || Nobody);
    read(&mut group, "60-byte packets, 1 million flows", &settings, &small, || Nobody);
    if let Some(demo) = demo() {
        read(&mut group, "the demo capture, 20 times", &settings, &demo, || Nobody);
        read(&mut group, "the demo capture, 20 times, records made", &settings, &demo, || {
            Records::new(&settings, false)
        });
        read(&mut group, "the demo capture, 20 times, and devices", &settings, &demo, || {
            Records::new(&settings, true)
        });
    }
    // Established flows: what devices cost them is the difference.
    read(&mut group, "full-size segments, records made", &settings, &bulk, || Records::new(&settings, false));
    read(&mut group, "full-size segments, and devices", &settings, &bulk, || Records::new(&settings, true));
    group.finish();
}

/// A capture in memory and its packets.
type Made = (Arc<Vec<u8>>, u64);

fn made(make: impl Fn(&mut Traffic<Vec<u8>>) -> io::Result<()>) -> Made {
    let mut traffic = Traffic::new(Vec::new()).unwrap();
    make(&mut traffic).unwrap();
    let packets = traffic.packets;
    (Arc::new(traffic.into_inner()), packets)
}

/// The capture that comes with the project; `None` if it is not there.
fn demo() -> Option<Made> {
    let capture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/demo.pcapng");
    Some(made(|traffic| traffic.mix(std::slice::from_ref(&capture), 20))).filter(|(_, packets)| *packets > 0)
}

fn front(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    settings: &Settings,
    (bytes, packets): &Made,
    wants_sightings: bool,
) {
    let batches = batches(bytes);
    let mut front = Front::new(settings, Hasher::new(FILE_SEED), wants_sightings);
    let mut arrivals = Vec::new();
    group.throughput(Throughput::Elements(*packets));
    group.bench_function(name, |b| {
        b.iter(|| {
            for (block, records) in &batches {
                // As many at a time as the pipeline collects.
                for few in records.chunks(64) {
                    arrivals.clear();
                    for record in few {
                        front.take(block, record, &mut arrivals);
                    }
                    black_box(&arrivals);
                }
                black_box(front.take_sightings());
            }
        });
    });
}

fn batches(bytes: &Arc<Vec<u8>>) -> Vec<(Block, Vec<Record>)> {
    let mut reader = Reader::from_read(Box::new(Shared(Arc::clone(bytes), 0))).unwrap();
    let mut batches = Vec::new();
    let mut records = Vec::new();
    while let Some(block) = reader.next_batch(&mut records).unwrap() {
        batches.push((block, records.clone()));
    }
    batches
}

fn read<S: FlowSink + Send>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    settings: &Settings,
    (bytes, packets): &Made,
    sink: impl Fn() -> S,
) {
    group.throughput(Throughput::Elements(*packets));
    group.bench_function(name, |b| {
        b.iter(|| {
            let reader = Reader::from_read(Box::new(Shared(Arc::clone(bytes), 0))).unwrap();
            let mut sources = [Source::new("memory".into(), reader)];
            let outcome = run(&mut sources, settings, 1, &mut sink(), &mut Nobody);
            assert_eq!(outcome.totals.counters.received, *packets);
        });
    });
}

/// Looks at nothing.
struct Nobody;

impl FlowSink for Nobody {
    fn wants_flows(&self) -> bool {
        false
    }

    fn flow(&mut self, _: &flow::Ended) {}
}

/// Makes a record of every flow, and counts it to its devices if there is an inventory.
struct Records {
    recorder: Recorder,
    inventory: Option<Inventory>,
}

impl Records {
    fn new(settings: &Settings, devices: bool) -> Self {
        let of = inventory::Settings {
            local: settings.local.clone(),
            max_devices: settings.max_devices,
            os: Arc::clone(&settings.os),
        };
        Self { recorder: Recorder::new(settings), inventory: devices.then(|| Inventory::new(of)) }
    }
}

impl FlowSink for Records {
    fn wants_flows(&self) -> bool {
        true
    }

    fn wants_sightings(&self) -> bool {
        self.inventory.is_some()
    }

    fn notice(&mut self, notice: &flow::Notice) {
        self.recorder.notice(notice);
    }

    fn sighting(&mut self, sighting: &inventory::Sighting) {
        self.inventory.iter_mut().for_each(|inventory| inventory.sighting(sighting));
    }

    fn flow(&mut self, ended: &flow::Ended) {
        let record = self.recorder.flow(ended);
        self.inventory.iter_mut().for_each(|inventory| inventory.flow(ended, &record));
        black_box(record);
    }
}

impl Watch for Nobody {
    fn progress(&mut self, _: &Source, _: u64) -> bool {
        true
    }
}

/// Bytes that are read again and again, and where this reading is.
struct Shared(Arc<Vec<u8>>, usize);

impl Read for Shared {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = &self.0[self.1..];
        let len = rest.len().min(buffer.len());
        buffer[..len].copy_from_slice(&rest[..len]);
        self.1 += len;
        Ok(len)
    }
}

criterion_group!(benches, pipeline);
criterion_main!(benches);
