use std::borrow::Cow;

use crate::reader::Reader;

/// RFC 8446 s5.1.
pub(super) mod content {
    pub(in super::super) const CHANGE_CIPHER_SPEC: u8 = 20;
    pub(super) const ALERT: u8 = 21;
    pub(in super::super) const HANDSHAKE: u8 = 22;
    pub(in super::super) const APPLICATION_DATA: u8 = 23;
}

const HEADER_LEN: usize = 5;

/// RFC 5246 s6.2.3: what a ciphertext may have; RFC 8446 allows less.
const MAX_LEN: u16 = (1 << 14) + 2048;

/// The shortest tag or MAC there is, below which no record is encrypted data.
const MIN_ENCRYPTED: u16 = 16;

/// Type and length of a handshake message (RFC 8446 s4).
const HANDSHAKE_HEADER_LEN: usize = 4;

/// A record's first five bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub(super) content: u8,
    len: u16,
}

impl Header {
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let &[content, major, minor, ref len @ ..] = bytes.first_chunk::<HEADER_LEN>()?;
        let header = Self { content, len: u16::from_be_bytes(*len) };
        let known = (content::CHANGE_CIPHER_SPEC..=content::APPLICATION_DATA).contains(&content);
        (known && major == 3 && minor <= 4 && (1..=MAX_LEN).contains(&header.len)).then_some(header)
    }

    /// Whether bytes too few for a header can become one.
    pub(super) fn may_begin(bytes: &[u8]) -> bool {
        bytes.len() < HEADER_LEN
            && bytes.get(1).is_none_or(|major| *major == 3)
            && bytes.get(2).is_none_or(|minor| *minor <= 4)
    }

    /// A record that is no handshake makes sense, and so does what begins behind it.
    pub(super) fn is_plausible_alone(&self, bytes: &[u8]) -> bool {
        let mut reader = Reader::new(bytes.get(HEADER_LEN..).unwrap_or_default());
        let body = reader.up_to(self.len.into());
        let sound = match self.content {
            content::CHANGE_CIPHER_SPEC => self.len == 1 && body.first().is_none_or(|value| *value == 1),
            // RFC 8446 s6: warning or fatal.
            content::ALERT if self.len == 2 => body.first().is_none_or(|level| matches!(level, 1 | 2)),
            _ => self.len >= MIN_ENCRYPTED,
        };
        let next = reader.rest();
        sound && (next.is_empty() || Self::may_begin(next) || Self::read(next).is_some())
    }
}

/// Handshake messages from the head of a stream on, each out of as many records as it spans.
pub(super) struct Messages<'a> {
    records: Reader<'a>,
    /// What was not read yet of the record at hand.
    fragment: Reader<'a>,
    ended: bool,
}

impl<'a> Messages<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { records: Reader::new(bytes), fragment: Reader::new(&[]), ended: false }
    }

    /// The next message, as far as it is there.
    ///
    /// Copies only if it spans several records, which few do (RFC 8446 s5.1 lets them).
    pub(super) fn next(&mut self) -> Option<Handshake<'a>> {
        let mut message = Handshake { bytes: Cow::Borrowed(&[]) };
        while !message.is_complete() && self.has_fragment() {
            let part = self.fragment.up_to(message.missing(self.fragment.rest()));
            message.push(part);
        }
        (!message.bytes.is_empty()).then_some(message)
    }

    /// What follows is no handshake record, so that no further message will come.
    pub(super) const fn ended(&self) -> bool {
        self.ended
    }

    fn has_fragment(&mut self) -> bool {
        if !self.fragment.is_empty() {
            return true;
        }
        let Some(header) = Header::read(self.records.rest()) else {
            self.ended = !self.records.is_empty() && !Header::may_begin(self.records.rest());
            return false;
        };
        if header.content != content::HANDSHAKE {
            self.ended = true;
            return false;
        }
        self.records.take(HEADER_LEN);
        self.fragment = Reader::new(self.records.up_to(header.len.into()));
        !self.fragment.is_empty()
    }
}

/// A handshake message, whole or as far as it is there.
pub(super) struct Handshake<'a> {
    bytes: Cow<'a, [u8]>,
}

impl<'a> Handshake<'a> {
    pub(super) fn kind(&self) -> Option<u8> {
        self.bytes.first().copied()
    }

    pub(super) fn is_complete(&self) -> bool {
        self.len().is_some_and(|len| self.bytes.len() >= HANDSHAKE_HEADER_LEN + len)
    }

    /// The message without its header; cut if it is not complete.
    pub(super) fn body(&self) -> &[u8] {
        let body = self.bytes.get(HANDSHAKE_HEADER_LEN..).unwrap_or_default();
        self.len().and_then(|len| body.get(..len)).unwrap_or(body)
    }

    /// The length and version that are there are those of a hello. TLS 1.3's drafts had 0x7fXX.
    pub(super) fn may_be_hello(&self) -> bool {
        self.len().is_none_or(|len| (38..1 << 17).contains(&len))
            && self.body().first().is_none_or(|major| matches!(major, 3 | 0x7f))
    }

    fn len(&self) -> Option<usize> {
        let mut reader = Reader::new(&self.bytes);
        let _kind = reader.u8()?;
        reader.u24()
    }

    /// How much the message lacks, or its header if that is not known yet. `ahead` comes next.
    fn missing(&self, ahead: &[u8]) -> usize {
        let begin = if self.bytes.is_empty() { ahead } else { &self.bytes };
        let mut header = Reader::new(begin);
        let len = header.u8().and_then(|_kind| header.u24()).unwrap_or_default();
        (HANDSHAKE_HEADER_LEN + len).saturating_sub(self.bytes.len())
    }

    fn push(&mut self, part: &'a [u8]) {
        if self.bytes.is_empty() {
            self.bytes = Cow::Borrowed(part);
        } else {
            self.bytes.to_mut().extend_from_slice(part);
        }
    }
}
