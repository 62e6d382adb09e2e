//! Files for other programs hold what they were given, whatever that says.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_possible_truncation)]

mod common;

use std::fs;
use std::sync::Arc;

use common::{HOSTILE, MIDNIGHT, alert, flow};
use serde_json::Value;
use store::Item;
use store::sinks::{Outlets, Wanted, open};

/// Hostile flows, ones that end before and after midnight, and an alert, in all outputs.
fn written() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let wanted = Wanted { csv: true, eve: true, days: 7, ..Wanted::default() };
    let outlets = Outlets::start(open(Some(folder.path()), &wanted));
    let mut items: Vec<Item> = (0..100).map(|n| Item::Flow(Arc::new(flow(n, MIDNIGHT + n)))).collect();
    let mut bad = flow(100, MIDNIGHT + 100);
    bad.record.hostname = Some(HOSTILE.into());
    bad.record.dns = Some(model::Dns {
        query: HOSTILE.into(),
        qtype: "TXT".into(),
        rcode: Some("NOERROR".into()),
        answers: vec![HOSTILE.into()],
        rtt_ms: Some(1.0),
    });
    items.push(Item::Flow(Arc::new(bad)));
    items.push(Item::Alert(Box::new(alert())));
    items.push(Item::Traffic {
        minute: wire::Timestamp::new(MIDNIGHT, 0),
        packets: 5,
        bytes: 50,
        dropped: 2,
    });
    outlets.offer(&items.into(), true);
    outlets.offer(&vec![Item::Flow(Arc::new(flow(200, MIDNIGHT + 86_400)))].into(), true);
    drop(outlets);
    folder
}

#[test]
fn csv_has_a_line_a_record_and_no_formula() {
    let folder = written();
    let today = fs::read_to_string(folder.path().join("flows_20261122.csv")).unwrap();
    assert_eq!(today.lines().count(), 2);
    assert!(folder.path().join("flows_20261121.csv.gz").exists());
    let alerts = fs::read_to_string(folder.path().join("alerts_20261121.csv")).unwrap();
    let lines: Vec<_> = alerts.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].starts_with("id,time,detector,severity,title"));
    assert!(lines[1].contains("\"'=cmd|'/c calc'!A1\"\",  "), "{}", lines[1]);
    assert!(alerts.bytes().all(|byte| byte == b'\n' || byte >= b' '));
    let columns = today.lines().map(|line| line.split(',').count()).collect::<Vec<_>>();
    assert_eq!(columns[0], columns[1], "{today}");
}

/// What Suricata's documentation says every event has.
fn check(event: &Value) {
    let time = event["timestamp"].as_str().unwrap();
    assert!(time.len() == 31 && time.ends_with("+0000") && &time[10..11] == "T", "{time}");
    let kind = event["event_type"].as_str().unwrap();
    assert!(event[kind].is_object(), "{event}");
    if kind != "stats" && kind != "alert" {
        assert!(event["flow_id"].as_u64().unwrap() < 1 << 53);
        for field in ["src_ip", "dest_ip", "proto", "community_id"] {
            assert!(event[field].is_string(), "{field}: {event}");
        }
    }
}

#[test]
fn eve_is_as_its_documentation_says() {
    use std::io::Read;
    let folder = written();
    let mut text = String::new();
    let file = fs::File::open(folder.path().join("eve_20261121.json.gz")).unwrap();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    events.iter().for_each(check);
    let of = |kind: &str| events.iter().filter(|event| event["event_type"] == kind).collect::<Vec<_>>();
    assert_eq!((of("flow").len(), of("alert").len(), of("stats").len(), of("fake").len()), (101, 1, 1, 0));
    let (flow_record, event) = (flow(3, MIDNIGHT + 3).record, of("flow")[3]);
    assert_eq!(event["flow"]["bytes_toserver"], flow_record.src_bytes);
    assert_eq!(event["flow"]["pkts_toclient"], flow_record.dst_packets);
    assert_eq!(event["dest_port"], flow_record.dst_port.unwrap());
    assert_eq!(event["proto"], "TCP");
    assert!(event["flow"]["age"].is_u64());
    assert_eq!(of("dns")[0]["dns"]["rrname"], HOSTILE);
    assert_eq!(of("dns")[0]["dns"]["type"], "answer");
    assert_eq!(of("alert")[0]["alert"]["severity"], 1);
    assert_eq!(of("alert")[0]["timestamp"], "2026-11-21T00:00:05.123456+0000");
    assert_eq!(of("stats")[0]["stats"]["capture"]["kernel_drops"], 2);
}
