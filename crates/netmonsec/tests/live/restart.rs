//! What one run saw is there in the next: its devices, alerts and incidents, and what people did with them.

use rustix::process::Signal;
use serde_json::Value;
use testlab::frames::{ACK, SYN, TCP, ethernet, ip, ports};
use testlab::{FAR, Lab, NEAR, Sender, until};

use crate::client::Client;
use crate::monitor::Monitor;

const RST: u8 = 4;
const SCANNER: [u8; 4] = [10, 77, 0, 1];
const SCANNED: [u8; 4] = [10, 77, 0, 2];

/// A port that is tried, and refused (RFC 9293 s3.10.7.1).
fn refused(port: u16) -> [Vec<u8>; 2] {
    let segment = |back: bool, flags: u8| {
        let (mut ends, mut numbers) = ([SCANNER, SCANNED].map(Into::into), [40_000 + port, port]);
        if back {
            ends.reverse();
            numbers.reverse();
        }
        let head = [&[0, 0, 0, 1, 0, 0, 0, 2, 0x50, flags, 0xff, 0xff, 0, 0, 0, 0][..]].concat();
        ethernet(back, &[0x0800], &ip(ends[0], ends[1], TCP, &ports(numbers[0], numbers[1], &head)))
    };
    [segment(false, SYN), segment(true, RST | ACK)]
}

/// A station that says who it is (RFC 826; the addresses of `ethernet`).
fn announced(back: bool, station: [u8; 4]) -> Vec<u8> {
    let mac = [2, 0x77, 0, 0, 0, if back { 2 } else { 1 }];
    let head = [0, 1, 8, 0, 6, 4, 0, 1];
    ethernet(back, &[0x0806], &[&head[..], &mac, &station, &[0; 6], &station].concat())
}

fn ids(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap().iter();
    let mut ids: Vec<_> = items.map(|item| item["id"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

#[test]
fn what_one_run_saw_the_next_one_lists() {
    let Some(lab) = Lab::new("what_one_run_saw_the_next_one_lists") else { return };
    lab.ip("link set lo up").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = format!("store.path={:?}", folder.path().join("data"));
    let set = ["--set", &store, "--set", "api.listen=\"127.0.0.1:8080\""];
    let arguments = [&["-i", FAR][..], &set].concat();
    let client = || Client::new(([127, 0, 0, 1], 8080).into());
    let lists = ["devices", "alerts", "incidents"].map(|list| format!("/api/v1/{list}?limit=1000"));

    let monitor = Monitor::start(&lab, &arguments);
    let sender = lab.enter(|| Sender::new(NEAR));
    [announced(false, SCANNER), announced(true, SCANNED)].iter().for_each(|frame| sender.send(frame));
    lab.enter(|| until("both stations", || ids(&client().get(&lists[0]).good()).len() == 2));
    (1..400).flat_map(refused).for_each(|frame| sender.send(&frame));
    let (seen, before) = lab.enter(|| {
        let client = client();
        let told = || lists.each_ref().map(|path| client.get(path).good());
        until("a scan by a device", || {
            let [devices, alerts, incidents] = told();
            ids(&devices).len() == 2 && ids(&alerts).len() == 1 && incidents["items"][0]["device"].is_string()
        });
        (told(), client.get("/api/v1/stats").good())
    });
    monitor.stop(Signal::INT);

    let monitor = Monitor::start(&lab, &arguments);
    lab.enter(|| {
        let client = client();
        let again = lists.each_ref().map(|path| client.get(path).good());
        for (before, after) in seen.iter().zip(&again) {
            assert!(!ids(before).is_empty());
            assert_eq!(ids(before), ids(after));
        }
        let [devices, _, incidents] = &again;
        let [incident, ..] = &incidents["items"].as_array().unwrap()[..] else { panic!("{incidents}") };
        let whole = &seen[2]["items"][0];
        for field in ["title", "severity", "score", "src_ip", "device", "timeline"] {
            assert_eq!(incident[field], whole[field], "{field}");
        }
        assert!(devices["items"].as_array().unwrap().iter().all(|device| device["online"] == false));
        let device = incident["device"].as_str().unwrap();
        let listed = devices["items"].as_array().unwrap().iter().find(|one| one["id"] == device).unwrap();
        assert_eq!(listed["risk_score"], whole["score"], "{listed}");

        let now = client.get("/api/v1/stats").good();
        let counts = ["devices", "alerts_open", "incidents_open"];
        assert_eq!(counts.map(|name| &now[name]), counts.map(|name| &before[name]));
        let alert = format!("/api/v1/alerts/{}", ids(&again[1])[0]);
        assert_eq!(client.post(&alert, "{\"state\":\"acknowledged\"}").status, 200);
        assert_eq!(client.get("/api/v1/stats").good()["alerts_open"], 0);
    });
    monitor.stop(Signal::INT);

    let monitor = Monitor::start(&lab, &arguments);
    lab.enter(|| {
        let client = client();
        assert_eq!(client.get("/api/v1/stats").good()["alerts_open"], 0);
        assert_eq!(
            client.get("/api/v1/alerts?state=acknowledged").good()["items"].as_array().map(Vec::len),
            Some(1)
        );
    });
    monitor.stop(Signal::INT);
}
