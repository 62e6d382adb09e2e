//! A search finds what its filter takes, whatever of it the files answer by themselves.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_possible_truncation)]

mod common;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use common::{MIDNIGHT, flow};
use filter::{Filter, Subject};
use serde_json::Value;
use store::flows::{Place, Search, Texts};
use store::{Item, Retention, Settings, Store};

const FLOWS: u64 = 1500;

/// Flows around midnight, some with what the others lack.
fn fill(folder: &Path) {
    let store = Store::start(Settings { folder: folder.to_path_buf(), retention: Retention::default() });
    let queue = store.queue().unwrap();
    let items = (0..FLOWS).map(|n| {
        let mut seen = flow(n, MIDNIGHT + 86_150 + n / 3);
        let duration_ns = seen.end.since(seen.start);
        let record = &mut seen.record;
        record.duration_ms = duration_ns as f64 / 1e6;
        match n % 10 {
            0 => record.hostname = None,
            1 => record.hostname = Some("Ünïcode.example.com".into()),
            2 => record.src_port = None,
            3 => record.risks = vec!["weak-cipher", "obsolete-tls"],
            4 => record.risks = vec!["weak-cipher-suite"],
            5 => record.hostname = Some("100%_odd.example.net".into()),
            6 => record.direction = model::Direction::Lateral,
            _ => {}
        }
        Item::Flow(Arc::new(seen))
    });
    let items: Vec<_> = items.collect();
    for some in items.chunks(700) {
        queue.give(some.to_vec());
    }
    drop(queue);
    assert_eq!(store.finish().lost, 0);
}

fn search(text: &str) -> Search {
    let filter = Filter::parse(Subject::Flows, text).unwrap_or_else(|error| panic!("{text}: {error}"));
    Search {
        filter,
        from: 0,
        to: i64::from(u32::MAX),
        device: None,
        before: None,
        limit: 10_000,
        brief: false,
        patience: Duration::from_secs(600),
    }
}

fn all(search: &Search, folder: &Path, limit: usize) -> Vec<Value> {
    let (mut records, mut before) = (Vec::new(), search.before);
    loop {
        let found = Search { before, limit, ..search.clone() }.run(folder, &Texts::default()).unwrap();
        assert!(found.records.len() <= limit && !found.is_cut);
        records.extend(found.records);
        let Some(next) = found.next else { return records };
        assert!(before.is_none_or(|before: Place| (next.day.0, next.id) < (before.day.0, before.id)));
        before = Some(next);
    }
}

fn ids(records: &[Value]) -> Vec<&str> {
    records.iter().map(|record| record["ref"].as_str().unwrap()).collect()
}

#[test]
fn every_filter_finds_what_it_takes() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path());
    let flows = folder.path().join("flows");
    let everything = all(&search(""), &flows, 10_000);
    assert_eq!(everything.len() as u64, FLOWS);
    assert_eq!(ids(&everything).into_iter().collect::<BTreeSet<_>>().len() as u64, FLOWS);
    let one = &everything[17];
    let (ip, device) = (one["src_ip"].as_str().unwrap(), one["src_device"].as_str().unwrap());
    for text in [
        "protocol = tls",
        "protocol != TLS",
        "not protocol = tls and application = youtube",
        "application != youtube",
        "hostname ~ \"*.EXAMPLE.org\"",
        "hostname ~ \"100%_\"",
        "hostname ~ \"host-?.example.org\"",
        "hostname = Ünïcode.example.com",
        "hostname ~ ünï",
        "not hostname ~ host",
        "hostname !~ host",
        &format!("src_ip = {ip}"),
        &format!("ip = {ip} or dst_port = 22"),
        &format!("device = {}", device.to_uppercase()),
        &format!("not device = {device}"),
        "dst_ip in 198.51.7.0/24",
        "ip = 198.51.0.0/18",
        "src_ip != 10.0.0.0/24",
        "port in (443, 22)",
        "port != 443",
        "src_port >= 40000 and src_port < 41000",
        "bytes > 500k",
        "src_packets = 7",
        "packets <= 20",
        "risks has weak-cipher",
        "risks in (self-signed, obsolete-tls)",
        "not risks has weak-cipher",
        "risks != weak-cipher",
        "direction = lateral",
        "direction != lateral",
        "direction = sideways",
        "duration_ms > 1234",
        "duration_ms = 1234.5",
        "duration_ms <= 1234",
        "start >= 2026-11-22 or dst_country = DE",
        "start < 2026-11-22T00:00:10Z and start >= 2026-11-21T23:59:50Z",
        "ja4 ~ \"t13d*\" and handshake_rtt_ms < 5ms",
        "example.net tls",
        "not example",
        "ünï",
        "odd or ssh",
        "\"t13d1516h2_8daaf6152771_00000000000?\"",
        "\"*Network 4?\"",
        "US and not host-1",
        "not (US or youtube)",
        "fe",
        "nothing-has-this",
        "198.51.7",
        &format!("{ip} dst_port = 443"),
        &format!("{device} and not tls"),
        &format!("{device} and device = {device}"),
        &format!("not {device}"),
        &format!("ip = {ip} and not youtube"),
        &one["id"].to_string(),
        "dst_ip in 198.51.0.0/21 or weak",
        "src_ip != 198.51.7.0/24 and ip in 198.51.7.0/24",
        "hostname = \"\" or hostname ~ \"*\"",
        "risks = WEAK-cipher-suite",
        "transport = tcp transport ~ t?p",
        "protocol = tls or not (dst_port = 53 or src_bytes < 1000)",
        "tls.version = nothing",
    ] {
        let search = search(text);
        let expected: Vec<_> =
            everything.iter().filter(|record| search.filter.matches(record)).cloned().collect();
        for limit in [10_000, 37] {
            let found = all(&search, &flows, limit);
            assert_eq!(ids(&found), ids(&expected), "{text}, {limit} at a time");
            assert!(found == expected, "{text}");
        }
    }
}

#[test]
fn time_and_device_bound_a_search() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path());
    let flows = folder.path().join("flows");
    let everything = all(&search(""), &flows, 10_000);
    let start = |record: &Value| record["start"].as_str().unwrap().to_owned();
    let (from, to) = (MIDNIGHT as i64 + 86_200, MIDNIGHT as i64 + 86_500);
    let bounded = Search { from, to, ..search("protocol = tls") };
    let (from, to) = (model::rfc3339_seconds(from), model::rfc3339_seconds(to));
    let within = |record: &&Value| {
        let start = start(record)[..19].to_owned();
        record["protocol"] == "tls" && *start >= from[..19] && *start < to[..19]
    };
    let expected: Vec<_> = everything.iter().filter(within).cloned().collect();
    assert!(!expected.is_empty());
    assert_eq!(ids(&all(&bounded, &flows, 10)), ids(&expected));
    let device = everything[5]["src_device"].as_str().unwrap().to_owned();
    let of = Search { device: Some(device.clone()), ..search("") };
    let expected: Vec<_> =
        everything.iter().filter(|record| record["src_device"] == *device).cloned().collect();
    assert_eq!(ids(&all(&of, &flows, 3)), ids(&expected));
}

#[test]
fn without_patience_it_says_where_to_go_on() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path());
    let flows = folder.path().join("flows");
    let hasty = Search { patience: Duration::ZERO, ..search("tls.version = nothing") };
    let texts = Texts::default();
    let (mut before, mut steps) = (None, 0);
    loop {
        let found = Search { before, ..hasty.clone() }.run(&flows, &texts).unwrap();
        assert!(found.records.is_empty());
        steps += 1;
        let Some(next) = found.next else { break };
        assert!(found.is_cut);
        before = Some(next);
    }
    assert!(steps >= 3, "{steps}");
}

#[test]
fn texts_that_come_later_are_found_too() {
    let folder = tempfile::tempdir().unwrap();
    let (flows, texts) = (folder.path().join("flows"), Texts::default());
    let count = |text: &str| search(text).run(&flows, &texts).unwrap().records.len();
    let keep = |hostname: &str| {
        let store =
            Store::start(Settings { folder: folder.path().to_path_buf(), retention: Retention::default() });
        let mut seen = flow(1, MIDNIGHT + 100);
        seen.record.hostname = Some(hostname.into());
        store.queue().unwrap().give(vec![Item::Flow(Arc::new(seen))]);
        assert_eq!(store.finish().lost, 0);
    };
    keep("early.example");
    assert_eq!((count("early"), count("later"), count("hostname ~ \"*.example\"")), (1, 0, 1));
    keep("later.example");
    assert_eq!((count("early"), count("later"), count("hostname ~ \"*.example\"")), (1, 1, 2));
}

#[test]
fn a_brief_record_says_the_same_in_fewer_fields() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path());
    let flows = folder.path().join("flows");
    let whole = all(&search("risks has weak-cipher"), &flows, 10_000);
    let brief = all(&Search { brief: true, ..search("risks has weak-cipher") }, &flows, 100);
    assert_eq!((ids(&brief), brief.len()), (ids(&whole), 150));
    for (brief, whole) in brief.iter().zip(&whole) {
        for (name, value) in brief.as_object().unwrap() {
            let time = |value: &Value| value.as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
            match name.as_str() {
                // Milliseconds are all that rows have.
                "start" | "end" => {
                    let off = time(&whole[name]).as_millisecond() - time(value).as_millisecond();
                    assert!((0..=1).contains(&off), "{name}: {value}");
                }
                "duration_ms" => assert_eq!(value.as_f64(), whole[name].as_f64().map(f64::trunc)),
                "country" => assert_eq!(*value, whole["dst_country"]),
                _ => assert_eq!(*value, whole[name], "{name}"),
            }
        }
    }
}

/// Files of earlier versions do not say which names their blocks have.
#[test]
fn a_file_without_marks_is_searched_block_by_block() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path());
    let flows = folder.path().join("flows");
    let expected = ids_of(&all(&search("\"*Network 4?\" tls"), &flows, 50));
    for day in ["20261121", "20261122"] {
        let file = rusqlite::Connection::open(flows.join(format!("{day}.db"))).unwrap();
        file.execute_batch("DROP TABLE mark; PRAGMA user_version = 1;").unwrap();
    }
    assert!(!expected.is_empty());
    assert_eq!(ids_of(&all(&search("\"*Network 4?\" tls"), &flows, 50)), expected);
}

fn ids_of(records: &[Value]) -> Vec<String> {
    ids(records).into_iter().map(str::to_owned).collect()
}
