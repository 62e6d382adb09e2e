use crate::reader::Reader;

/// RFC 6347 s4.1, RFC 9146 s3.
pub(super) mod content {
    pub(in super::super) const CHANGE_CIPHER_SPEC: u8 = 20;
    pub(super) const ALERT: u8 = 21;
    pub(in super::super) const HANDSHAKE: u8 = 22;
    pub(in super::super) const APPLICATION_DATA: u8 = 23;
    pub(super) const CONNECTION_ID: u8 = 25;
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
    sequence: u16,
    /// Of the whole message.
    pub(super) len: usize,
    pub(super) offset: u64,
    pub(super) body: &'a [u8],
}

impl<'a> Fragment<'a> {
    /// The first fragment of a record, and what follows it there.
    pub(super) fn read(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let mut reader = Reader::new(bytes);
        let kind = reader.u8()?;
        let len = reader.u24()?;
        let sequence = reader.u16()?;
        let (offset, piece) = (reader.u24()?, reader.u24()?);
        let known = matches!(kind, 0..=5 | 8 | 11..=16 | 20..=26) && len < 1 << 17;
        let fits = offset.checked_add(piece)? <= len;
        let body = reader.up_to(piece);
        let fragment = Self { kind, sequence, len, offset: u64::try_from(offset).ok()?, body };
        (known && fits).then_some((fragment, reader.rest()))
    }

    pub(super) const fn is_whole(&self) -> bool {
        self.offset == 0 && self.body.len() == self.len
    }

    /// What tells the message from the side's others.
    pub(super) const fn key(&self) -> [u8; 3] {
        let [high, low] = self.sequence.to_be_bytes();
        [self.kind, high, low]
    }
}

/// The fragments in a datagram's records, up to what is encrypted.
pub(super) fn fragments(datagram: &[u8]) -> impl Iterator<Item = Fragment<'_>> {
    let mut records = datagram;
    let clear = std::iter::from_fn(move || {
        let (record, rest) = Record::read(records)?;
        records = rest;
        (record.content == content::HANDSHAKE && record.epoch == 0).then_some(record.body)
    });
    clear.flat_map(|mut body| {
        std::iter::from_fn(move || {
            let (fragment, rest) = Fragment::read(body)?;
            body = rest;
            Some(fragment)
        })
    })
}
