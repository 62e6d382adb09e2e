//! Header compression (RFC 7541), as much of it as the first header block of a connection needs.

use std::borrow::Cow;

use crate::reader::Reader;

/// Bytes of one decoded string, and entries that a block may add.
const MAX_STRING: usize = 1024;
const MAX_ADDED: usize = 16;

type Text<'a> = Cow<'a, [u8]>;

/// The fields of a block, as far as they can be read.
pub(super) struct Block<'a> {
    reader: Reader<'a>,
    /// What the block added to the dynamic table (RFC 7541 s2.3.2), the last first.
    added: Vec<(Text<'a>, Text<'a>)>,
}

impl<'a> Block<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { reader: Reader::new(bytes), added: Vec::new() }
    }

    fn entry(&self, index: usize) -> Option<(Text<'a>, Text<'a>)> {
        let place = index.checked_sub(1)?;
        match STATIC.get(place) {
            Some((name, value)) => Some((name.as_bytes().into(), value.as_bytes().into())),
            None => self.added.get(place - STATIC.len()).cloned(),
        }
    }

    /// RFC 7541 s6.
    fn field(&mut self) -> Option<(Text<'a>, Text<'a>)> {
        loop {
            let first = self.reader.u8()?;
            if first & 0x80 != 0 {
                let index = integer(first & 0x7f, 0x7f, &mut self.reader)?;
                return self.entry(index);
            }
            if first & 0xe0 == 0x20 {
                // A size for the table, which is never full here.
                integer(first & 0x1f, 0x1f, &mut self.reader)?;
                continue;
            }
            let keep = first & 0x40 != 0;
            let mask = if keep { 0x3f } else { 0x0f };
            let name = match integer(first & mask, mask, &mut self.reader)? {
                0 => string(&mut self.reader)?,
                index => self.entry(index)?.0,
            };
            let value = string(&mut self.reader)?;
            if keep && self.added.len() < MAX_ADDED {
                self.added.insert(0, (name.clone(), value.clone()));
            }
            return Some((name, value));
        }
    }
}

impl<'a> Iterator for Block<'a> {
    type Item = (Text<'a>, Text<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        self.field()
    }
}

/// RFC 7541 s5.1.
fn integer(start: u8, mask: u8, reader: &mut Reader<'_>) -> Option<usize> {
    let mut value = usize::from(start);
    if start < mask {
        return Some(value);
    }
    for shift in [0, 7, 14] {
        let byte = reader.u8()?;
        value += usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// RFC 7541 s5.2.
fn string<'a>(reader: &mut Reader<'a>) -> Option<Text<'a>> {
    let first = reader.u8()?;
    let len = integer(first & 0x7f, 0x7f, reader)?;
    let bytes = reader.take(len)?;
    if first & 0x80 == 0 { Some(bytes.into()) } else { huffman(bytes).map(Into::into) }
}

/// RFC 7541 s5.2 and appendix B. The code is canonical: codes of one length follow each other,
/// in the order of their symbols.
fn huffman(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::new();
    let (mut code, mut len) = (0_u32, 0_usize);
    for bit in bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)) {
        (code, len) = (code << 1 | u32::from(bit), len + 1);
        let &(first, count, place) = CODES.get(len)?;
        let offset = code.wrapping_sub(first);
        if offset < count {
            text.push(*SYMBOLS.get(usize::try_from(place + offset).ok()?)?);
            if text.len() > MAX_STRING {
                return None;
            }
            (code, len) = (0, 0);
        }
    }
    // What is left over is the beginning of the end marker: ones.
    (len < 8 && code == (1 << len) - 1).then_some(text)
}

/// For each length: its first code, how many there are, and the place of the first symbol.
const CODES: [(u32, u32, u32); 31] = codes();

/// Bytes by the length of their codes.
const SYMBOLS: [u8; 256] = symbols();

#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
const fn codes() -> [(u32, u32, u32); 31] {
    let mut codes = [(0, 0, 0); 31];
    let (mut code, mut place, mut len) = (0, 0, 1);
    while len < codes.len() {
        let mut count = 0;
        let mut symbol = 0;
        while symbol < LENGTHS.len() {
            if LENGTHS[symbol] as usize == len {
                count += 1;
            }
            symbol += 1;
        }
        codes[len] = (code, count, place);
        place += count;
        code = (code + count) << 1;
        len += 1;
    }
    codes
}

#[expect(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "evaluated by the compiler")]
const fn symbols() -> [u8; 256] {
    let mut symbols = [0; 256];
    let (mut place, mut len) = (0, 1);
    while len <= 30 {
        let mut symbol = 0;
        while symbol < LENGTHS.len() {
            if LENGTHS[symbol] == len {
                symbols[place] = symbol as u8;
                place += 1;
            }
            symbol += 1;
        }
        len += 1;
    }
    symbols
}

/// RFC 7541 appendix B: the number of bits of each byte's code.
const LENGTHS: [u8; 256] = [
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28,
    28, 28, 28, 28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6,
    6, 6, 7, 8, 15, 6, 12, 10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7,
    8, 13, 19, 13, 14, 6, 15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7,
    15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24,
    23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23,
    23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23, 26, 26, 20, 19, 22, 23, 22, 25, 26,
    26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20,
    21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27,
    27, 27, 26,
];

/// RFC 7541 appendix A.
const STATIC: [(&str, &str); 61] = [
    (":authority", ""),
    (":method", "GET"),
    (":method", "POST"),
    (":path", "/"),
    (":path", "/index.html"),
    (":scheme", "http"),
    (":scheme", "https"),
    (":status", "200"),
    (":status", "204"),
    (":status", "206"),
    (":status", "304"),
    (":status", "400"),
    (":status", "404"),
    (":status", "500"),
    ("accept-charset", ""),
    ("accept-encoding", "gzip, deflate"),
    ("accept-language", ""),
    ("accept-ranges", ""),
    ("accept", ""),
    ("access-control-allow-origin", ""),
    ("age", ""),
    ("allow", ""),
    ("authorization", ""),
    ("cache-control", ""),
    ("content-disposition", ""),
    ("content-encoding", ""),
    ("content-language", ""),
    ("content-length", ""),
    ("content-location", ""),
    ("content-range", ""),
    ("content-type", ""),
    ("cookie", ""),
    ("date", ""),
    ("etag", ""),
    ("expect", ""),
    ("expires", ""),
    ("from", ""),
    ("host", ""),
    ("if-match", ""),
    ("if-modified-since", ""),
    ("if-none-match", ""),
    ("if-range", ""),
    ("if-unmodified-since", ""),
    ("last-modified", ""),
    ("link", ""),
    ("location", ""),
    ("max-forwards", ""),
    ("proxy-authenticate", ""),
    ("proxy-authorization", ""),
    ("range", ""),
    ("referer", ""),
    ("refresh", ""),
    ("retry-after", ""),
    ("server", ""),
    ("set-cookie", ""),
    ("strict-transport-security", ""),
    ("transfer-encoding", ""),
    ("user-agent", ""),
    ("vary", ""),
    ("via", ""),
    ("www-authenticate", ""),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(block: &[u8]) -> Vec<(String, String)> {
        let text = |text: Text<'_>| String::from_utf8_lossy(&text).into_owned();
        Block::new(block).map(|(name, value)| (text(name), text(value))).collect()
    }

    #[test]
    fn examples_of_the_specification() {
        // RFC 7541 C.4.1 and C.3.1: the same with and without Huffman's code.
        let wanted =
            [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "www.example.com")];
        let wanted: Vec<_> = wanted.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        assert_eq!(fields(b"\x82\x86\x84\x41\x8c\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff"), wanted);
        assert_eq!(fields(b"\x82\x86\x84\x41\x0fwww.example.com"), wanted);
    }

    #[test]
    fn an_entry_that_the_block_added() {
        let added = ("a".to_owned(), "b".to_owned());
        assert_eq!(fields(b"\x40\x01a\x01b\xbe"), [added.clone(), added]);
        assert!(
            fields(b"\xbf").is_empty() && fields(b"\x80").is_empty() && fields(b"\x41\x81\x00").is_empty()
        );
    }
}
