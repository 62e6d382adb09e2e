//! Threema's chat server protocol (Threema cryptography whitepaper): the handshake's sizes, then
//! frames with lengths; all else is encrypted.

use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "threema",
    category: "chat",
    encrypted: true,
    over: &[(Transport::Tcp, ANY)],
    ports: &[5222],
    bound: true,
    fields: &[],
    head: SHALLOW,
    inspect,
};

/// Client's key and cookie; server's cookie and sealed answer.
const CLIENT_HELLO: usize = 48;
const SERVER_HELLO: usize = 80;

/// The client's login, and with extensions what it usually is.
const LOGIN: [usize; 2] = [144, 191];

/// The server's answer to it.
const LOGIN_ACK: usize = 32;

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    let client = is_client(look);
    let (own, other) = (look.bytes.len(), look.other.len());
    let possible = |byte: &u8| !byte.is_ascii_graphic();
    // Chat in text lives at this port too; keys and nonces have hardly a zero.
    let zeros = look.bytes.iter().take(CLIENT_HELLO).filter(|byte| **byte == 0).count();
    if zeros > 8 || look.bytes.first() == Some(&b'<') || !look.bytes.iter().take(CLIENT_HELLO).any(possible) {
        return Verdict::No;
    }
    let sizes = if client { (CLIENT_HELLO, LOGIN) } else { (SERVER_HELLO, [LOGIN_ACK, LOGIN_ACK]) };
    let (hello, after) = sizes;
    if own == hello {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    }
    let Some(rest) = look.bytes.get(hello..) else { return Verdict::No };
    let met = if client { other >= SERVER_HELLO } else { other >= CLIENT_HELLO };
    let Some(frames) = after.into_iter().find_map(|len| rest.get(len..).filter(|frames| are_frames(frames)))
    else {
        return if look.cut || rest.len() > 512 { Verdict::No } else { Verdict::NeedMore };
    };
    match (met, frames.is_empty()) {
        (true, false) => Verdict::likely("sizes of a Threema handshake, frames after it", Want::Nothing),
        _ if look.cut => Verdict::No,
        _ => Verdict::NeedMore,
    }
}

/// The side that speaks is not the one at the server's port.
fn is_client(look: &Look<'_>) -> bool {
    let (src, dst) = look.ports;
    if look.from_src { dst == 5222 } else { src == 5222 }
}

/// Length in two bytes, little-endian, then that much; the last one may go on.
fn are_frames(bytes: &[u8]) -> bool {
    let mut reader = Reader::new(bytes);
    while let Some(len) = reader.array().map(u16::from_le_bytes) {
        if !(17..=8192).contains(&len) {
            return false;
        }
        reader.up_to(usize::from(len));
    }
    reader.is_empty()
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        5222,
        &[
            (SRC, &[0x91; CLIENT_HELLO]),
            (DST, &[0x92; SERVER_HELLO]),
            (SRC, &[0x93; 191]),
            (DST, &[0x94; LOGIN_ACK]),
            (SRC, b"\x14\0aaaaaaaaaaaaaaaaaaaa"),
        ],
    )],
    near_miss: &[Sample::tcp(
        50000,
        5222,
        &[
            (SRC, &[0x91; CLIENT_HELLO]),
            (DST, &[0x92; SERVER_HELLO]),
            (SRC, &[0x93; 191]),
            (SRC, b"\x04\0aaaaaaaaaaaaaaaaaaaa"),
        ],
    )],
};
