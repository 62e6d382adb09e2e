//! From a hash to a place in the slab: an open-addressing table of cache-line buckets.
//!
//! A bucket is one line: seven tags (and room for an eighth, so that all are compared at once),
//! seven places, and a count of entries that wanted this bucket and overflowed to a later one (as
//! in F14), so that a search ends early and removal needs no
//! tombstones. A lookup of a flow touches one line here, then the entry's own lines.

use bytemuck::{Pod, Zeroable};
use memmap2::{Advice, MmapMut};

const WAYS: usize = 7;

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C, align(64))]
struct Bucket {
    tags: [u32; LANES],
    /// Place + 1; 0 is empty.
    places: [u32; WAYS],
    overflow: u32,
}

const LANES: usize = 8;

impl Bucket {
    /// One bit for each way whose tag is `tag`, filled or not: branchless, so that it becomes a few
    /// vector instructions.
    #[inline]
    fn matches(&self, tag: u32) -> u32 {
        let mut bits = 0;
        for (lane, other) in self.tags.iter().enumerate() {
            bits |= u32::from(*other == tag) << lane;
        }
        bits & ((1 << WAYS) - 1)
    }
}

/// Grows by doubling; the owner bounds how many entries there are.
#[derive(Debug)]
pub(crate) struct Index {
    buckets: Storage,
    mask: usize,
    len: usize,
}

#[derive(Debug)]
enum Storage {
    Heap(Vec<Bucket>),
    /// From 2 MiB on, in a map that can be backed by huge pages.
    Map(MmapMut),
}

impl std::fmt::Debug for Bucket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bucket").field("places", &self.places).finish_non_exhaustive()
    }
}

impl Storage {
    fn new(buckets: usize) -> Self {
        let bytes = buckets * size_of::<Bucket>();
        if bytes >= 1 << 21
            && let Ok(map) = MmapMut::map_anon(bytes)
        {
            let _ = map.advise(Advice::HugePage); // Only advice.
            return Self::Map(map);
        }
        Self::Heap(vec![Bucket::zeroed(); buckets])
    }

    #[inline]
    fn all(&self) -> &[Bucket] {
        match self {
            Self::Heap(buckets) => buckets,
            Self::Map(map) => bytemuck::cast_slice(map),
        }
    }

    #[inline]
    fn all_mut(&mut self) -> &mut [Bucket] {
        match self {
            Self::Heap(buckets) => buckets,
            Self::Map(map) => bytemuck::cast_slice_mut(map),
        }
    }
}

#[allow(clippy::indexing_slicing, reason = "bucket numbers are masked by the table's length")]
impl Index {
    pub(crate) fn new() -> Self {
        const SMALLEST: usize = 32;
        Self { buckets: Storage::new(SMALLEST), mask: SMALLEST - 1, len: 0 }
    }

    /// The low half of the hash picks bucket and tag; the high half picks the shard.
    #[inline]
    fn tag(hash: u64) -> u32 {
        (hash & 0xffff_ffff) as u32
    }

    /// Brings the home bucket of `hash` into the cache. The value means nothing.
    #[inline]
    pub(crate) fn touch(&self, hash: u64) -> u32 {
        self.buckets.all()[Self::tag(hash) as usize & self.mask].overflow
    }

    /// The first place whose tag fits, without a look at the entry.
    #[inline]
    pub(crate) fn guess(&self, hash: u64) -> Option<u32> {
        let tag = Self::tag(hash);
        let bucket = &self.buckets.all()[tag as usize & self.mask];
        let place = bucket.places.get(bucket.matches(tag).trailing_zeros() as usize)?;
        place.checked_sub(1)
    }

    /// The place that has this hash and for which `is_it` holds.
    #[inline]
    pub(crate) fn find(&self, hash: u64, mut is_it: impl FnMut(u32) -> bool) -> Option<u32> {
        let tag = Self::tag(hash);
        let buckets = self.buckets.all();
        let mut at = tag as usize & self.mask;
        for _ in 0..=self.mask {
            let bucket = &buckets[at];
            let mut matches = bucket.matches(tag);
            while matches != 0 {
                let place = bucket.places[matches.trailing_zeros() as usize];
                matches &= matches - 1;
                if place != 0 && is_it(place - 1) {
                    return Some(place - 1);
                }
            }
            if bucket.overflow == 0 {
                return None;
            }
            at = (at + 1) & self.mask;
        }
        None
    }

    /// Adds a place that is not in the table.
    pub(crate) fn insert(&mut self, hash: u64, place: u32) {
        // Six of seven ways filled on average would make long searches; five of seven do not.
        if self.len >= (self.mask + 1) * 5 {
            self.grow();
        }
        Self::put(self.buckets.all_mut(), self.mask, Self::tag(hash), place);
        self.len += 1;
    }

    /// Removes a place that is in the table.
    pub(crate) fn remove(&mut self, hash: u64, place: u32) {
        let tag = Self::tag(hash);
        let home = tag as usize & self.mask;
        let mask = self.mask;
        let buckets = self.buckets.all_mut();
        for distance in 0..=mask {
            let at = (home + distance) & mask;
            let Some(i) = buckets[at].places.iter().position(|p| *p == place + 1) else { continue };
            buckets[at].places[i] = 0;
            for passed in 0..distance {
                buckets[(home + passed) & mask].overflow -= 1;
            }
            self.len -= 1;
            return;
        }
    }

    fn put(buckets: &mut [Bucket], mask: usize, tag: u32, place: u32) {
        let mut at = tag as usize & mask;
        loop {
            let bucket = &mut buckets[at];
            if let Some(i) = bucket.places.iter().position(|p| *p == 0) {
                bucket.tags[i] = tag;
                bucket.places[i] = place + 1;
                return;
            }
            bucket.overflow += 1;
            at = (at + 1) & mask;
        }
    }

    #[cold]
    fn grow(&mut self) {
        let mut larger = Storage::new((self.mask + 1) * 2);
        let mask = self.mask * 2 + 1;
        for bucket in self.buckets.all() {
            for (tag, place) in bucket.tags.iter().zip(bucket.places) {
                if place != 0 {
                    Self::put(larger.all_mut(), mask, *tag, place - 1);
                }
            }
        }
        self.buckets = larger;
        self.mask = mask;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    /// Behaves as a map does, through growth, overflow and removal.
    #[test]
    fn agrees_with_a_map() {
        let mut index = Index::new();
        let mut model: HashMap<u64, u32> = HashMap::new();
        let mut seed = 1u64;
        for step in 0..200_000u32 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // Few distinct low bits, so that buckets overflow.
            let hash = (seed >> 40) & 0x3f_ff3f;
            if let Some(place) = model.remove(&hash) {
                assert_eq!(index.find(hash, |p| p == place), Some(place));
                index.remove(hash, place);
                assert_eq!(index.find(hash, |p| p == place), None);
            } else {
                index.insert(hash, step);
                model.insert(hash, step);
            }
        }
        assert_eq!(index.len, model.len());
        for (hash, place) in &model {
            assert_eq!(index.find(*hash, |p| p == *place), Some(*place));
        }
        for (hash, place) in &model {
            index.remove(*hash, *place);
        }
        let left: u64 = index.buckets.all().iter().map(|b| u64::from(b.overflow)).sum();
        assert_eq!((index.len, left), (0, 0));
    }

    #[test]
    fn one_bucket_for_all() {
        let mut index = Index::new();
        for place in 0..100 {
            index.insert(5, place);
        }
        assert!((0..100).all(|place| index.find(5, |p| p == place) == Some(place)));
        (0..100).rev().for_each(|place| index.remove(5, place));
        assert_eq!(index.find(5, |_| true), None);
    }
}
