use std::ops::Deref;
use std::sync::Arc;

use memmap2::Mmap;
use wire::{Frame, LinkType, Timestamp, VlanTag};

/// A run of bytes that frames lie in. Cloning shares it.
#[derive(Clone, Debug)]
pub enum Block {
    /// A whole capture file.
    Map(Arc<Mmap>),
    /// A buffer that a stream was read into.
    Buffer(Arc<Vec<u8>>),
}

impl Deref for Block {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Map(map) => map,
            Self::Buffer(buffer) => buffer,
        }
    }
}

/// Where one frame lies in its block, and what the capture says about it.
#[derive(Clone, Copy, Debug)]
pub struct Record {
    /// First byte of the frame in the block.
    pub at: u64,
    /// Bytes captured.
    pub captured: u32,
    /// Bytes on the wire (without a tag that was taken out into `vlan`); at least `captured`.
    pub wire_len: u32,
    /// When the frame was seen.
    pub time: Timestamp,
    /// Which interface of the source saw it: an index into the source's interface list.
    pub interface: u16,
    /// How the frame begins.
    pub link: LinkType,
    /// The outermost VLAN tag, where the kernel took it out of the frame.
    pub vlan: Option<VlanTag>,
}

impl Record {
    /// The frame itself; empty if the record does not lie in `block`.
    pub fn frame<'a>(&self, block: &'a [u8]) -> Frame<'a> {
        let bytes = usize::try_from(self.at)
            .ok()
            .and_then(|at| block.get(at..)?.get(..self.captured as usize))
            .unwrap_or_default();
        Frame { bytes, wire_len: self.wire_len, link: self.link, vlan: self.vlan }
    }
}
