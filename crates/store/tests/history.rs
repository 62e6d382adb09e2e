//! What is handed over is there afterwards, in whatever way it is asked for.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_possible_truncation)]

mod common;

use std::path::Path;

use common::{MIDNIGHT, flow};
use store::day::Day;
use store::flows::DayReader;
use store::{Item, Kind, MainReader, Resolution, Retention, Settings, Store};

fn start(folder: &Path) -> Store {
    Store::start(Settings { folder: folder.to_path_buf(), retention: Retention::default() })
}

fn keep(folder: &Path, flows: impl Iterator<Item = (u64, u64)>) {
    let store = start(folder);
    let queue = store.queue().unwrap();
    for (n, end) in flows {
        queue.give(vec![Item::Flow(std::sync::Arc::new(flow(n, end)))]);
    }
    drop(queue);
    let status = store.finish();
    assert_eq!((status.trouble, status.lost, status.shed), (None, 0, 0));
}

#[test]
fn flows_of_two_days_are_in_two_files_with_their_whole_records() {
    let folder = tempfile::tempdir().unwrap();
    keep(folder.path(), (0..3000).map(|n| (n, MIDNIGHT + 86_000 + n / 5)));
    let flows = folder.path().join("flows");
    let today = DayReader::open(&flows, Day::parse("20261121").unwrap()).unwrap().unwrap();
    let tomorrow = DayReader::open(&flows, Day::parse("20261122").unwrap()).unwrap().unwrap();
    assert_eq!((today.count().unwrap(), tomorrow.count().unwrap()), (2000, 1000));
    for (reader, first, ids) in [(&today, 0u64, 1..=2000i64), (&tomorrow, 2000, 1..=1000)] {
        for id in ids.step_by(97) {
            let record: serde_json::Value =
                serde_json::from_str(&reader.record(id).unwrap().unwrap()).unwrap();
            let n = first + id as u64 - 1;
            let original = flow(n, MIDNIGHT + 86_000 + n / 5).record;
            assert_eq!(record, serde_json::to_value(&original).unwrap());
        }
    }
    assert!(today.record(5000).unwrap().is_none());
    assert!(DayReader::open(&flows, Day::parse("20260101").unwrap()).unwrap().is_none());
}

#[test]
fn pages_of_a_device_follow_one_another() {
    let folder = tempfile::tempdir().unwrap();
    keep(folder.path(), (0..5000).map(|n| (n, MIDNIGHT + n)));
    let reader =
        DayReader::open(&folder.path().join("flows"), Day::parse("20261121").unwrap()).unwrap().unwrap();
    let device = flow(7, MIDNIGHT).src_device.unwrap();
    let expected = (0..5000).filter(|n| flow(*n, MIDNIGHT).src_device.as_ref() == Some(&device)).count();
    let (mut seen, mut before) = (Vec::new(), None);
    loop {
        let page = reader.flows_of(&device, before, 7).unwrap();
        assert!(page.rows.iter().all(|row| row.src_device.as_ref() == Some(&device)));
        seen.extend(page.rows.into_iter().map(|row| row.id));
        before = page.before;
        if before.is_none() {
            break;
        }
    }
    let mut once = seen.clone();
    once.sort();
    once.dedup();
    assert_eq!((seen.len(), once.len()), (expected, expected));
}

#[test]
fn sums_of_minutes_hours_and_days_are_those_of_the_flows() {
    let folder = tempfile::tempdir().unwrap();
    keep(folder.path(), (0..4000).map(|n| (n, MIDNIGHT + 3600 + n)));
    let reader = MainReader::open(folder.path()).unwrap();
    let all: Vec<_> = (0..4000).map(|n| flow(n, MIDNIGHT + 3600 + n)).collect();
    let bytes = |flows: &mut dyn Iterator<Item = &store::SeenFlow>| -> i64 {
        flows.map(|f| (f.record.src_bytes + f.record.dst_bytes) as i64).sum()
    };
    let (from, to) = (MIDNIGHT as i64, MIDNIGHT as i64 + 86_400);
    for resolution in Resolution::ALL {
        let points = reader.series(resolution, Kind::Total, "", from, to).unwrap();
        let sum: i64 = points.iter().map(|p| p.in_bytes + p.out_bytes).sum();
        assert_eq!(sum, bytes(&mut all.iter()), "{resolution:?}");
        assert_eq!(points.iter().map(|p| p.flows).sum::<i64>(), 4000);
        let tls = reader.series(resolution, Kind::Protocol, "tls", from, to).unwrap();
        let sum: i64 = tls.iter().map(|p| p.in_bytes + p.out_bytes).sum();
        assert_eq!(sum, bytes(&mut all.iter().filter(|f| f.record.protocol == "tls")), "{resolution:?}");
    }
    let top = reader.top(Resolution::Hour, Kind::Device, from, to, 3).unwrap();
    assert_eq!(top.len(), 3);
    let of = |name: &str| bytes(&mut all.iter().filter(|f| f.src_device.as_deref() == Some(name)));
    assert!(top.iter().all(|t| t.in_bytes + t.out_bytes == of(&t.name)));
    assert!(top.windows(2).all(|w| of(&w[0].name) >= of(&w[1].name)));
}

#[test]
fn a_damaged_file_is_put_aside_and_a_new_one_begun() {
    let folder = tempfile::tempdir().unwrap();
    keep(folder.path(), (0..100).map(|n| (n, MIDNIGHT + n)));
    let file = folder.path().join("flows/20261121.db");
    std::fs::write(&file, b"this is no database, but was one once, and is long enough to look like one")
        .unwrap();
    let store = start(folder.path());
    let queue = store.queue().unwrap();
    queue.give(vec![Item::Flow(std::sync::Arc::new(flow(1, MIDNIGHT)))]);
    // The first batch finds the damage.
    while store.status().trouble.is_none() {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert!(folder.path().join("flows/20261121.db.damaged").exists());
    queue.give(vec![Item::Flow(std::sync::Arc::new(flow(2, MIDNIGHT)))]);
    drop(queue);
    let status = store.finish();
    assert_eq!((status.trouble, status.lost), (None, 1));
    let reader =
        DayReader::open(&folder.path().join("flows"), Day::parse("20261121").unwrap()).unwrap().unwrap();
    assert_eq!(reader.count().unwrap(), 1);
}

#[test]
fn without_a_folder_to_write_to_everything_is_counted_and_nobody_waits() {
    let folder = tempfile::tempdir().unwrap();
    let blocked = folder.path().join("data");
    std::fs::write(&blocked, b"a file where the folder should be").unwrap();
    let store = start(&blocked);
    let queue = store.queue().unwrap();
    for n in 0..50 {
        queue.offer(vec![Item::Flow(std::sync::Arc::new(flow(n, MIDNIGHT)))]);
    }
    drop(queue);
    let status = store.finish();
    assert!(status.trouble.is_some());
    assert_eq!((status.written, status.lost + status.shed), (0, 50));
}
