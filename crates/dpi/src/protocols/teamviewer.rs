//! TeamViewer (no public specification): the frames of its own connections over TCP and UDP.

use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "teamviewer",
    category: "remote-access",
    encrypted: true,
    over: &[(Transport::Tcp, &[0x11..=0x11, 0x17..=0x17]), (Transport::Udp, ANY)],
    ports: &[5938],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

/// Marks of the two versions of frames.
const FIRST: [u8; 2] = [0x17, 0x24];
const SECOND: [u8; 2] = [0x11, 0x30];

/// Mark, command, length; and with a length of 32 bits, numbers and a zero after the command.
const FIRST_HEADER: usize = 5;
const SECOND_HEADER: usize = 24;

/// UDP: what is before a frame of the first version.
const UDP_HEADER: usize = 11;

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    match look.transport {
        Transport::Tcp => stream(look),
        Transport::Udp => datagram(look.bytes),
    }
}

fn stream(look: &Look<'_>) -> Verdict {
    let more = if look.cut { Verdict::No } else { Verdict::NeedMore };
    if look.bytes.len() < 2 {
        return more;
    }
    if !is_mark(look.bytes) {
        return Verdict::No;
    }
    let Some(len) = frame_len(look.bytes) else {
        return if look.bytes.len() < FIRST_HEADER.max(8) { more } else { Verdict::No };
    };
    // The other side frames in the same way, or another frame follows.
    if is_mark(look.other) && frame_len(look.other).is_some() {
        return Verdict::proven("frames of both sides", Want::Nothing);
    }
    match look.bytes.get(len..) {
        Some(next) if next.len() >= 2 && is_mark(next) => {
            Verdict::proven("frames after each other", Want::Nothing)
        }
        Some([]) if look.hinted => Verdict::proven("frame at its port", Want::Nothing),
        Some([]) => Verdict::likely("frame of its own length", Want::Rest),
        Some([byte]) if [FIRST, SECOND].iter().any(|[mark, _]| mark == byte) => more,
        Some(_) => Verdict::No,
        None if look.cut && look.hinted => Verdict::likely("frame at its port", Want::Nothing),
        None => more,
    }
}

fn is_mark(bytes: &[u8]) -> bool {
    bytes.starts_with(&FIRST) || bytes.starts_with(&SECOND)
}

/// Header and content.
fn frame_len(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [0x17, 0x24, _, low, high, ..] => {
            Some(usize::from(u16::from_le_bytes([*low, *high])).saturating_add(FIRST_HEADER))
        }
        [0x11, 0x30, _, 0, low, middle, high, 0, ..] => {
            let len = usize::from(*high) << 16 | usize::from(u16::from_le_bytes([*low, *middle]));
            Some(len.saturating_add(SECOND_HEADER))
        }
        _ => None,
    }
}

fn datagram(bytes: &[u8]) -> Verdict {
    let Some(frame) = bytes.get(UDP_HEADER..).filter(|frame| frame.starts_with(&FIRST)) else {
        return Verdict::No;
    };
    match (bytes, frame_len(frame)) {
        // They are counted from 0 in 32 bits.
        ([_, _, _, 0, ..], Some(len)) if len == frame.len() => {
            Verdict::proven("datagram with a frame of its own length", Want::Nothing)
        }
        _ => Verdict::No,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(50000, 5938, &[(SRC, b"\x17\x24\x0a\x04\0\x01\x02\x03\x04")]),
        Sample::tcp(50000, 443, &[(SRC, b"\x17\x24\x0a\x04\0\x01\x02\x03\x04\x17\x24\x0b\0\0")]),
        Sample::tcp(
            50000,
            5938,
            &[(DST, b"\x11\x30\x36\0\x02\0\0\0\x01\0\0\0\0\0\0\0\x1b\0\0\0\x18\0\0\0ab")],
        ),
        Sample::udp(50000, 36037, &[(SRC, b"\0\0\0\0\0\0\0\0\0\0\x03\x17\x24\x73\x04\0\0\0\0\0")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 443, &[(SRC, b"\x17\x24\x0a\x04\0\x01\x02\x03\x04\x17\x25\x0b\0\0")]),
        Sample::udp(50000, 36037, &[(SRC, b"\0\0\0\0\0\0\0\0\0\0\x03\x17\x24\x73\x05\0\0\0\0\0")]),
    ],
};
