//! Frames of many flows, wrapped in every way that could part a flow.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const MACS: [[u8; 6]; 2] = [[2, 0x77, 0, 0, 0, 1], [2, 0x77, 0, 0, 0, 2]];

/// IP protocol number.
pub const UDP: u8 = 17;
/// IP protocol number.
pub const TCP: u8 = 6;
/// IP protocol number.
pub const ICMP: u8 = 1;
/// IP protocol number.
pub const SCTP: u8 = 132;
const GRE: u8 = 47;

/// Ethernet with anything between the MAC addresses and the payload.
pub fn ethernet(back: bool, words: &[u16], payload: &[u8]) -> Vec<u8> {
    let [to, from] = if back { MACS } else { [MACS[1], MACS[0]] };
    let words: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
    [&to[..], &from, &words, payload].concat()
}

/// Two ports and what follows them.
pub fn ports(from: u16, to: u16, rest: &[u8]) -> Vec<u8> {
    [&from.to_be_bytes()[..], &to.to_be_bytes(), rest].concat()
}

/// A UDP datagram without checksum.
pub fn udp(from: u16, to: u16, payload: &[u8]) -> Vec<u8> {
    let len = (payload.len() as u16 + 8).to_be_bytes();
    ports(from, to, &[&len, &[0, 0], payload].concat())
}

fn ipv4(from: Ipv4Addr, to: Ipv4Addr, protocol: u8, id: u16, fragment: u16, payload: &[u8]) -> Vec<u8> {
    let [len, id, fragment] = [payload.len() as u16 + 20, id, fragment].map(u16::to_be_bytes);
    let head = [0x45, 0, len[0], len[1], id[0], id[1], fragment[0], fragment[1], 64, protocol, 0, 0];
    let mut header = [&head[..], &from.octets(), &to.octets()].concat();
    let sum = header.chunks(2).map(|w| u32::from(w[0]) << 8 | u32::from(w[1])).sum::<u32>();
    let sum = !((sum & 0xffff) + (sum >> 16)) as u16;
    header[10..12].copy_from_slice(&sum.to_be_bytes());
    [&header, payload].concat()
}

fn ipv6(from: Ipv6Addr, to: Ipv6Addr, next: u8, payload: &[u8]) -> Vec<u8> {
    let len = (payload.len() as u16).to_be_bytes();
    [&[0x60, 0, 0, 0, len[0], len[1], next, 64], &from.octets()[..], &to.octets(), payload].concat()
}

/// A whole IP packet.
pub fn ip(from: IpAddr, to: IpAddr, protocol: u8, payload: &[u8]) -> Vec<u8> {
    match (from, to) {
        (IpAddr::V4(from), IpAddr::V4(to)) => ipv4(from, to, protocol, 1, 0, payload),
        (IpAddr::V6(from), IpAddr::V6(to)) => ipv6(from, to, protocol, payload),
        _ => panic!("mixed versions"),
    }
}

/// The same in fragments of at most 1200 bytes.
fn fragments(from: IpAddr, to: IpAddr, id: u16, payload: &[u8]) -> Vec<Vec<u8>> {
    let last = payload.len().div_ceil(1200) - 1;
    let piece = |(n, part): (usize, &[u8])| {
        let (units, more) = ((n * 150) as u16, n < last);
        match (from, to) {
            (IpAddr::V4(from), IpAddr::V4(to)) => {
                ipv4(from, to, UDP, id, units | if more { 0x2000 } else { 0 }, part)
            }
            (IpAddr::V6(from), IpAddr::V6(to)) => {
                let [offset, id] = [units << 3 | u16::from(more), id].map(u16::to_be_bytes);
                let header = [UDP, 0, offset[0], offset[1], 0, 0, id[0], id[1]];
                ipv6(from, to, 44, &[&header, part].concat())
            }
            _ => panic!("mixed versions"),
        }
    };
    payload.chunks(1200).enumerate().map(piece).collect()
}

/// Ways to send a conversation.
pub const KINDS: [&str; 21] = [
    "plain",
    "vlan",
    "priority tag",
    "qinq",
    "vlan in vlan",
    "old qinq",
    "asymmetric vlan",
    "fragments",
    "fragments in a vlan",
    "gre",
    "ipv6",
    "ipv6 fragments",
    "vxlan",
    "mpls",
    "three labels",
    "pppoe",
    "pppoe in qinq",
    "icmp",
    "sctp",
    "ipv6 in a vlan",
    "three tags",
];

/// The frames of one direction of conversation `flow`. Every frame ends in [`mark`] of the flow.
pub fn conversation(kind: &str, flow: u16, back: bool) -> Vec<Vec<u8>> {
    let v6 = kind.starts_with("ipv6");
    // Eight conversations each have their own server; five share a client.
    let addresses: [IpAddr; 2] = if v6 {
        let host = |n: u16| Ipv6Addr::new(0xfd77, 0, 0, n & 3, 0, 0, 0, n).into();
        [host(flow % 8 + 1), host(100 + flow)]
    } else {
        [
            Ipv4Addr::new(10, 77, 0, flow as u8 % 8 + 1).into(),
            Ipv4Addr::new(10, 88, 3, 100 + flow as u8).into(),
        ]
    };
    let (mut end, mut port) = (addresses, [20_000 + flow, 443]);
    if back {
        end.reverse();
        port.reverse();
    }
    let ip_type = if v6 { 0x86dd } else { 0x0800 };
    let payload = mark(flow);
    let tcp = || {
        let header = [0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0];
        ip(end[0], end[1], TCP, &ports(port[0], port[1], &[&header[..], &payload].concat()))
    };
    let one = |words: &[u16], packet: &[u8]| vec![ethernet(back, words, packet)];
    match kind {
        "plain" | "ipv6" => one(&[ip_type], &tcp()),
        "vlan" | "ipv6 in a vlan" => one(&[0x8100, 100, ip_type], &tcp()),
        "asymmetric vlan" => one(&[0x8100, 100 + u16::from(back), ip_type], &tcp()),
        "priority tag" => one(&[0x8100, 0xa000, ip_type], &tcp()),
        "vlan in vlan" => one(&[0x8100, 200, 0x8100, 100, ip_type], &tcp()),
        "qinq" => one(&[0x88a8, 200, 0x8100, 100, ip_type], &tcp()),
        "old qinq" => one(&[0x9100, 200, 0x8100, 100, ip_type], &tcp()),
        "three tags" => one(&[0x88a8, 200, 0x8100, 100, 0x8100, 50, ip_type], &tcp()),
        "mpls" => one(&[0x8847, 1 + u16::from(back), 0x0140], &tcp()),
        "three labels" => one(&[0x8847, 1, 0x0040, 2, 0x0040, 3, 0x0140], &tcp()),
        "pppoe" | "pppoe in qinq" => {
            let packet = tcp();
            let ppp = [0x8864, 0x1100, 7, packet.len() as u16 + 2, 0x0021];
            let tags: &[u16] = if kind == "pppoe" { &[] } else { &[0x88a8, 200, 0x8100, 100] };
            one(&[tags, &ppp].concat(), &packet)
        }
        "fragments" | "fragments in a vlan" | "ipv6 fragments" => {
            let words: &[u16] = if kind.ends_with("vlan") { &[0x8100, 100, ip_type] } else { &[ip_type] };
            // Each 1200 bytes end in the mark.
            let mut long = [vec![b'z'; 1200 - 8 - payload.len()], payload.clone()].concat();
            long.extend([vec![b'z'; 1200 - payload.len()], payload.clone()].concat());
            let mut packets =
                fragments(end[0], end[1], flow * 2 + u16::from(back), &udp(port[0], port[1], &long));
            packets.push(ip(end[0], end[1], UDP, &udp(port[0], port[1], &payload)));
            packets.iter().map(|packet| ethernet(back, words, packet)).collect()
        }
        "gre" => one(&[ip_type], &ip(end[0], end[1], GRE, &[&[0, 0, 8, 0][..], &tcp()].concat())),
        "vxlan" => {
            let inner = ethernet(back, &[0x0800], &tcp());
            let packet = [&[8, 0, 0, 0, 0, 0, 5, 0], &inner[..]].concat();
            // The source port is another in each direction (RFC 7348 section 5).
            let from = 50_000 + flow * 7 + u16::from(back) * 1000;
            one(&[ip_type], &ip(end[0], end[1], UDP, &udp(from, 4789, &packet)))
        }
        "icmp" => {
            let echo = [if back { 0 } else { 8 }, 0, 0, 0, 0, flow as u8, 0, 1];
            one(&[ip_type], &ip(end[0], end[1], ICMP, &[&echo, &payload[..]].concat()))
        }
        "sctp" => one(&[ip_type], &ip(end[0], end[1], SCTP, &ports(port[0], port[1], &payload))),
        _ => panic!("no kind {kind}"),
    }
}

/// What the last bytes of a conversation's frames say.
pub fn mark(flow: u16) -> Vec<u8> {
    // Long enough that the shortest frame needs no padding.
    format!("{:>40}FLOW{flow:04}", "").into_bytes()
}

/// The conversation that a frame belongs to.
pub fn flow_of(frame: &[u8]) -> u16 {
    let text = std::str::from_utf8(&frame[frame.len() - 8..]).unwrap();
    text.strip_prefix("FLOW").unwrap().parse().unwrap()
}

/// A connection from its first segment to its last: whether it is an answer, flags, sequence and
/// acknowledgement number, payload.
pub const CONNECTION: [(bool, u8, u32, u32, &[u8]); 9] = [
    (false, SYN, 100, 0, b""),
    (true, SYN | ACK, 500, 101, b""),
    (false, ACK, 101, 501, b""),
    (false, ACK, 101, 501, b"question"),
    (true, ACK, 501, 109, b"answer"),
    (false, ACK, 109, 507, b""),
    (false, FIN | ACK, 109, 507, b""),
    (true, FIN | ACK, 507, 110, b""),
    (false, ACK, 110, 508, b""),
];
/// TCP flag.
pub const FIN: u8 = 1;
/// TCP flag.
pub const SYN: u8 = 2;
/// TCP flag.
pub const ACK: u8 = 16;

/// A TCP segment between two ports that tell nothing.
pub fn segment(back: bool, flags: u8, seq: u32, ack: u32, payload: &[u8]) -> Vec<u8> {
    let (mut ends, mut numbers) = ([[10, 77, 0, 1], [10, 99, 0, 2]].map(Into::into), [40_001, 40_002]);
    if back {
        ends.reverse();
        numbers.reverse();
    }
    let head = [&seq.to_be_bytes()[..], &ack.to_be_bytes(), &[0x50, flags, 0xff, 0xff, 0, 0, 0, 0], payload];
    let tcp = ports(numbers[0], numbers[1], &head.concat());
    ethernet(back, &[0x0800], &ip(ends[0], ends[1], TCP, &tcp))
}
