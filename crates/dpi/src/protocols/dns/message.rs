use std::net::IpAddr;

use super::name;
use crate::facts::DnsAnswer;
use crate::reader::Reader;

/// RFC 1035 s4.1.1.
pub(crate) const HEADER_LEN: usize = 12;

/// Answers kept.
const MAX_ANSWERS: usize = 16;

/// A resource record without data: root name, type, class, TTL, length (RFC 1035 s4.1.3).
const MIN_RECORD: usize = 11;

/// A question about the root: name, type, class (RFC 1035 s4.1.2).
const MIN_QUESTION: usize = 5;

/// Type and class behind the name of a question.
const QUESTION_FIXED: usize = 4;

mod flag {
    pub(super) const RESPONSE: u16 = 1 << 15;
    pub(super) const RECURSION_DESIRED: u16 = 1 << 8;
    pub(super) const RCODE: u16 = 0xf;
}

mod opcode {
    pub(super) const INVERSE_QUERY: u16 = 1;
    /// DNS stateful operations (RFC 8490), the highest one assigned.
    pub(super) const DSO: u16 = 6;
}

mod record {
    pub(super) const A: u16 = 1;
    pub(super) const NS: u16 = 2;
    pub(super) const CNAME: u16 = 5;
    pub(super) const PTR: u16 = 12;
    pub(super) const MX: u16 = 15;
    pub(super) const TXT: u16 = 16;
    pub(super) const AAAA: u16 = 28;
    pub(super) const SRV: u16 = 33;
    pub(super) const DNAME: u16 = 39;
}

/// A message whose header and first question hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Message<'a> {
    bytes: &'a [u8],
    id: u16,
    flags: u16,
    questions: u16,
    answers: u16,
    /// Records of all three sections.
    records: u16,
    /// Where the first question's name is, and where it ends.
    question: Option<(usize, usize)>,
}

/// What was asked.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) name: Box<str>,
    pub(crate) qtype: u16,
}

/// Whether these first bytes of a message (fewer than it has) can become one.
pub(crate) fn may_become(bytes: &[u8]) -> bool {
    bytes.len() < HEADER_LEN || Message::read_header(bytes).is_some()
}

impl<'a> Message<'a> {
    /// Checks the header, the counts and the first question; `cut` if bytes are missing at the end.
    pub(crate) fn parse(bytes: &'a [u8], cut: bool) -> Option<Self> {
        let mut message = Self::read_header(bytes)?;
        let least = usize::from(message.questions) * MIN_QUESTION + usize::from(message.records) * MIN_RECORD;
        if HEADER_LEN + least > bytes.len() && !cut {
            return None;
        }
        if message.questions == 0 {
            return message.is_sane_without_question().then_some(message);
        }
        // Of a message that was cut inside its question the header alone says too little.
        let end = name::skip(bytes, HEADER_LEN)?;
        let mut rest = Reader::new(bytes.get(end..)?);
        let (_qtype, class) = (rest.u16()?, rest.u16()?);
        message.question = Some((HEADER_LEN, end));
        is_class(class).then_some(message)
    }

    fn read_header(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let (id, flags, questions) = (reader.u16()?, reader.u16()?, reader.u16()?);
        let (answers, authorities, additionals) = (reader.u16()?, reader.u16()?, reader.u16()?);
        let records = answers.saturating_add(authorities).saturating_add(additionals);
        let message = Self { bytes, id, flags, questions, answers, records, question: None };
        message.has_sane_header().then_some(message)
    }

    pub(crate) fn id(&self) -> u16 {
        self.id
    }

    pub(crate) fn is_response(&self) -> bool {
        self.flags & flag::RESPONSE != 0
    }

    pub(crate) fn recursion_desired(&self) -> bool {
        self.flags & flag::RECURSION_DESIRED != 0
    }

    /// RFC 1035 s4.1.1; without the extension in an OPT record.
    pub(crate) fn rcode(&self) -> u8 {
        u8::try_from(self.flags & flag::RCODE).unwrap_or(0)
    }

    pub(crate) fn opcode(&self) -> u16 {
        self.flags >> 11 & 0xf
    }

    /// The first question.
    pub(crate) fn question(&self) -> Option<Question> {
        let (begin, end) = self.question?;
        let qtype = Reader::new(self.bytes.get(end..)?).u16()?;
        Some(Question { name: name::read(self.bytes, begin)?, qtype })
    }

    /// Type of the first question, and the bytes of its name.
    pub(crate) fn raw_question(&self) -> Option<(&'a [u8], u16)> {
        let (begin, end) = self.question?;
        Some((self.bytes.get(begin..end)?, Reader::new(self.bytes.get(end..)?).u16()?))
    }

    /// Every record is there, and nothing behind the last.
    pub(crate) fn is_complete(&self) -> bool {
        let Some(mut at) = self.skip_questions() else { return false };
        for _ in 0..self.records {
            let Some(record) = Record::at(self.bytes, at) else { return false };
            at = record.end;
        }
        at == self.bytes.len()
    }

    /// The answer section, as far as it is there and at most 16 records of it.
    pub(crate) fn answers(&self) -> Vec<DnsAnswer> {
        let mut answers = Vec::new();
        let Some(mut at) = self.skip_questions() else { return answers };
        for _ in 0..usize::from(self.answers).min(MAX_ANSWERS) {
            let Some(record) = Record::at(self.bytes, at) else { break };
            at = record.end;
            answers.extend(record.answer(self.bytes));
        }
        answers
    }

    /// Hands over the addresses of the answer section, at most 16 records of it.
    pub(crate) fn addresses(&self, mut each: impl FnMut(IpAddr)) {
        if self.answers == 0 {
            return;
        }
        let Some(mut at) = self.skip_questions() else { return };
        for _ in 0..usize::from(self.answers).min(MAX_ANSWERS) {
            let Some(record) = Record::at(self.bytes, at) else { return };
            at = record.end;
            if matches!(record.rtype, record::A | record::AAAA)
                && let Some(DnsAnswer::Address(address)) = record.answer(self.bytes)
            {
                each(address);
            }
        }
    }

    fn has_sane_header(&self) -> bool {
        // RFC 1035 s4.1.1: Z is reserved, but some resolvers reflect what they are sent.
        let known_opcode = self.opcode() <= opcode::DSO && self.opcode() != 3;
        // One question is the rule (RFC 9619 s4); mDNS asks several at once (RFC 6762 s5.3).
        known_opcode && self.questions <= 64 && self.records <= 4096
    }

    /// Inverse queries (RFC 1035 s6.4), errors, and mDNS announcements (RFC 6762 s6) have no question.
    fn is_sane_without_question(&self) -> bool {
        let first = self.records > 0
            && Record::at(self.bytes, HEADER_LEN).is_some_and(|record| is_class(record.class));
        match self.is_response() {
            true => first || (self.records == 0 && self.rcode() != 0),
            false => first && self.opcode() == opcode::INVERSE_QUERY,
        }
    }

    fn skip_questions(&self) -> Option<usize> {
        let mut at = HEADER_LEN;
        for _ in 0..self.questions {
            at = name::skip(self.bytes, at)? + QUESTION_FIXED;
        }
        (at <= self.bytes.len()).then_some(at)
    }
}

/// RFC 6895 s3.2, and mDNS's highest bit: unicast response wanted, cache flush (RFC 6762 s18.12).
fn is_class(class: u16) -> bool {
    matches!(class & 0x7fff, 1 | 3 | 4 | 254 | 255)
}

struct Record {
    rtype: u16,
    class: u16,
    /// Where the data begins and ends.
    data: usize,
    end: usize,
}

impl Record {
    fn at(bytes: &[u8], at: usize) -> Option<Self> {
        let fixed = name::skip(bytes, at)?;
        let mut reader = Reader::new(bytes.get(fixed..)?);
        let (rtype, class, _ttl, len) = (reader.u16()?, reader.u16()?, reader.array::<4>()?, reader.u16()?);
        let data = fixed + MIN_RECORD - 1;
        let end = data + usize::from(len);
        (end <= bytes.len()).then_some(Self { rtype, class, data, end })
    }

    fn answer(&self, bytes: &[u8]) -> Option<DnsAnswer> {
        let data = bytes.get(self.data..self.end)?;
        // RFC 1035 s3.3.9: a preference before the name; RFC 2782: priority, weight, port.
        let name_at = match self.rtype {
            record::NS | record::CNAME | record::PTR | record::DNAME => Some(0),
            record::MX => Some(2),
            record::SRV => Some(6),
            _ => None,
        };
        if let Some(offset) = name_at {
            return Some(DnsAnswer::Name(name::read(bytes.get(..self.end)?, self.data + offset)?));
        }
        match self.rtype {
            record::A => Some(DnsAnswer::Address(IpAddr::from(<[u8; 4]>::try_from(data).ok()?))),
            record::AAAA => Some(DnsAnswer::Address(IpAddr::from(<[u8; 16]>::try_from(data).ok()?))),
            record::TXT => Some(DnsAnswer::Text(text(data))),
            _ => None,
        }
    }
}

/// The strings of a TXT record (RFC 1035 s3.3.14), one after the other.
fn text(data: &[u8]) -> Box<str> {
    let mut reader = Reader::new(data);
    let mut text = String::new();
    while let Some(string) = reader.block8() {
        name::escape(&mut text, string);
    }
    text.into_boxed_str()
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Writes messages for tests.
    pub(crate) struct MessageBuilder {
        bytes: Vec<u8>,
    }

    impl MessageBuilder {
        pub(crate) fn query(id: u16) -> Self {
            Self::with_flags(id, 0x0100)
        }

        pub(crate) fn response(id: u16) -> Self {
            Self::with_flags(id, 0x8180)
        }

        pub(crate) fn with_flags(id: u16, flags: u16) -> Self {
            let mut bytes = id.to_be_bytes().to_vec();
            bytes.extend(flags.to_be_bytes());
            bytes.extend([0; 8]);
            Self { bytes }
        }

        pub(crate) fn recursion_desired(mut self, yes: bool) -> Self {
            self.bytes[2] = self.bytes[2] & !1 | u8::from(yes);
            self
        }

        pub(crate) fn question(self, host: &str, qtype: u16) -> Self {
            self.raw_question(&name(host), qtype)
        }

        pub(crate) fn raw_question(mut self, name: &[u8], qtype: u16) -> Self {
            self.bytes.extend(name);
            self.bytes.extend(qtype.to_be_bytes());
            self.bytes.extend([0, 1]);
            self.count(4)
        }

        /// An answer about the name of the first question.
        pub(crate) fn answer(mut self, rtype: u16, data: &[u8]) -> Self {
            self.bytes.extend([0xc0, 12]);
            self.bytes.extend(rtype.to_be_bytes());
            self.bytes.extend([0, 1, 0, 0, 0, 60]);
            self.bytes.extend((data.len() as u16).to_be_bytes());
            self.bytes.extend(data);
            self.count(6)
        }

        pub(crate) fn build(self) -> Vec<u8> {
            self.bytes
        }

        fn count(mut self, at: usize) -> Self {
            let count = u16::from_be_bytes([self.bytes[at], self.bytes[at + 1]]) + 1;
            self.bytes[at..at + 2].copy_from_slice(&count.to_be_bytes());
            self
        }
    }

    /// A name on the wire.
    pub(crate) fn name(text: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        for label in text.split('.') {
            bytes.push(label.len() as u8);
            bytes.extend(label.as_bytes());
        }
        bytes.push(0);
        bytes
    }

    #[test]
    fn answers_of_every_kind() {
        let bytes = MessageBuilder::response(1)
            .question("example.org", 255)
            .answer(1, &[192, 0, 2, 7])
            .answer(28, &[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7])
            .answer(15, &[&[0, 10], &name("mx.example.org")[..]].concat())
            .answer(33, &[&[0, 1, 0, 2, 0, 80], &name("srv.example.org")[..]].concat())
            .answer(2, &[2, b'n', b's', 0xc0, 12])
            .answer(16, b"\x05v=sp1\x04 a\xff\\")
            .answer(1, &[1, 2, 3])
            .answer(48, &[0; 8])
            .build();
        let message = Message::parse(&bytes, false).unwrap();
        assert!(message.is_complete());
        let expected = [
            DnsAnswer::Address("192.0.2.7".parse().unwrap()),
            DnsAnswer::Address("2001:db8::7".parse().unwrap()),
            DnsAnswer::Name("mx.example.org".into()),
            DnsAnswer::Name("srv.example.org".into()),
            DnsAnswer::Name("ns.example.org".into()),
            DnsAnswer::Text("v=sp1 a\\255\\\\".into()),
        ];
        assert_eq!(message.answers(), expected);
    }

    #[test]
    fn binary_names_are_read() {
        let bytes = MessageBuilder::query(1).raw_question(b"\x04\x00\xff.a\x01b\0", 10).build();
        let question = Message::parse(&bytes, false).and_then(|m| m.question()).unwrap();
        assert_eq!((&*question.name, question.qtype), ("\\000\\255\\.a.b", 10));
    }

    #[test]
    fn messages_without_question() {
        let announcement =
            [&MessageBuilder::with_flags(0, 0x8400).build()[..6], &[0, 1, 0, 0, 0, 0], b"\x01a\0"].concat();
        let announcement = [&announcement[..], &[0, 1, 0x80, 1, 0, 0, 0, 60, 0, 4, 10, 0, 0, 1]].concat();
        assert!(
            Message::parse(&announcement, false).is_some_and(|m| m.is_complete() && m.answers().len() == 1)
        );
        assert!(Message::parse(&MessageBuilder::with_flags(1, 0x8185).build(), false).is_some(), "refused");
        assert!(
            Message::parse(&MessageBuilder::with_flags(1, 0x8180).build(), false).is_none(),
            "nothing at all"
        );
        assert!(Message::parse(&MessageBuilder::query(1).build(), false).is_none());
    }

    proptest! {
        #[test]
        fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200), cut: bool) {
            if let Some(message) = Message::parse(&bytes, cut) {
                let _ = (message.question(), message.is_complete(), message.raw_question());
                prop_assert!(message.answers().len() <= MAX_ANSWERS);
            }
        }

        #[test]
        fn any_mutation(at in 0usize..200, byte: u8, len in 0usize..200) {
            let mut bytes = MessageBuilder::response(1)
                .question("a.example.org", 15)
                .answer(15, &[0, 1, 2, b'm', b'x', 0xc0, 12])
                .answer(16, b"\x03abc")
                .answer(33, &[0, 0, 0, 0, 0, 0, 0xc0, 14])
                .build();
            let at = at % bytes.len();
            bytes[at] = byte;
            bytes.truncate(len);
            if let Some(message) = Message::parse(&bytes, true) {
                let _ = (message.question(), message.is_complete());
                prop_assert!(message.answers().len() <= MAX_ANSWERS);
            }
        }
    }
}
