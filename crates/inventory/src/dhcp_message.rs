//! DHCPv4 messages (RFC 2131 s2) and their options, put together from where they may be scattered.

use std::net::Ipv4Addr;

use dpi::Reader;
use wire::MacAddr;

/// RFC 2131 s3: what options begin with.
const COOKIE: [u8; 4] = [0x63, 0x82, 0x53, 0x63];

/// Ethernet's number among hardware types.
const ETHERNET: u8 = 1;

/// Options kept, each with all its parts; nobody sends more.
const MOST_OPTIONS: usize = 96;

/// Message types (RFC 2132 s9.6, RFC 4388 s6.1).
pub(crate) mod kind {
    pub(crate) const DISCOVER: u8 = 1;
    pub(crate) const OFFER: u8 = 2;
    pub(crate) const REQUEST: u8 = 3;
    pub(crate) const DECLINE: u8 = 4;
    pub(crate) const ACK: u8 = 5;
    pub(crate) const NAK: u8 = 6;
    pub(crate) const RELEASE: u8 = 7;
    pub(crate) const INFORM: u8 = 8;
    pub(crate) const LEASE_ACTIVE: u8 = 13;
}

/// Option codes (IANA, BOOTP and DHCP parameters).
pub(crate) mod code {
    pub(crate) const MASK: u8 = 1;
    pub(crate) const ROUTERS: u8 = 3;
    pub(crate) const DNS_SERVERS: u8 = 6;
    pub(crate) const HOST_NAME: u8 = 12;
    pub(crate) const DOMAIN: u8 = 15;
    pub(crate) const NTP_SERVERS: u8 = 42;
    pub(crate) const WINS_SERVERS: u8 = 44;
    pub(crate) const REQUESTED: u8 = 50;
    pub(crate) const LEASE: u8 = 51;
    pub(crate) const OVERLOAD: u8 = 52;
    pub(crate) const KIND: u8 = 53;
    pub(crate) const SERVER: u8 = 54;
    pub(crate) const WANTED: u8 = 55;
    pub(crate) const TEXT: u8 = 56;
    pub(crate) const MOST_BYTES: u8 = 57;
    pub(crate) const VENDOR_CLASS: u8 = 60;
    pub(crate) const CLIENT: u8 = 61;
    pub(crate) const TFTP_SERVER: u8 = 66;
    pub(crate) const BOOT_FILE: u8 = 67;
    pub(crate) const USER_CLASS: u8 = 77;
    pub(crate) const FQDN: u8 = 81;
    pub(crate) const RELAY: u8 = 82;
    pub(crate) const ARCHITECTURE: u8 = 93;
    pub(crate) const MACHINE: u8 = 97;
    pub(crate) const CAPTIVE_PORTAL: u8 = 114;
    pub(crate) const VENDOR_CLASSES: u8 = 124;
    pub(crate) const MUD_URL: u8 = 161;
    pub(crate) const WPAD: u8 = 252;
}

/// What a server told a client.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DhcpServed {
    /// 2 OFFER, 5 ACK, 6 NAK (RFC 2132 s9.6).
    pub message: u8,
    /// The server's identifier (RFC 2132 s9.7), if it is there.
    pub server: Option<Ipv4Addr>,
    /// It came through a relay.
    pub relayed: bool,
    /// The client.
    pub client: MacAddr,
    /// The address it is given.
    pub given: Ipv4Addr,
    /// Routers that it is told to use.
    pub routers: Vec<Ipv4Addr>,
    /// Name servers that it is told to use.
    pub resolvers: Vec<Ipv4Addr>,
}

impl DhcpServed {
    /// Reads a datagram; nothing if it is no server's OFFER, ACK or NAK.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let message = Message::parse(bytes)?;
        let kind = message.kind.filter(|kind| matches!(*kind, kind::OFFER | kind::ACK | kind::NAK))?;
        (!message.is_request).then_some(())?;
        Some(Self {
            message: kind,
            server: message.address(code::SERVER),
            relayed: !message.relay_ip.is_unspecified(),
            client: message.client_mac?,
            given: message.your_ip,
            routers: message.addresses(code::ROUTERS).collect(),
            resolvers: message.addresses(code::DNS_SERVERS).collect(),
        })
    }
}

/// A message that holds together: the cookie is there and every option ends.
#[derive(Debug)]
pub(crate) struct Message<'a> {
    pub(crate) is_request: bool,
    /// The message type; without one it is plain BOOTP.
    pub(crate) kind: Option<u8>,
    /// The client's hardware address, if it is an Ethernet's.
    pub(crate) client_mac: Option<MacAddr>,
    /// The address that the client has and would answer ARP for.
    pub(crate) client_ip: Ipv4Addr,
    /// The address that it is given.
    pub(crate) your_ip: Ipv4Addr,
    /// Where to boot from.
    pub(crate) next_ip: Ipv4Addr,
    pub(crate) relay_ip: Ipv4Addr,
    options: Vec<(u8, Vec<u8>)>,
    file: &'a [u8],
}

impl<'a> Message<'a> {
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let [op, hardware, hardware_len, hops] = reader.array()?;
        // RFC 1542 s4.1.1: more than 16 hops are discarded; chaddr has room for 16 bytes.
        if !matches!(op, 1 | 2) || hardware_len > 16 || hops > 16 {
            return None;
        }
        let _xid_secs_flags = reader.take(8)?;
        let [client_ip, your_ip, next_ip, relay_ip] =
            [reader.array::<4>()?, reader.array()?, reader.array()?, reader.array()?].map(Ipv4Addr::from);
        let (chaddr, sname, file) = (reader.array::<16>()?, reader.take(64)?, reader.take(128)?);
        if reader.array()? != COOKIE {
            return None;
        }
        let client_mac = (hardware == ETHERNET && hardware_len == 6)
            .then(|| chaddr.first_chunk().map(|mac| MacAddr(*mac)))
            .flatten()
            .filter(|mac| !mac.is_group() && *mac != MacAddr([0; 6]));
        let mut message = Self {
            is_request: op == 1,
            kind: None,
            client_mac,
            client_ip,
            your_ip,
            next_ip,
            relay_ip,
            options: Vec::new(),
            file,
        };
        message.read(reader.rest())?;
        // RFC 2132 s9.3: more options in the fields of the boot file and the server's name.
        match message.option(code::OVERLOAD) {
            Some([1]) => message.overload(&[file])?,
            Some([2]) => message.overload(&[sname])?,
            Some([3]) => message.overload(&[file, sname])?,
            _ => {}
        }
        message.kind = match message.option(code::KIND) {
            Some([kind @ 1..=18]) => Some(*kind),
            Some(_) => return None,
            None => None,
        };
        Some(message)
    }

    /// An option's value, with its parts in order (RFC 3396 s7).
    pub(crate) fn option(&self, code: u8) -> Option<&[u8]> {
        self.options.iter().find(|(own, _)| *own == code).map(|(_, value)| &**value)
    }

    pub(crate) fn address(&self, code: u8) -> Option<Ipv4Addr> {
        <[u8; 4]>::try_from(self.option(code)?).ok().map(Ipv4Addr::from)
    }

    /// A list of addresses, at most 8.
    pub(crate) fn addresses(&self, code: u8) -> impl Iterator<Item = Ipv4Addr> {
        let (addresses, _) = self.option(code).unwrap_or_default().as_chunks::<4>();
        addresses.iter().take(8).map(|address| Ipv4Addr::from(*address))
    }

    pub(crate) fn number(&self, code: u8) -> Option<u32> {
        <[u8; 4]>::try_from(self.option(code)?).ok().map(u32::from_be_bytes)
    }

    /// The boot file's name: in the field of that name or, if that is used otherwise, an option.
    pub(crate) fn boot_file(&self) -> &[u8] {
        let from_field = match self.option(code::OVERLOAD) {
            Some([1 | 3]) => &[],
            _ => self.file.split(|byte| *byte == 0).next().unwrap_or_default(),
        };
        self.option(code::BOOT_FILE).unwrap_or(from_field)
    }

    fn overload(&mut self, fields: &[&[u8]]) -> Option<()> {
        fields.iter().try_for_each(|field| self.read(field))
    }

    /// Nothing if an option does not end.
    fn read(&mut self, options: &[u8]) -> Option<()> {
        let mut reader = Reader::new(options);
        while let Some(code) = reader.u8() {
            match code {
                0 => continue,
                255 => break,
                _ => {}
            }
            let value = reader.block8()?;
            if let Some((_, known)) = self.options.iter_mut().find(|(own, _)| *own == code) {
                known.extend_from_slice(value);
            } else if self.options.len() < MOST_OPTIONS {
                self.options.push((code, value.to_vec()));
            }
        }
        Some(())
    }
}
