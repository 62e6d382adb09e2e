use wire::{LinkType, Timestamp, VlanTag};

use super::sys::BlockMemory;
use crate::Record;

/// A block of frames that the kernel has closed. Dropping it gives it back to the kernel.
///
/// It may go to another thread and outlive the call that took it, but not for long: a ring whose
/// blocks are all out drops packets. While any block is out the ring's socket stays open.
#[derive(Debug)]
pub struct RingBlock {
    pub(super) memory: BlockMemory,
    pub(super) source: Source,
}

/// What all records of a ring have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source {
    pub(super) interface: u16,
    pub(super) link: LinkType,
}

impl RingBlock {
    /// The block's memory; [`Record::at`] counts from its start.
    pub fn bytes(&self) -> &[u8] {
        &self.memory
    }

    /// Appends a record for each frame, in the order they came.
    ///
    /// Returns how many frames the block's header promises that do not lie in the block. It is 0
    /// on every kernel that keeps to TPACKET_V3; nothing read from the block is trusted all the same.
    pub fn fill(&self, records: &mut Vec<Record>) -> u32 {
        read_frames(&self.memory, self.source, records)
    }
}

/// `struct tpacket3_hdr` with its padding, in bytes (linux/if_packet.h).
const FRAME_HEADER: usize = size_of::<libc::tpacket3_hdr>();

fn read_frames(block: &[u8], source: Source, records: &mut Vec<Record>) -> u32 {
    let Some((frames, first)) = block_header(block) else { return 0 };
    records.reserve((frames as usize).min(block.len() / FRAME_HEADER));
    let mut at = first as usize;
    for read in 0..frames {
        let Some((record, next)) = frame(block, at, source) else { return frames - read };
        records.push(record);
        // The last frame says 0. Elsewhere a step that does not pass the header would loop.
        if (next as usize) < FRAME_HEADER {
            return frames - read - 1;
        }
        at = at.saturating_add(next as usize);
    }
    0
}

/// Number of frames and offset of the first (`struct tpacket_block_desc`).
fn block_header(block: &[u8]) -> Option<(u32, u32)> {
    let header: &[u8; 20] = block.first_chunk()?;
    let ([_version, _private, _status, frames, first], []) = header.as_chunks() else { return None };
    Some((u32::from_ne_bytes(*frames), u32::from_ne_bytes(*first)))
}

/// The frame whose header is at `at`, and the distance to the next header.
#[inline]
fn frame(block: &[u8], at: usize, source: Source) -> Option<(Record, u32)> {
    let header: &[u8; FRAME_HEADER] = block.get(at..)?.first_chunk()?;
    let ([next, secs, nanos, captured, len, status, offsets, _rxhash, tci, tpid, ..], []) =
        header.as_chunks()
    else {
        return None;
    };
    let captured = u32::from_ne_bytes(*captured);
    let [mac_low, mac_high, ..] = *offsets;
    let start = at.checked_add(usize::from(u16::from_ne_bytes([mac_low, mac_high])))?;
    if start.checked_add(captured as usize)? > block.len() {
        return None;
    }
    let status = u32::from_ne_bytes(*status);
    // The status bit decides, not the tag: a priority tag may be all zero.
    let vlan = (status & libc::TP_STATUS_VLAN_VALID != 0).then(|| {
        let [tpid_low, tpid_high, ..] = *tpid;
        let said = status & libc::TP_STATUS_VLAN_TPID_VALID != 0;
        let tpid = if said { u16::from_ne_bytes([tpid_low, tpid_high]) } else { wire::ether_type::VLAN };
        // `tp_vlan_tci` is a word whose upper half is always 0.
        VlanTag { tpid, tci: (u32::from_ne_bytes(*tci) & 0xffff) as u16 }
    });
    let record = Record {
        at: start as u64,
        captured,
        wire_len: u32::from_ne_bytes(*len).max(captured),
        time: Timestamp::new(u64::from(u32::from_ne_bytes(*secs)), u32::from_ne_bytes(*nanos)),
        interface: source.interface,
        link: source.link,
        vlan,
    };
    Some((record, u32::from_ne_bytes(*next)))
}

#[cfg(test)]
#[allow(clippy::cast_possible_truncation)]
mod tests {
    use super::*;

    const SOURCE: Source = Source { interface: 3, link: LinkType::Ethernet };
    const FIRST: u32 = 48;

    /// A block with frames of the given lengths, headers and data back to back.
    fn block(frames: &[u32]) -> Vec<u8> {
        let mut bytes = vec![0; FIRST as usize];
        put(&mut bytes, 12, frames.len() as u32);
        put(&mut bytes, 16, FIRST);
        for (n, &len) in frames.iter().enumerate() {
            let at = bytes.len();
            bytes.resize(at + FRAME_HEADER + len as usize, n as u8);
            let last = n + 1 == frames.len();
            put(&mut bytes, at, if last { 0 } else { FRAME_HEADER as u32 + len });
            put(&mut bytes, at + 4, 100 + n as u32);
            put(&mut bytes, at + 8, 5);
            put(&mut bytes, at + 12, len);
            put(&mut bytes, at + 16, len + 4);
            put(&mut bytes, at + 20, libc::TP_STATUS_USER);
            bytes[at + 24..at + 26].copy_from_slice(&(FRAME_HEADER as u16).to_ne_bytes());
        }
        bytes
    }

    fn put(bytes: &mut [u8], at: usize, word: u32) {
        bytes[at..at + 4].copy_from_slice(&word.to_ne_bytes());
    }

    fn read(bytes: &[u8]) -> (Vec<Record>, u32) {
        let mut records = Vec::new();
        let lost = read_frames(bytes, SOURCE, &mut records);
        (records, lost)
    }

    #[test]
    fn frames_in_order() {
        let bytes = block(&[60, 0, 1514]);
        let (records, lost) = read(&bytes);
        assert_eq!((records.len(), lost), (3, 0));
        for (n, record) in records.iter().enumerate() {
            assert_eq!(record.time, Timestamp::new(100 + n as u64, 5));
            assert_eq!((record.interface, record.link, record.vlan), (3, LinkType::Ethernet, None));
            assert_eq!(record.wire_len, record.captured + 4);
            assert!(record.frame(&bytes).bytes.iter().all(|&b| b == n as u8));
        }
        assert_eq!(records[2].frame(&bytes).bytes.len(), 1514);
    }

    #[test]
    fn vlan_tags_by_the_status_bits() {
        let tag = |status: u32, tci: u32, tpid: u32| {
            let mut bytes = block(&[60]);
            put(&mut bytes, 48 + 20, libc::TP_STATUS_USER | status);
            put(&mut bytes, 48 + 32, tci);
            put(&mut bytes, 48 + 36, tpid);
            read(&bytes).0[0].vlan
        };
        let both = libc::TP_STATUS_VLAN_VALID | libc::TP_STATUS_VLAN_TPID_VALID;
        assert_eq!(tag(0, 0xb064, 0x8100), None);
        assert_eq!(tag(both, 0xb064, 0x8100), Some(VlanTag { tpid: 0x8100, tci: 0xb064 }));
        assert_eq!(tag(both, 0, 0x88a8), Some(VlanTag { tpid: 0x88a8, tci: 0 }));
        assert_eq!(tag(libc::TP_STATUS_VLAN_VALID, 7, 0), Some(VlanTag { tpid: 0x8100, tci: 7 }));
    }

    #[test]
    fn lies_are_cut_short() {
        let whole = block(&[60, 60, 60]);
        for cut in 0..whole.len() {
            let (records, lost) = read(&whole[..cut]);
            assert!(cut < 20 || records.len() + lost as usize == 3);
            assert!(records.iter().all(|r| r.frame(&whole[..cut]).bytes.len() == 60));
        }
        for word in (0..whole.len()).step_by(4) {
            for value in [0, 1, 0x7fff_ffff, u32::MAX] {
                let mut bytes = whole.clone();
                put(&mut bytes, word, value);
                let (records, _) = read(&bytes);
                assert!(records.len() <= 3);
                assert!(records.iter().all(|r| r.at as usize + r.captured as usize <= bytes.len()));
            }
        }
    }
}
