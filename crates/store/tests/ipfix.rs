//! What a collector makes of the flows that it is told of is what they were.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_possible_truncation)]

mod common;

use std::collections::HashMap;
use std::fs;
use std::io::{Read, Write as _};
use std::net::{Ipv6Addr, TcpListener, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use common::{MIDNIGHT, flow};
use serde_json::Value;
use store::sinks::{Collector, Outlets, Wanted, open};
use store::{Item, SeenFlow};

/// Flows of both versions of IP, some with one direction alone.
fn flows(count: u64) -> Vec<SeenFlow> {
    let one = |n: u64| {
        let mut seen = flow(n, MIDNIGHT + n);
        let record = &mut seen.record;
        record.src_bytes += 100 * record.src_packets;
        record.dst_bytes += 100 * record.dst_packets;
        if n.is_multiple_of(3) {
            record.src_ip = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 1, n as u16).into();
            record.dst_ip = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 2, n as u16).into();
        }
        if n.is_multiple_of(7) {
            (record.dst_packets, record.dst_bytes) = (0, 0);
            record.tcp_history = Some("S".into());
        }
        if n.is_multiple_of(5) {
            record.vlans = vec![100];
        }
        // Nothing that came off the wire as text is sent on.
        record.hostname = Some("\u{1b}[31m\t\n".into());
        seen
    };
    (0..count).map(one).collect()
}

/// Flows, packets and bytes from the IP header on, that a collector should count.
fn sums(flows: &[SeenFlow]) -> [u64; 3] {
    let mut sums = [0; 3];
    for seen in flows {
        let r = &seen.record;
        let link = 14 + 4 * r.vlans.len() as u64;
        for (packets, bytes) in [(r.src_packets, r.src_bytes), (r.dst_packets, r.dst_bytes)] {
            if packets > 0 {
                sums = [sums[0] + 1, sums[1] + packets, sums[2] + bytes - packets * link];
            }
        }
    }
    sums
}

fn start(collector: &str) -> Outlets {
    let ipfix = Some(Collector::parse(collector).unwrap());
    Outlets::start(open(None, &Wanted { ipfix, ..Wanted::default() }))
}

fn items(flows: &[SeenFlow]) -> Arc<[Item]> {
    flows.iter().map(|flow| Item::Flow(Arc::new(flow.clone()))).collect::<Vec<_>>().into()
}

/// Reads messages as RFC 7011 describes them, with the fields that templates name.
#[derive(Default)]
struct Reader {
    templates: Vec<(u16, Vec<(u16, u16)>)>,
    /// Templates that were told, each time.
    told: usize,
    records: Vec<Vec<(u16, Vec<u8>)>>,
    /// Records since the session began.
    sequence: u32,
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

impl Reader {
    fn message(&mut self, bytes: &[u8]) {
        assert_eq!(number(&bytes[..2]), 10);
        assert_eq!(number(&bytes[2..4]), bytes.len() as u64);
        assert!(bytes.len() <= 1340, "{}", bytes.len());
        assert!(number(&bytes[4..8]) > 1_700_000_000);
        assert_eq!(number(&bytes[8..12]), u64::from(self.sequence));
        let mut rest = &bytes[16..];
        while !rest.is_empty() {
            let (id, len) = (number(&rest[..2]) as u16, number(&rest[2..4]) as usize);
            let set = &rest[4..len];
            rest = &rest[len..];
            if id == 2 { self.template_set(set) } else { self.data_set(id, set) }
        }
    }

    fn template_set(&mut self, mut set: &[u8]) {
        while !set.is_empty() {
            let (id, count) = (number(&set[..2]) as u16, number(&set[2..4]) as usize);
            let fields = set[4..4 + 4 * count].chunks(4);
            let fields = fields.map(|f| (number(&f[..2]) as u16, number(&f[2..]) as u16)).collect();
            self.templates.retain(|(known, _)| *known != id);
            self.templates.push((id, fields));
            self.told += 1;
            set = &set[4 + 4 * count..];
        }
    }

    fn data_set(&mut self, id: u16, mut set: &[u8]) {
        let (_, fields) = self.templates.iter().find(|(known, _)| *known == id).unwrap();
        while !set.is_empty() {
            let mut record = Vec::new();
            for (element, len) in fields {
                let (at, len) =
                    if *len == 65_535 { (1, usize::from(set[0])) } else { (0, usize::from(*len)) };
                record.push((*element, set[at..at + len].to_vec()));
                set = &set[at + len..];
            }
            self.records.push(record);
            self.sequence += 1;
        }
    }

    fn sums(&self) -> [u64; 3] {
        let of = |element: u16| {
            let values = self.records.iter().flatten().filter(|(number, _)| *number == element);
            values.map(|(_, bytes)| number(bytes)).sum()
        };
        [self.records.len() as u64, of(2), of(1)]
    }
}

#[test]
fn messages_over_udp_are_those_of_rfc_7011() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let flows = flows(300);
    let expected = sums(&flows);
    let outlets = start(&format!("udp://{}", socket.local_addr().unwrap()));
    let reading = thread::spawn(move || {
        let (mut reader, mut buffer) = (Reader::default(), [0; 2000]);
        while reader.sums()[0] < expected[0] {
            let len = socket.recv(&mut buffer).unwrap();
            reader.message(&buffer[..len]);
        }
        reader
    });
    outlets.offer(&items(&flows), true);
    drop(outlets);
    let reader = reading.join().unwrap();
    assert_eq!(reader.sums(), expected);
    assert_eq!(reader.told, 2);
    let (flow, record) = (&flows[1], &reader.records[0]);
    let of = |element: u16| record.iter().find(|(number, _)| *number == element).unwrap().1.clone();
    assert_eq!(
        of(8),
        [10, 0, 0, flow.record.src_ip.to_string().rsplit('.').next().unwrap().parse().unwrap()]
    );
    assert_eq!(number(&of(11)), u64::from(flow.record.dst_port.unwrap()));
    assert_eq!((number(&of(4)), number(&of(136)), number(&of(6))), (6, 3, 0x13));
    assert_eq!(number(&of(152)), flow.start.nanos() / 1_000_000);
    assert_eq!(of(80), [2, 0x77, 0, 0, 0, 0xfe]);
    let name = flow.record.application.unwrap_or(flow.record.protocol);
    assert_eq!(of(96), name.as_bytes());
}

/// Reads one message of a stream.
fn next(stream: &mut impl Read) -> Option<Vec<u8>> {
    let mut message = vec![0; 4];
    stream.read_exact(&mut message).ok()?;
    message.resize(number(&message[2..4]) as usize, 0);
    stream.read_exact(&mut message[4..]).ok()?;
    Some(message)
}

#[test]
fn a_collector_over_tcp_may_come_late_and_go_and_come_again() {
    // A port that nobody has: the first attempts fail.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let outlets = start(&format!("tcp://{address}"));
    let (first, second) = (flows(50), flows(70));
    outlets.offer(&items(&first), true);
    while outlets.status()[0].trouble.is_none() {
        thread::sleep(Duration::from_millis(10));
    }
    let listener = TcpListener::bind(address).unwrap();
    let mut sessions = Vec::new();
    for flows in [&first, &second] {
        let (mut stream, _) = listener.accept().unwrap();
        let mut reader = Reader::default();
        while reader.sums()[0] < sums(flows)[0] {
            reader.message(&next(&mut stream).unwrap());
        }
        sessions.push(reader);
        // Gone; what comes next goes to whoever is there then, who is told everything anew.
        stream.flush().unwrap();
        drop(stream);
        if sessions.len() == 1 {
            while outlets.status()[0].written < first.len() as u64 {
                thread::sleep(Duration::from_millis(10));
            }
            outlets.offer(&items(&second), true);
        }
    }
    drop(outlets);
    for (reader, flows) in sessions.iter().zip([&first, &second]) {
        assert_eq!(reader.sums(), sums(flows));
        assert_eq!(reader.told, 2);
    }
}

/// A collector that is ended with the test.
struct Nfcapd(Child);

impl Nfcapd {
    fn start(port: u16, folder: &Path) -> Option<Self> {
        let mut command = Command::new("nfcapd");
        command.args(["-b", "127.0.0.1", "-p", &port.to_string(), "-w"]).arg(folder);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
        let nfcapd = Self(child);
        let listens = format!("0100007F:{port:04X} ");
        for _ in 0..500 {
            if fs::read_to_string("/proc/net/udp").unwrap().contains(&listens) {
                return Some(nfcapd);
            }
            thread::sleep(Duration::from_millis(10));
        }
        panic!("nfcapd does not listen");
    }

    /// It writes its file when it is asked to end.
    fn end(mut self) {
        let asked = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status().unwrap();
        assert!(asked.success());
        self.0.wait().unwrap();
    }
}

impl Drop for Nfcapd {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn nfcapd_counts_what_was_sent() {
    let folder = tempfile::tempdir().unwrap();
    let free = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let Some(nfcapd) = Nfcapd::start(port, folder.path()) else {
        println!("skipped: nfcapd_counts_what_was_sent: there is no nfcapd");
        return;
    };
    let flows = flows(3000);
    let outlets = start(&format!("udp://127.0.0.1:{port}"));
    for part in flows.chunks(1000) {
        outlets.offer(&items(part), true);
    }
    drop(outlets);
    // It may end before it has read all of its socket.
    thread::sleep(Duration::from_millis(500));
    nfcapd.end();
    let output = Command::new("nfdump")
        .arg("-R")
        .arg(folder.path())
        .args(["-o", "json"])
        .env("TZ", "UTC")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let told: Vec<Value> = serde_json::from_str(&text).unwrap();
    let of = |record: &Value, field: &str| record[field].as_u64().unwrap();
    let sum = |field: &str| told.iter().map(|record| of(record, field)).sum::<u64>();
    assert_eq!([told.len() as u64, sum("in_packets"), sum("in_bytes")], sums(&flows));
    // Each one is there with its ends, its times and its flags.
    let text = |record: &Value, names: [&str; 2]| {
        names.iter().find_map(|name| record[*name].as_str()).unwrap().to_owned()
    };
    let key = |record: &Value| {
        let [src, dst] =
            [["src4_addr", "src6_addr"], ["dst4_addr", "dst6_addr"]].map(|names| text(record, names));
        (src, dst, of(record, "src_port"), of(record, "in_packets"))
    };
    let by_key: HashMap<_, _> = told.iter().map(|record| (key(record), record)).collect();
    for seen in &flows {
        let r = &seen.record;
        let key = (r.src_ip.to_string(), r.dst_ip.to_string(), r.src_port.unwrap().into(), r.src_packets);
        let found = by_key.get(&key).unwrap_or_else(|| panic!("{r:?} is missing"));
        assert_eq!(of(found, "proto"), 6);
        assert_eq!(found["first"].as_str(), r.start.get(..23), "{found}");
        assert_eq!(of(found, "dst_port"), u64::from(r.dst_port.unwrap()));
        let flags = if r.dst_packets == 0 { "......S." } else { "...A..SF" };
        assert_eq!(found["tcp_flags"], flags);
    }
    println!("nfdump: {} records, {} packets, {} bytes", told.len(), sum("in_packets"), sum("in_bytes"));
}
