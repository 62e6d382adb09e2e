//! Whole packets, to be damaged: those of the project's captures, and their IP packets in every
//! link layer and tunnel that the decoder knows.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use capture::file::Reader;
use flow::{Ends, FlowKey};
use wire::{Flags, Frame, LinkType, Packet, ip_protocol};

use super::decode::LINKS;
use super::{dpi, flows};

/// A whole input, and how many packets it holds.
pub(crate) struct Base {
    pub(crate) bytes: Vec<u8>,
    pub(crate) packets: u64,
}

impl Base {
    fn one(parts: &[&[u8]]) -> Self {
        Self { bytes: parts.concat(), packets: 1 }
    }
}

/// Packets that are taken of one capture, and of one link type or tunnel.
const OF_EACH: usize = 200;
/// Bytes of a packet that are kept: headers and the beginning of the payload.
const KEPT: usize = 600;

/// Frames that begin with one of these link layers.
pub(crate) fn links(names: &[&str]) -> Vec<Base> {
    let mut bases = Vec::new();
    for (i, link) in (0u8..).zip(LINKS).filter(|(_, link)| names.contains(&link.to_string().as_str())) {
        let own = frames().into_iter().filter(|(l, _)| *l == link).map(|(_, frame)| frame);
        let wrapped = ip_packets().into_iter().filter_map(|ip| around(link, &ip));
        bases.extend(own.chain(wrapped).map(|frame| Base::one(&[&[i], &frame])));
    }
    bases
}

/// A link header and an IP packet.
fn around(link: LinkType, ip: &[u8]) -> Option<Vec<u8>> {
    let is6 = ip.first()? >> 4 == 6;
    let [hi, lo] = if is6 { [0x86, 0xdd] } else { [8, 0] };
    let llc = [0xaa, 0xaa, 3, 0, 0, 0, hi, lo];
    // Data from a station to the distribution system, with a QoS field.
    let wireless = [&[0x88, 1, 0, 0][..], &[2; 6], &[4; 6], &[6; 6], &[0x10, 0, 0, 0], &llc].concat();
    let header = match link {
        LinkType::Ethernet => [&[2; 12][..], &[hi, lo]].concat(),
        LinkType::Raw => Vec::new(),
        LinkType::Ipv4 if !is6 => Vec::new(),
        LinkType::Ipv6 if is6 => Vec::new(),
        LinkType::Sll => vec![0, 0, 0, 1, 0, 6, 2, 2, 2, 2, 2, 2, 0, 0, hi, lo],
        LinkType::Sll2 => vec![hi, lo, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 2, 2, 2, 2, 2, 2, 0, 0],
        LinkType::Null => vec![if is6 { 30 } else { 2 }, 0, 0, 0],
        LinkType::Ppp => vec![0xff, 3, 0, if is6 { 0x57 } else { 0x21 }],
        LinkType::CiscoHdlc => vec![0x0f, 0, hi, lo],
        LinkType::Ieee80211 => wireless,
        LinkType::Radiotap => [&[0, 0, 9, 0, 2, 0, 0, 0, 0x10][..], &wireless].concat(),
        LinkType::Ppi => [&[0, 0, 16, 0, 105, 0, 0, 0, 2, 0, 4, 0, 1, 2, 3, 4][..], &wireless].concat(),
        _ => return None,
    };
    Some([&header, ip].concat())
}

/// Frames a few at a time, of those that devices speak of themselves in most often: what is not TCP.
pub(crate) fn neighbours() -> Vec<Base> {
    let is_theirs = |frame: &Vec<u8>| {
        let packet = Packet::decode(&Frame::whole(LinkType::Ethernet, frame));
        packet.is_ok_and(|packet| packet.protocol != ip_protocol::TCP)
    };
    let own = frames().into_iter().filter(|(link, _)| *link == LinkType::Ethernet).map(|(_, frame)| frame);
    let own: Vec<Vec<u8>> = own.filter(is_theirs).collect();
    let step = |frame: &Vec<u8>| {
        // Between a second and two apart.
        let len = u16::try_from(frame.len()).unwrap_or_default().to_be_bytes();
        [&[30][..], &len, frame].concat()
    };
    let few = |few: &[Vec<u8>]| Base {
        bytes: [&[5][..], &few.iter().flat_map(step).collect::<Vec<u8>>()].concat(),
        packets: few.len() as u64,
    };
    own.chunks(8).map(few).collect()
}

/// Ethernet, then what may lie between it and IP.
pub(crate) fn between() -> Vec<Base> {
    let mut bases = Vec::new();
    for ip in ip_packets() {
        let Some(ethernet) = around(LinkType::Ethernet, &ip) else { continue };
        let is6 = ip.first().is_some_and(|b| b >> 4 == 6);
        let kind = if is6 { [0x86, 0xdd] } else { [8, 0] };
        let ppp = [0, if is6 { 0x57 } else { 0x21 }];
        let [hi, lo] = u16::try_from(ip.len() + 2).unwrap_or(0).to_be_bytes();
        let headers: [&[&[u8]]; 7] = [
            &[&[0x81, 0, 0, 5], &kind],
            &[&[0x88, 0xa8, 0, 5, 0x81, 0, 0, 6], &kind],
            &[&[0x88, 0x47, 0, 1, 0, 64, 0, 2, 0x11, 64]],
            &[&[0x88, 0x64, 0x11, 0, 0, 1, hi, lo], &ppp],
            &[&[0, 100, 0xaa, 0xaa, 3, 0, 0, 0], &kind],
            &[&[0x88, 0x47, 0, 1, 0x11, 64, 0, 0, 0, 0], &ethernet[..12], &kind],
            &[&[0x89, 3, 0, 1], &ethernet[..12], &kind],
        ];
        bases.extend(
            headers
                .map(|header| Base::one(&[&[0, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2], &header.concat(), &ip])),
        );
    }
    bases
}

/// IP packets in tunnels of every kind, in Ethernet.
pub(crate) fn tunnels() -> Vec<Base> {
    let mut bases = Vec::new();
    for ip in ip_packets() {
        let is6 = ip.first().is_some_and(|b| b >> 4 == 6);
        let Some(frame) = around(LinkType::Ethernet, &ip) else { continue };
        let kind = if is6 { [0x86, 0xdd] } else { [8, 0] };
        let ppp = [0xff, 3, 0, if is6 { 0x57 } else { 0x21 }];
        let [hi, lo] = u16::try_from(ip.len()).unwrap_or(0).to_be_bytes();
        let over_ip: [(u8, &[&[u8]]); 9] = [
            (if is6 { 41 } else { 4 }, &[&ip]),
            (47, &[&[0xb0, 0], &kind, &[0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 1], &ip]),
            (47, &[&[0, 0, 0x65, 0x58], &frame]),
            (47, &[&[0x30, 1, 0x88, 0x0b, hi, lo.wrapping_add(4), 0, 5, 0, 0, 0, 1], &ppp, &ip]),
            (47, &[&[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 0x64, 0x1a, 5, 0, 0, 0, 9], &frame]),
            (47, &[&[0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 0x64, 0, 7, 0, 0, 0, 9, 0, 0, 0, 0], &frame]),
            (51, &[&[if is6 { 41 } else { 4 }, 4, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], &[0xaa; 12], &ip]),
            (50, &[&[0, 0, 0, 9, 0, 0, 0, 1], &ip]),
            (115, &[&[0, 0, 0, 5], &frame]),
        ];
        let over_udp: [(u16, &[&[u8]]); 8] = [
            (4789, &[&[8, 0, 0, 0, 0, 1, 2, 0], &frame]),
            (4790, &[&[0x0c, 0, 0, if is6 { 2 } else { 1 }, 0, 0, 5, 0], &ip]),
            (6081, &[&[2, 0x40, 0x65, 0x58, 0, 0, 9, 0, 1, 3, 0x80, 1, 0, 0, 0, 1], &frame]),
            (2152, &[&[0x30, 255, hi, lo, 0, 0, 0, 5], &ip]),
            (2152, &[&[0x34, 255, hi, lo.wrapping_add(8), 0, 0, 0, 5, 0, 0, 0, 0x85, 1, 0x10, 9, 0], &ip]),
            (3544, &[&[0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0x12, 0x34, 1, 2, 3, 4], &ip]),
            (1701, &[&[0, 2, 0, 1, 0, 2], &ppp, &ip]),
            (5247, &[&[0, 0x10, 2, 0, 0, 0, 0, 0], &frame]),
        ];
        for (protocol, inner) in over_ip {
            bases.push(outer(protocol, &inner.concat()));
        }
        for (port, inner) in over_udp {
            bases.push(outer(ip_protocol::UDP, &udp(port, &inner.concat())));
        }
    }
    bases
}

fn outer(protocol: u8, payload: &[u8]) -> Base {
    let ip = ipv4(protocol, payload);
    Base::one(&[&[0, 2, 2, 2, 2, 2, 2, 4, 4, 4, 4, 4, 4, 8, 0], &ip])
}

fn ipv4(protocol: u8, payload: &[u8]) -> Vec<u8> {
    let [hi, lo] = u16::try_from(20 + payload.len()).unwrap_or(0).to_be_bytes();
    [&[0x45, 0, hi, lo, 0, 1, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2], payload].concat()
}

fn ipv6(protocol: u8, payload: &[u8]) -> Vec<u8> {
    let [hi, lo] = u16::try_from(payload.len()).unwrap_or(0).to_be_bytes();
    let addresses = [&[0x20, 1, 0, 0, 0, 1][..], &[0; 9], &[1, 0xfd], &[0; 15]].concat();
    [&[0x60, 0, 0, 0, hi, lo, protocol, 64], &addresses[..], payload].concat()
}

fn udp(port: u16, payload: &[u8]) -> Vec<u8> {
    let len = u16::try_from(8 + payload.len()).unwrap_or(0).to_be_bytes();
    [&[0x9c, 0x40], &port.to_be_bytes()[..], &len, &[0, 0], payload].concat()
}

/// Files in all formats, of the captures' packets.
pub(crate) fn capture_files() -> Vec<Base> {
    let mut bases = Vec::new();
    for few in frames().chunks(16) {
        let packets = few.len() as u64;
        for big in [false, true] {
            for magic in [0xa1b2_c3d4, 0xa1b2_3c4d, 0xa1b2_cd34] {
                bases.push(Base { bytes: pcap(few, magic, big), packets });
            }
            bases.push(Base { bytes: pcapng(few, big), packets });
        }
    }
    bases
}

type Framed = (LinkType, Vec<u8>);

fn word(n: u32, big: bool) -> [u8; 4] {
    if big { n.to_be_bytes() } else { n.to_le_bytes() }
}

fn pcap(frames: &[Framed], magic: u32, big: bool) -> Vec<u8> {
    let version = if big { [0, 2, 0, 4] } else { [2, 0, 4, 0] };
    let word = |n| word(n, big);
    let mut file = [word(magic), version, word(0), word(0), word(65535), word(1)].concat();
    for (second, (_, frame)) in (1_700_000_000..).zip(frames) {
        let len = word(frame.len() as u32);
        file.extend([word(second), word(5), len, len].concat());
        if magic == 0xa1b2_cd34 {
            file.extend([0; 8]);
        }
        file.extend(frame);
    }
    file
}

/// Two interfaces, and packets as enhanced, simple and obsolete blocks.
fn pcapng(frames: &[Framed], big: bool) -> Vec<u8> {
    let half = |n: u16| if big { n.to_be_bytes() } else { n.to_le_bytes() };
    let word = |n| word(n, big);
    let block = |kind: u32, body: &[u8]| {
        let padding = vec![0; body.len().next_multiple_of(4) - body.len()];
        let len = word((12 + body.len() + padding.len()) as u32);
        [&word(kind)[..], &len, body, &padding, &len].concat()
    };
    let version = if big { [0, 1, 0, 0] } else { [1, 0, 0, 0] };
    let mut file = block(0x0a0d_0d0a, &[&word(0x1a2b_3c4d)[..], &version, &[0xff; 8]].concat());
    let resolution = [&half(9)[..], &half(1), &[9, 0, 0, 0]].concat();
    let name = [&half(2)[..], &half(4), b"eth0", &half(0), &half(0)].concat();
    file.extend(block(1, &[&half(1)[..], &half(0), &word(0)].concat()));
    file.extend(block(1, &[&half(1)[..], &half(0), &word(0), &resolution, &name].concat()));
    for (i, (_, frame)) in (0u32..).zip(frames) {
        let len = word(frame.len() as u32);
        let times = [word(0x17_979c), word(i * 1000)].concat();
        file.extend(match i % 4 {
            0 | 1 => block(6, &[&word(i % 2)[..], &times, &len, &len, frame].concat()),
            2 => block(3, &[&len[..], frame].concat()),
            _ => block(2, &[&half(1)[..], &half(0), &times, &len, &len, frame].concat()),
        });
    }
    file
}

/// Scripts for the flow table: a connection, datagrams, fragments in any order, and the captures'
/// packets as they are.
pub(crate) fn flows() -> Vec<Base> {
    use flows::step;
    let [up, down] = [0x10, 0x40]; // From host 0 to host 1, and back.
    let tcp = |who, flags, seq: u8, len, wait| ([step::TCP[0] | 0x10, who, flags, seq, 0, len, wait, 1], len);
    let connection = [
        tcp(up, 0x02, 0, 0, 20),
        tcp(down, 0x12, 0, 0, 24),
        tcp(up, 0x10, 0, 0, 24),
        tcp(up, 0x18, 0, 90, 20),
        tcp(down, 0x18, 0, 200, 24),
        tcp(down, 0x18, 0xfe, 200, 24),
        tcp(up, 0x10, 4, 0, 24),
        tcp(up, 0x11, 0, 0, 24),
        tcp(down, 0x11, 0, 0, 24),
        tcp(up, 0x10, 0, 0, 24),
        tcp(up, 0x02, 9, 0, 30),
        tcp(down, 0x14, 0, 0, 24),
    ];
    let step = |what, who, flags, len, wait, id| ([what, who, flags, 0, 0, len, wait, id], len);
    let datagrams = [
        step(step::UDP[0], up | 2, 0, 30, 20, 1),
        step(step::UDP[0], down | 2, 0, 60, 20, 1),
        step(step::FRAGMENT | 0x80, up, 3, 100, 20, 7),
        step(step::FRAGMENT | 0xc0, up, 9, 50, 20, 7),
        step(step::FRAGMENT, up, 0, 100, 20, 7),
        step(step::FRAGMENT | 0x80, up, 3, 100, 20, 8),
        step(step::ICMP, 0x20, 8, 16, 35, 1),
        step(step::ICMP, 0x80, 0, 16, 20, 1),
        step(step::OTHER, 0x90, 89, 16, 36, 1),
        step(step::TCP6[0], 0xb0, 2, 0, 20, 1),
        step(step::CLOSE, 0, 0, 0, 37, 0),
        step(step::UDP[0], up | 2, 0, 30, 40, 1),
    ];
    let script = |bounds: u8, steps: &[([u8; 8], u8)]| {
        let mut bytes = vec![bounds];
        for (step, len) in steps {
            bytes.extend(step);
            bytes.extend((0..*len).map(|i| b'a' + i % 23));
        }
        Base { bytes, packets: steps.len() as u64 }
    };
    let mut bases = Vec::new();
    for bounds in [0x09, 0x0b, 0xbf, 0x41] {
        bases.push(script(bounds, &connection));
        bases.push(script(bounds, &datagrams));
        bases.push(script(bounds, &[connection, datagrams].concat()));
    }
    for few in frames().chunks(10) {
        let mut bytes = vec![0x1b];
        for (_, frame) in few {
            let frame = &frame[..frame.len().min(255)];
            bytes.extend([step::FRAME, 0, 0, 0, 0, frame.len() as u8, 24, 0]);
            bytes.extend(frame);
        }
        bases.push(Base { bytes, packets: few.len() as u64 });
    }
    bases
}

/// The payloads of the captures' flows, as scripts for protocol recognition.
pub(crate) fn payloads() -> Vec<Base> {
    const SEGMENTS: u64 = 8;
    let mut flows: BTreeMap<(usize, FlowKey), Base> = BTreeMap::new();
    for (capture, frames) in captures().iter().enumerate() {
        for (link, bytes) in frames {
            for packet in Packet::levels(&Frame::whole(*link, bytes)).map_while(Result::ok) {
                let payload = packet.payload(bytes);
                let Some(ends) = Ends::of(&packet, bytes).filter(|_| !payload.is_empty()) else { continue };
                let (key, from_lo) = FlowKey::new(&packet, &ends, false);
                let up = packet.dst_port <= packet.src_port;
                let (src, dst) = if up { (ends.src.1, ends.dst.1) } else { (ends.dst.1, ends.src.1) };
                let udp = packet.protocol == ip_protocol::UDP;
                let base = flows
                    .entry((capture, key))
                    .or_insert_with(|| Base { bytes: vec![u8::from(udp), port(src), port(dst)], packets: 0 });
                if base.packets < SEGMENTS && packet.flags.has(Flags::TRANSPORT) {
                    let payload = &payload[..payload.len().min(KEPT)];
                    let len = payload.len() as u16;
                    let side = if up || (src == dst && from_lo) { dpi::FROM_SRC } else { 0 };
                    base.bytes.extend([side | (len >> 8) as u8 & dpi::LEN_HIGH, (len & 0xff) as u8]);
                    base.bytes.extend(payload);
                    base.packets += 1;
                }
            }
        }
    }
    let plain: [&[u8]; 3] = [
        b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07example\x03org\x00\x00\x01\x00\x01",
    ];
    let plain = plain.into_iter().zip([80, 22, 53]).map(|(payload, number)| {
        let head = [u8::from(number == 53), port(50_001), port(number), dpi::FROM_SRC, payload.len() as u8];
        Base::one(&[&head, payload])
    });
    flows.into_values().filter(|base| base.packets > 0).chain(plain).collect()
}

/// The byte that stands for a port, or for one like it.
fn port(number: u16) -> u8 {
    let known = dpi::PORTS.iter().position(|p| *p == number);
    known.map_or(0x80 | (number >> 8) as u8, |i| i as u8)
}

/// IP packets, the captures' own and those that are always there.
fn ip_packets() -> Vec<Vec<u8>> {
    let mut packets = made_packets();
    for (link, frame) in captures().concat() {
        let Ok(packet) = Packet::decode(&Frame::whole(link, &frame)) else { continue };
        if packet.is_ip() && packets.len() < OF_EACH {
            packets.push(frame[usize::from(packet.net_at)..].to_vec());
        }
    }
    packets
}

/// One IP packet of each kind.
fn made_packets() -> Vec<Vec<u8>> {
    let mut packets: Vec<Vec<u8>> = Vec::new();
    let tcp = [
        &[0, 80, 0xc3, 0x50, 0, 0, 0, 7, 0, 0, 0, 9, 0x80, 0x18, 1, 0, 0, 0, 0, 0][..],
        &[1, 1, 8, 10],
        &[0, 0, 0, 1, 0, 0, 0, 2],
        b"data",
    ]
    .concat();
    let sctp = [
        11, 89, 11, 90, 0, 0, 0, 9, 1, 2, 3, 4, 0, 3, 0, 17, 0, 0, 0, 1, 0, 2, 0, 3, 0, 0, 0, 46, 7, 0, 0, 0,
    ];
    let mld = [143, 0, 0, 0, 0, 0, 0, 1, 4, 0, 0, 0, 0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    for (protocol, segment) in [
        (ip_protocol::TCP, &tcp[..]),
        (ip_protocol::UDP, &udp(53, b"data")),
        (ip_protocol::SCTP, &sctp),
        (ip_protocol::UDP_LITE, &udp(9, b"data")),
        (ip_protocol::DCCP, &[0, 7, 0, 9, 3, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 5]),
        (ip_protocol::ICMP, &[&[3, 4, 0, 0, 0, 0, 5, 0][..], &ipv4(17, &udp(9, b"data"))].concat()),
        (ip_protocol::IGMP, &[0x22, 0, 0, 0, 0, 0, 0, 1, 4, 0, 0, 1, 224, 0, 0, 5, 10, 0, 0, 1]),
    ] {
        packets.push(ipv4(protocol, segment));
    }
    packets.push(ipv6(ip_protocol::TCP, &tcp));
    packets.push(ipv6(ip_protocol::HOP_BY_HOP, &[&[58, 0, 5, 2, 0, 0, 1, 0][..], &mld].concat()));
    packets.push(ipv6(ip_protocol::FRAGMENT, &[&[17, 0, 0, 1, 0, 0, 0, 5][..], &udp(9, b"data")].concat()));
    let advertised = [&[134, 0, 0, 0, 64, 0, 7, 8][..], &[0; 8], &[1, 1, 2, 2, 2, 2, 2, 2]].concat();
    packets.push(ipv6(ip_protocol::ICMPV6, &advertised));
    packets
}

fn frames() -> Vec<Framed> {
    let made = made_packets()
        .into_iter()
        .filter_map(|ip| Some((LinkType::Ethernet, around(LinkType::Ethernet, &ip)?)));
    captures().concat().into_iter().chain(made).collect()
}

/// The first packets of every capture that is committed.
fn captures() -> Vec<Vec<Framed>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../netmonsec/tests/captures");
    let mut files = Vec::new();
    collect(&folder, &mut files);
    files.sort();
    files.iter().filter_map(|file| read(file)).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}

/// `None` if it is no capture; one that is damaged gives what it has.
fn read(file: &Path) -> Option<Vec<Framed>> {
    let mut reader = Reader::open(file).ok()?;
    let mut frames = Vec::new();
    let mut records = Vec::new();
    while let Ok(Some(block)) = reader.next_batch(&mut records) {
        for record in &records {
            let frame = record.frame(&block);
            if frames.len() < OF_EACH {
                frames.push((frame.link, frame.bytes[..frame.bytes.len().min(KEPT)].to_vec()));
            }
        }
    }
    Some(frames)
}
