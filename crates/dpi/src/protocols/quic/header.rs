use crate::reader::Reader;

/// A version's number (RFC 9000 s15, and the registry at IANA).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Version(pub(super) u32);

impl Version {
    pub(super) const V1: Self = Self(1);
    /// RFC 9369.
    pub(super) const V2: Self = Self(0x6b33_43cf);
    /// Its drafts'.
    pub(super) const V2_DRAFT: Self = Self(0x709a_50c4);
    pub(super) const DRAFT_22: Self = Self(0xff00_0016);
    pub(super) const MVFST_22: Self = Self(0xface_b001);

    /// Its usual name, if it is one that uses long headers as version 1 does.
    pub(super) fn name(self) -> Option<String> {
        match self {
            Self::V1 => Some("v1".into()),
            Self::V2 => Some("v2".into()),
            Self::V2_DRAFT => Some("v2-draft".into()),
            Self(0xff00_0016..=0xff00_0022) => Some(format!("draft-{}", self.0 & 0xff)),
            Self(0xff02_0000) => Some("v2-draft-00".into()),
            // Facebook's mvfst; the last digits count its experiments.
            Self(0xface_b000..=0xface_b0ff) => Some(format!("mvfst-{:x}", self.0 & 0xff)),
            Self(0xabcd_0000..=0xabcd_000f) => Some(format!("msquic-{:x}", self.0 & 0xf)),
            Self(0x5043_5130..=0x5043_5131 | 0x5130_3530..=0x5130_3539 | 0x5430_3530..=0x5430_3539) => {
                self.text()
            }
            _ if self.is_reserved() => Some("reserved".into()),
            _ => None,
        }
    }

    /// RFC 9000 s15: 0x?a?a?a?a makes the server say which versions it has.
    pub(super) fn is_reserved(self) -> bool {
        self.0 & 0x0f0f_0f0f == 0x0a0a_0a0a
    }

    /// Google's versions are four characters.
    pub(super) fn text(self) -> Option<String> {
        let bytes = self.0.to_be_bytes();
        bytes.is_ascii().then(|| bytes.into_iter().map(char::from).collect())
    }

    /// Google's own handshake or TLS under its long header, encrypted like IETF's.
    pub(super) fn is_google_encrypted(self) -> bool {
        matches!(self.0, 0x5130_3530..=0x5130_3539 | 0x5430_3530..=0x5430_3539)
    }

    /// Google's versions before encryption of the first packets: Q02x to Q049.
    pub(super) fn is_google_clear(self) -> bool {
        let [a, b, c, d] = self.0.to_be_bytes();
        (a, b) == (b'Q', b'0') && matches!(c, b'0'..=b'4') && d.is_ascii_digit()
    }

    /// One that could be offered by a client or a server.
    pub(super) fn is_known(self) -> bool {
        self.is_google_clear() || self.name().is_some() || matches!(self.0, 0xff00_0001..=0xff00_0015)
    }
}

/// RFC 9000 s17.2: what a packet with a long header is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Initial,
    ZeroRtt,
    Handshake,
    Retry,
}

/// A packet with a long header (RFC 9000 s17.2).
#[derive(Clone, Copy, Debug)]
pub(super) struct Long<'a> {
    pub(super) version: Version,
    pub(super) kind: Kind,
    pub(super) dcid: &'a [u8],
    pub(super) scid: &'a [u8],
    /// The whole packet, as far as it is there, its header included.
    pub(super) packet: &'a [u8],
    /// Where the packet number begins.
    pub(super) number_at: usize,
    /// The packet is there to its end.
    pub(super) whole: bool,
}

/// RFC 9000 s17.2: longer connection IDs are for versions to come.
const MAX_CID: usize = 20;

/// A packet number and a ciphertext's tag.
const MIN_PROTECTED: usize = 20;

impl<'a> Long<'a> {
    /// Reads the packet at the beginning of `bytes`; what follows it is coalesced.
    pub(super) fn read(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let mut reader = Reader::new(bytes);
        let first = reader.u8().filter(|first| first & 0x80 != 0)?;
        let version = Version(u32::from_be_bytes(reader.array()?));
        let dcid = reader.block8().filter(|id| id.len() <= MAX_CID)?;
        let scid = reader.block8().filter(|id| id.len() <= MAX_CID)?;
        let kind = kind(version, first);
        if kind == Kind::Retry {
            let whole = reader.rest().len() >= 16;
            return Some((Self { version, kind, dcid, scid, packet: bytes, number_at: 0, whole }, &[]));
        }
        if kind == Kind::Initial {
            let token = usize::try_from(varint(&mut reader)?).ok()?;
            reader.take(token)?;
        }
        let len = usize::try_from(varint(&mut reader)?).ok().filter(|len| *len >= MIN_PROTECTED)?;
        let number_at = bytes.len() - reader.rest().len();
        let whole = reader.rest().len() >= len;
        let (packet, rest) = bytes.split_at_checked(number_at.saturating_add(len)).unwrap_or((bytes, &[]));
        Some((Self { version, kind, dcid, scid, packet, number_at, whole }, rest))
    }
}

fn kind(version: Version, first: u8) -> Kind {
    // RFC 9369 s3.2 shifts them by one.
    let shift = u8::from(matches!(version, Version::V2 | Version::V2_DRAFT));
    match (first >> 4 & 3).wrapping_sub(shift) & 3 {
        0 => Kind::Initial,
        1 => Kind::ZeroRtt,
        2 => Kind::Handshake,
        _ => Kind::Retry,
    }
}

/// RFC 9000 s16.
pub(super) fn varint(reader: &mut Reader<'_>) -> Option<u64> {
    let first = reader.u8()?;
    let more = (1_usize << (first >> 6)) - 1;
    let tail = reader.take(more)?;
    Some(tail.iter().fold(u64::from(first & 0x3f), |value, byte| value << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varints_of_all_lengths() {
        // RFC 9000 A.1.
        for (bytes, value) in [
            (&b"\xc2\x19\x7c\x5e\xff\x14\xe8\x8c"[..], 151_288_809_941_952_652),
            (b"\x9d\x7f\x3e\x7d", 494_878_333),
            (b"\x7b\xbd", 15_293),
            (b"\x25", 37),
        ] {
            assert_eq!(varint(&mut Reader::new(bytes)), Some(value));
        }
        assert_eq!(varint(&mut Reader::new(b"\x7b")), None);
    }

    #[test]
    fn kinds_of_both_versions() {
        assert_eq!((kind(Version::V1, 0xc0), kind(Version::V1, 0xf0)), (Kind::Initial, Kind::Retry));
        assert_eq!((kind(Version::V2, 0xd0), kind(Version::V2, 0xc0)), (Kind::Initial, Kind::Retry));
        assert_eq!((kind(Version::V1, 0xe0), kind(Version::V2, 0xf0)), (Kind::Handshake, Kind::Handshake));
    }
}
