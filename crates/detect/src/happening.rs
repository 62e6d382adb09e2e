use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use flow::FlowKey;
use wire::{MacAddr, Timestamp};

/// Something that happened while flows are open: to one of them, or in a frame that is none's.
#[derive(Clone, PartialEq, Debug)]
pub enum Happening {
    /// To a flow.
    Flow(flow::Event),
    /// In a frame.
    Frame(Frame),
}

/// What happenings are ordered by.
pub type Order = (Timestamp, u8, FlowKey);

impl Happening {
    /// When.
    pub fn time(&self) -> Timestamp {
        match self {
            Self::Flow(event) => event.time,
            Self::Frame(frame) => frame.time,
        }
    }

    /// Frames before flows, and flows by their keys: what is equal comes from one place, in order.
    pub fn order(&self) -> Order {
        match self {
            Self::Flow(event) => (event.time, 1, event.key),
            Self::Frame(frame) => (frame.time, 0, FlowKey::default()),
        }
    }
}

/// What a [`Lens`](crate::Lens) saw in a frame.
#[derive(Clone, PartialEq, Debug)]
pub struct Frame {
    /// When.
    pub time: Timestamp,
    /// Number of the interface that saw it.
    pub interface: u16,
    /// Its outermost VLAN id.
    pub vlan: Option<u16>,
    /// Its link-layer addresses, `[src, dst]`.
    pub macs: [Option<MacAddr>; 2],
    /// What it was.
    pub seen: Seen,
}

/// What was in a frame.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum Seen {
    /// ARP over Ethernet about IPv4 (RFC 826).
    Arp {
        /// [`wire::arp::operation`].
        operation: u16,
        /// Who says it.
        sender: (MacAddr, Ipv4Addr),
        /// Who is asked for, or answered.
        target: (MacAddr, Ipv4Addr),
    },
    /// ICMP or ICMPv6 says that a packet did not get there.
    Unreachable {
        /// Who says so.
        by: IpAddr,
        /// Who had sent the packet.
        src: (IpAddr, u16),
        /// Where it was to go.
        dst: (IpAddr, u16),
        /// Its IP protocol.
        protocol: u8,
    },
    /// An echo request or reply whose payload is no pattern such as ping(8) fills in.
    Echo {
        /// Who sent it.
        src: IpAddr,
        /// Whom to.
        dst: IpAddr,
        /// It is a request.
        request: bool,
        /// Its identifier.
        id: u16,
        /// Bytes of payload.
        payload_bytes: u32,
        /// A digest of the payload: a reply that repeats its request has the same.
        digest: u64,
        /// The payload is as random as ciphertext.
        dense: bool,
    },
    /// A neighbour is looked for (RFC 4861 s4.3).
    NeighbourSolicited {
        /// Who asks; unspecified while it is checking an address of its own (RFC 4862 s5.4).
        src: Ipv6Addr,
        /// Whose hardware address is wanted.
        target: Ipv6Addr,
    },
    /// A neighbour tells its hardware address (RFC 4861 s4.4).
    NeighbourAdvertised {
        /// Who says it.
        src: Ipv6Addr,
        /// The address it is about.
        target: Ipv6Addr,
        /// The hardware address, if it is said.
        mac: Option<MacAddr>,
        /// It answers a question.
        solicited: bool,
        /// It is to replace what was known.
        overrides: bool,
    },
    /// A router offers its services (RFC 4861 s4.2).
    RouterAdvertised {
        /// The router.
        src: Ipv6Addr,
        /// How long it is to be used as a default router; 0 for not at all.
        lifetime_s: u16,
        /// Prefixes that it announces.
        prefixes: Vec<(Ipv6Addr, u8)>,
        /// Name servers that it announces (RFC 8106).
        resolvers: Vec<IpAddr>,
    },
    /// A DHCP server says something (RFC 2131 s3).
    DhcpServed {
        /// 2 OFFER, 5 ACK, 6 NAK (RFC 2132 s9.6).
        message: u8,
        /// The server's own name for itself, or the packet's source.
        server: Ipv4Addr,
        /// The packet's source: the server, or a relay.
        src: Ipv4Addr,
        /// It came through a relay.
        relayed: bool,
        /// The client.
        client: MacAddr,
        /// The address it is given.
        given: Ipv4Addr,
        /// Routers that the client is told to use.
        routers: Vec<Ipv4Addr>,
        /// Name servers that the client is told to use.
        resolvers: Vec<Ipv4Addr>,
    },
}
