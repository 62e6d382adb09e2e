use crate::link::LinkType;

/// One captured frame, as the capture layer hands it over.
///
/// A live ring strips the outer VLAN tag into metadata and a file keeps it inline; with `vlan`
/// both decode alike.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// What was captured, starting at the link-layer header; may be cut by the snap length.
    pub bytes: &'a [u8],
    /// Length on the wire in bytes, without a tag that was taken out into `vlan`.
    pub wire_len: u32,
    /// How `bytes` begins.
    pub link: LinkType,
    /// The outermost VLAN tag, if it is not in `bytes` any more.
    pub vlan: Option<VlanTag>,
}

impl<'a> Frame<'a> {
    /// A whole, untagged-in-metadata frame.
    pub fn whole(link: LinkType, bytes: &'a [u8]) -> Self {
        let wire_len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        Self { bytes, wire_len, link, vlan: None }
    }
}

/// A VLAN tag (IEEE 802.1Q clause 9.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VlanTag {
    /// Tag protocol identifier: 0x8100, 0x88a8, 0x9100.
    pub tpid: u16,
    /// Tag control information: priority (3 bits), drop eligible (1), VLAN id (12).
    pub tci: u16,
}

impl VlanTag {
    /// VLAN id, 0 to 4095; 0 is a priority tag.
    pub const fn id(self) -> u16 {
        self.tci & 0x0fff
    }

    /// Priority code point, 0 to 7.
    pub const fn priority(self) -> u8 {
        (self.tci >> 13) as u8
    }

    /// Drop eligible indicator (formerly the canonical format indicator).
    pub const fn drop_eligible(self) -> bool {
        self.tci & 0x1000 != 0
    }
}
