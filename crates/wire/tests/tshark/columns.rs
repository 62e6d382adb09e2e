//! The fields that are compared, and where ours come from.

use std::net::{IpAddr, Ipv4Addr};

use wire::{Flags, Frame, Header, Malformed, Net, Packet, ether_type, ip_protocol};

/// A packet as we decode it.
pub(crate) struct Seen<'a> {
    pub(crate) frame: Frame<'a>,
    pub(crate) levels: Vec<Packet>,
    pub(crate) headers: Vec<Header<'a>>,
    pub(crate) error: Option<Malformed>,
    /// The last level is an ICMP error: tshark also shows the headers of the packet it quotes.
    pub(crate) quotes: bool,
}

impl<'a> Seen<'a> {
    pub(crate) fn of(frame: &Frame<'a>) -> Self {
        let mut levels = Vec::new();
        let mut error = None;
        for level in Packet::levels(frame) {
            match level {
                Ok(level) => levels.push(level),
                Err(cause) => error = Some(cause),
            }
        }
        let mut headers = Vec::new();
        let result = Packet::headers(frame, |header| headers.push(header));
        assert_eq!(result.err(), error, "both ways of decoding agree");
        let quotes = headers.last().is_some_and(|header| match header {
            Header::Icmp(h) => h.is_error(),
            Header::Icmpv6(h) => h.is_error(),
            _ => false,
        });
        Self { frame: *frame, levels, headers, error, quotes }
    }

    pub(crate) fn tcp_options_are_cut(&self) -> bool {
        self.headers.iter().any(|header| match header {
            Header::Tcp(h) => h.data_offset() > h.header_len(),
            _ => false,
        })
    }

    fn levels<T: ToString>(&self, field: impl Fn(&Packet) -> Option<T>) -> Vec<String> {
        self.levels.iter().filter_map(field).map(|v| v.to_string()).collect()
    }

    fn headers<T: ToString>(&self, field: impl Fn(&Header<'a>) -> Option<T>) -> Vec<String> {
        self.headers.iter().filter_map(field).map(|v| v.to_string()).collect()
    }

    fn ipv4<T: ToString>(&self, field: impl Fn(&Packet) -> T) -> Vec<String> {
        self.levels(|p| (p.net == Net::Ipv4 && p.tunnel != wire::Tunnel::Ah).then(|| field(p)))
    }

    fn ipv6<T: ToString>(&self, field: impl Fn(&Packet) -> T) -> Vec<String> {
        self.levels(|p| (p.net == Net::Ipv6 && p.tunnel != wire::Tunnel::Ah).then(|| field(p)))
    }

    fn transport<T: ToString>(&self, protocol: u8, field: impl Fn(&Packet) -> T) -> Vec<String> {
        self.levels(|p| (p.protocol == protocol && p.flags.has(Flags::TRANSPORT)).then(|| field(p)))
    }
}

/// A field by tshark's name, and its values in all levels of a packet.
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) ours: fn(&Seen<'_>) -> Vec<String>,
}

/// tshark's values, hexadecimal numbers made decimal.
pub(crate) fn normal(values: &str) -> Vec<String> {
    let values = values.split(',').filter(|v| !v.is_empty());
    let number = |v: &str| u64::from_str_radix(v.strip_prefix("0x")?, 16).ok();
    values.map(|v| number(v).map_or_else(|| v.to_owned(), |n| n.to_string())).collect()
}

/// Differs from whatever tshark shows.
const NO_ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// A column whose values come from one kind of header.
macro_rules! header {
    ($name:literal, $kind:ident, |$h:ident| $value:expr) => {
        Column {
            name: $name,
            ours: |seen| {
                seen.headers(|header| match header {
                    Header::$kind($h, ..) => $value,
                    _ => None,
                })
            },
        }
    };
}

/// A column whose values come from the levels' summaries.
macro_rules! level {
    ($name:literal, |$seen:ident| $values:expr) => {
        Column { name: $name, ours: |$seen| $values }
    };
}

pub(crate) const COLUMNS: &[Column] = &[
    level!("frame.len", |s| vec![s.frame.wire_len.to_string()]),
    level!("frame.cap_len", |s| vec![s.frame.bytes.len().to_string()]),
    header!("eth.src", Ethernet, |h| Some(h.source())),
    header!("eth.dst", Ethernet, |h| Some(h.destination())),
    header!("eth.len", Ethernet, |h| h.length()),
    header!("sll.src.eth", Sll, |h| h.source()),
    header!("wlan.sa", Ieee80211, |h| h.source()),
    // tshark names the fields of an 802.1ad tag otherwise.
    header!("vlan.id", Vlan, |h| (h.tpid != ether_type::QINQ).then(|| h.id())),
    header!("vlan.priority", Vlan, |h| (h.tpid != ether_type::QINQ).then(|| h.priority())),
    header!("ieee8021ad.id", Vlan, |h| (h.tpid == ether_type::QINQ).then(|| h.id())),
    header!("llc.dsap", Llc, |h| Some(h.dsap() & 0xfe)),
    header!("mpls.label", Mpls, |h| Some(h.label())),
    header!("mpls.ttl", Mpls, |h| Some(h.ttl())),
    header!("pppoe.session_id", Pppoe, |h| Some(h.session_id())),
    header!("arp.opcode", Arp, |h| Some(h.operation())),
    header!("arp.src.proto_ipv4", Arp, |h| h.sender().map(|(_, ip)| ip)),
    header!("arp.src.hw_mac", Arp, |h| h.sender().map(|(mac, _)| mac)),
    header!("arp.dst.proto_ipv4", Arp, |h| h.target().map(|(_, ip)| ip)),
    level!("ip.src", |s| s.ipv4(|p| p.addresses(s.frame.bytes).map_or(NO_ADDRESS, |(src, _)| src))),
    level!("ip.dst", |s| s.ipv4(|p| p.addresses(s.frame.bytes).map_or(NO_ADDRESS, |(_, dst)| dst))),
    level!("ip.ttl", |s| s.ipv4(|p| p.ttl)),
    level!("ip.id", |s| s.ipv4(|p| p.ip_id)),
    level!("ip.flags.df", |s| s.ipv4(|p| u8::from(p.flags.has(Flags::DONT_FRAGMENT)))),
    level!("ip.flags.mf", |s| s.ipv4(|p| u8::from(p.flags.has(Flags::MORE_FRAGMENTS)))),
    level!("ip.frag_offset", |s| s.ipv4(|p| p.fragment_offset / 8)),
    header!("ip.flags.rb", Ipv4, |h| Some(u8::from(h.reserved_flag()))),
    header!("ip.hdr_len", Ipv4, |h| Some(h.header_len())),
    header!("ip.len", Ipv4, |h| Some(h.total_len())),
    header!("ip.proto", Ipv4, |h| Some(h.protocol())),
    header!("ip.dsfield.dscp", Ipv4, |h| Some(h.dscp())),
    header!("ip.dsfield.ecn", Ipv4, |h| Some(h.ecn())),
    header!("ip.checksum", Ipv4, |h| Some(h.checksum())),
    level!("ipv6.src", |s| s.ipv6(|p| p.addresses(s.frame.bytes).map_or(NO_ADDRESS, |(src, _)| src))),
    level!("ipv6.dst", |s| s.ipv6(|p| p.addresses(s.frame.bytes).map_or(NO_ADDRESS, |(_, dst)| dst))),
    level!("ipv6.hlim", |s| s.ipv6(|p| p.ttl)),
    header!("ipv6.plen", Ipv6, |h| Some(h.payload_len())),
    header!("ipv6.nxt", Ipv6, |h| Some(h.next_header())),
    header!("ipv6.tclass", Ipv6, |h| Some(h.traffic_class())),
    header!("ipv6.flow", Ipv6, |h| Some(h.flow_label())),
    header!("ipv6.fraghdr.offset", Ipv6Extension, |h| h.fragment().map(|f| f.offset / 8)),
    header!("ipv6.fraghdr.more", Ipv6Extension, |h| h.fragment().map(|f| u8::from(f.more))),
    header!("ipv6.fraghdr.ident", Ipv6Extension, |h| h.fragment().map(|f| f.id)),
    level!("tcp.srcport", |s| s.transport(ip_protocol::TCP, |p| p.src_port)),
    level!("tcp.dstport", |s| s.transport(ip_protocol::TCP, |p| p.dst_port)),
    level!("tcp.seq_raw", |s| s.transport(ip_protocol::TCP, |p| p.seq)),
    level!("tcp.ack_raw", |s| s.transport(ip_protocol::TCP, |p| p.ack)),
    // With the three reserved bits.
    header!("tcp.flags", Tcp, |h| Some(u16::from(h.reserved()) << 9 | h.flags())),
    level!("tcp.window_size_value", |s| s.transport(ip_protocol::TCP, |p| p.window)),
    level!("tcp.checksum", |s| s.transport(ip_protocol::TCP, |p| p.checksum)),
    level!("tcp.len", |s| s.transport(ip_protocol::TCP, |p| p.payload_len)),
    header!("tcp.hdr_len", Tcp, |h| Some(h.data_offset())),
    header!("tcp.urgent_pointer", Tcp, |h| Some(h.urgent())),
    header!("tcp.options", Tcp, |h| Some(hex(h.options_bytes())).filter(|o| !o.is_empty())),
    header!("tcp.options.mss_val", Tcp, |h| h.options().find_map(|o| match o {
        wire::tcp::Opt::MaxSegmentSize(n) => Some(n),
        _ => None,
    })),
    header!("tcp.options.wscale.shift", Tcp, |h| h.options().find_map(|o| match o {
        wire::tcp::Opt::WindowScale(n) => Some(n),
        _ => None,
    })),
    header!("tcp.options.timestamp.tsval", Tcp, |h| {
        wire::tcp::timestamps(h.options_bytes()).map(|(value, _)| value)
    }),
    header!("tcp.options.timestamp.tsecr", Tcp, |h| {
        wire::tcp::timestamps(h.options_bytes()).map(|(_, echo)| echo)
    }),
    level!("udp.srcport", |s| s.transport(ip_protocol::UDP, |p| p.src_port)),
    level!("udp.dstport", |s| s.transport(ip_protocol::UDP, |p| p.dst_port)),
    level!("udp.checksum", |s| s.transport(ip_protocol::UDP, |p| p.checksum)),
    header!("udp.length", Udp, |h| Some(h.length())),
    level!("icmp.type", |s| s.transport(ip_protocol::ICMP, |p| p.icmp_type)),
    level!("icmp.code", |s| s.transport(ip_protocol::ICMP, |p| p.icmp_code)),
    header!("icmp.checksum", Icmp, |h| Some(h.checksum())),
    header!("icmp.seq", Icmp, |h| h.echo().map(|(_, sequence)| sequence)),
    level!("icmpv6.type", |s| s.transport(ip_protocol::ICMPV6, |p| p.icmp_type)),
    level!("icmpv6.code", |s| s.transport(ip_protocol::ICMPV6, |p| p.icmp_code)),
    header!("icmpv6.nd.ns.target_address", Icmpv6, |h| match wire::ndp::Ndp::parse(h) {
        Some((wire::ndp::Ndp::NeighborSolicitation { target }, _)) => Some(target),
        _ => None,
    }),
    header!("icmpv6.nd.na.target_address", Icmpv6, |h| match wire::ndp::Ndp::parse(h) {
        Some((wire::ndp::Ndp::NeighborAdvertisement { target, .. }, _)) => Some(target),
        _ => None,
    }),
    level!("igmp.type", |s| s.transport(ip_protocol::IGMP, |p| p.icmp_type)),
    header!("igmp.version", Igmp, |h| h.version()),
    level!("sctp.srcport", |s| s.transport(ip_protocol::SCTP, |p| p.src_port)),
    level!("sctp.dstport", |s| s.transport(ip_protocol::SCTP, |p| p.dst_port)),
    header!("sctp.verification_tag", Sctp, |h| Some(h.verification_tag())),
    header!("esp.spi", Esp, |h| Some(h.spi())),
    header!("esp.sequence", Esp, |h| Some(h.sequence())),
    header!("ah.spi", Ah, |h| Some(h.spi())),
    header!("gre.proto", Gre, |h| Some(h.protocol())),
    header!("gre.key", Gre, |h| h.key()),
    header!("vxlan.vni", Vxlan, |h| Some(h.vni())),
    header!("geneve.vni", Geneve, |h| Some(h.vni())),
    header!("gtp.teid", GtpU, |h| Some(h.teid())),
    header!("l2tp.session", L2tp, |h| Some(h.session_id)),
];
