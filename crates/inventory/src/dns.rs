//! Messages in DNS's layout (RFC 1035 s4), as mDNS, LLMNR and NetBIOS speak them.

use std::net::IpAddr;

use dpi::{Reader, lossy, walk_dns_name};

use crate::watcher::MOST_TEXT;

/// RFC 1035 s4.1.1.
const HEADER_LEN: usize = 12;

/// Records looked at; an announcement has a few dozen.
const MOST_RECORDS: usize = 192;

/// Record types.
pub(crate) mod kind {
    pub(crate) const A: u16 = 1;
    pub(crate) const PTR: u16 = 12;
    pub(crate) const HINFO: u16 = 13;
    pub(crate) const TXT: u16 = 16;
    pub(crate) const AAAA: u16 = 28;
    pub(crate) const SRV: u16 = 33;
}

/// The Internet's class, without mDNS's highest bit (RFC 6762 s10.2).
pub(crate) const INTERNET: u16 = 1;

/// Bits of the flags.
pub(crate) mod flag {
    pub(crate) const RESPONSE: u16 = 1 << 15;
    pub(crate) const AUTHORITATIVE: u16 = 1 << 10;
}

/// A message all of whose questions and records are there.
#[derive(Debug)]
pub(crate) struct Message<'a> {
    bytes: &'a [u8],
    pub(crate) flags: u16,
    /// The names in question.
    pub(crate) questions: Vec<Name<'a>>,
    /// Of all three sections.
    pub(crate) records: Vec<Record<'a>>,
    pub(crate) answers: usize,
}

/// A resource record (RFC 1035 s4.1.3).
#[derive(Debug)]
pub(crate) struct Record<'a> {
    pub(crate) name: Name<'a>,
    pub(crate) kind: u16,
    pub(crate) class: u16,
    pub(crate) ttl: u32,
    pub(crate) data: &'a [u8],
    data_at: usize,
}

/// The labels of a name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Name<'a>(Vec<&'a [u8]>);

impl<'a> Message<'a> {
    /// Whole, or nothing; of one that was `cut` by the capture, what is there of it.
    pub(crate) fn parse(bytes: &'a [u8], cut: bool) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let (_id, flags) = (reader.u16()?, reader.u16()?);
        let [questions, answers, authorities, additionals] =
            [reader.u16()?, reader.u16()?, reader.u16()?, reader.u16()?].map(usize::from);
        let mut message = Self { bytes, flags, questions: Vec::new(), records: Vec::new(), answers };
        let mut at = HEADER_LEN;
        for _ in 0..questions {
            let (name, end) = Name::read(bytes, at)?;
            let mut fixed = Reader::new(bytes.get(end..)?);
            let (_kind, class) = (fixed.u16()?, fixed.u16()?);
            if class & 0x7fff != INTERNET && class != 255 {
                return None;
            }
            at = end.checked_add(4)?;
            if message.questions.len() < MOST_RECORDS {
                message.questions.push(name);
            }
        }
        for _ in 0..answers.saturating_add(authorities).saturating_add(additionals).min(MOST_RECORDS) {
            let Some((record, end)) = Record::read(bytes, at) else {
                return (cut && !message.records.is_empty()).then_some(message);
            };
            at = end;
            message.records.push(record);
        }
        Some(message)
    }

    pub(crate) fn is_response(&self) -> bool {
        self.flags & flag::RESPONSE != 0
    }

    /// RFC 1035 s4.1.1: 0 is a query.
    pub(crate) fn opcode(&self) -> u16 {
        self.flags >> 11 & 0xf
    }

    pub(crate) fn rcode(&self) -> u16 {
        self.flags & 0xf
    }

    /// The name at an offset of a record's data.
    pub(crate) fn name_in(&self, record: &Record<'a>, offset: usize) -> Option<Name<'a>> {
        Name::read(self.bytes, record.data_at.checked_add(offset)?).map(|(name, _)| name)
    }
}

impl<'a> Record<'a> {
    fn read(bytes: &'a [u8], at: usize) -> Option<(Self, usize)> {
        let (name, end) = Name::read(bytes, at)?;
        let mut reader = Reader::new(bytes.get(end..)?);
        let (kind, class, ttl) = (reader.u16()?, reader.u16()?, reader.u32()?);
        let data = reader.block16()?;
        let data_at = end.checked_add(10)?;
        Some((Self { name, kind, class, ttl, data, data_at }, data_at.checked_add(data.len())?))
    }

    /// The address of an A or AAAA record.
    pub(crate) fn address(&self) -> Option<IpAddr> {
        match self.kind {
            kind::A => <[u8; 4]>::try_from(self.data).ok().map(IpAddr::from),
            kind::AAAA => <[u8; 16]>::try_from(self.data).ok().map(IpAddr::from),
            _ => None,
        }
    }
}

impl<'a> Name<'a> {
    /// The name, and where it ends.
    fn read(bytes: &'a [u8], at: usize) -> Option<(Self, usize)> {
        let mut labels = Vec::new();
        let end = walk_dns_name(bytes, at, |label| labels.push(label))?;
        Some((Self(labels), end))
    }

    pub(crate) fn labels(&self) -> &[&'a [u8]] {
        &self.0
    }

    /// The labels with dots between, as people write them (RFC 6763 s4.3): UTF-8, no escapes.
    pub(crate) fn text(&self) -> String {
        self.0.iter().map(|label| lossy(label, 63)).collect::<Vec<_>>().join(".")
    }

    /// It is the other, letters in either case (RFC 1035 s2.3.3).
    pub(crate) fn is(&self, other: &Name<'_>) -> bool {
        self.0.len() == other.0.len()
            && self.0.iter().zip(&other.0).all(|(own, other)| own.eq_ignore_ascii_case(other))
    }
}

/// The strings of a record's data (RFC 1035 s3.3.14).
pub(crate) fn strings(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut reader = Reader::new(data);
    std::iter::from_fn(move || reader.block8()).take(64)
}

/// `key=value` strings (RFC 6763 s6.4).
#[derive(Debug)]
pub(crate) struct Txt(Vec<(String, Box<str>)>);

impl Txt {
    pub(crate) fn read(data: &[u8]) -> Self {
        let pairs = strings(data).filter_map(|string| {
            let equals = string.iter().position(|byte| *byte == b'=')?;
            let (key, value) = string.split_at_checked(equals)?;
            let key = std::str::from_utf8(key).ok()?.to_ascii_lowercase();
            Some((key, lossy(value.get(1..)?, MOST_TEXT)))
        });
        Self(pairs.collect())
    }

    /// The value of a key in lower case; of several the first counts.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        let value = self.0.iter().find(|(own, _)| own == key).map(|(_, value)| value.trim());
        value.filter(|value| !value.is_empty())
    }

    /// The first of several keys that is there.
    pub(crate) fn any(&self, keys: &[&str]) -> Option<&str> {
        keys.iter().find_map(|key| self.get(key))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Writes a message; names are not compressed.
    pub(crate) struct Writer(Vec<u8>);

    impl Writer {
        pub(crate) fn new(flags: u16) -> Self {
            Self([&[0, 0][..], &flags.to_be_bytes(), &[0; 8]].concat())
        }

        pub(crate) fn question(mut self, name: &[&str], kind: u16) -> Self {
            self.0.extend(wire_name(name));
            self.0.extend(kind.to_be_bytes());
            self.0.extend([0, 1]);
            self.0[5] += 1;
            self
        }

        pub(crate) fn answer(mut self, name: &[&str], kind: u16, ttl: u32, data: &[u8]) -> Self {
            self.0.extend(wire_name(name));
            self.0.extend(kind.to_be_bytes());
            self.0.extend([0x80, 1]);
            self.0.extend(ttl.to_be_bytes());
            self.0.extend((data.len() as u16).to_be_bytes());
            self.0.extend(data);
            self.0[7] += 1;
            self
        }

        pub(crate) fn bytes(self) -> Vec<u8> {
            self.0
        }
    }

    pub(crate) fn wire_name(labels: &[&str]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for label in labels {
            bytes.push(label.len() as u8);
            bytes.extend(label.as_bytes());
        }
        bytes.push(0);
        bytes
    }

    pub(crate) fn txt(pairs: &[&str]) -> Vec<u8> {
        pairs.iter().flat_map(|pair| [&[pair.len() as u8], pair.as_bytes()].concat()).collect()
    }

    #[test]
    fn a_message_is_read_to_its_end() {
        let bytes = Writer::new(0x8400)
            .question(&["a", "local"], 255)
            .answer(&["a", "local"], kind::A, 120, &[192, 0, 2, 1])
            .answer(&["x.y", "_ipp", "_tcp", "local"], kind::TXT, 4500, &txt(&["Ty=Laser", "b", "ty=no"]))
            .bytes();
        let message = Message::parse(&bytes, false).unwrap();
        assert_eq!((message.is_response(), message.opcode(), message.rcode()), (true, 0, 0));
        assert_eq!((message.questions.len(), message.records.len()), (1, 2));
        assert_eq!(message.records[0].address(), Some([192, 0, 2, 1].into()));
        assert_eq!(message.records[1].name.text(), "x.y._ipp._tcp.local");
        assert_eq!(Txt::read(message.records[1].data).get("ty"), Some("Laser"));
        for end in 0..bytes.len() {
            assert!(Message::parse(&bytes[..end], false).is_none(), "{end}");
        }
        let cut = Message::parse(&bytes[..bytes.len() - 1], true).unwrap();
        assert_eq!(cut.records.len(), 1);
    }
}
