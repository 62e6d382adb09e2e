use bytemuck::Zeroable;
use memmap2::{Advice, MmapMut};

use crate::entry::Entry;

/// Where entries live: chunks of 8,192 that are never moved, with a list of free places.
///
/// A chunk is one 2 MiB anonymous map, so that the kernel can back it by a huge page: with a
/// million flows in random order, address translation would otherwise cost as much as the flow.
/// The first chunk asks for no huge page, because most captures never fill it.
#[derive(Debug, Default)]
pub(crate) struct Slab {
    chunks: Vec<MmapMut>,
    free: Vec<u32>,
    used: u32,
}

const CHUNK: usize = 8192;
const CHUNK_BYTES: usize = CHUNK * size_of::<Entry>();

/// Places are numbers of 31 bits: the wheel needs the last bit.
pub(crate) const MOST_PLACES: usize = 1 << 31;

impl Slab {
    /// A place for one more entry, zeroed. `None` if the system has no memory left.
    pub(crate) fn allocate(&mut self) -> Option<u32> {
        if let Some(place) = self.free.pop() {
            return Some(place);
        }
        if self.used as usize == self.chunks.len() * CHUNK {
            if self.used as usize >= MOST_PLACES {
                return None;
            }
            let chunk = MmapMut::map_anon(CHUNK_BYTES).ok()?;
            if !self.chunks.is_empty() {
                // Only advice: without it everything works, slower.
                let _ = chunk.advise(Advice::HugePage);
            }
            self.chunks.push(chunk);
        }
        self.used += 1;
        Some(self.used - 1)
    }

    /// Entries in use.
    pub(crate) fn len(&self) -> usize {
        self.used as usize - self.free.len()
    }

    #[inline]
    #[allow(clippy::indexing_slicing, reason = "places come from `allocate`, never from the wire")]
    pub(crate) fn get(&self, place: u32) -> &Entry {
        let chunk = &self.chunks[place as usize / CHUNK];
        &bytemuck::cast_slice(chunk)[place as usize % CHUNK]
    }

    #[inline]
    #[allow(clippy::indexing_slicing, reason = "places come from `allocate`, never from the wire")]
    pub(crate) fn get_mut(&mut self, place: u32) -> &mut Entry {
        let chunk = &mut self.chunks[place as usize / CHUNK];
        &mut bytemuck::cast_slice_mut(chunk)[place as usize % CHUNK]
    }

    /// Places in use, in order.
    pub(crate) fn places(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.used).filter(|place| !self.get(*place).is_free())
    }

    /// Takes a place back.
    pub(crate) fn clear(&mut self, place: u32) {
        *self.get_mut(place) = Entry::zeroed();
        self.free.push(place);
    }
}
