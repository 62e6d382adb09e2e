//! STUN's messages (RFC 8489 s5) and the attributes in them.

use std::net::SocketAddr;

use crate::reader::Reader;

/// RFC 8489 s5.
pub(crate) const COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
pub(crate) const HEADER_LEN: usize = 20;

pub(crate) struct Message<'a> {
    kind: u16,
    pub(crate) has_cookie: bool,
    /// Cookie and transaction: what XOR-...-ADDRESS is masked with.
    mask: [u8; 16],
    pub(crate) attributes: &'a [u8],
}

impl<'a> Message<'a> {
    /// The first message and what follows it.
    pub(crate) fn read(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let mut reader = Reader::new(bytes);
        let (kind, len) = (reader.u16()?, reader.u16()?);
        let mask: [u8; 16] = reader.array()?;
        let attributes = reader.take(usize::from(len))?;
        // RFC 8489 s5: the first two bits tell STUN from what shares its port.
        (kind & 0xc000 == 0)
            .then(|| (Self { kind, has_cookie: mask.starts_with(&COOKIE), mask, attributes }, reader.rest()))
    }

    /// A type of RFC 3489 s11.1, or of the TURN drafts of its time.
    pub(crate) fn is_classic(&self) -> bool {
        // RFC 3489 s11.1: the transaction is random, which has few zeros.
        let zeros = self.mask.iter().filter(|byte| **byte == 0).count();
        zeros <= 8
            && matches!(
                self.kind,
                0x0001..=0x0004 | 0x0006 | 0x0101..=0x0104 | 0x0106 | 0x0111..=0x0116
            )
    }

    /// Whose types or attributes these are.
    pub(crate) fn application(&self) -> Option<&'static str> {
        if self.has_cookie && matches!(self.kind, 0x0800..=0x0805) {
            return Some("whatsapp");
        }
        self.attributes().find_map(|(kind, value)| attribute::application(kind, value, self.has_cookie))
    }

    /// The attributes fill the message.
    pub(crate) fn attributes_fit(&self) -> bool {
        let mut walk = self.attributes();
        while walk.next().is_some() {}
        walk.0.is_empty()
    }

    pub(crate) fn attributes(&self) -> Attributes<'a> {
        Attributes(self.attributes)
    }

    /// IANA, STUN methods: the bits between those of the class (RFC 8489 s5).
    pub(crate) fn method(&self) -> Option<&'static str> {
        let method = (self.kind & 0xf) | (self.kind & 0xe0) >> 1 | (self.kind & 0x3e00) >> 2;
        Some(match method {
            0x001 => "binding",
            0x002 if !self.has_cookie => "shared-secret",
            0x003 => "allocate",
            0x004 => "refresh",
            0x006 => "send",
            0x007 => "data",
            0x008 => "create-permission",
            0x009 => "channel-bind",
            0x00a => "connect",
            0x00b => "connection-bind",
            0x00c => "connection-attempt",
            0x080 => "goog-ping",
            _ => return None,
        })
    }

    /// RFC 8489 s14.2: port and address XORed with cookie and transaction.
    pub(crate) fn xor_address(&self, value: &[u8]) -> Option<SocketAddr> {
        let (family, masked) = value.split_first_chunk::<2>()?;
        let (port, address) = masked.split_at_checked(2)?;
        let mut clear = [0; 20];
        let mask = self.mask.iter().take(2).chain(&self.mask);
        let bytes = port.iter().chain(address).zip(mask).map(|(byte, mask)| byte ^ mask);
        clear.iter_mut().skip(2).zip(bytes).for_each(|(to, from)| *to = from);
        clear.iter_mut().zip(family).for_each(|(to, from)| *to = *from);
        attribute::address(clear.get(..value.len())?)
    }
}

/// Type and value of each attribute.
pub(crate) struct Attributes<'a>(&'a [u8]);

impl<'a> Iterator for Attributes<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let mut reader = Reader::new(self.0);
        let (kind, value) = (reader.u16()?, reader.block16()?);
        // RFC 8489 s14: padded to four bytes, but not by everybody at a message's end.
        reader.up_to(value.len().wrapping_neg() & 3);
        self.0 = reader.rest();
        Some((kind, value))
    }
}

pub(crate) mod attribute {
    use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

    pub(crate) const MAPPED_ADDRESS: u16 = 0x0001;
    pub(crate) const USERNAME: u16 = 0x0006;
    pub(crate) const XOR_PEER_ADDRESS: u16 = 0x0012;
    pub(crate) const REALM: u16 = 0x0014;
    pub(crate) const XOR_RELAYED_ADDRESS: u16 = 0x0016;
    pub(crate) const XOR_MAPPED_ADDRESS: u16 = 0x0020;
    pub(crate) const SOFTWARE: u16 = 0x8022;

    /// RFC 8489 s14.1: family, port, address.
    pub(crate) fn address(value: &[u8]) -> Option<SocketAddr> {
        let ([_, family, a, b], address) = value.split_first_chunk::<4>()?;
        let port = u16::from_be_bytes([*a, *b]);
        match family {
            1 => Some((Ipv4Addr::from(<[u8; 4]>::try_from(address).ok()?), port).into()),
            2 => Some((Ipv6Addr::from(<[u8; 16]>::try_from(address).ok()?), port).into()),
            _ => None,
        }
    }

    /// The application that uses this attribute, or this realm.
    pub(crate) fn application(kind: u16, value: &[u8], cookie: bool) -> Option<&'static str> {
        const REALMS: [(&[u8], &str); 7] = [
            (b"google.com", "google"),
            (b"whispersystems.org", "signal"),
            (b"signal.org", "signal"),
            (b"facebook", "facebook"),
            (b"telegram", "telegram"),
            (b"viber", "viber"),
            (b"zoom", "zoom"),
        ];
        match kind {
            0x0101 | 0x0103 if !cookie => Some("zoom"),
            0x4000..=0x4007 => Some("whatsapp"),
            // [MS-TURN] s2.2.2 and [MS-ICE2] s2.2: MS-VERSION, CANDIDATE-IDENTIFIER, IMPLEMENTATION-VERSION ...
            0x8008 | 0x8054 | 0x8055 | 0x8070 | 0x8095 => Some("teams"),
            // GOOG-... of WebRTC's own.
            0xff03 => Some("google"),
            REALM => REALMS
                .iter()
                .find(|(part, _)| value.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part)))
                .map(|(_, name)| *name),
            _ => None,
        }
    }
}
