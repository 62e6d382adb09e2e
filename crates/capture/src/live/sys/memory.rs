//! The memory that a ring shares with the kernel.
//!
//! A block belongs to the kernel while its status word is TP_STATUS_KERNEL (0) and to us while the
//! word has TP_STATUS_USER; each side hands over with a store to it (Linux
//! Documentation/networking/packet_mmap.rst, net/packet/af_packet.c prb_close_block).

#![allow(unsafe_code)]

use std::io;
use std::mem::offset_of;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use libc::{tpacket_block_desc, tpacket_hdr_v1};
use rustix::mm::{MapFlags, ProtFlags};

use super::packet::{Geometry, PacketSocket};

const STATUS: usize = offset_of!(tpacket_block_desc, hdr) + offset_of!(tpacket_hdr_v1, block_status);
const SEQUENCE: usize = offset_of!(tpacket_block_desc, hdr) + offset_of!(tpacket_hdr_v1, seq_num);

/// Takes closed blocks out of a ring, in the kernel's order.
#[derive(Debug)]
pub(in crate::live) struct RingMemory {
    map: Arc<Mapping>,
    next: usize,
    /// Of the block taken last. The kernel numbers blocks upwards as it opens them, so a block that
    /// is still out with a reader (its status is USER too) is told from a fresh one.
    last_sequence: u64,
}

impl RingMemory {
    /// Maps the ring that `socket` was given. The pages are touched now, not at the first packets.
    pub(in crate::live) fn map(socket: &PacketSocket, ring: Geometry) -> io::Result<Self> {
        let (block_bytes, blocks) = (ring.block_bytes as usize, ring.blocks as usize);
        let len = block_bytes.checked_mul(blocks).ok_or(io::ErrorKind::InvalidInput)?;
        let flags = MapFlags::SHARED | MapFlags::POPULATE;
        // SAFETY: a new mapping at an address of the kernel's choice overlaps nothing.
        let base = unsafe {
            rustix::mm::mmap(std::ptr::null_mut(), len, ProtFlags::READ | ProtFlags::WRITE, flags, socket, 0)
        }?;
        let base = NonNull::new(base.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Self { map: Arc::new(Mapping { base, block_bytes, blocks }), next: 0, last_sequence: 0 })
    }

    /// There is a block that [`take`](Self::take) would return.
    pub(in crate::live) fn ready(&self) -> bool {
        self.fresh().is_some()
    }

    /// The next block, if the kernel has closed it.
    pub(in crate::live) fn take(&mut self) -> Option<BlockMemory> {
        let (status, sequence) = self.fresh()?;
        self.last_sequence = sequence;
        let index = self.next;
        self.next = (index + 1) % self.map.blocks;
        Some(BlockMemory { map: Arc::clone(&self.map), index, losing: status & libc::TP_STATUS_LOSING != 0 })
    }

    /// Status and sequence number of the next block, if it is ours and was not taken before.
    fn fresh(&self) -> Option<(u32, u64)> {
        let status = self.map.status(self.next).load(Ordering::Acquire);
        if status & libc::TP_STATUS_USER == 0 {
            return None;
        }
        // SAFETY: the offset is inside the block (blocks are pages), and the kernel does not write
        // to a block that it has closed; Acquire above orders this after its last write.
        let sequence = unsafe { self.map.block(self.next).add(SEQUENCE).cast::<u64>().read_unaligned() };
        (sequence > self.last_sequence).then_some((status, sequence))
    }
}

/// One closed block. Dropping it gives it back to the kernel.
#[derive(Debug)]
pub(in crate::live) struct BlockMemory {
    map: Arc<Mapping>,
    index: usize,
    /// Frames were dropped at the time the block was closed.
    pub(in crate::live) losing: bool,
}

impl Deref for BlockMemory {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: the block lies in the mapping, which `self.map` keeps alive. It is closed, so the
        // kernel leaves it alone until the store in `drop`; `RingMemory::take` hands out each
        // closed block once, so no other `BlockMemory` can make that store.
        unsafe { std::slice::from_raw_parts(self.map.block(self.index), self.map.block_bytes) }
    }
}

impl Drop for BlockMemory {
    fn drop(&mut self) {
        // Release: our reads come before the kernel's next writes.
        self.map.status(self.index).store(libc::TP_STATUS_KERNEL, Ordering::Release);
    }
}

/// The mapping itself. It keeps the socket behind it alive in the kernel.
#[derive(Debug)]
struct Mapping {
    base: NonNull<u8>,
    block_bytes: usize,
    blocks: usize,
}

// SAFETY: the mapping may be used from any thread; what threads share in it is reached through
// atomics, and block contents only through a `BlockMemory`, which is unique per block.
unsafe impl Send for Mapping {}
// SAFETY: as above.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Start of a block. `index` is below `blocks`: `RingMemory` counts modulo `blocks`.
    fn block(&self, index: usize) -> *mut u8 {
        debug_assert!(index < self.blocks, "block index outside the ring");
        // SAFETY: within the mapping, because `index < blocks`.
        unsafe { self.base.as_ptr().add(index * self.block_bytes) }
    }

    fn status(&self, index: usize) -> &AtomicU32 {
        // SAFETY: the word lies in the mapping, is aligned to 4 (blocks are pages), lives as long as
        // `self`, and both sides access it as one aligned word.
        unsafe { AtomicU32::from_ptr(self.block(index).add(STATUS).cast()) }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: exactly what `map` mapped; the last reference to it goes with `self`.
        let _ = unsafe { rustix::mm::munmap(self.base.as_ptr().cast(), self.block_bytes * self.blocks) };
    }
}
