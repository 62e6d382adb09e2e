//! What watchers say: facts about a device, named by the addresses that it used.

use std::net::IpAddr;

use dpi::Value;
use wire::{MacAddr, Timestamp};

use crate::network::Network;

/// Facts about one device, read from one frame or flow.
///
/// Text in it comes off the wire: bounded by the watcher, escaped by whoever prints it.
#[derive(Clone, PartialEq, Debug)]
pub struct Sighting {
    /// When the frame was seen.
    pub time: Timestamp,
    /// The watcher that read it.
    pub watcher: &'static str,
    /// Number of the interface that saw it.
    pub interface: u16,
    /// The frame's outermost VLAN id.
    pub vlan: Option<u16>,
    /// Whom the facts are about.
    pub about: Subject,
    /// The facts.
    pub facts: Vec<Fact>,
}

/// A device, as a frame names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Subject {
    /// Its hardware address. The one in a frame's header is that of the last router if `ip` is not
    /// on this link.
    pub mac: Option<MacAddr>,
    /// Its IP address; never a group, broadcast or unspecified one.
    pub ip: Option<IpAddr>,
}

/// Something that is so.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum Fact {
    /// The subject's IP address belongs to its hardware address: not because a frame came with
    /// both, but because a protocol said so whose business that is.
    Address(Evidence),
    /// The subject gave its IP address back, or was refused it.
    AddressGone,
    /// The subject's IP address was claimed by another, too.
    Conflict {
        /// Who else claims it.
        other: MacAddr,
    },
    /// A name of the subject.
    Name {
        /// The name, without a final dot.
        name: Box<str>,
        /// Who says so.
        source: NameSource,
    },
    /// Something that no two devices share, and that stays when addresses change.
    Identity(Identity),
    /// A field of one of the record's objects (`dhcp`, `mdns`, `lldp` ...); a later value of the
    /// same field replaces an earlier one, a list grows.
    Note {
        /// The object's name.
        section: &'static str,
        /// The field's name; `docs/devices.md` lists them.
        field: &'static str,
        /// What is there.
        value: Value,
    },
    /// The subject offers a service.
    Service(Service),
    /// The subject announced that it stops offering a service.
    ServiceGone(Service),
    /// What the subject is to others.
    Role(Role),
    /// A sign of what the subject is.
    Vote(Vote),
    /// A hardware address that several routers take turns in: it is no device (VRRP, HSRP, CARP).
    VirtualAddress {
        /// The address.
        mac: MacAddr,
        /// The IP address behind it, where it is said.
        ip: Option<IpAddr>,
    },
    /// The subject sent this out of its own port, and only its neighbour hears it: everything on
    /// this side of the mirror hangs on that port (LLDP, CDP, STP).
    Port {
        /// The port's name or number.
        port: Box<str>,
    },
    /// The subject's clock for TCP timestamps (RFC 7323), plus what the system added for this
    /// connection, showed `value`.
    Clock {
        /// Whom it was shown to.
        peer: IpAddr,
        /// When.
        at: Timestamp,
        /// What it showed.
        value: u32,
    },
    /// Addresses of this block are on this link.
    OnLink(Network),
    /// Nothing more than that it is there.
    Seen,
}

/// Why an IP address belongs to a hardware address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[non_exhaustive]
pub enum Evidence {
    /// Frames came with both; a router's do that too.
    Traffic,
    /// ARP (RFC 826).
    Arp,
    /// IPv6 neighbour discovery (RFC 4861).
    Ndp,
    /// A lease (RFC 2131, RFC 8415).
    Dhcp,
    /// The device itself said so in a protocol of its own (LLDP, CDP, MNDP ...).
    Announced,
}

impl Evidence {
    /// The name that records carry.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Traffic => "traffic",
            Self::Arp => "arp",
            Self::Ndp => "ndp",
            Self::Dhcp => "dhcp",
            Self::Announced => "announced",
        }
    }
}

/// Who says that a device has a name. Later ones are better to call a device by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[non_exhaustive]
pub enum NameSource {
    /// The certificate that it shows.
    Certificate,
    /// The DNS names that others reach it by.
    Dns,
    /// The greeting of one of its services.
    Banner,
    /// SSDP or UPnP.
    Ssdp,
    /// WS-Discovery.
    WsDiscovery,
    /// NTLM in SMB, RDP or HTTP.
    Ntlm,
    /// Kerberos.
    Kerberos,
    /// SNMP sysName.
    Snmp,
    /// LLMNR (RFC 4795).
    Llmnr,
    /// NetBIOS (RFC 1001).
    Netbios,
    /// mDNS (RFC 6762).
    Mdns,
    /// The host name that it sent to a DHCP server.
    Dhcp,
    /// LLDP, CDP and the like.
    Discovery,
}

impl NameSource {
    /// The name that records carry.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Certificate => "certificate",
            Self::Dns => "dns",
            Self::Banner => "banner",
            Self::Ssdp => "ssdp",
            Self::WsDiscovery => "ws-discovery",
            Self::Ntlm => "ntlm",
            Self::Kerberos => "kerberos",
            Self::Snmp => "snmp",
            Self::Llmnr => "llmnr",
            Self::Netbios => "netbios",
            Self::Mdns => "mdns",
            Self::Dhcp => "dhcp",
            Self::Discovery => "discovery",
        }
    }
}

/// Something that no two devices share.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[non_exhaustive]
pub enum Identity {
    /// DHCP client identifier that is not just the hardware address (RFC 2132 s9.14), or a DUID
    /// (RFC 8415 s11): in hexadecimal digits.
    DhcpClient(Box<str>),
    /// LLDP chassis id, CDP device id ...: a switch sends them from each of its ports.
    Chassis(Box<str>),
    /// UUID of UPnP or WS-Discovery.
    Uuid(Box<str>),
    /// A serial number, with what it is a number of before it.
    Serial(Box<str>),
    /// The host name that mDNS keeps unique on a link (RFC 6762 s9), in lower case.
    MdnsHost(Box<str>),
}

/// A service that a device offers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Service {
    /// `tcp`, `udp` ...
    pub transport: &'static str,
    /// Its port; 0 if that is not known.
    pub port: u16,
    /// The protocol's label, or the DNS-SD service type without its underscore (`ipp`).
    pub protocol: Box<str>,
    /// What it calls itself: a DNS-SD instance, a share.
    pub name: Option<Box<str>>,
    /// The software behind it, as its banner says.
    pub product: Option<Box<str>>,
    /// Its version.
    pub version: Option<Box<str>>,
    /// Who says so: `mdns`, `ssdp`, `banner`, `traffic`.
    pub source: &'static str,
}

/// What a device is to others.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
#[non_exhaustive]
pub enum Role {
    /// Forwards packets of others.
    Router,
    /// The way out of the network: others' packets to the internet go through it.
    Gateway,
    /// Forwards frames of others.
    Switch,
    /// The spanning tree's root bridge (IEEE 802.1D).
    RootBridge,
    /// A wireless access point.
    AccessPoint,
    /// Hands out addresses.
    DhcpServer,
    /// Passes DHCP on to a server elsewhere.
    DhcpRelay,
    /// Answers DNS questions of others.
    DnsServer,
    /// Tells the time.
    NtpServer,
    /// Keeps the accounts of a domain (Kerberos, LDAP).
    DirectoryServer,
    /// Offers files.
    FileServer,
    /// Prints.
    Printer,
    /// A telephone.
    Phone,
    /// Repeats multicast discovery for others.
    DiscoveryProxy,
}

impl Role {
    /// The name that records carry.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Router => "router",
            Self::Gateway => "gateway",
            Self::Switch => "switch",
            Self::RootBridge => "root-bridge",
            Self::AccessPoint => "access-point",
            Self::DhcpServer => "dhcp-server",
            Self::DhcpRelay => "dhcp-relay",
            Self::DnsServer => "dns-server",
            Self::NtpServer => "ntp-server",
            Self::DirectoryServer => "directory-server",
            Self::FileServer => "file-server",
            Self::Printer => "printer",
            Self::Phone => "phone",
            Self::DiscoveryProxy => "discovery-proxy",
        }
    }
}

/// A sign of what a device is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Vote {
    /// What it is a sign of.
    pub about: About,
    /// What it says: `Windows 11`, `printer`, `LaserJet 4200`.
    pub value: Box<str>,
    /// How often such a sign is right, in per cent, as far as its kind can be: 95 a device that
    /// names itself, 50 a habit that others have, too.
    pub weight: u8,
    /// What kind of sign: `dhcp`, `user-agent`, `syn` ... Signs of one kind count once.
    pub source: &'static str,
    /// The sign in words that a person can check: `vendor class "MSFT 5.0"`.
    pub reason: Box<str>,
}

/// What a vote is about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum About {
    /// The operating system, family first: `Windows 11`, `Linux`, `iOS 17`, `RouterOS 7.1`.
    Os,
    /// What kind of thing it is, one of those that `docs/devices.md` lists.
    Type,
    /// The model.
    Model,
    /// The maker, where the device names it itself.
    Vendor,
}
