//! PPTP (RFC 2637): control messages.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::text::lossy;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "pptp",
    category: "vpn",
    encrypted: false,
    over: &[(Transport::Tcp, &[0..=0])],
    ports: &[1723],
    bound: false,
    fields: &["client", "client_vendor", "server", "server_vendor"],
    head: SHALLOW,
    inspect,
};

/// s1.4: marks every message.
const COOKIE: [u8; 4] = 0x1a2b_3c4d_u32.to_be_bytes();

const START_REQUEST: u16 = 1;
const START_REPLY: u16 = 2;

const NAME_LEN: usize = 64;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    // Length, message type 1 for control, cookie.
    let begun = |at: usize, expected: u8| look.bytes.get(at).is_none_or(|byte| *byte == expected);
    let [a, b, c, d] = COOKIE;
    let expected = [(2, 0), (3, 1), (4, a), (5, b), (6, c), (7, d), (8, 0)];
    if !expected.into_iter().all(|(at, byte)| begun(at, byte)) {
        return Verdict::No;
    }
    let (Some(len), Some(_), Some(_), Some(kind)) =
        (reader.u16(), reader.u16(), reader.array::<4>(), reader.u16())
    else {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    };
    if message_len(kind) != Some(len) {
        return Verdict::No;
    }
    if !matches!(kind, START_REQUEST | START_REPLY) {
        return Verdict::proven("PPTP control message", Want::Nothing);
    }
    if look.bytes.len() < usize::from(len) && !look.cut {
        return Verdict::likely("beginning of a PPTP control message", Want::Rest);
    }
    // Up to the names: reserved, version, capabilities, channels, firmware.
    reader.take(18);
    let [host_field, vendor_field] = match kind {
        START_REQUEST => ["client", "client_vendor"],
        _ => ["server", "server_vendor"],
    };
    for field in [host_field, vendor_field] {
        let text = reader.up_to(NAME_LEN).split(|byte| *byte == 0).next().unwrap_or_default();
        if !text.is_empty() {
            findings.note(field, lossy(text, NAME_LEN));
        }
    }
    Verdict::proven("PPTP start of a control connection", Want::Reply)
}

/// s2.1 to s2.15: each control message has one length.
fn message_len(kind: u16) -> Option<u16> {
    Some(match kind {
        START_REQUEST | START_REPLY => 156,
        3..=5 | 12 => 16,
        6 => 20,
        7 => 168,
        8 => 32,
        9 => 220,
        10 | 15 => 24,
        11 => 28,
        13 => 148,
        14 => 40,
        _ => return None,
    })
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            1723,
            &[
                (SRC, include_bytes!("../../tests/data/pptp_request.bin")),
                (DST, include_bytes!("../../tests/data/pptp_reply.bin")),
            ],
        ),
        Sample::tcp(50000, 40000, &[(SRC, b"\0\x10\0\x01\x1a\x2b\x3c\x4d\0\x05\0\0\0\0\0\x07")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 1723, &[(SRC, b"\0\x10\0\x01\x1a\x2b\x3c\x4e\0\x05\0\0\0\0\0\x07")]),
        Sample::tcp(50000, 1723, &[(SRC, b"\0\x11\0\x01\x1a\x2b\x3c\x4d\0\x05\0\0\0\0\0\x07")]),
    ],
};
