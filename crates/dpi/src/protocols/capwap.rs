//! Control and Provisioning of Wireless Access Points (RFC 5415): discovery, control and data.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "capwap",
    category: "management",
    encrypted: false,
    over: &[(Transport::Udp, &[HEADER..=DTLS])],
    ports: &[CONTROL, DATA],
    bound: true,
    fields: &["channel", "message", "controller", "access_point", "model", "serial_number", "location"],
    head: SHALLOW,
    inspect,
};

const CONTROL: u16 = 5246;
const DATA: u16 = 5247;

/// RFC 5415 s4.2: version 0, and what follows.
const HEADER: u8 = 0;
const DTLS: u8 = 1;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let channel = if look.on(DATA) { "data" } else { "control" };
    match look.bytes {
        // RFC 5415 s4.2: three reserved bytes; then a DTLS record, version 1.0 or 1.2.
        [DTLS, 0, 0, 0, 20..=25, 0xfe, 0xfd | 0xff, ..] => {
            findings.note("channel", channel);
            Verdict::proven("DTLS record behind a CAPWAP preamble", Want::Nothing)
        }
        [HEADER, ..] => match Header::parse(look.bytes) {
            Some(header) if look.on(DATA) && header.is_data() => {
                findings.note("channel", channel);
                Verdict::proven("CAPWAP header of a data channel", Want::Nothing)
            }
            Some(header) if look.on(CONTROL) => control(look, &header, findings),
            _ => Verdict::No,
        },
        _ => Verdict::No,
    }
}

/// RFC 5415 s4.3.
struct Header<'a> {
    /// T: the frame inside is of its own kind, not Ethernet.
    native: bool,
    fragment: bool,
    keep_alive: bool,
    body: &'a [u8],
}

impl<'a> Header<'a> {
    fn parse(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let (_preamble, fields, offset) = (reader.u8()?, reader.u24()?, reader.u32()?);
        let len = fields >> 19;
        let binding = fields >> 9 & 0x1f;
        let [native, fragment, last, wireless, radio, keep_alive] =
            [8, 7, 6, 5, 4, 3].map(|bit| fields >> bit & 1 == 1);
        let reserved = fields & 0b111 != 0 || offset & 0b111 != 0;
        // Bindings: none, IEEE 802.11, and one that EPCglobal reserved.
        if reserved || binding > 3 || (last || offset & 0xfff8 != 0) && !fragment {
            return None;
        }
        // The header ends where its parts do: each has a length and is padded to four bytes.
        let mut end = 8;
        if radio {
            let len = bytes.get(end).filter(|len| matches!(len, 6 | 8))?;
            end += (1 + usize::from(*len)).next_multiple_of(4);
        }
        if wireless {
            // Drafts had the binding before the length, and there are devices that still do.
            let [first, second] = [bytes.get(end)?, bytes.get(end + 1)?].map(|byte| usize::from(*byte));
            let (short, long) = ((1 + first).next_multiple_of(4), (2 + second).next_multiple_of(4));
            end += if end + short == len * 4 { short } else { long };
        }
        (end == len * 4).then_some(())?;
        Some(Self { native, fragment, keep_alive, body: bytes.get(end..)? })
    }

    /// RFC 5415 s4.4: frames, or a keep-alive: its length, then the session's identifier (35).
    fn is_data(&self) -> bool {
        match self.body {
            [high, low, 0, 35, ..] if self.keep_alive => {
                usize::from(u16::from_be_bytes([*high, *low])) <= self.body.len()
            }
            _ if self.keep_alive => false,
            // IEEE 802.11 s9.2.4.1: version 0 in the lowest bits; some send the two bytes swapped.
            [first, second, ..] if self.native => {
                (first & 3 == 0 || second & 3 == 0) && self.body.len() >= 10
            }
            body => self.fragment || crate::inner::is_ethernet(body, true),
        }
    }
}

/// RFC 5415 s4.5: type, number, length with itself and the flags, flags; then elements.
fn control(look: &Look<'_>, header: &Header<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(header.body);
    let (Some(kind), Some(_number), Some(len), Some(_flags)) =
        (reader.u32(), reader.u8(), reader.u16(), reader.u8())
    else {
        return Verdict::No;
    };
    // The upper bytes are a vendor's number, or zero; of its own types there are few.
    let (vendor, number) = (kind >> 8, kind & 0xff);
    let rest = reader.rest().len();
    let len = usize::from(len);
    // Some count only the elements.
    let exact = len == rest + 3 || len == rest || len == rest + 1 || look.cut || header.fragment;
    if vendor > 0xffff || !matches!(number, 1..=30) || !exact {
        return Verdict::No;
    }
    findings.note("channel", "control");
    findings.note("message", message(number));
    while let Some((kind, value)) = reader.u16().and_then(|kind| Some((kind, reader.block16()?))) {
        note_element(kind, value, findings);
    }
    Verdict::proven("CAPWAP control header and message", Want::Reply)
}

/// RFC 5415 s4.6.
fn note_element(kind: u16, value: &[u8], findings: &mut Findings) {
    match (kind, value) {
        (4, _) => findings.note("controller", lossy(value, NAME_MAX)),
        (28, _) => findings.note("location", lossy(value, NAME_MAX)),
        (45, _) => findings.note("access_point", lossy(value, NAME_MAX)),
        // Board data: a vendor's number, then texts with types of their own.
        (38, [_, _, _, _, board @ ..]) => {
            let mut board = Reader::new(board);
            while let Some((kind, text)) = board.u16().and_then(|kind| Some((kind, board.block16()?))) {
                match kind {
                    0 => findings.note("model", lossy(text, NAME_MAX)),
                    1 => findings.note("serial_number", lossy(text, NAME_MAX)),
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// RFC 5415 s4.5.1.1.
fn message(number: u32) -> &'static str {
    match number {
        1 => "discovery-request",
        2 => "discovery-response",
        3 => "join-request",
        4 => "join-response",
        5 => "configuration-status-request",
        6 => "configuration-status-response",
        7 => "configuration-update-request",
        8 => "configuration-update-response",
        9 => "wtp-event-request",
        10 => "wtp-event-response",
        11 => "change-state-event-request",
        12 => "change-state-event-response",
        13 => "echo-request",
        14 => "echo-response",
        15 => "image-data-request",
        16 => "image-data-response",
        17 => "reset-request",
        18 => "reset-response",
        19 => "primary-discovery-request",
        20 => "primary-discovery-response",
        21 => "data-transfer-request",
        22 => "data-transfer-response",
        23 => "clear-configuration-request",
        24 => "clear-configuration-response",
        25 => "station-configuration-request",
        26 => "station-configuration-response",
        _ => "other",
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            12000,
            CONTROL,
            &[
                (SRC, b"\0\x20\x02\x10\0\0\0\0\x06\x02\0\0\0\0\x01\0\0\0\0\x01\0\0\x08\0\0\x14\0\x01\0"),
                (DST, b"\0\x10\x02\0\0\0\0\0\0\0\0\x02\0\0\x0b\0\0\x04\0\x04wlc1"),
            ],
        ),
        Sample::udp(12000, CONTROL, &[(DST, b"\x01\0\0\0\x16\xfe\xff\0\0\0\0\0\0\0\0\0\0")]),
        Sample::udp(
            12000,
            DATA,
            &[(SRC, b"\0\x10\x03\0\0\0\0\0\x40\0\0\0\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x02\0\0\0\0\x01")],
        ),
    ],
    near_miss: &[
        Sample::udp(
            12000,
            CONTROL,
            &[(SRC, b"\0\x20\x02\x10\0\0\0\0\x06\x02\0\0\0\0\x01\0\0\0\0\x01\0\0\x28\0\0\x14\0\x01\0")],
        ),
        Sample::udp(12000, CONTROL, &[(DST, b"\x01\0\0\0\x16\x03\x03\0\0\0\0\0\0\0\0\0\0")]),
        Sample::udp(12000, DATA, &[(SRC, b"\0\x10\x03\0\0\0\0\x01\x40\0\0\0\x02\0\0\0\0\x01")]),
    ],
};
