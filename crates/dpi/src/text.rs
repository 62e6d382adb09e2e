//! Bounded strings from the wire.

/// Longest name kept, in bytes.
pub(crate) const NAME_MAX: usize = 256;

/// Longest free text (a user agent) kept, in bytes.
pub(crate) const TEXT_MAX: usize = 512;

/// Longest request target kept, in bytes.
pub(crate) const URI_MAX: usize = 1024;

/// The bytes as UTF-8, with replacement characters where they are not, at most `max` bytes long.
pub fn lossy(bytes: &[u8], max: usize) -> Box<str> {
    let (bytes, _) = bytes.split_at_checked(max).unwrap_or((bytes, &[]));
    // Nearly everything is, and checking it all at once is quicker.
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.into();
    }
    let text = String::from_utf8_lossy(bytes);
    // A replacement character is longer than the byte that it stands for.
    let end = text.floor_char_boundary(max);
    text.split_at_checked(end).map_or("", |(kept, _)| kept).into()
}

/// Little-endian UTF-16, as Microsoft's protocols have it, at most `max` bytes of UTF-8 long.
pub fn utf16(bytes: &[u8], max: usize) -> Box<str> {
    let (pairs, _) = bytes.as_chunks::<2>();
    // No character takes less than a byte.
    let units = pairs.iter().take(max).map(|pair| u16::from_le_bytes(*pair));
    let text: String =
        char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    let end = text.floor_char_boundary(max);
    text.split_at_checked(end).map_or("", |(kept, _)| kept).into()
}

/// Where the needle begins.
pub(crate) fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, needle)
}

/// The needle is somewhere in it.
pub(crate) fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    find(bytes, needle).is_some()
}

/// What follows the needle.
pub(crate) fn past<'a>(bytes: &'a [u8], needle: &[u8]) -> Option<&'a [u8]> {
    bytes.get(find(bytes, needle)?.checked_add(needle.len())?..)
}

/// What is before the end; all if there is none.
pub(crate) fn until(bytes: &[u8], end: u8) -> &[u8] {
    memchr::memchr(end, bytes).and_then(|at| bytes.get(..at)).unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_is_bounded_too() {
        assert_eq!(&*utf16(b"a\0\xe9\0z", 9), "aé");
        assert_eq!(&*utf16(b"a\0\xe9\0", 2), "a");
        assert_eq!(&*utf16(b"\0\xd8", 9), "\u{fffd}");
    }

    #[test]
    fn parts_of_bytes() {
        assert_eq!((find(b"abcab", b"ab"), find(b"ab", b"abc")), (Some(0), None));
        assert_eq!((past(b"key=1;", b"key="), past(b"key", b"=")), (Some(&b"1;"[..]), None));
        assert_eq!((until(b"a;b", b';'), until(b"ab", b';')), (&b"a"[..], &b"ab"[..]));
        assert!(holds(b"abc", b"bc") && !holds(b"", b"a"));
    }

    #[test]
    fn the_bound_holds_for_any_bytes() {
        assert_eq!(&*lossy(b"abcdef", 3), "abc");
        assert_eq!(&*lossy("aé".as_bytes(), 2), "a");
        assert!(lossy(&[0xff; 400], NAME_MAX).len() <= NAME_MAX);
    }
}
