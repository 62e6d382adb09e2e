//! Made traffic, for measuring: long connections of full-size segments, small packets of very many
//! flows, and captures repeated with other addresses.

use std::io::{self, Write};
use std::path::PathBuf;

use capture::file::Reader;
use wire::LinkType;
use wire::tcp::flag::{ACK, FIN, PSH, SYN};

/// Bytes of payload in a full-size segment.
const FULL: usize = 1460;
/// 2023-11-14T22:13:20Z, in microseconds.
const START_US: u64 = 1_700_000_000_000_000;

/// Writes a classic pcap file.
pub(crate) struct Traffic<W> {
    out: W,
    time_us: u64,
    frame: Vec<u8>,
    /// Packets written.
    pub(crate) packets: u64,
}

/// Two endpoints and where their streams are.
#[derive(Clone, Copy)]
struct Pair {
    hosts: [u32; 2],
    ports: [u16; 2],
    next: [u32; 2],
}

const CLIENT_HELLO: &[u8] = include_bytes!("../../../dpi/tests/data/client_hello.bin");
/// TLS 1.2, ECDHE-RSA-AES128-GCM-SHA256, no session, no extensions.
const SERVER_HELLO: [u8; 49] = {
    let mut hello = [0x5a; 49];
    let head = [0x16, 3, 3, 0, 44, 2, 0, 0, 40, 3, 3];
    let mut i = 0;
    while i < head.len() {
        hello[i] = head[i];
        i += 1;
    }
    let tail = [0, 0xc0, 0x2f, 0, 0, 0];
    let mut i = 0;
    while i < tail.len() {
        hello[43 + i] = tail[i];
        i += 1;
    }
    hello
};
const RESPONSE: &[u8] =
    b"HTTP/1.1 200 OK\r\nServer: nginx/1.24.0\r\nContent-Type: application/octet-stream\r\n\
    Content-Length: 262144\r\n\r\n";

impl<W: Write> Traffic<W> {
    /// Nothing but the file's header so far.
    pub(crate) fn new(mut out: W) -> io::Result<Self> {
        for word in [0xa1b2_c3d4, 0x0004_0002, 0, 0, 65535, 1u32] {
            out.write_all(&word.to_le_bytes())?;
        }
        Ok(Self { out, time_us: START_US, frame: Vec::new(), packets: 0 })
    }

    /// Downloads over `flows` connections, half of them HTTP, half TLS, `each` bytes a connection,
    /// in turn, eight segments at a time; every second segment is acknowledged.
    pub(crate) fn bulk(&mut self, flows: u32, each: u64) -> io::Result<()> {
        const OBJECT: u64 = 1 << 18;
        let mut noise = vec![0; 1 << 18];
        let mut chance = Chance(7);
        noise.iter_mut().for_each(|byte| *byte = chance.word() as u8);
        let mut pairs: Vec<(Pair, u64)> = (0..flows)
            .map(|i| {
                let h = mixed(u64::from(i));
                let server = if i & 1 == 0 { 80 } else { 443 };
                let hosts = [0xc0a8_0001 + i, 0x5db8_0000 | (h & 0xffff) as u32];
                let ports = [20_000 + (i & 0x7fff) as u16, server];
                (Pair { hosts, ports, next: [h as u32, (h >> 32) as u32] }, 0)
            })
            .collect();
        for (pair, _) in &mut pairs {
            self.tcp(pair, true, SYN, &[])?;
            self.tcp(pair, false, SYN | ACK, &[])?;
            self.tcp(pair, true, ACK, &[])?;
            if pair.ports[1] == 443 {
                self.tcp(pair, true, ACK | PSH, CLIENT_HELLO)?;
                self.tcp(pair, false, ACK | PSH, &SERVER_HELLO)?;
            }
        }
        let mut live = pairs.len();
        while live > 0 {
            for (i, (pair, sent)) in pairs.iter_mut().enumerate() {
                if *sent >= each {
                    continue;
                }
                // A new object about every 256 KiB.
                if pair.ports[1] == 80 && *sent / OBJECT != sent.wrapping_sub(8 * FULL as u64) / OBJECT {
                    let request = format!("GET /{i}/{sent} HTTP/1.1\r\nHost: www{i}.example.org\r\n\r\n");
                    self.tcp(pair, true, ACK | PSH, request.as_bytes())?;
                    self.tcp(pair, false, ACK, RESPONSE)?;
                }
                for segment in 0..8 {
                    let from = chance.word() as usize % (noise.len() - FULL);
                    self.tcp(pair, false, ACK, &noise[from..from + FULL])?;
                    *sent += FULL as u64;
                    if segment % 2 == 1 {
                        self.tcp(pair, true, ACK, &[])?;
                    }
                }
                if *sent >= each {
                    live -= 1;
                    self.tcp(pair, false, ACK | FIN, &[])?;
                    self.tcp(pair, true, ACK | FIN, &[])?;
                    self.tcp(pair, false, ACK, &[])?;
                }
            }
        }
        Ok(())
    }

    /// `flows` flows at once, half of them TCP, half UDP, of `rounds` packets each: a 60-byte
    /// packet of every flow in a random order, then again in another.
    pub(crate) fn small(&mut self, flows: u32, rounds: u32) -> io::Result<()> {
        let mut chance = Chance(9);
        let mut order: Vec<u32> = (0..flows).collect();
        let mut pairs: Vec<Pair> = order.iter().map(|flow| small_pair(*flow)).collect();
        for round in 0..rounds {
            for i in (1..order.len()).rev() {
                order.swap(i, chance.word() as usize % (i + 1));
            }
            for flow in &order {
                let pair = &mut pairs[*flow as usize];
                self.time_us += 1;
                let payload = chance.word().to_le_bytes();
                if flow & 1 == 0 {
                    self.udp(pair, round & 1 == 0, &[&payload[..], &payload, &[0, 0]].concat())?;
                    continue;
                }
                match round {
                    0 => self.tcp(pair, true, SYN, &[])?,
                    1 => self.tcp(pair, false, SYN | ACK, &[])?,
                    2 => self.tcp(pair, true, ACK, &[])?,
                    // Six bytes up, acknowledged, six bytes down, acknowledged.
                    _ => match (round - 3) % 4 {
                        0 => self.tcp(pair, true, ACK | PSH, &payload[..6])?,
                        1 => self.tcp(pair, false, ACK, &[])?,
                        2 => self.tcp(pair, false, ACK | PSH, &payload[..6])?,
                        _ => self.tcp(pair, true, ACK, &[])?,
                    },
                }
            }
        }
        Ok(())
    }

    /// The Ethernet frames of captures, all begun within moments of one another, `times` times with
    /// other IPv4 addresses.
    pub(crate) fn mix(&mut self, captures: &[PathBuf], times: u8) -> io::Result<()> {
        const LONGEST_GAP_NS: u64 = 100_000_000;
        let mut frames = Vec::new();
        for (i, capture) in captures.iter().enumerate() {
            let Ok(mut reader) = Reader::open(capture) else { continue };
            let mut time_ns = i as u64 * 50_000_000;
            let mut last = None;
            let mut records = Vec::new();
            while let Ok(Some(block)) = reader.next_batch(&mut records) {
                for record in records.iter().filter(|record| record.link == LinkType::Ethernet) {
                    let gap_ns = last.map_or(0, |last| record.time.since(last));
                    last = Some(record.time);
                    time_ns += gap_ns.min(LONGEST_GAP_NS);
                    frames.push((time_ns / 1000, record.wire_len, record.frame(&block).bytes.to_vec()));
                }
            }
        }
        frames.sort_by_key(|(time_us, _, _)| *time_us);
        let span_us = frames.last().map_or(0, |(time_us, _, _)| time_us + 1_000_000);
        for time in 0..times {
            for (time_us, wire_len, bytes) in &frames {
                self.frame.clear();
                self.frame.extend(bytes);
                readdress(&mut self.frame, time);
                self.time_us = START_US + u64::from(time) * span_us + time_us;
                self.write(*wire_len)?;
            }
        }
        Ok(())
    }

    fn tcp(&mut self, pair: &mut Pair, up: bool, flags: u16, payload: &[u8]) -> io::Result<()> {
        let (from, to) = if up { (0, 1) } else { (1, 0) };
        let ack = if flags & ACK != 0 { pair.next[to] } else { 0 };
        self.ip(pair, up, 6, 20 + payload.len());
        for port in [pair.ports[from], pair.ports[to]] {
            self.frame.extend(port.to_be_bytes());
        }
        self.frame.extend(pair.next[from].to_be_bytes());
        self.frame.extend(ack.to_be_bytes());
        self.frame.extend([0x50, flags as u8, 0xff, 0xff, 0, 0, 0, 0]);
        self.frame.extend(payload);
        pair.next[from] =
            pair.next[from].wrapping_add(payload.len() as u32 + u32::from(flags & (SYN | FIN) != 0));
        self.time_us += u64::from(payload.len() >= FULL) * 12;
        self.finish(16)
    }

    fn udp(&mut self, pair: &Pair, up: bool, payload: &[u8]) -> io::Result<()> {
        let (from, to) = if up { (0, 1) } else { (1, 0) };
        let len = 8 + payload.len() as u16;
        self.ip(pair, up, 17, usize::from(len));
        for half in [pair.ports[from], pair.ports[to], len, 0] {
            self.frame.extend(half.to_be_bytes());
        }
        self.frame.extend(payload);
        self.finish(6)
    }

    /// Ethernet and IPv4 headers; checksums come last.
    fn ip(&mut self, pair: &Pair, up: bool, protocol: u8, len: usize) {
        let (from, to) = if up { (0, 1) } else { (1, 0) };
        self.frame.clear();
        self.frame.extend([2, 0, 0, 0, 0, to as u8, 2, 0, 0, 0, 0, from as u8, 8, 0]);
        self.frame.extend([0x45, 0]);
        self.frame.extend((20 + len as u16).to_be_bytes());
        self.frame.extend((self.packets as u16).to_be_bytes());
        self.frame.extend([0x40, 0, 64, protocol, 0, 0]);
        self.frame.extend(pair.hosts[from].to_be_bytes());
        self.frame.extend(pair.hosts[to].to_be_bytes());
    }

    /// Fills in the checksums, the transport's at `at` of its header, and writes the frame.
    fn finish(&mut self, at: usize) -> io::Result<()> {
        let header = checksum(0, &self.frame[14..34]);
        self.frame[24..26].copy_from_slice(&header.to_be_bytes());
        let pseudo = u32::from(self.frame[23]) + self.frame.len() as u32 - 34;
        let sum = checksum(pseudo, &self.frame[26..]);
        self.frame[34 + at..36 + at].copy_from_slice(&sum.to_be_bytes());
        self.frame.resize(self.frame.len().max(60), 0);
        self.write(0)
    }

    fn write(&mut self, wire_len: u32) -> io::Result<()> {
        let (seconds, micros) = (self.time_us / 1_000_000, self.time_us % 1_000_000);
        let len = self.frame.len() as u32;
        for word in [seconds as u32, micros as u32, len, wire_len.max(len)] {
            self.out.write_all(&word.to_le_bytes())?;
        }
        self.packets += 1;
        self.out.write_all(&self.frame)
    }

    /// What was written to.
    pub(crate) fn into_inner(self) -> W {
        self.out
    }
}

fn small_pair(flow: u32) -> Pair {
    let h = mixed(u64::from(flow));
    Pair {
        hosts: [0x0a01_0000 + (flow & 0xffff), 0xc612_0000 | (h & 0x1_ffff) as u32],
        ports: [
            (1024 + (flow >> 16) * 4000) as u16 + (h >> 20) as u16 % 4000,
            1024 + (h >> 40) as u16 % 60000,
        ],
        next: [h as u32, (h >> 32) as u32],
    }
}

/// Adds `by` to the second byte of both IPv4 addresses, those of one host only. (Checksums stay as
/// they were; nobody measured here looks at them.)
fn readdress(frame: &mut [u8], by: u8) {
    let Some(ip) = frame.get_mut(14..34) else { return };
    if ip[0] >> 4 != 4 {
        return;
    }
    for address in [12, 16] {
        if (1..224).contains(&ip[address]) && ip[address] != 127 {
            ip[address + 1] = ip[address + 1].wrapping_add(by);
        }
    }
}

/// The internet checksum (RFC 1071) of bytes whose own checksum field is 0.
fn checksum(start: u32, bytes: &[u8]) -> u16 {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut sum = pairs.iter().fold(start, |sum, pair| sum + u32::from(u16::from_be_bytes(*pair)));
    sum += rest.first().map_or(0, |byte| u32::from(*byte) << 8);
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

/// SplitMix64's finish.
fn mixed(n: u64) -> u64 {
    let mut z = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// xorshift64.
struct Chance(u64);

impl Chance {
    fn word(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 8
    }
}
