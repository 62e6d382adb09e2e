//! Captures of real tools and of healthy traffic: every attack is reported, with the right actor, once,
//! and nothing else is.

// Test code: a panic is a failure with a place in it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation
)]

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use common::{json_lines, stdout_of, text};
use serde_json::Value;

/// Reports of one expected detector in one capture: an incident is an alert.
const MOST_ALERTS: usize = 3;
/// Alerts of medium severity or above over the corpus that its README does not call true.
const MOST_FALSE: usize = 3;

/// What is wrong in a capture and right to report, and what may be reported.
struct Case {
    file: PathBuf,
    what: String,
    expect: Vec<Value>,
    allow: Vec<String>,
    set: Vec<String>,
}

fn cases(folder: &Path) -> Vec<Case> {
    let labels = std::fs::read_to_string(folder.join("labels.jsonl")).unwrap();
    let strings = |value: &Value| -> Vec<String> {
        value.as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect()
    };
    let case = |label: Value| Case {
        file: [folder.join("pcap"), folder.to_path_buf()]
            .iter()
            .map(|folder| folder.join(label["file"].as_str().unwrap()))
            .find(|file| file.exists())
            .unwrap_or_else(|| panic!("{} is missing", label["file"])),
        what: label["what"].as_str().unwrap().to_owned(),
        expect: label["expect"].as_array().unwrap().clone(),
        allow: strings(&label["allow"]),
        set: strings(&label["set"]),
    };
    json_lines(&labels).into_iter().map(case).collect()
}

fn alerts(file: &Path, set: &[String]) -> Vec<Value> {
    let mut arguments = vec!["read", "--json", "--print", "alerts", file.to_str().unwrap()];
    for one in set {
        arguments.extend(["--set", one]);
    }
    json_lines(&text(&stdout_of(&arguments)))
}

fn is_loud(alert: &Value) -> bool {
    !matches!(alert["severity"].as_str().unwrap(), "info" | "low")
}

/// What is not as the labels say.
fn judge(case: &Case) -> Vec<String> {
    let alerts = alerts(&case.file, &case.set);
    let (name, what) = (case.file.file_name().unwrap().to_string_lossy(), &case.what);
    let mut wrong = Vec::new();
    let mut known = case.allow.clone();
    for expected in &case.expect {
        let texts = |field: &str| -> Vec<String> {
            expected[field].as_array().unwrap().iter().map(|t| t.as_str().unwrap().to_owned()).collect()
        };
        let (detectors, who) = (texts("detector"), texts("who"));
        let of = |alert: &&Value| detectors.iter().any(|detector| alert["detector"] == *detector);
        let named = |alert: &&Value| who.iter().any(|who| alert.to_string().contains(who));
        match alerts.iter().filter(of).filter(named).count() {
            0 => wrong.push(format!("{name} ({what}): no {detectors:?} about {who:?}")),
            n if n > MOST_ALERTS => wrong.push(format!("{name} ({what}): {n} alerts of {detectors:?}")),
            _ => {}
        }
        known.extend(detectors);
    }
    for alert in alerts.iter().filter(|alert| is_loud(alert)) {
        if !known.iter().any(|detector| alert["detector"] == *detector) {
            wrong.push(format!("{name} ({what}): {} {}", alert["detector"], alert["title"]));
        }
    }
    wrong
}

fn all_as_labelled(cases: &[Case]) {
    let wrong: Vec<_> = cases.iter().flat_map(judge).collect();
    assert!(wrong.is_empty(), "{} of {} captures:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

fn own() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/captures/attacks")
}

#[test]
fn captures_made_here() {
    let cases = cases(&own());
    assert!(cases.len() >= 60, "{}", cases.len());
    all_as_labelled(&cases);
}

#[test]
fn captures_made_elsewhere() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/attacks");
    if !folder.exists() {
        return testlab::skipped("detections::captures_made_elsewhere", "no captures beside the project");
    }
    all_as_labelled(&cases(&folder));
}

/// The demonstration: an office with five attacks in it, and a password that nobody encrypts.
#[test]
fn the_office_shows_its_attacks_and_nothing_else() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/office.pcapng");
    let mut told: Vec<_> = alerts(&file, &[])
        .iter()
        .filter(|alert| alert["severity"] != "info")
        .map(|alert| {
            let who = alert["src_ip"].as_str().or_else(|| alert["device_name"].as_str()).unwrap_or_default();
            format!("{} {who}", alert["detector"].as_str().unwrap())
        })
        .collect();
    told.sort();
    let expected = [
        "arp-spoof visitor",
        "brute-force 192.168.50.66",
        "cleartext-credentials 192.168.50.31",
        "dns-tunnel 192.168.50.33",
        "port-scan 192.168.50.66",
        "rogue-dhcp 192.168.50.70",
    ];
    assert_eq!(told, expected);
}

/// Each detector has a capture that sets it off; that there are near misses is for the labels to say.
#[test]
fn every_detector_has_a_capture() {
    let mut fired: BTreeMap<String, usize> = BTreeMap::new();
    let mut count = |alerts: Vec<Value>| {
        for alert in alerts {
            *fired.entry(alert["detector"].as_str().unwrap().to_owned()).or_default() += 1;
        }
    };
    for case in cases(&own()) {
        count(alerts(&case.file, &case.set));
    }
    // These speak of what was never seen before, once they have learnt: here from the beginning.
    let learnt = ["new-device", "new-service"].map(|id| format!("detect.{id}.learning=\"0s\""));
    count(alerts(&own().join("quiet_office.pcap"), &learnt));
    let list = own().join("listed.txt");
    let listed = [format!("detect.blocklists=[{:?}]", list.to_str().unwrap())];
    count(alerts(&own().join("quiet_home.pcap"), &listed));
    let covered = |id: &&str| fired.contains_key(*id);
    let all = detect::registry::DETECTORS.iter().map(|spec| spec.id);
    let silent: Vec<_> = all.filter(|id| !covered(id)).collect();
    assert!(silent.is_empty(), "no capture sets off {silent:?}");
}

/// Names of captures in the corpus in which such alerts are true.
const TRUE: [(&str, &[&str]); 13] = [
    ("synscan", SCANS),
    ("tcp_scan", SCANS),
    ("nmap", SCANS),
    ("dns-tunnel-iodine", &["dns-tunnel"]),
    ("dns2tcp_tunnel", &["dns-tunnel"]),
    ("dns_exfiltration", &["dns-tunnel"]),
    ("dns-exf", &["dns-tunnel"]),
    ("icmp-tunnel", &["icmp-tunnel"]),
    ("Webattack", &["web-attack"]),
    ("WebattackSQLinj", &["web-attack"]),
    ("log4j", &["web-attack"]),
    // Not named in that list, and true as the names say: dnscat2's own domain, SQL in requests.
    ("bad-dns-traffic", &["dns-tunnel"]),
    ("sql_injection", &["web-attack"]),
];
const SCANS: &[&str] = &["port-scan", "host-scan", "stealth-scan", "arp-scan", "syn-flood"];

#[test]
fn the_corpus_is_quiet() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus/pcap");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        return testlab::skipped("detections::the_corpus_is_quiet", "no captures beside the project");
    };
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut loud = Vec::new();
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        // Some captures are cut on purpose: what came before counts.
        let output = common::run(&["read", "--json", "--print", "alerts", file.to_str().unwrap()]);
        for alert in json_lines(&text(&output.stdout)).iter().filter(|alert| is_loud(alert)) {
            let detector = alert["detector"].as_str().unwrap();
            let true_here =
                |(part, detectors): &(&str, &[&str])| name.contains(part) && detectors.contains(&detector);
            if !name.contains("malware") && !TRUE.iter().any(true_here) {
                loud.push(format!("{name}: {detector} {} {}", alert["severity"], alert["title"]));
            }
        }
    }
    println!("alerts over the corpus: {}\n{}", loud.len(), loud.join("\n"));
    assert!(loud.len() <= MOST_FALSE, "{} alerts:\n{}", loud.len(), loud.join("\n"));
}
