//! L2TP version 2 (RFC 2661) and version 3 (RFC 3931).

/// The port of L2TP over UDP.
pub const PORT: u16 = 1701;
/// Bytes of a version 3 data header over UDP, without cookie (RFC 3931 s4.1.2.1).
pub const UDP3_LEN: usize = 8;
/// Bytes of a version 3 header over IP, without cookie (RFC 3931 s4.1.1.1).
pub const IP3_LEN: usize = 4;

/// Bits of the first two bytes.
pub mod flag {
    /// A control message.
    pub const CONTROL: u16 = 0x8000;
    /// Length present.
    pub const LENGTH: u16 = 0x4000;
    /// Sequence numbers present.
    pub const SEQUENCE: u16 = 0x0800;
    /// Offset size present.
    pub const OFFSET: u16 = 0x0200;
    /// Preferred treatment.
    pub const PRIORITY: u16 = 0x0100;
    /// These must be 0 (RFC 2661 s3.1).
    pub const RESERVED: u16 = 0x34f0;
    /// Version.
    pub const VERSION: u16 = 0x000f;
}

/// An L2TP header of version 2. Read into fields, because any of them may be left out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct L2tp {
    /// The first two bytes, see [`flag`].
    pub flags: u16,
    /// Header and payload in bytes.
    pub length: Option<u16>,
    /// The receiver's tunnel id.
    pub tunnel_id: u16,
    /// The receiver's session id.
    pub session_id: u16,
    /// Sequence number of this message, and the next one expected from the peer.
    pub sequence: Option<(u16, u16)>,
    /// Bytes of padding between header and payload.
    pub offset: Option<u16>,
    /// Bytes of the header, padding included.
    pub header_len: usize,
}

impl L2tp {
    /// The header at the start of `bytes`, and what follows it. `None` also if this is not version 2.
    pub fn split(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (flags, mut rest) = take(bytes)?;
        if flags & flag::VERSION != 2 {
            return None;
        }
        let mut header = Self {
            flags,
            length: None,
            tunnel_id: 0,
            session_id: 0,
            sequence: None,
            offset: None,
            header_len: 0,
        };
        if flags & flag::LENGTH != 0 {
            let (length, after) = take(rest)?;
            (header.length, rest) = (Some(length), after);
        }
        (header.tunnel_id, rest) = take(rest)?;
        (header.session_id, rest) = take(rest)?;
        if flags & flag::SEQUENCE != 0 {
            let (sent, after) = take(rest)?;
            let (expected, after) = take(after)?;
            (header.sequence, rest) = (Some((sent, expected)), after);
        }
        if flags & flag::OFFSET != 0 {
            let (offset, after) = take(rest)?;
            (header.offset, rest) = (Some(offset), after.get(usize::from(offset)..)?);
        }
        header.header_len = bytes.len() - rest.len();
        Some((header, rest))
    }

    /// A control message: no user packet.
    pub fn is_control(&self) -> bool {
        self.flags & flag::CONTROL != 0
    }

    /// Reserved bits are 0, and a control message has length and sequence numbers and neither
    /// offset nor priority (RFC 2661 s3.1).
    pub fn is_plausible(&self) -> bool {
        let reserved_clear = self.flags & flag::RESERVED == 0;
        reserved_clear
            && (!self.is_control()
                || self.flags & (flag::LENGTH | flag::SEQUENCE | flag::OFFSET | flag::PRIORITY)
                    == flag::LENGTH | flag::SEQUENCE)
    }
}

fn take(bytes: &[u8]) -> Option<(u16, &[u8])> {
    bytes.split_first_chunk().map(|(n, rest)| (u16::from_be_bytes(*n), rest))
}

/// A data header of version 3, over UDP or over IP. How long the cookie behind it is, only the
/// endpoints know.
#[derive(Clone, Copy, Debug)]
pub struct L2tp3<'a> {
    session_id: &'a [u8; 4],
    header_len: usize,
}

impl<'a> L2tp3<'a> {
    /// Over IP: the session id stands alone; 0 announces a control message.
    pub fn split_ip(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (session_id, rest) = bytes.split_first_chunk()?;
        Some((Self { session_id, header_len: IP3_LEN }, rest))
    }

    /// Over UDP: flags with version 3 and 16 reserved bits stand before the session id. `None` for
    /// anything but data messages.
    pub fn split_udp(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (&[0, 3, 0, 0], rest) = bytes.split_first_chunk()? else { return None };
        let (session_id, rest) = rest.split_first_chunk()?;
        Some((Self { session_id, header_len: UDP3_LEN }, rest))
    }

    /// The receiver's session id.
    pub fn session_id(&self) -> u32 {
        u32::from_be_bytes(*self.session_id)
    }

    /// Length of the header in bytes, without cookie.
    pub fn header_len(&self) -> usize {
        self.header_len
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn optional_fields_in_order() {
        let bytes = [0x4a, 2, 0, 20, 0, 1, 0, 2, 0, 3, 0, 4, 0, 2, 9, 9, 0xff, 3, 0, 0x21];
        let (l2tp, rest) = L2tp::split(&bytes).unwrap();
        assert_eq!((l2tp.length, l2tp.tunnel_id, l2tp.session_id), (Some(20), 1, 2));
        assert_eq!((l2tp.sequence, l2tp.offset, l2tp.header_len), (Some((3, 4)), Some(2), 16));
        assert_eq!(rest, [0xff, 3, 0, 0x21]);
        assert!(l2tp.is_plausible() && !l2tp.is_control());
        assert!(L2tp::split(&bytes[..14]).is_none());
    }

    #[test]
    fn reserved_bits_and_other_versions() {
        assert!(!L2tp::split(&[0x10, 2, 0, 1, 0, 2]).unwrap().0.is_plausible());
        assert!(L2tp::split(&[0, 1, 0, 1, 0, 2]).is_none());
        assert!(L2tp3::split_udp(&[0, 3, 0, 0, 0, 0, 0, 7]).is_some());
        assert!(L2tp3::split_udp(&[0x80, 3, 0, 0, 0, 0, 0, 7]).is_none());
    }
}
