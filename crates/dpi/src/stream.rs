use arrayvec::ArrayVec;

/// The head of one direction of a TCP connection, put in order.
///
/// Positions count from the first byte of the direction. Bytes that are seen twice stay as they
/// were seen first. Bounded: nothing past the caller's limit is stored, and no more than
/// [`MAX_PIECES`] pieces; a segment that would make another one is dropped, as if it was lost.
#[derive(Debug, Default)]
pub(crate) struct Stream {
    bytes: Vec<u8>,
    /// Which of the bytes were seen: begin and end, in order and not touching.
    pieces: ArrayVec<(usize, usize), MAX_PIECES>,
}

const MAX_PIECES: usize = 8;

/// Capacity that is kept for the next flow.
const KEPT: usize = 4096;

impl Stream {
    /// Stores `data` at `position`.
    pub(crate) fn fill(&mut self, position: usize, data: &[u8], limit: usize) {
        let (data, _) = data.split_at_checked(limit.saturating_sub(position)).unwrap_or((data, &[]));
        let (begin, end) = (position, position.saturating_add(data.len()));
        if data.is_empty() {
            return;
        }
        let touches = |&(b, e): &(usize, usize)| b <= end && begin <= e;
        let before = self.pieces.iter().take_while(|piece| piece.1 < begin).count();
        let touched = self.pieces.iter().filter(|piece| touches(piece)).count();
        if touched == 0 && self.pieces.is_full() {
            return;
        }
        if self.bytes.len() < end {
            // Doubled as a vector would by itself, but never beyond the limit.
            let capacity = (self.bytes.capacity() * 2).clamp(end, limit.max(end));
            self.bytes.reserve_exact(capacity - self.bytes.len());
            self.bytes.resize(end, 0);
        }
        let mut at = begin;
        for &(b, e) in self.pieces.iter().filter(|piece| touches(piece)) {
            copy(&mut self.bytes, at, b.min(end), data, begin);
            at = at.max(e);
        }
        copy(&mut self.bytes, at, end, data, begin);

        let mut union = (begin, end);
        for (b, e) in self.pieces.drain(before..before + touched) {
            union = (union.0.min(b), union.1.max(e));
        }
        let _ = self.pieces.try_insert(before, union);
    }

    /// What is there without a gap from the first byte on.
    pub(crate) fn head(&self) -> &[u8] {
        match self.pieces.first() {
            Some(&(0, end)) => self.bytes.get(..end).unwrap_or_default(),
            _ => &[],
        }
    }

    /// The first bytes that are there, even if something is missing before them.
    pub(crate) fn first_piece(&self) -> &[u8] {
        self.pieces.first().and_then(|&(begin, end)| self.bytes.get(begin..end)).unwrap_or_default()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Something is missing before bytes that are there.
    pub(crate) fn has_gap(&self) -> bool {
        self.pieces.len() > 1 || self.pieces.first().is_some_and(|&(begin, _)| begin > 0)
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.shrink_to(KEPT);
        self.pieces.clear();
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        self.bytes.capacity()
    }
}

/// Copies what belongs at `from..to`, where `data` lies at `origin`.
fn copy(bytes: &mut [u8], from: usize, to: usize, data: &[u8], origin: usize) {
    if from >= to {
        return;
    }
    if let (Some(target), Some(source)) = (bytes.get_mut(from..to), data.get(from - origin..to - origin)) {
        target.copy_from_slice(source);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMIT: usize = 4096;

    #[test]
    fn a_gap_hides_what_follows_until_it_is_filled() {
        let mut stream = Stream::default();
        stream.fill(3, b"def", LIMIT);
        assert_eq!((stream.head(), stream.first_piece()), (&b""[..], &b"def"[..]));
        stream.fill(0, b"abc", LIMIT);
        assert_eq!(stream.head(), b"abcdef");
        stream.clear();
        assert!(stream.head().is_empty() && stream.first_piece().is_empty());
    }

    #[test]
    fn what_came_first_stays() {
        let mut stream = Stream::default();
        stream.fill(2, b"CD", LIMIT);
        stream.fill(6, b"GH", LIMIT);
        stream.fill(0, b"abcdefghij", LIMIT);
        assert_eq!(stream.head(), b"abCDefGHij");
    }

    #[test]
    fn limit_and_pieces_are_bounded() {
        let mut stream = Stream::default();
        stream.fill(0, &[1; 100], 64);
        assert_eq!(stream.head().len(), 64);
        stream.fill(usize::MAX, b"x", 64);
        stream.clear();
        (1..100).for_each(|i| stream.fill(i * 2, b"x", LIMIT));
        assert!(stream.pieces.is_full());
        stream.fill(0, b"ab", LIMIT);
        assert_eq!(stream.head(), b"abx");
    }

    proptest! {
        /// Any order, any overlap: the head is the text as far as it was covered from 0 on.
        #[test]
        fn any_order_gives_the_text(cuts in prop::collection::vec((0usize..200, 0usize..60), 0..40)) {
            let text: Vec<u8> = (0..=255).collect();
            let mut stream = Stream::default();
            for &(begin, len) in &cuts {
                stream.fill(begin, &text[begin..(begin + len).min(text.len())], LIMIT);
                prop_assert!(text.starts_with(stream.head()));
                for pair in stream.pieces.windows(2) {
                    prop_assert!(pair[0].1 < pair[1].0);
                }
                for &(b, e) in &stream.pieces {
                    prop_assert_eq!(&stream.bytes[b..e], &text[b..e]);
                }
            }
        }
    }
}
