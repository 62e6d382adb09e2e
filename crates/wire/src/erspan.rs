//! ERSPAN types II and III (draft-foschiano-erspan-03): mirrored frames in GRE.
//!
//! Type I has no header: the frame follows GRE at once.

/// Bytes of a type II header.
pub const LEN_2: usize = 8;
/// Bytes of a type III header without the platform-specific part.
pub const LEN_3: usize = 12;
/// The version field of type II.
pub const VERSION_2: u8 = 1;
/// The version field of type III.
pub const VERSION_3: u8 = 2;
/// Frame type of type III: an Ethernet frame.
pub const FRAME_ETHERNET: u8 = 0;
/// Frame type of type III: an IP packet.
pub const FRAME_IP: u8 = 2;
/// Bytes of the platform-specific part of type III.
pub const PLATFORM_LEN: usize = 8;

/// An ERSPAN header. The first eight bytes mean the same in both types, but for the index.
#[derive(Clone, Copy, Debug)]
pub struct Erspan<'a> {
    fixed: &'a [u8; 4],
    /// Index (type II) or timestamp (type III).
    second: &'a [u8; 4],
    third: Option<&'a [u8; 4]>,
    platform: Option<&'a [u8; PLATFORM_LEN]>,
}

impl<'a> Erspan<'a> {
    /// The header at the start of `bytes`, and the mirrored frame behind it.
    ///
    /// `None` if the bytes end inside the header or the version is neither 1 (type II) nor 2
    /// (type III).
    pub fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (fixed, rest) = bytes.split_first_chunk::<4>()?;
        let (second, rest) = rest.split_first_chunk::<4>()?;
        match fixed[0] >> 4 {
            VERSION_2 => Some((Self { fixed, second, third: None, platform: None }, rest)),
            VERSION_3 => {
                let (third, rest) = rest.split_first_chunk::<4>()?;
                if third[3] & 1 == 0 {
                    return Some((Self { fixed, second, third: Some(third), platform: None }, rest));
                }
                let (platform, rest) = rest.split_first_chunk()?;
                Some((Self { fixed, second, third: Some(third), platform: Some(platform) }, rest))
            }
            _ => None,
        }
    }

    /// Version field: 1 for type II, 2 for type III.
    pub fn version(&self) -> u8 {
        self.fixed[0] >> 4
    }

    /// VLAN of the mirrored frame, where the switch took its tag off.
    pub fn vlan(&self) -> u16 {
        u16::from_be_bytes([self.fixed[0], self.fixed[1]]) & 0x0fff
    }

    /// Class of service of the mirrored frame.
    pub fn cos(&self) -> u8 {
        self.fixed[2] >> 5
    }

    /// Type II: how the frame was tagged (0 not, 1 ISL, 2 802.1Q, 3 its tag is preserved).
    /// Type III: whether it was bad, short or oversized.
    pub fn encapsulation(&self) -> u8 {
        (self.fixed[2] >> 3) & 3
    }

    /// The mirrored frame was cut.
    pub fn truncated(&self) -> bool {
        self.fixed[2] & 4 != 0
    }

    /// Mirror session, 10 bits.
    pub fn session_id(&self) -> u16 {
        u16::from_be_bytes([self.fixed[2] & 3, self.fixed[3]])
    }

    /// Mirrored port and direction, 20 bits (type II).
    pub fn index(&self) -> Option<u32> {
        self.third.is_none().then(|| u32::from_be_bytes(*self.second) & 0x000f_ffff)
    }

    /// Timestamp in units of `granularity` (type III).
    pub fn timestamp(&self) -> Option<u32> {
        self.third.map(|_| u32::from_be_bytes(*self.second))
    }

    /// Security group tag (type III).
    pub fn security_group(&self) -> Option<u16> {
        self.third.map(|&[a, b, ..]| u16::from_be_bytes([a, b]))
    }

    /// What the mirrored frame is (type III): 0 Ethernet, 2 IP.
    pub fn frame_type(&self) -> Option<u8> {
        self.third.map(|t| (t[2] >> 2) & 0x1f)
    }

    /// Hardware id, 6 bits (type III).
    pub fn hardware_id(&self) -> Option<u8> {
        self.third.map(|t| (t[2] & 3) << 4 | t[3] >> 4)
    }

    /// The frame left the mirrored port; else it came in (type III).
    pub fn egress(&self) -> Option<bool> {
        self.third.map(|t| t[3] & 8 != 0)
    }

    /// Unit of the timestamp (type III): 0 is 100 us, 1 is 100 ns, 2 is IEEE 1588, 3 by platform.
    pub fn granularity(&self) -> Option<u8> {
        self.third.map(|t| (t[3] >> 1) & 3)
    }

    /// Platform-specific part (type III).
    pub fn platform(&self) -> Option<&'a [u8; PLATFORM_LEN]> {
        self.platform
    }

    /// Length of the header in bytes.
    pub fn header_len(&self) -> usize {
        LEN_2 + self.third.map_or(0, |t| t.len()) + self.platform.map_or(0, |p| p.len())
    }
}
