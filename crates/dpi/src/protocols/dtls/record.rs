use crate::reader::Reader;

/// RFC 6347 s4.1, RFC 9146 s3.
pub(super) mod content {
    pub(in super::super) const CHANGE_CIPHER_SPEC: u8 = 20;
    pub(super) const ALERT: u8 = 21;
    pub(in super::super) const HANDSHAKE: u8 = 22;
    pub(super) const APPLICATION_DATA: u8 = 23;
    pub(in super::super) const CONNECTION_ID: u8 = 25;
}

/// 1.0, 1.2 (which 1.3 keeps here), and what OpenSSL had before RFC 4347.
const VERSIONS: [[u8; 2]; 3] = [[0xfe, 0xff], [0xfe, 0xfd], [0x01, 0x00]];

/// The shortest tag or MAC there is.
const MIN_ENCRYPTED: usize = 16;

#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'a> {
    pub(super) content: u8,
    pub(super) epoch: u16,
    pub(super) body: &'a [u8],
    /// The body has the length that the header gives it.
    pub(super) is_whole: bool,
    len: usize,
}

impl<'a> Record<'a> {
    /// The first record of a datagram, and what follows it.
    pub(super) fn read(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let mut reader = Reader::new(bytes);
        let [content, version @ ..] = reader.array::<3>()?;
        let epoch = reader.u16()?;
        // No connection has sent 2^40 records.
        let [0, _sequence @ ..] = reader.array::<6>()? else { return None };
        let len = usize::from(reader.u16()?);
        let known = matches!(content, content::CHANGE_CIPHER_SPEC..=content::APPLICATION_DATA);
        if !known || !VERSIONS.contains(&version) || len == 0 || len > (1 << 14) + 2048 {
            return None;
        }
        let body = reader.up_to(len);
        Some((Self { content, epoch, body, is_whole: body.len() == len, len }, reader.rest()))
    }

    /// A record that is no hello makes sense by itself.
    pub(super) fn is_plausible_alone(&self) -> bool {
        match (self.content, self.epoch) {
            (content::CHANGE_CIPHER_SPEC, _) => matches!((self.len, self.body), (1 | 3, [1, ..])),
            (content::ALERT, 0) => matches!((self.len, self.body), (2, [1 | 2, _])),
            (_, 0) => false,
            _ => self.len >= MIN_ENCRYPTED,
        }
    }
}

/// Whether bytes are records one after the other. Those of DTLS 1.3 (RFC 9147 s4) and with
/// connection ids have other headers and end the check.
pub(super) fn all(mut bytes: &[u8]) -> bool {
    while let Some(first) = bytes.first() {
        if matches!(first, 0x20..=0x3f | &content::CONNECTION_ID) {
            return true;
        }
        match Record::read(bytes) {
            Some((_, rest)) => bytes = rest,
            None => return false,
        }
    }
    true
}

/// A handshake message or a piece of one (RFC 6347 s4.2.2).
#[derive(Clone, Copy, Debug)]
pub(super) struct Fragment<'a> {
    pub(super) kind: u8,
    pub(super) body: &'a [u8],
    len: usize,
    offset: usize,
}

/// Longest message put together: hellos with large key shares.
const GATHER_MAX: usize = 8192;

impl<'a> Fragment<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let kind = reader.u8()?;
        let len = reader.u24()?;
        let _sequence = reader.u16()?;
        let (offset, piece) = (reader.u24()?, reader.u24()?);
        let sound =
            kind <= 25 && offset.checked_add(piece)? <= len && reader.rest().len() <= piece.max(1 << 14);
        let body = reader.up_to(piece);
        sound.then_some(Self { kind, body, len, offset })
    }

    /// The whole message of which this is the beginning, if its pieces follow in the datagram.
    pub(super) fn gather(&self, datagram: &'a [u8]) -> Option<Vec<u8>> {
        if self.offset != 0 || self.body.len() == self.len || self.len > GATHER_MAX {
            return None;
        }
        let mut message = Vec::with_capacity(self.len);
        let mut rest = datagram;
        while let Some((record, after)) = Record::read(rest) {
            rest = after;
            if record.content != content::HANDSHAKE {
                break;
            }
            let next = Self::read(record.body)?;
            if (next.kind, next.len, next.offset) != (self.kind, self.len, message.len()) {
                break;
            }
            message.extend_from_slice(next.body);
        }
        Some(message)
    }
}
