//! X Window System (X11): the client's setup, the server's answer.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::risk::Risk;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "x11",
    category: "remote-access",
    encrypted: false,
    over: &[(Transport::Tcp, &[0..=2, b'B'..=b'B', b'l'..=b'l'])],
    ports: &[6000, 6001, 6002, 6003, 6004, 6005, 6010],
    bound: false,
    fields: &["authorization"],
    head: SHALLOW,
    inspect,
};

/// Protocol 11.0.
const MAJOR: u16 = 11;

/// The byte order, a pad, the version, lengths of the authorization's name and data, a pad.
fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some(header) = look.bytes.first_chunk::<12>() else {
        let begun = match look.bytes {
            [b'l'] | [b'l', _] | [b'l', _, 11, ..] | [b'B'] | [b'B', _] | [b'B', _, 0, ..] => true,
            _ => look.hinted && look.bytes.first().is_some_and(|byte| *byte <= 2),
        };
        return if begun && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    let word = |pair: [u8; 2]| {
        if header.first() == Some(&b'l') { u16::from_le_bytes(pair) } else { u16::from_be_bytes(pair) }
    };
    match *header {
        [b'l' | b'B', _, j0, j1, i0, i1, n0, n1, d0, d1, ..] => {
            let (name, data) = (word([n0, n1]), word([d0, d1]));
            if word([j0, j1]) != MAJOR || word([i0, i1]) != 0 || name > 64 || data > 256 {
                return Verdict::No;
            }
            let mut reader = Reader::new(look.bytes.get(12..).unwrap_or_default());
            let scheme = reader.up_to(name.into());
            if !scheme.iter().all(u8::is_ascii_graphic) {
                return Verdict::No;
            }
            findings.note("authorization", if name == 0 { "none".into() } else { lossy(scheme, NAME_MAX) });
            // The cookie itself goes over the wire.
            if scheme == b"MIT-MAGIC-COOKIE-1" {
                findings.risk(Risk::CleartextCredentials);
            }
            Verdict::proven("X11 connection setup", Want::Nothing)
        }
        // Failed, success, authenticate: then the version, in the client's byte order.
        [0..=2, _, 11, 0, 0, 0, ..] | [0..=2, _, 0, 11, 0, 0, ..] if look.hinted => {
            Verdict::likely("X11 answer to a connection setup", Want::Reply)
        }
        _ => Verdict::No,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        6000,
        &[(SRC, b"l\0\x0b\0\0\0\x12\0\x10\0\0\0MIT-MAGIC-COOKIE-1\0\0abcdefghijklmnop")],
    )],
    near_miss: &[Sample::tcp(50000, 6000, &[(SRC, b"l\0\x0c\0\0\0\x12\0\x10\0\0\0MIT-MAGIC-COOKIE-1\0\0")])],
};
