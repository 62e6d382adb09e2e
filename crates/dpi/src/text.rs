//! Bounded strings from the wire.

/// Longest name kept, in bytes.
pub(crate) const NAME_MAX: usize = 256;

/// Longest free text (a user agent) kept, in bytes.
pub(crate) const TEXT_MAX: usize = 512;

/// Longest request target kept, in bytes.
pub(crate) const URI_MAX: usize = 1024;

/// The bytes as UTF-8, with replacement characters where they are not, at most `max` bytes long.
pub(crate) fn lossy(bytes: &[u8], max: usize) -> Box<str> {
    let (bytes, _) = bytes.split_at_checked(max).unwrap_or((bytes, &[]));
    let text = String::from_utf8_lossy(bytes);
    // A replacement character is longer than the byte that it stands for.
    let end = text.floor_char_boundary(max);
    text.split_at_checked(end).map_or("", |(kept, _)| kept).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_holds_for_any_bytes() {
        assert_eq!(&*lossy(b"abcdef", 3), "abc");
        assert_eq!(&*lossy("aé".as_bytes(), 2), "a");
        assert!(lossy(&[0xff; 400], NAME_MAX).len() <= NAME_MAX);
    }
}
