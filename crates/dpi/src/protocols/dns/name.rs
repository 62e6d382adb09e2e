use crate::text::NAME_MAX;

/// RFC 1035 s2.3.4: octets of a name, its length bytes included.
const WIRE_MAX: usize = 255;

/// RFC 1035 s4.1.4: the two high bits of a pointer.
const POINTER: u8 = 0b1100_0000;

/// Walks the name at `at`: `label` gets its labels, and where it ends is returned.
///
/// Pointers must lead back to before the labels that they follow, so that every walk ends.
pub fn walk<'a>(message: &'a [u8], at: usize, mut label: impl FnMut(&'a [u8])) -> Option<usize> {
    let (mut at, mut lowest, mut end, mut wire) = (at, at, None, 1);
    loop {
        let len = *message.get(at)?;
        match len {
            0 => return Some(end.unwrap_or(at + 1)),
            1..=63 => {
                let next = at + 1 + usize::from(len);
                label(message.get(at + 1..next)?);
                wire += 1 + usize::from(len);
                at = next;
            }
            _ if len & POINTER == POINTER => {
                let low = *message.get(at + 1)?;
                let target = usize::from(len & !POINTER) << 8 | usize::from(low);
                end.get_or_insert(at + 2);
                if target >= lowest {
                    return None;
                }
                (at, lowest) = (target, target);
            }
            // RFC 6891 s5: extended label types are obsolete.
            _ => return None,
        }
        if wire > WIRE_MAX {
            return None;
        }
    }
}

/// Where the name at `at` ends, if it is one.
pub(super) fn skip(message: &[u8], at: usize) -> Option<usize> {
    walk(message, at, |_| ())
}

/// The name at `at` in the notation of zone files (RFC 1035 s5.1), without the final dot.
///
/// Bytes other than visible ASCII become `\DDD`, a dot or backslash inside a label gets a
/// backslash before it. What does not fit into [`NAME_MAX`] bytes is left off.
pub(super) fn read(message: &[u8], at: usize) -> Option<Box<str>> {
    // Exactly what a plain name needs: without its first length and its root label.
    let mut text = String::with_capacity(skip(message, at)?.saturating_sub(at + 2).min(NAME_MAX));
    walk(message, at, |label| {
        if !text.is_empty() {
            push(&mut text, ".");
        }
        label.iter().for_each(|&byte| push_escaped(&mut text, byte));
    })?;
    Some(text.into_boxed_str())
}

/// Text from the wire that is no name, such as a TXT string, with the same escapes.
pub(super) fn escape(text: &mut String, bytes: &[u8]) {
    for &byte in bytes {
        match byte {
            b' ' | b'.' => push(text, if byte == b' ' { " " } else { "." }),
            _ => push_escaped(text, byte),
        }
    }
}

fn push_escaped(text: &mut String, byte: u8) {
    match byte {
        b'.' => push(text, "\\."),
        b'\\' => push(text, "\\\\"),
        b'!'..=b'~' => push(text, char::from(byte).encode_utf8(&mut [0; 4])),
        _ => {
            let digits = [byte / 100, byte / 10 % 10, byte % 10].map(|digit| char::from(b'0' + digit));
            if text.len() + 4 <= NAME_MAX {
                text.push('\\');
                text.extend(digits);
            }
        }
    }
}

fn push(text: &mut String, piece: &str) {
    if text.len() + piece.len() <= NAME_MAX {
        text.push_str(piece);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pointers_lead_back() {
        //        0        3                        10       12
        let m = b"\x01a\0\x01b\xc0\x00\xc0\x03\0\0\xc0\x0c\xc0\x0e\xc0\x0c";
        assert_eq!(read(m, 0).as_deref(), Some("a"));
        assert_eq!((read(m, 3).as_deref(), skip(m, 3)), (Some("b.a"), Some(7)));
        assert_eq!((read(m, 7).as_deref(), skip(m, 7)), (Some("b.a"), Some(9)));
    }

    #[test]
    fn loops_end() {
        assert_eq!(read(&[0xc0, 0], 0), None, "itself");
        assert_eq!(read(&[0xc0, 2, 0xc0, 0], 0), None, "forward");
        assert_eq!(read(&[0xc0, 2, 0xc0, 0], 2), None, "there and back");
        assert_eq!(read(b"\x01a\xc0\0", 0), None, "into its own labels");
        let mut stairs: Vec<u8> = vec![0, 0];
        (0..8000u16).for_each(|i| stairs.extend((0xc000 | (i * 2)).to_be_bytes()));
        assert_eq!(read(&stairs, 2000).as_deref(), Some(""), "a long way down ends");
    }

    #[test]
    fn lengths_are_bounded() {
        let label = [&[63][..], &[b'a'; 63]].concat();
        assert_eq!(read(&[&label.repeat(4)[..], &[0]].concat(), 0), None, "257 octets");
        let longest = [&label.repeat(3)[..], &[61], &[b'a'; 61], &[0]].concat();
        assert_eq!(read(&longest, 0).map(|n| n.len()), Some(253));
        assert_eq!(read(b"\x05abc", 0), None, "cut");
        assert_eq!(read(b"\x40", 0), None, "label type 01");
    }

    #[test]
    fn odd_bytes_are_escaped() {
        assert_eq!(read(b"\x06a.b\\\x00\xff\x02c \0", 0).as_deref(), Some("a\\.b\\\\\\000\\255.c\\032"));
        let binary = [&[63][..], &[0xee; 63], &[0]].concat();
        assert!(read(&binary, 0).is_some_and(|name| name.len() == 252));
    }

    proptest! {
        #[test]
        fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300), at in 0usize..300) {
            let name = read(&bytes, at);
            prop_assert!(name.as_ref().is_none_or(|name| name.len() <= NAME_MAX));
            prop_assert_eq!(name.is_some(), skip(&bytes, at).is_some());
        }
    }
}
