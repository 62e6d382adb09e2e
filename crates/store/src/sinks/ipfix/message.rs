use std::net::IpAddr;

use model::Flow;
use wire::Timestamp;

use super::super::facts;
use crate::item::SeenFlow;

/// The two kinds of records; what they are called in messages are their numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Template {
    Ipv4 = 256,
    Ipv6 = 257,
}

/// One direction of a flow.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Record {
    pub(super) template: Template,
    pub(super) bytes: Vec<u8>,
}

/// RFC 7011 s3.1, s3.3.2, s3.3.1.
const VERSION: u16 = 10;
const HEADER: usize = 16;
const SET_HEADER: usize = 4;
const TEMPLATE_SET: u16 = 2;
/// RFC 7011 s7: the length is in front of the value.
const VARIABLE: u16 = 65_535;
/// What a message may have so that with IPv6 and TCP headers it is no more than 1400 bytes: tunnels
/// on the way take some of the usual 1500.
const LONGEST: usize = 1400 - 40 - 20;
/// Whose flows they are: there is one observation domain (RFC 7011 s2).
const DOMAIN: u32 = 1;

/// Numbers and lengths of information elements in IANA's registry "IPFIX Information Elements".
const START: [(u16, u16); 4] = [
    (152, 8), // flowStartMilliseconds
    (153, 8), // flowEndMilliseconds
    (1, 8),   // octetDeltaCount
    (2, 8),   // packetDeltaCount
];
const IPV4: [(u16, u16); 2] = [
    (8, 4),  // sourceIPv4Address
    (12, 4), // destinationIPv4Address
];
const IPV6: [(u16, u16); 2] = [
    (27, 16), // sourceIPv6Address
    (28, 16), // destinationIPv6Address
];
const REST: [(u16, u16); 9] = [
    (7, 2),         // sourceTransportPort
    (11, 2),        // destinationTransportPort
    (4, 1),         // protocolIdentifier
    (136, 1),       // flowEndReason
    (6, 2),         // tcpControlBits
    (58, 2),        // vlanId
    (56, 6),        // sourceMacAddress
    (80, 6),        // destinationMacAddress
    (96, VARIABLE), // applicationName
];

/// A flow as two records, one a direction: collectors that know nothing of RFC 5103 understand that,
/// too. A direction in which nothing went has none.
pub(super) fn records(seen: &SeenFlow) -> impl Iterator<Item = Record> {
    let flow = &seen.record;
    let [src_bytes, dst_bytes] = facts::ip_bytes(flow);
    let [src_flags, dst_flags] = tcp_flags(flow.tcp_history.as_deref().unwrap_or_default());
    let macs =
        [&flow.src_mac, &flow.dst_mac].map(|mac| mac.as_deref().and_then(mac_bytes).unwrap_or_default());
    let [src_mac, dst_mac] = macs;
    let src = End { ip: flow.src_ip, port: flow.src_port.unwrap_or_default(), mac: src_mac };
    let dst = End { ip: flow.dst_ip, port: flow.dst_port.unwrap_or_default(), mac: dst_mac };
    let there = record(seen, [&src, &dst], [src_bytes, flow.src_packets], src_flags);
    let back = record(seen, [&dst, &src], [dst_bytes, flow.dst_packets], dst_flags);
    [there, back].into_iter().flatten()
}

struct End {
    ip: IpAddr,
    port: u16,
    mac: [u8; 6],
}

fn record(seen: &SeenFlow, [from, to]: [&End; 2], [octets, packets]: [u64; 2], flags: u16) -> Option<Record> {
    if packets == 0 {
        return None;
    }
    let flow = &seen.record;
    let mut bytes = Vec::with_capacity(128);
    let milliseconds = |time: Timestamp| time.nanos() / 1_000_000;
    for value in [milliseconds(seen.start), milliseconds(seen.end), octets, packets] {
        bytes.extend(value.to_be_bytes());
    }
    let template = match (from.ip, to.ip) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            bytes.extend([from.octets(), to.octets()].concat());
            Template::Ipv4
        }
        (IpAddr::V6(from), IpAddr::V6(to)) => {
            bytes.extend([from.octets(), to.octets()].concat());
            Template::Ipv6
        }
        // No packet has one of each.
        _ => return None,
    };
    bytes.extend([from.port.to_be_bytes(), to.port.to_be_bytes()].concat());
    // 255 is reserved: none is that.
    bytes.push(facts::protocol_number(&flow.transport).unwrap_or(255));
    bytes.push(end_reason(flow.end_reason));
    bytes.extend(flags.to_be_bytes());
    bytes.extend(flow.vlans.first().copied().unwrap_or_default().to_be_bytes());
    bytes.extend([from.mac, to.mac].concat());
    let name = application(flow).as_bytes();
    let name = name.get(..NAME_MAX).unwrap_or(name);
    bytes.push(u8::try_from(name.len()).unwrap_or_default());
    bytes.extend(name);
    Some(Record { template, bytes })
}

/// Names are the program's own or the configuration's; whatever they are, a record fits into a message.
const NAME_MAX: usize = 200;

/// What runs on it, or else the protocol.
fn application(flow: &Flow) -> &'static str {
    flow.application.unwrap_or(flow.protocol)
}

/// RFC 5102 s5.11.3.
fn end_reason(reason: &str) -> u8 {
    match reason {
        "idle-timeout" => 1,
        "active-timeout" => 2,
        "fin" | "rst" | "port-reuse" => 3,
        "end-of-capture" => 4,
        "evicted" => 5,
        _ => 0,
    }
}

/// Flags that each side has sent, as far as the history has them (RFC 9293 s3.1): PSH, URG and those
/// of ECN are not recorded.
fn tcp_flags(history: &str) -> [u16; 2] {
    const FIN: u16 = 1;
    const SYN: u16 = 2;
    const RST: u16 = 4;
    const ACK: u16 = 16;
    let mut sides = [0; 2];
    let [src, dst] = &mut sides;
    for letter in history.chars() {
        let side = if letter.is_ascii_uppercase() { &mut *src } else { &mut *dst };
        *side |= match letter.to_ascii_lowercase() {
            's' => SYN,
            'h' => SYN | ACK,
            'a' => ACK,
            'f' => FIN,
            'r' => RST,
            _ => 0,
        };
    }
    sides
}

fn mac_bytes(text: &str) -> Option<[u8; 6]> {
    let mut mac = [0; 6];
    let mut parts = text.split(':');
    for byte in &mut mac {
        *byte = u8::from_str_radix(parts.next()?, 16).ok()?;
    }
    parts.next().is_none().then_some(mac)
}

/// The message that tells what the others mean.
pub(super) fn templates(time: u64, sequence: u32) -> Vec<u8> {
    let mut set = Vec::new();
    for (template, addresses) in [(Template::Ipv4, IPV4), (Template::Ipv6, IPV6)] {
        let fields = [&START[..], &addresses, &REST].concat();
        set.extend((template as u16).to_be_bytes());
        set.extend(low16(fields.len()).to_be_bytes());
        for (element, length) in fields {
            set.extend(element.to_be_bytes());
            set.extend(length.to_be_bytes());
        }
    }
    message(time, sequence, TEMPLATE_SET, &set)
}

/// A message of as many records as it has room for, and how many those are.
pub(super) fn data(time: u64, sequence: u32, template: Template, records: &[Record]) -> (Vec<u8>, usize) {
    let mut set = Vec::with_capacity(LONGEST);
    let mut count = 0;
    for record in records {
        if count > 0 && HEADER + SET_HEADER + set.len() + record.bytes.len() > LONGEST {
            break;
        }
        set.extend(&record.bytes);
        count += 1;
    }
    (message(time, sequence, template as u16, &set), count)
}

/// RFC 7011 s3.1.
fn message(time: u64, sequence: u32, set_id: u16, set: &[u8]) -> Vec<u8> {
    let set_len = SET_HEADER + set.len();
    let mut bytes = Vec::with_capacity(HEADER + set_len);
    bytes.extend(VERSION.to_be_bytes());
    bytes.extend(low16(HEADER + set_len).to_be_bytes());
    // Seconds since 1970 in 32 bits (s3.1); they are enough until 2106.
    bytes.extend(u32::try_from(time).unwrap_or(u32::MAX).to_be_bytes());
    bytes.extend(sequence.to_be_bytes());
    bytes.extend(DOMAIN.to_be_bytes());
    bytes.extend(set_id.to_be_bytes());
    bytes.extend(low16(set_len).to_be_bytes());
    bytes.extend(set);
    bytes
}

/// Of a length that is known to be short.
fn low16(len: usize) -> u16 {
    u16::try_from(len).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_and_addresses() {
        assert_eq!(tcp_flags("ShADadFr"), [1 | 2 | 16, 2 | 16 | 4]);
        assert_eq!(tcp_flags(""), [0, 0]);
        assert_eq!(mac_bytes("02:77:00:00:00:fe"), Some([2, 0x77, 0, 0, 0, 0xfe]));
        for bad in ["", "02:77", "02:77:00:00:00:fe:00", "x"] {
            assert_eq!(mac_bytes(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_message_is_as_long_as_it_says_and_never_too_long() {
        let records = vec![Record { template: Template::Ipv6, bytes: vec![7; 300] }; 10];
        let (message, count) = data(1_795_219_200, 0xfeed, Template::Ipv6, &records);
        assert_eq!(count, 4);
        assert_eq!(message.len(), 16 + 4 + 4 * 300);
        assert_eq!(message[..4], [0, 10, 4, 196]);
        assert_eq!(message[4..8], 1_795_219_200_u32.to_be_bytes());
        assert_eq!(message[8..16], [0, 0, 0xfe, 0xed, 0, 0, 0, 1]);
        assert_eq!(message[16..20], [1, 1, 4, 180]);
    }
}
