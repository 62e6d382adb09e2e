//! Packets of every shape that etherparse can build, with what was put into them.

use std::net::IpAddr;

use etherparse::{
    IpNumber, Ipv4Header, Ipv6FlowLabel, Ipv6Header, PacketBuilder, TcpHeader, TcpOptionElement, VlanId,
};
use proptest::prelude::*;
use wire::{Flags, MacAddr, Net, Packet, ip_protocol};

/// A packet and what it is made of.
#[derive(Clone, Debug)]
pub(crate) struct Built {
    pub(crate) bytes: Vec<u8>,
    macs: ([u8; 6], [u8; 6]),
    vlans: Vec<u16>,
    ip: Ip,
    transport: Transport,
    payload: Vec<u8>,
}

#[derive(Clone, Debug)]
enum Ip {
    V4 { source: [u8; 4], destination: [u8; 4], ttl: u8, id: u16, dont_fragment: bool, options: Vec<u8> },
    V6 { source: [u8; 16], destination: [u8; 16], hop_limit: u8, flow_label: u32, traffic_class: u8 },
}

#[derive(Clone, Debug)]
enum Transport {
    Tcp { ports: (u16, u16), seq: u32, ack: u32, flags: u16, window: u16, options: Vec<TcpOptionElement> },
    Udp { ports: (u16, u16) },
    Echo { id: u16, sequence: u16 },
}

pub(crate) fn packet() -> impl Strategy<Value = Built> {
    let macs = (any::<[u8; 6]>(), any::<[u8; 6]>());
    let vlans = prop::collection::vec(0..4096_u16, 0..3);
    let payload = prop::collection::vec(any::<u8>(), 0..200);
    (macs, vlans, ip(), transport(), payload)
        .prop_map(|(macs, vlans, ip, transport, payload)| build(macs, vlans, ip, transport, payload))
}

fn ip() -> impl Strategy<Value = Ip> {
    let words = prop::collection::vec(Just([1_u8; 4]), 0..10);
    let v4 = (any::<[u8; 4]>(), any::<[u8; 4]>(), any::<u8>(), any::<u16>(), any::<bool>(), words).prop_map(
        |(source, destination, ttl, id, dont_fragment, words)| Ip::V4 {
            source,
            destination,
            ttl,
            id,
            dont_fragment,
            options: words.concat(),
        },
    );
    let v6 = (any::<[u8; 16]>(), any::<[u8; 16]>(), any::<u8>(), 0..0x10_0000_u32, any::<u8>()).prop_map(
        |(source, destination, hop_limit, flow_label, traffic_class)| Ip::V6 {
            source,
            destination,
            hop_limit,
            flow_label,
            traffic_class,
        },
    );
    prop_oneof![v4, v6]
}

fn transport() -> impl Strategy<Value = Transport> {
    use TcpOptionElement::{
        MaximumSegmentSize, Noop, SelectiveAcknowledgementPermitted, Timestamp, WindowScale,
    };
    let options = prop_oneof![
        Just(vec![]),
        (any::<u32>(), any::<u32>()).prop_map(|(a, b)| vec![Noop, Noop, Timestamp(a, b)]),
        (any::<u16>(), any::<u32>(), 0..15_u8).prop_map(|(mss, now, scale)| {
            let permitted = SelectiveAcknowledgementPermitted;
            vec![MaximumSegmentSize(mss), permitted, Timestamp(now, 0), Noop, WindowScale(scale)]
        }),
    ];
    let tcp = (any::<(u16, u16)>(), any::<u32>(), any::<u32>(), 0..0x200_u16, any::<u16>(), options)
        .prop_map(|(ports, seq, ack, flags, window, options)| Transport::Tcp {
            ports,
            seq,
            ack,
            flags,
            window,
            options,
        });
    let udp = any::<(u16, u16)>().prop_map(|ports| Transport::Udp { ports });
    let echo = any::<(u16, u16)>().prop_map(|(id, sequence)| Transport::Echo { id, sequence });
    prop_oneof![tcp, udp, echo]
}

fn build(macs: ([u8; 6], [u8; 6]), vlans: Vec<u16>, ip: Ip, transport: Transport, payload: Vec<u8>) -> Built {
    let id = |n: u16| VlanId::try_new(n).unwrap();
    let link = PacketBuilder::ethernet2(macs.0, macs.1);
    let header = match &ip {
        Ip::V4 { source, destination, ttl, id, dont_fragment, options } => {
            let mut header = Ipv4Header::new(0, *ttl, IpNumber(0), *source, *destination).unwrap();
            header.identification = *id;
            header.dont_fragment = *dont_fragment;
            header.options = options.as_slice().try_into().unwrap();
            etherparse::IpHeaders::Ipv4(header, Default::default())
        }
        Ip::V6 { source, destination, hop_limit, flow_label, traffic_class } => {
            let header = Ipv6Header {
                traffic_class: *traffic_class,
                flow_label: Ipv6FlowLabel::try_new(*flow_label).unwrap(),
                hop_limit: *hop_limit,
                source: *source,
                destination: *destination,
                ..Ipv6Header::default()
            };
            etherparse::IpHeaders::Ipv6(header, Default::default())
        }
    };
    let is_v6 = matches!(ip, Ip::V6 { .. });
    let net = match vlans[..] {
        [] => link.ip(header),
        [only] => link.single_vlan(id(only)).ip(header),
        [outer, inner, ..] => link.double_vlan(id(outer), id(inner)).ip(header),
    };
    let mut bytes = Vec::new();
    match &transport {
        Transport::Tcp { ports, seq, ack, flags, window, options } => {
            let mut header = TcpHeader::new(ports.0, ports.1, *seq, *window);
            header.acknowledgment_number = *ack;
            for (bit, field) in [
                &mut header.fin,
                &mut header.syn,
                &mut header.rst,
                &mut header.psh,
                &mut header.ack,
                &mut header.urg,
                &mut header.ece,
                &mut header.cwr,
                &mut header.ns,
            ]
            .into_iter()
            .enumerate()
            {
                *field = flags >> bit & 1 == 1;
            }
            header.set_options(options).unwrap();
            net.tcp_header(header).write_to_vec(&mut bytes, &payload).unwrap();
        }
        Transport::Udp { ports } => net.udp(ports.0, ports.1).write_to_vec(&mut bytes, &payload).unwrap(),
        Transport::Echo { id, sequence } if is_v6 => {
            net.icmpv6_echo_request(*id, *sequence).write_to_vec(&mut bytes, &payload).unwrap();
        }
        Transport::Echo { id, sequence } => {
            net.icmpv4_echo_request(*id, *sequence).write_to_vec(&mut bytes, &payload).unwrap();
        }
    }
    Built { bytes, macs, vlans, ip, transport, payload }
}

impl Built {
    /// Compares every field that was put in.
    pub(crate) fn check(&self, packet: &Packet) {
        let macs = (Some(MacAddr(self.macs.0)), Some(MacAddr(self.macs.1)));
        assert_eq!(packet.macs(&self.bytes), macs);
        assert_eq!(packet.vlans.ids(), self.vlans);
        assert_eq!(packet.bytes as usize, self.bytes.len());
        assert_eq!(packet.payload(&self.bytes), self.payload);
        assert!(packet.flags.has(Flags::TRANSPORT) && !packet.flags.has(Flags::TRUNCATED));
        self.check_ip(packet);
        self.check_transport(packet);
    }

    fn check_ip(&self, packet: &Packet) {
        let addresses = packet.addresses(&self.bytes).unwrap();
        match &self.ip {
            Ip::V4 { source, destination, ttl, id, dont_fragment, options } => {
                assert_eq!(addresses, (IpAddr::from(*source), IpAddr::from(*destination)));
                assert_eq!((packet.net, packet.ttl, packet.ip_id), (Net::Ipv4, *ttl, u32::from(*id)));
                assert_eq!(packet.flags.has(Flags::DONT_FRAGMENT), *dont_fragment);
                assert_eq!(packet.flags.has(Flags::IP_OPTIONS), !options.is_empty());
                let header = packet.ipv4(&self.bytes).unwrap();
                assert!(header.checksum_ok());
                assert_eq!((header.options_bytes(), header.protocol()), (&options[..], packet.protocol));
            }
            Ip::V6 { source, destination, hop_limit, flow_label, traffic_class } => {
                assert_eq!(addresses, (IpAddr::from(*source), IpAddr::from(*destination)));
                assert_eq!((packet.net, packet.ttl, packet.ip_id), (Net::Ipv6, *hop_limit, 0));
                let (header, extensions) = packet.ipv6(&self.bytes).unwrap();
                assert_eq!((header.flow_label(), header.traffic_class()), (*flow_label, *traffic_class));
                assert_eq!((extensions.next_header(), extensions.count()), (packet.protocol, 0));
            }
        }
    }

    fn check_transport(&self, packet: &Packet) {
        match &self.transport {
            Transport::Tcp { ports, seq, ack, flags, window, options } => {
                assert_eq!((packet.protocol, packet.src_port, packet.dst_port), (6, ports.0, ports.1));
                assert_eq!((packet.seq, packet.ack, packet.window), (*seq, *ack, *window));
                assert_eq!(packet.tcp_flags, *flags);
                let header = packet.tcp(&self.bytes).unwrap();
                assert_eq!(header.options_bytes(), packet.tcp_options(&self.bytes));
                let stamps = options.iter().find_map(|o| match o {
                    TcpOptionElement::Timestamp(value, echo) => Some((*value, *echo)),
                    _ => None,
                });
                assert_eq!(wire::tcp::timestamps(header.options_bytes()), stamps);
            }
            Transport::Udp { ports } => {
                assert_eq!((packet.protocol, packet.src_port, packet.dst_port), (17, ports.0, ports.1));
                assert_eq!(packet.checksum, packet.udp(&self.bytes).unwrap().checksum());
            }
            Transport::Echo { id, sequence } => {
                let echo = match packet.net {
                    Net::Ipv4 => {
                        assert_eq!((packet.protocol, packet.icmp_type), (ip_protocol::ICMP, 8));
                        packet
                            .transport(ip_protocol::ICMP, &self.bytes)
                            .and_then(wire::icmp::Icmp::parse)
                            .unwrap()
                            .echo()
                    }
                    _ => {
                        assert_eq!((packet.protocol, packet.icmp_type), (ip_protocol::ICMPV6, 128));
                        packet
                            .transport(ip_protocol::ICMPV6, &self.bytes)
                            .and_then(wire::icmpv6::Icmpv6::parse)
                            .unwrap()
                            .echo()
                    }
                };
                assert_eq!(echo, Some((*id, *sequence)));
            }
        }
    }
}
