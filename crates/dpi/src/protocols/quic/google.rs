//! Google's QUIC before IETF's: public headers, and hellos of tags in clear.

use super::header::Version;
use crate::facts::HostnameSource;
use crate::protocol::Findings;
use crate::reader::Reader;
use crate::text::{NAME_MAX, TEXT_MAX, lossy};

/// Flags of the public header: what follows has a version; a connection ID of eight bytes.
const HAS_VERSION: u8 = 0x01;
const HAS_ID: u8 = 0x08;
/// Reset, and reserved for paths and versions to come.
const NEVER: u8 = 0xc2;

/// The version of a packet with a public header from the client, and what follows it.
pub(super) fn public_header(bytes: &[u8]) -> Option<(Version, &[u8])> {
    let mut reader = Reader::new(bytes);
    let flags = reader.u8()?;
    if flags & (HAS_VERSION | HAS_ID | NEVER) != HAS_VERSION | HAS_ID {
        return None;
    }
    let _id = reader.take(8)?;
    let version = Version(u32::from_be_bytes(reader.array()?));
    version.is_google_clear().then(|| (version, reader.rest()))
}

/// Q044 and Q046 have a long header with both lengths of IDs in one byte: eight of the server's,
/// none of the client's, in either direction.
pub(super) fn long_header(bytes: &[u8]) -> Option<(Version, &[u8])> {
    let mut reader = Reader::new(bytes);
    let _first = reader.u8().filter(|first| first & 0xc0 == 0xc0)?;
    let version = Version(u32::from_be_bytes(reader.array()?));
    if !version.is_google_clear() || !matches!(reader.u8()?, 0x50 | 0x05 | 0x55) {
        return None;
    }
    Some((version, reader.rest()))
}

/// Versions of a server's answer to one that it does not have: nothing else follows the ID.
pub(super) fn negotiation(bytes: &[u8]) -> Option<impl Iterator<Item = Version>> {
    let (_, rest) = public_header(bytes)?;
    let list = bytes.get(9..)?;
    let all_known =
        list.as_chunks::<4>().0.iter().all(|version| Version(u32::from_be_bytes(*version)).is_known());
    (!rest.is_empty() && list.len().is_multiple_of(4) && all_known)
        .then(|| list.as_chunks::<4>().0.iter().map(|version| Version(u32::from_be_bytes(*version))))
}

/// How far into a packet a hello begins at most: the longest header, a hash, an acknowledgement.
const HELLO_WITHIN: usize = 96;

/// A hello that begins somewhere in the first bytes of a packet in clear.
pub(super) fn hello_in(bytes: &[u8]) -> Option<Hello<'_>> {
    let head = bytes.get(..HELLO_WITHIN).unwrap_or(bytes);
    let at = head.windows(4).position(|tag| matches!(tag, b"CHLO" | b"REJ\0" | b"SREJ" | b"SHLO"))?;
    Hello::read(bytes.get(at..)?)
}

/// A handshake message: tags and where their values end, in little endian.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hello<'a> {
    pub(super) from_client: bool,
    tags: &'a [[u8; 8]],
    values: &'a [u8],
}

impl<'a> Hello<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let kind = reader.array::<4>()?;
        let count = u16::from_le_bytes(reader.array()?);
        // As many as Chrome would read.
        if !(1..=128).contains(&count) || reader.u16()? != 0 {
            return None;
        }
        let (tags, _) = reader.up_to(usize::from(count) * 8).as_chunks::<8>();
        let ends = || tags.iter().map(|[.., a, b, c, d]| u32::from_le_bytes([*a, *b, *c, *d]));
        ends().is_sorted().then(|| Self { from_client: &kind == b"CHLO", tags, values: reader.rest() })
    }

    /// The value of a tag, if it is there to its end.
    fn value(&self, tag: &[u8; 4]) -> Option<&'a [u8]> {
        let place = self.tags.iter().position(|[a, b, c, d, ..]| [*a, *b, *c, *d] == *tag)?;
        let end = |place: usize| {
            let [.., a, b, c, d] = *self.tags.get(place)?;
            usize::try_from(u32::from_le_bytes([a, b, c, d])).ok()
        };
        let begin = place.checked_sub(1).map_or(Some(0), end)?;
        self.values.get(begin..end(place)?).filter(|value| !value.is_empty())
    }

    pub(super) fn note(&self, findings: &mut Findings) {
        if let Some(name) = self.value(b"SNI\0") {
            findings.facts.hostname = Some(lossy(name, NAME_MAX));
            findings.facts.hostname_source = Some(HostnameSource::Sni);
        }
        if let Some(agent) = self.value(b"UAID") {
            findings.note("user_agent", lossy(agent, TEXT_MAX));
        }
    }
}
