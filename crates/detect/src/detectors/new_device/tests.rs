use inventory::Subject;

use super::*;
use crate::testing::{Bench, at, mac};

const DAY: u64 = 86_400_000;

fn says(bench: &mut Bench, ms: u64, mac: MacAddr, facts: Vec<Fact>) {
    let about = Subject { mac: Some(mac), ip: None };
    let sighting = Sighting { time: at(ms), watcher: "dhcp", interface: 0, vlan: None, about, facts };
    bench.inventory.sighting(&sighting);
    bench.watch.sighting(&sighting, &bench.inventory);
}

fn dhcp(name: &str, client: &str) -> Vec<Fact> {
    vec![
        Fact::Name { name: name.into(), source: NameSource::Dhcp },
        Fact::Identity(Identity::DhcpClient(client.into())),
    ]
}

/// Two devices are learnt in the first days.
fn settled() -> Bench {
    let mut bench = Bench::new();
    says(&mut bench, 0, mac(1), vec![Fact::Seen]);
    says(&mut bench, DAY, mac(2), dhcp("tea", "ff01"));
    says(&mut bench, 8 * DAY, mac(1), vec![Fact::Seen]);
    bench
}

#[test]
fn who_appears_after_learning_is_new() {
    let mut bench = settled();
    assert!(bench.alerts().is_empty());
    says(&mut bench, 8 * DAY + 1000, mac(7), vec![Fact::Seen]);
    says(&mut bench, 8 * DAY + 100_000, mac(1), vec![Fact::Seen]);
    says(&mut bench, 8 * DAY + 200_000, mac(7), vec![Fact::Seen]);
    let alerts = bench.end("new-device");
    assert_eq!(alerts.len(), 1);
    assert_eq!(alerts[0].src_mac, Some(mac(7).to_string()));
    assert_eq!(alerts[0].count, 1);
}

#[test]
fn whoever_shows_a_known_identity_is_not_new() {
    let mut bench = settled();
    let random = MacAddr([0x02, 1, 2, 3, 4, 5]);
    says(&mut bench, 9 * DAY, random, dhcp("tea", "ff01"));
    says(&mut bench, 9 * DAY + 100_000, random, vec![Fact::Seen]);
    assert!(bench.end("new-device").is_empty());
}

#[test]
fn a_restart_keeps_who_is_known_and_since_when() {
    let saved = settled().watch.save();
    let text = saved.to_string();
    let mut bench = Bench::new();
    assert!(bench.watch.restore(&serde_json::from_str(&text).unwrap()));
    says(&mut bench, 9 * DAY, mac(1), vec![Fact::Seen]);
    says(&mut bench, 9 * DAY, MacAddr([0x02, 1, 2, 3, 4, 5]), dhcp("tea", "ff01"));
    says(&mut bench, 9 * DAY, mac(9), vec![Fact::Seen]);
    says(&mut bench, 9 * DAY + 100_000, mac(1), vec![Fact::Seen]);
    let alerts = bench.end("new-device");
    assert_eq!(alerts.iter().map(|a| a.src_mac.clone()).collect::<Vec<_>>(), [Some(mac(9).to_string())]);
    assert_eq!(bench.watch.save()["since_ns"], saved["since_ns"]);
}

#[test]
fn without_what_was_learnt_learning_begins_anew() {
    let mut bench = Bench::new();
    says(&mut bench, 9 * DAY, mac(9), vec![Fact::Seen]);
    says(&mut bench, 9 * DAY + 100_000, mac(9), vec![Fact::Seen]);
    assert!(bench.end("new-device").is_empty());
}

#[test]
fn many_at_once_are_not_an_alert_each() {
    let mut bench = settled();
    for n in 10..110 {
        says(&mut bench, 9 * DAY + u64::from(n), mac(n), vec![Fact::Seen]);
    }
    says(&mut bench, 9 * DAY + 100_000, mac(1), vec![Fact::Seen]);
    let alerts = bench.end("new-device");
    assert_eq!(alerts.len(), MOST_TOLD + 1);
    assert_eq!(alerts[MOST_TOLD].count, 100 - MOST_TOLD as u64);
    assert_eq!(alerts[MOST_TOLD].title, "84 more devices are new on this network");
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut known = BTreeSet::new();
    let mut refused = 0;
    for n in 0..MOST_KNOWN + 5 {
        learn(&mut known, n, &mut refused);
    }
    assert_eq!((known.len(), refused), (MOST_KNOWN, 5));
    assert!(learn(&mut known, 3, &mut refused));
}

#[test]
fn hardware_addresses_are_read_back() {
    assert_eq!(mac_of(&mac(7).to_string()), Some(mac(7)));
    for wrong in ["", "00:53", "00:00:5e:00:53:07:01", "zz:00:5e:00:53:07"] {
        assert_eq!(mac_of(wrong), None);
    }
}
