//! A tool that makes up hardware addresses, in a network where people work.

use std::net::{IpAddr, Ipv4Addr};
use std::thread;

use testlab::Process;
use testlab::frames::{UDP, ip, udp};

use crate::common::capture_file::pcap;
use crate::common::memory::peak_mib;
use crate::common::{json_lines, netmonsec};

const REAL: u8 = 20;
/// Comes while the flood is on.
const LATE: u8 = REAL + 1;
const MADE_UP: u32 = 100_000;
const START_S: u64 = 1_700_000_000;
/// The flood begins after a minute of work and takes ten seconds; then there is another minute.
const FLOOD_S: std::ops::Range<u64> = 60..70;
const END_S: u64 = 130;

/// The least that may be configured.
const MEMORY_MIB: u64 = 64;

type Frame = (u64, Vec<u8>);

#[test]
fn a_flood_of_made_up_addresses_makes_room_for_itself() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("flood.pcap");
    let frames = frames();
    std::fs::write(&file, pcap(frames.iter().map(|(time, frame)| (*time, &frame[..])))).unwrap();
    let file_mib = std::fs::metadata(&file).unwrap().len() >> 20;
    let limit = format!("limits.memory={MEMORY_MIB}MiB");
    let arguments = ["read", "--json", "--print", "devices", "--set", &limit, file.to_str().unwrap()];
    let process = Process::start(&mut netmonsec(&arguments));
    let id = process.id();
    let peak = thread::spawn(move || peak_mib(id));
    let finished = process.finish();
    let peak = peak.join().unwrap();
    assert!(finished.status.success(), "{:?}", finished.stderr);
    // The budget, the file, and the program itself.
    assert!(peak > 0 && peak < MEMORY_MIB + file_mib + 24, "{peak} MiB, of which the file {file_mib}");

    let devices = json_lines(&finished.stdout.join("\n"));
    for host in 1..=LATE {
        let found: Vec<_> = devices.iter().filter(|device| device["macs"][0] == text(mac(host))).collect();
        let [device] = found[..] else { panic!("host {host}: {found:?}") };
        assert_eq!(device["ips"][0]["ip"], address(host).to_string(), "{device:#}");
        assert_eq!(device["ips"].as_array().unwrap().len(), 1, "{device:#}");
        assert_eq!(device["ips"][0]["current"], true, "{device:#}");
        let since = if host == LATE { FLOOD_S.start } else { 0 };
        let first = device["first_seen"].as_str().unwrap();
        assert!(first < &*time_of_day(since + 6), "host {host} was forgotten: {first}");
        assert!(device["last_seen"].as_str().unwrap() >= &*time_of_day(END_S - 6), "{device:#}");
    }
    let told = finished.stderr.iter().find(|line| line.contains("flood")).expect("a word about the flood");
    let numbers: Vec<u64> =
        told.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect();
    let [appeared, 10, gone] = numbers[..] else { panic!("{told}") };
    let all = u64::from(MADE_UP) + u64::from(LATE);
    // Those without ARP may appear when their flows are over.
    assert!((u64::from(MADE_UP) / 2..=all).contains(&appeared), "{told}");
    assert_eq!(gone + devices.len() as u64, all, "{told}");
    println!("{} devices stayed; {told}; {peak} MiB", devices.len());
}

/// The work of the hosts, and the flood amid it, in the order of time.
fn frames() -> Vec<Frame> {
    let mut frames = Vec::new();
    let second = |s: u64, ns: u64| (START_S + s) * 1_000_000_000 + ns;
    for s in 0..END_S {
        for host in 1..=LATE {
            let peer = host % REAL + 1;
            let phase = u64::from(host) * 1_000_003;
            if host == LATE && s < FLOOD_S.start + 2 {
                continue;
            }
            if host == LATE && s == FLOOD_S.start + 2 {
                frames.push((second(s, phase), lease(host)));
            }
            if s % 30 == u64::from(host) % 30 || host == LATE && s % 10 == 3 {
                frames.push((second(s, phase), arp(mac(host), address(host))));
            }
            if s % 5 == u64::from(host) % 5 {
                let port = 40_000 + s as u16;
                frames.push((second(s, phase + 10_000), datagram(host, peer, port, 53)));
                frames.push((second(s, phase + 20_000), datagram(peer, host, 53, port)));
            }
        }
    }
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let span_ns = (FLOOD_S.end - FLOOD_S.start) * 1_000_000_000;
    for n in 0..MADE_UP {
        let time = second(FLOOD_S.start, span_ns / u64::from(MADE_UP) * u64::from(n));
        let [a, b] = [random.next(), random.next()].map(u64::to_le_bytes);
        // Unlike any host's, made locally, of one.
        let mac = [a[0] & 0xfc | 2, a[1], a[2], a[3], a[4], a[5]];
        let [from, to] = [[10, b[0], b[1], b[2]], [10, b[3], b[4], b[5]]].map(Ipv4Addr::from);
        let frame = if n % 2 == 0 {
            arp(mac, from)
        } else {
            let to_mac = [b[0] & 0xfc | 2, b[1], b[2], b[3], b[4], b[5]];
            let packet = ip(from.into(), to.into(), UDP, &udp(5000, 6000, &[0; 18]));
            [&to_mac[..], &mac, &[8, 0], &packet].concat()
        };
        frames.push((time, frame));
    }
    frames.sort_by_key(|(time, _)| *time);
    frames
}

fn mac(host: u8) -> [u8; 6] {
    [0x00, 0x00, 0x5e, 0x00, 0x53, host]
}

fn address(host: u8) -> Ipv4Addr {
    [192, 168, 7, host].into()
}

fn arp(mac: [u8; 6], from: Ipv4Addr) -> Vec<u8> {
    let fixed = [0, 1, 8, 0, 6, 4, 0, 1];
    [&[0xff; 6][..], &mac, &[8, 6], &fixed, &mac, &from.octets(), &[0; 6], &[192, 168, 7, 254]].concat()
}

fn datagram(from: u8, to: u8, src_port: u16, dst_port: u16) -> Vec<u8> {
    let [a, b] = [from, to].map(|host| IpAddr::from(address(host)));
    let packet = ip(a, b, UDP, &udp(src_port, dst_port, b"what a host has to say to another"));
    [&mac(to)[..], &mac(from), &[8, 0], &packet].concat()
}

/// A DHCP request (RFC 2131 s4.3.1) with a host name.
fn lease(host: u8) -> Vec<u8> {
    let mut message = vec![1, 1, 6, 0, 0, 0, 0, host];
    message.resize(28, 0);
    message.extend(mac(host));
    message.resize(236, 0);
    message.extend([99, 130, 83, 99, 53, 1, 3, 12, 4]);
    message.extend(b"late");
    message.push(255);
    let packet = ip([0; 4].into(), [255; 4].into(), UDP, &udp(68, 67, &message));
    [&[0xff; 6][..], &mac(host), &[8, 0], &packet].concat()
}

fn text(mac: [u8; 6]) -> String {
    mac.map(|byte| format!("{byte:02x}")).join(":")
}

/// As records have it, so many seconds after the start.
fn time_of_day(after_s: u64) -> String {
    // 1,700,000,000 is 2023-11-14T22:13:20Z.
    let s = 22 * 3600 + 13 * 60 + 20 + after_s;
    format!("2023-11-14T{:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
}

/// Marsaglia's xorshift, so that the addresses are the same in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}
