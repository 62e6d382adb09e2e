use arrayvec::ArrayVec;

/// A message that spans datagrams, put together by the protocol that carries it.
///
/// Bounded by [`Assembly::MAX`]: bytes beyond it are dropped as if they were lost.
#[derive(Debug, Default)]
pub(crate) struct Assembly {
    /// What the protocol has to remember between datagrams.
    pub(crate) key: ArrayVec<u8, 20>,
    /// The side that opened the flow sends the message.
    pub(crate) from_src: bool,
    bytes: Vec<u8>,
    /// Which of the bytes were seen. Pieces come in any order, and some senders shuffle dozens.
    seen: Vec<bool>,
}

impl Assembly {
    /// Longest message: a hello with certificates or post-quantum key shares.
    const MAX: usize = 16 * 1024;

    /// Stores `data` at `position`; bytes that are seen twice stay as they were seen first.
    pub(crate) fn fill(&mut self, position: u64, data: &[u8]) {
        let Ok(position) = usize::try_from(position) else { return };
        let end = position.saturating_add(data.len());
        if end > Self::MAX || data.is_empty() {
            return;
        }
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
            self.seen.resize(end, false);
        }
        let places = self.bytes.iter_mut().zip(&mut self.seen).skip(position);
        for ((place, seen), byte) in places.zip(data) {
            if !*seen {
                (*place, *seen) = (*byte, true);
            }
        }
    }

    /// What is there without a gap from the first byte on.
    pub(crate) fn head(&self) -> &[u8] {
        let len = self.seen.iter().position(|seen| !seen).unwrap_or(self.seen.len());
        self.bytes.get(..len).unwrap_or_default()
    }

    /// Forgets the message, not the key.
    pub(crate) fn clear(&mut self) {
        (self.bytes, self.seen) = (Vec::new(), Vec::new());
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        size_of::<Self>() + self.bytes.capacity() + self.seen.capacity()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_in_any_order() {
        let mut assembly = Assembly::default();
        assembly.fill(4, b"ef");
        assembly.fill(2, b"cdXX");
        assert_eq!(assembly.head(), b"");
        assembly.fill(0, b"ab");
        assert_eq!(assembly.head(), b"abcdef");
        assembly.fill(u64::MAX, b"x");
        assembly.fill(1 << 20, b"x");
        assert!(assembly.heap_bytes() < 200);
        assembly.clear();
        assert_eq!(assembly.head(), b"");
    }
}
