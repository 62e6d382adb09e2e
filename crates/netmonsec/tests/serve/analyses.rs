//! Captures that are handed in.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use access::{Access, Actor, Role};
use serde_json::Value;
use wire::Timestamp;

use crate::client::Client;
use crate::common::netmonsec;
use crate::instance::Instance;

const WATCHED: &str = "portscan_nmap_connect.pcap";

fn office() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/office.pcapng").to_str().unwrap().to_owned()
}

/// Hands in a capture and waits until it is over.
fn analysed(client: &Client, name: &str, bytes: &[u8]) -> Value {
    let answer = client.send("POST", &format!("/api/v1/analyses?name={name}"), bytes);
    assert_eq!(answer.status, 202, "{}", answer.text());
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    // No faster: the instance answers a hundred requests a second.
    for _ in 0..1200 {
        let told = client.get(&format!("/api/v1/analyses/{id}")).good();
        if ["done", "failed"].contains(&told["state"].as_str().unwrap()) {
            return told;
        }
        thread::sleep(Duration::from_millis(50));
    }
    panic!("{name} is not analysed within a minute");
}

fn lines(what: &str) -> Vec<Value> {
    let output = netmonsec(&["read", &office(), "--print", what, "--json"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_capture_shows_what_reading_it_shows_and_leaves_the_rest_alone() {
    let instance = Instance::of(&[WATCHED]);
    let client = instance.client();
    let before = client.get("/api/v1/stats").good();
    let devices_before = client.get("/api/v1/devices").good();
    let told = analysed(&client, "monday.pcap", &fs::read(office()).unwrap());
    assert_eq!(told["state"], "done", "{told}");
    assert_eq!(told["name"], "monday.pcap");
    assert_eq!(told["bytes"], fs::metadata(office()).unwrap().len());
    let base = format!("/api/v1/analyses/{}", told["id"].as_str().unwrap());

    let names = |all: &[Value]| {
        let mut ids: Vec<_> = all.iter().map(|device| device["id"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    };
    let shown = client.get(&format!("{base}/devices?limit=1000")).good();
    let read = lines("devices");
    assert!(read.len() > 10);
    assert_eq!(names(shown["items"].as_array().unwrap()), names(&read));
    assert_eq!(told["flows"], lines("flows").len());
    let alerts = client.get(&format!("{base}/alerts?limit=1000")).good();
    assert_eq!(alerts["items"].as_array().unwrap().len(), lines("alerts").len());

    let device = format!("{base}/devices/{}", read[0]["id"].as_str().unwrap());
    assert_eq!(client.get(&device).good()["id"], read[0]["id"]);
    for route in ["stats", "flows", "topology", "protocols", "timeseries", "search?q=dns", "incidents"] {
        assert_eq!(client.get(&format!("{base}/{route}")).status, 200, "{route}");
    }
    for route in ["users", "tokens", "audit", "login", "analyses", "../users", "%2e%2e/users"] {
        assert_eq!(client.get(&format!("{base}/{route}")).status, 404, "{route}");
    }
    assert_eq!(client.post(&format!("{base}/alerts/x"), "{\"state\":\"muted\"}").status, 405);

    assert_eq!(client.get("/api/v1/stats").good(), before);
    assert_eq!(client.get("/api/v1/devices").good(), devices_before);

    assert_eq!(client.ask("DELETE", &base, "").status, 204);
    assert_eq!(client.get(&base).status, 404);
    assert_eq!(client.get(&format!("{base}/devices")).status, 404);
    assert_eq!(client.get("/api/v1/analyses").good()["items"].as_array().unwrap().len(), 0);
    instance.stop();
}

#[test]
fn what_is_no_capture_fails_in_words() {
    let instance = Instance::of(&[WATCHED]);
    let client = instance.client();
    for (bytes, why) in [
        (&b""[..], "is empty"),
        (b"GET / HTTP/1.1\r\n\r\n and more", "not a capture file"),
        (b"\xd4\xc3\xb2\xa1\x02\x00", "cut short"),
    ] {
        let told = analysed(&client, "x", bytes);
        assert_eq!(told["state"], "failed", "{told}");
        assert!(told["error"].as_str().unwrap().contains(why), "{told}");
        let below = client.get(&format!("/api/v1/analyses/{}/devices", told["id"].as_str().unwrap()));
        assert_eq!(below.status, 409, "{}", below.text());
    }
    // Cut in the middle: what is there is shown, and that it is not all is told.
    let whole = fs::read(office()).unwrap();
    let told = analysed(&client, "..%2f%1b%5b2Jcut.pcap", &whole[..whole.len() / 2 + 1]);
    assert_eq!(told["state"], "done", "{told}");
    assert!(told["error"].is_string(), "{told}");
    assert_eq!(told["name"], "\u{fffd}[2Jcut.pcap");
    instance.stop();
}

#[test]
fn the_oldest_of_nine_goes() {
    let instance = Instance::of(&[WATCHED]);
    let client = instance.client();
    let ids: Vec<_> =
        (0..9).map(|_| analysed(&client, "x", b"nonsense")["id"].as_str().unwrap().to_owned()).collect();
    let kept = client.get("/api/v1/analyses").good();
    let kept: Vec<_> = kept["items"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect();
    assert_eq!(kept, ids[1..].iter().rev().cloned().map(Value::from).collect::<Vec<_>>());
    instance.stop();
}

#[test]
fn captures_are_bounded_and_others_pages_hand_in_none() {
    let instance = Instance::with(&[WATCHED], &["--set", "api.upload=\"100kB\""]);
    let client = instance.client();
    let large = client.send("POST", "/api/v1/analyses", &vec![0; 100_001]);
    assert_eq!(large.status, 413, "{}", large.text());
    assert!(large.text().contains("api.upload"), "{}", large.text());
    // More than other routes take.
    assert_eq!(client.send("POST", "/api/v1/analyses", &vec![0; 90_000]).status, 202);
    let foreign = instance.client().with("Origin", "http://evil.example");
    assert_eq!(foreign.send("POST", "/api/v1/analyses", b"x").status, 403);
    instance.stop();
}

#[test]
fn who_only_looks_hands_in_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let users = Access::open(folder.path()).unwrap();
    for role in Role::ALL {
        let _ = users
            .add_user(role.as_str(), "correct horse", role, &Actor::COMMAND_LINE, Timestamp::new(1, 0))
            .unwrap();
    }
    let path = format!("store.path={:?}", folder.path());
    let instance = Instance::with(&[WATCHED], &["--set", "api.login=\"on\"", "--set", &path]);
    let [viewer, operator, admin] = ["viewer", "operator", "admin"].map(|name| {
        let body = format!("{{\"name\":{name:?},\"password\":\"correct horse\"}}");
        let answer = instance.client().post("/api/v1/login", &body);
        let line = answer.head.lines().find(|line| line.to_lowercase().starts_with("set-cookie: ")).unwrap();
        instance.client().with("Cookie", line.split_once(": ").unwrap().1.split(';').next().unwrap())
    });
    assert_eq!(instance.client().send("POST", "/api/v1/analyses", b"x").status, 401);
    assert_eq!(viewer.send("POST", "/api/v1/analyses", b"x").status, 403);
    let told = analysed(&operator, "x", b"nonsense");
    let path = format!("/api/v1/analyses/{}", told["id"].as_str().unwrap());
    assert_eq!(viewer.get(&path).good()["state"], "failed");
    assert_eq!(instance.get(&path).status, 401);
    assert_eq!(instance.get(&format!("{path}/devices")).status, 401);
    assert_eq!(viewer.ask("DELETE", &path, "").status, 403);
    assert_eq!(operator.ask("DELETE", &path, "").status, 204);
    let audit = admin.get("/api/v1/audit").good().to_string();
    assert!(audit.contains("analysis-added") && audit.contains("analysis-removed"), "{audit}");
    instance.stop();
}
