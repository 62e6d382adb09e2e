//! BFCP (RFC 8855, RFC 4582): floor control of conferences; primitives, conference and user.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "bfcp",
    category: "voip",
    encrypted: false,
    over: &[
        // Version 1 over reliable transports, 2 over others; response and fragment flags.
        (Transport::Tcp, &[0x20..=0x20, 0x30..=0x30]),
        (Transport::Udp, &[0x20..=0x20, 0x30..=0x30, 0x40..=0x40, 0x50..=0x50]),
    ],
    ports: &[5070],
    bound: false,
    fields: &["primitive", "conference", "user"],
    head: SHALLOW,
    inspect,
};

/// RFC 8855 s5.1.
const HEADER_LEN: usize = 12;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut rest = look.bytes;
    let mut messages = 0;
    let mut with_attributes = false;
    let mut first: Option<Header> = None;
    while !rest.is_empty() && messages < 4 {
        let Some(header) = Header::read(rest) else {
            let possible = look.transport == Transport::Tcp && rest.len() < HEADER_LEN && !look.cut;
            let sound = rest.get(1).is_none_or(|primitive| (1..=18).contains(primitive));
            return if possible && sound { Verdict::NeedMore } else { Verdict::No };
        };
        if !header.is_sound() || first.is_some_and(|first| first.conference != header.conference) {
            return Verdict::No;
        }
        let body = rest.get(HEADER_LEN..).unwrap_or_default();
        let Some((attributes, after)) = body.split_at_checked(header.len) else {
            let possible = look.transport == Transport::Tcp && !look.cut && header.len <= 2048;
            return if possible { Verdict::NeedMore } else { Verdict::No };
        };
        if !fit(attributes) {
            return Verdict::No;
        }
        with_attributes |= !attributes.is_empty();
        messages += 1;
        first.get_or_insert(header);
        rest = after;
    }
    let Some(header) = first else { return Verdict::No };
    if look.transport == Transport::Udp && messages != 1 {
        return Verdict::No;
    }
    let agrees = |start: &[u8]| {
        Header::read(start).is_some_and(|other| other.is_sound() && other.conference == header.conference)
    };
    let agreed = look.earlier.iter().any(|glimpse| agrees(&glimpse.start)) || agrees(look.other);
    if !(messages > 1 || with_attributes || agreed) {
        return Verdict::NeedMore;
    }
    if let Some(name) = name(header.primitive) {
        findings.note("primitive", name);
    }
    findings.note("conference", header.conference);
    findings.note("user", header.user);
    Verdict::proven("BFCP header, and attributes or a second message that fit", Want::Nothing)
}

#[derive(Clone, Copy)]
struct Header {
    flags: u8,
    primitive: u8,
    len: usize,
    conference: u32,
    user: u16,
}

impl Header {
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let [flags, primitive] = reader.array()?;
        // In units of four bytes.
        let len = usize::from(reader.u16()?) * 4;
        let conference = u32::from_be_bytes(reader.array()?);
        let _transaction = reader.u16()?;
        Some(Self { flags, primitive, len, conference, user: reader.u16()? })
    }

    fn is_sound(&self) -> bool {
        // RFC 8855 s5.1: the R flag answers what is not asked over reliable transports.
        matches!(self.flags, 0x20 | 0x30 | 0x40 | 0x50) && (1..=18).contains(&self.primitive)
    }
}

/// RFC 8855 s5.2: type and M flag, length with this header, padded to four bytes.
fn fit(bytes: &[u8]) -> bool {
    let mut reader = Reader::new(bytes);
    while !reader.is_empty() {
        let (Some(kind), Some(len @ 2..)) = (reader.u8(), reader.u8()) else { return false };
        if !matches!(kind >> 1, 1..=18) || reader.take((usize::from(len) - 2).next_multiple_of(2)).is_none() {
            return false;
        }
        let padding = usize::from(len).wrapping_neg() & 3 & !1;
        reader.up_to(padding);
    }
    true
}

/// RFC 8855 s5.1, table 1.
fn name(primitive: u8) -> Option<&'static str> {
    const NAMES: [&str; 18] = [
        "FloorRequest",
        "FloorRelease",
        "FloorRequestQuery",
        "FloorRequestStatus",
        "UserQuery",
        "UserStatus",
        "FloorQuery",
        "FloorStatus",
        "ChairAction",
        "ChairActionAck",
        "Hello",
        "HelloAck",
        "Error",
        "FloorRequestStatusAck",
        "ErrorAck",
        "FloorStatusAck",
        "Goodbye",
        "GoodbyeAck",
    ];
    NAMES.get(usize::from(primitive.checked_sub(1)?)).copied()
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            50000,
            50002,
            &[
                (SRC, b"\x40\x0b\0\0\0\0\0\x09\0\x01\0\x02"),
                (DST, b"\x50\x0c\0\x04\0\0\0\x09\0\x01\0\x02\x17\x05\x01\x02\x03\0\0\0\x15\x04\x02\x04\x15\x04\x02\x04"),
            ],
        ),
        Sample::tcp(
            50000,
            50002,
            &[(SRC, b"\x20\x01\0\x01\0\0\0\x09\0\x01\0\x02\x05\x04\0\x03\x20\x0b\0\0\0\0\0\x09\0\x02\0\x02")],
        ),
    ],
    near_miss: &[
        Sample::udp(
            50000,
            50002,
            &[(SRC, b"\x20\x01\0\x01\0\0\0\x09\0\x01\0\x02\x05\x06\0\x03")],
        ),
        Sample::udp(
            50000,
            50002,
            &[(SRC, b"\x40\x0b\0\0\0\0\0\x09\0\x01\0\x02"), (DST, b"\x50\x0c\0\0\0\0\0\x0a\0\x01\0\x02")],
        ),
    ],
};

#[cfg(test)]
mod tests {
    #[test]
    fn acknowledgements_by_name() {
        assert_eq!(super::name(15), Some("ErrorAck"));
        assert_eq!(super::name(16), Some("FloorStatusAck"));
    }
}
