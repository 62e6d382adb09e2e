//! Writes so many flows over so many days, as fast as it can, and says how fast that was and how much
//! room they take: `cargo run --release -p netmonsec-store --example fill -- FOLDER FLOWS DAYS`.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::print_stdout,
    clippy::disallowed_methods
)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::time::Instant;

use common::{MIDNIGHT, flow};
use store::{Item, Retention, Settings, Store};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, flows, days] = &arguments[..] else { panic!("FOLDER FLOWS DAYS") };
    let (flows, days): (u64, u64) = (flows.parse().unwrap(), days.parse().unwrap());
    let retention = Retention { flow_days: 10_000, flow_bytes: u64::MAX, ..Retention::default() };
    let store = Store::start(Settings { folder: folder.into(), retention });
    let queue = store.queue().unwrap();
    let began = Instant::now();
    let mut batch: Vec<_> = (0..common::DEVICES).map(|n| Item::Device(Box::new(common::device(n)))).collect();
    for n in 0..flows {
        let end = MIDNIGHT + n * days * 86_400 / flows;
        batch.push(Item::Flow(std::sync::Arc::new(flow(n, end))));
        if batch.len() == 256 {
            queue.give(std::mem::take(&mut batch));
        }
    }
    queue.give(batch);
    drop(queue);
    let status = store.finish();
    let seconds = began.elapsed().as_secs_f64();
    println!("{flows} flows in {seconds:.1} s: {:.0} a second; {status:?}", flows as f64 / seconds);
}
