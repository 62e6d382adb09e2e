//! Tables that are read where they lie: sorted columns of big-endian numbers behind one header.
//!
//! They come with the program (`data/*.bin`, made by `scripts/generate-*.py`) and nothing is done
//! with them at start, so a run that asks for nothing pays for nothing. Reading is total: a table
//! that is cut or damaged has no answers, and that is all.

use std::ops::Range;

/// What a table says of itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Header {
    /// The day of the data.
    pub(crate) date: &'static str,
    counts: [u32; 16],
}

/// What has not been cut off yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rest(&'static [u8]);

/// Numbers of one width, one behind the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    bytes: &'static [u8],
    width: usize,
}

/// The header and what follows, if the bytes are a table of that kind.
pub(crate) fn open(bytes: &'static [u8], magic: &[u8; 8]) -> Option<(Header, Rest)> {
    let rest = bytes.strip_prefix(magic)?;
    let (date, rest) = rest.split_at_checked(16)?;
    // The version of where it comes from, for whoever looks at the file.
    let (_version, rest) = rest.split_at_checked(24)?;
    let (numbers, rest) = rest.split_at_checked(16 * 4)?;
    let mut counts = [0; 16];
    for (count, number) in counts.iter_mut().zip(numbers.chunks_exact(4)) {
        *count = number.iter().fold(0, |n, byte| n << 8 | u32::from(*byte));
    }
    Some((Header { date: text(date)?, counts }, Rest(rest)))
}

/// Text filled up with NUL.
fn text(bytes: &'static [u8]) -> Option<&'static str> {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    std::str::from_utf8(bytes.get(..end)?).ok()
}

impl Header {
    /// The count at that place.
    pub(crate) fn count(&self, index: usize) -> usize {
        self.counts.get(index).map_or(0, |count| *count as usize)
    }
}

impl Rest {
    /// So many numbers of so many bytes each.
    pub(crate) fn column(&mut self, count: usize, width: usize) -> Option<Column> {
        self.bytes(count.checked_mul(width)?).map(|bytes| Column { bytes, width })
    }

    /// So many bytes.
    pub(crate) fn bytes(&mut self, count: usize) -> Option<&'static [u8]> {
        let (bytes, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(bytes)
    }
}

impl Column {
    /// How many there are.
    pub(crate) fn len(self) -> usize {
        self.bytes.len().checked_div(self.width).unwrap_or(0)
    }

    /// The number at that place.
    pub(crate) fn get(self, index: usize) -> Option<u64> {
        let start = index.checked_mul(self.width)?;
        let bytes = self.bytes.get(start..start.checked_add(self.width)?)?;
        Some(bytes.iter().fold(0, |n, byte| n << 8 | u64::from(*byte)))
    }

    /// The same for what is an index itself.
    pub(crate) fn index(self, index: usize) -> Option<usize> {
        usize::try_from(self.get(index)?).ok()
    }

    /// How many of those in `range`, which are sorted, are at most `number`.
    pub(crate) fn at_most(self, range: Range<usize>, number: u64) -> usize {
        let (mut low, mut high) = (range.start, range.end.min(self.len()));
        while low < high {
            let middle = low.midpoint(high);
            match self.get(middle) {
                Some(at) if at <= number => low = middle + 1,
                _ => high = middle,
            }
        }
        low.saturating_sub(range.start)
    }

    /// Where `number` is, if the column is sorted.
    pub(crate) fn find(self, number: u64) -> Option<usize> {
        let last = self.at_most(0..self.len(), number).checked_sub(1)?;
        (self.get(last)? == number).then_some(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sorted_column_is_searched() {
        let mut rest = Rest(&[0, 2, 0, 5, 1, 0, 9]);
        let column = rest.column(3, 2).unwrap();
        assert_eq!((column.len(), column.get(2), column.get(3)), (3, Some(256), None));
        for (number, at_most) in [(1, 0), (2, 1), (4, 1), (5, 2), (255, 2), (256, 3), (u64::MAX, 3)] {
            assert_eq!(column.at_most(0..3, number), at_most, "{number}");
        }
        assert_eq!((column.find(5), column.find(6), column.find(1)), (Some(1), None, None));
        assert_eq!(column.at_most(1..3, 5), 1);
        let (end, start) = (3, 7);
        assert_eq!(column.at_most(start..end, 5), 0);
        assert_eq!(column.at_most(0..usize::MAX, 5), 2);
        assert!(rest.column(1, 2).is_none());
        assert!(rest.column(usize::MAX, 2).is_none());
        assert_eq!(rest.bytes(1), Some(&[9][..]));
    }
}
