//! An office of real programs: every host once, and nobody else.

use std::collections::BTreeSet;

use rustix::process::Signal;
use serde_json::Value;
use testlab::{Process, has, skipped, until};

use crate::common::{json_lines, stdout_of, text};
use crate::daemons::{
    PROGRAMS, avahi, data, dhclient, dnsmasq, lldpd, nmbd, node_status, radvd, resolve, ssdp, udhcpc, web,
};
use crate::known::{check_branch, known};
use crate::office::{BRANCH, HOSTS, Office, PHONE_AGAIN, WORLD};

#[test]
fn every_host_is_found_once_and_nobody_else() {
    let test = "every_host_is_found_once_and_nobody_else";
    if let Some(missing) = PROGRAMS.iter().find(|program| !has(program)) {
        return skipped(&format!("inventory::{test}"), format_args!("needs {missing}"));
    }
    let Some(mut office) = Office::new(test) else { return };
    let running = a_day_at(&office);
    let own: Vec<_> = known().iter().map(|known| office.addresses(known.host)).collect();
    let file = office.captured();
    drop(running);
    let read = |workers: &str| {
        text(&stdout_of(&["read", "--json", "--print", "devices", "--workers", workers, &file]))
    };
    let lines = read("1");
    for workers in ["2", "4"] {
        assert_eq!(read(workers), lines, "{workers} workers");
    }
    let devices = json_lines(&lines);
    let all: BTreeSet<String> = devices.iter().flat_map(macs).collect();
    let expected = HOSTS.iter().map(|(_, mac)| *mac).chain([PHONE_AGAIN]).map(str::to_owned);
    assert_eq!(all, expected.collect(), "every hardware address that is there, and no other");
    let mut found = Vec::new();
    for (known, own) in known().iter().zip(&own) {
        let mac = HOSTS.iter().find(|(host, _)| *host == known.host).unwrap().1;
        let mut mine = devices.iter().filter(|device| macs(device).any(|other| other == mac));
        let (Some(device), None) = (mine.next(), mine.next()) else { panic!("{mac} not once: {lines}") };
        let expected = std::iter::once(&mac).chain(known.other_macs).map(|mac| (*mac).to_owned());
        assert_eq!(macs(device).collect::<BTreeSet<_>>(), expected.collect());
        known.check(device, own);
        found.push(&device["id"]);
    }
    let others: Vec<_> = devices.iter().filter(|device| !found.contains(&&device["id"])).collect();
    let [branch] = others[..] else { panic!("devices that are none: {others:#?}") };
    let gateway = devices.iter().find(|device| device["id"] == *found[0]).unwrap();
    check_branch(branch, gateway);
    remote_peers_are_connections_only(&devices, gateway);
}

fn macs(device: &Value) -> impl Iterator<Item = String> {
    let macs = device["macs"].as_array().cloned().unwrap_or_default();
    macs.into_iter().map(|mac| mac.as_str().unwrap().to_owned())
}

/// They are told of where they were talked to, and what the gateway forwards is not its own.
fn remote_peers_are_connections_only(devices: &[Value], gateway: &Value) {
    for peer in WORLD {
        let mut holders = devices.iter().flat_map(|device| device["ips"].as_array().unwrap());
        assert!(!holders.any(|held| held["ip"] == peer), "{peer} is a device");
        let talked = |device: &&Value| {
            let connections = device["connections"].as_array();
            connections.is_some_and(|all| all.iter().any(|connection| connection["peer"] == peer))
        };
        assert!(devices.iter().any(|device| talked(&device)), "nobody talked to {peer}");
        assert!(!talked(&gateway), "the gateway did not talk to {peer}");
    }
    assert_eq!((&gateway["internet"]["in_bytes"], &gateway["internet"]["out_bytes"]), (&0.into(), &0.into()));
}

/// Returns the programs that still run.
fn a_day_at(office: &Office) -> Vec<Process> {
    let mut running = vec![dnsmasq(office, "gateway"), radvd(office, "gateway")];
    running.extend([web(office, "world", 80), web(office, "branch", 80)]);
    office.wake("desk", Some("10.77.0.20"));
    office.wake("printer", Some("10.77.0.41"));
    office.wake("visitor", Some("10.77.0.42"));
    office.wake("files", Some("10.77.0.51"));
    office.wake("media", Some("10.77.0.61"));
    for host in ["radio", "laptop", "phone", "switch", "old-switch"] {
        office.wake(host, None);
    }
    running.push(nmbd(office, "files", "FILER", "OFFICE"));
    running.push(lldpd(office, "switch", "sw-core", ""));
    running.push(lldpd(office, "old-switch", "sw-attic", "-ccccc"));
    let queue = "rp=ipp/print;ty=Example LaserWriter 42;pdl=application/pdf";
    running.push(avahi(office, "printer", "lobby-printer", &[("Lobby Printer", "_ipp._tcp", 631, queue)]));
    let mut visitor = avahi(office, "visitor", "guest-mac", &[("Guest shell", "_ssh._tcp", 22, "")]);
    udhcpc(office, "radio", "kitchen-radio", "radio 7.1");
    dhclient(office, "laptop", "annas-laptop", "Example OS 11");
    udhcpc(office, "phone", "annas-phone", "phone 14");
    let media = ssdp(office, "media", "10.77.0.61", "4d696e69-444c-164e-9d41-000000005361");
    office.run("desk", &format!("python3 {} search 10.77.0.20", data("ssdp.py")));

    // The phone comes back under another address.
    let phone = office.host("phone");
    for line in ["down", &format!("address {PHONE_AGAIN}"), "up"] {
        phone.ip(&format!("link set eth0 {line}")).unwrap();
    }
    udhcpc(office, "phone", "annas-phone", "phone 14");

    resolve(office, "desk", "www.example.net");
    until("an address by router advertisement", || {
        office.run("desk", "ip -6 addr show scope global -tentative").contains("2001:db8:77:")
    });
    for address in WORLD {
        let address = if address.contains(':') { format!("[{address}]") } else { address.to_owned() };
        for host in ["desk", "laptop", "radio"] {
            if host == "desk" || !address.contains(':') {
                office.run(host, &format!("curl -s -m 10 -o /dev/null http://{address}/"));
            }
        }
    }
    office.run("laptop", &format!("curl -s -m 10 -o /dev/null http://{BRANCH}/"));
    running.push(web(office, "media", 8200));
    office.run("desk", "curl -s -m 10 -o /dev/null http://10.77.0.61:8200/rootDesc.xml");
    // Somebody out there calls in.
    office.run("world", "curl -s -m 10 -o /dev/null --interface 198.18.5.2 http://10.77.0.61:8200/");
    node_status(office, "desk", "10.77.0.51");

    visitor.says("successfully established");
    for said in [&b"sw-core"[..], b"sw-attic", b"Lobby Printer", b"guest-mac"] {
        office.hears(said);
    }
    leave(visitor);
    leave(media);
    running
}

/// Ends a program as a person would, so that it says goodbye.
fn leave(process: Process) {
    process.signal(Signal::TERM);
    process.finish();
}
