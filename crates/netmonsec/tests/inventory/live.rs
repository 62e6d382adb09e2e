//! An office of real programs: every host once, and nobody else.

use testlab::{Process, has, skipped};

use crate::common::{json_lines, stdout_of, text};
use crate::daemons::{
    PROGRAMS, avahi, dhclient, dnsmasq, lldpd, nmbd, node_status, radvd, resolve, ssdp, udhcpc, web,
};
use crate::office::{BRANCH, Office, PHONE_AGAIN, WORLD};

#[test]
fn every_host_is_found_once_and_nobody_else() {
    let test = "every_host_is_found_once_and_nobody_else";
    if let Some(missing) = PROGRAMS.iter().find(|program| !has(program)) {
        return skipped(&format!("inventory::{test}"), format_args!("needs {missing}"));
    }
    let Some(mut office) = Office::new(test) else { return };
    a_day_at(&office);
    let file = office.captured();
    drop(office_copy(&file));
    let read = |workers: &str| {
        text(&stdout_of(&["read", "--json", "--print", "devices", "--workers", workers, &file]))
    };
    let devices = read("1");
    for device in json_lines(&devices) {
        println!("{device:#}");
    }
    for workers in ["2", "4"] {
        assert_eq!(read(workers), devices, "{workers} workers");
    }
}

fn office_copy(file: &str) -> u64 {
    std::fs::copy(file, "/tmp/t/live/office.pcap").unwrap()
}

fn a_day_at(office: &Office) {
    let mut gateway = vec![dnsmasq(office, "gateway"), radvd(office, "gateway")];
    let _world = [web(office, "world", 80), web(office, "branch", 80)];
    office.wake("desk", Some("10.77.0.20"));
    office.wake("printer", Some("10.77.0.41"));
    office.wake("visitor", Some("10.77.0.42"));
    office.wake("files", Some("10.77.0.51"));
    office.wake("media", Some("10.77.0.61"));
    for host in ["radio", "laptop", "phone", "switch", "old-switch"] {
        office.wake(host, None);
    }
    let _filer = nmbd(office, "files", "FILER", "OFFICE");
    let _switches =
        [lldpd(office, "switch", "sw-core", ""), lldpd(office, "old-switch", "sw-attic", "-ccccc")];
    let _printer = avahi(
        office,
        "printer",
        "lobby-printer",
        &[("Lobby Printer", "_ipp._tcp", 631, "rp=ipp/print;ty=Example LaserWriter 42;pdl=application/pdf")],
    );
    let mut visitor = avahi(office, "visitor", "guest-mac", &[("Guest shell", "_ssh._tcp", 22, "")]);
    udhcpc(office, "radio", "kitchen-radio", "radio 7.1");
    dhclient(office, "laptop", "annas-laptop", "Example OS 11");
    udhcpc(office, "phone", "annas-phone", "phone 14");
    let media = ssdp(office, "media", "10.77.0.61", "4d696e69-444c-164e-9d41-000000005361");
    office.run("desk", &format!("python3 {} search 10.77.0.20", crate::daemons::data("ssdp.py")));

    // The phone comes back under another address.
    let phone = office.host("phone");
    for line in ["down", &format!("address {PHONE_AGAIN}"), "up"] {
        phone.ip(&format!("link set eth0 {line}")).unwrap();
    }
    udhcpc(office, "phone", "annas-phone", "phone 14");

    resolve(office, "desk", "www.example.net");
    for address in WORLD {
        let address = if address.contains(':') { format!("[{address}]") } else { address.to_owned() };
        for host in ["desk", "laptop", "radio"] {
            if host == "desk" || !address.contains(':') {
                office.run(host, &format!("curl -s -m 10 -o /dev/null http://{address}/"));
            }
        }
    }
    office.run("laptop", &format!("curl -s -m 10 -o /dev/null http://{BRANCH}/"));
    let _inside = web(office, "media", 8200);
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
    gateway.clear();
}

/// Ends a program as a person would, so that it says goodbye.
fn leave(process: Process) {
    process.signal(rustix::process::Signal::TERM);
    process.finish();
}
