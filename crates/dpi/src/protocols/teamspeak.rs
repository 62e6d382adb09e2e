//! TeamSpeak 2 and 3: beginnings of their connections, and the server's query console.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "teamspeak",
    category: "voip",
    encrypted: true,
    over: &[(Transport::Udp, &[b'T'..=b'T', 0xf4..=0xf4]), (Transport::Tcp, &[b'T'..=b'T', 0xf4..=0xf4])],
    ports: &[8767, 9987, 10011, 51234],
    bound: false,
    fields: &["version"],
    head: SHALLOW,
    inspect,
};

/// What an initialisation of TeamSpeak 3 has instead of an authentication code.
const INIT: &[u8] = b"TS3INIT1";
/// The greeting of its query console.
const QUERY: &[u8] = b"TS3\n\r";
const CLIENT_QUERY: &[u8] = b"TS3 Client\n\r";
/// Class and kind of a TeamSpeak 2 packet that opens a connection: 0xbef4, 1 to 4, little-endian.
const SECOND: [u8; 2] = [0xf4, 0xbe];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let bytes = look.bytes;
    match look.transport {
        Transport::Udp if bytes.starts_with(INIT) && bytes.len() >= 12 => {
            findings.note("version", 3_u8);
            Verdict::proven("initialisation of TeamSpeak 3", Want::Nothing)
        }
        Transport::Tcp if bytes.starts_with(QUERY) || bytes.starts_with(CLIENT_QUERY) => {
            findings.note("version", 3_u8);
            Verdict::proven("greeting of TeamSpeak's query console", Want::Nothing)
        }
        Transport::Tcp if !look.cut && (QUERY.starts_with(bytes) || CLIENT_QUERY.starts_with(bytes)) => {
            Verdict::NeedMore
        }
        _ => second(look, findings),
    }
}

fn second(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    match look.bytes {
        [a, b, 1..=4, 0, ..] if [*a, *b] == SECOND && look.bytes.len() >= 20 => {
            findings.note("version", 2_u8);
            match look.hinted {
                true => Verdict::proven("opening packet of TeamSpeak 2 at its port", Want::Nothing),
                false => Verdict::likely("opening packet of TeamSpeak 2", Want::Nothing),
            }
        }
        [0xf4] | [0xf4, 0xbe, ..]
            if look.transport == Transport::Tcp && look.bytes.len() < 20 && !look.cut =>
        {
            Verdict::NeedMore
        }
        _ => Verdict::No,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            50000,
            50987,
            &[(
                SRC,
                b"TS3INIT1\0\x65\0\0\x88\x0d\x72\x35\x10\0\x59\xa1\x32\x02\x11\x22\x33\x44\0\0\0\0\0\0\0\0",
            )],
        ),
        Sample::tcp(50000, 10011, &[(DST, b"TS3\n\rWelcome to the TeamSpeak 3 ServerQuery interface")]),
        Sample::udp(
            50000,
            8767,
            &[(SRC, b"\xf4\xbe\x03\0\0\0\0\0\0\0\0\0\x01\0\0\0\x12\x34\x56\x78\x09TeamSpeak")],
        ),
    ],
    near_miss: &[
        Sample::udp(50000, 9987, &[(SRC, b"TS3INIT2\0\x65\0\0\x88\x0d\x72\x35\x10\0\x59\xa1\x32\x02")]),
        Sample::udp(
            50000,
            8767,
            &[(SRC, b"\xf4\xbe\x05\0\0\0\0\0\0\0\0\0\x01\0\0\0\x12\x34\x56\x78\x09TeamSpeak")],
        ),
        Sample::tcp(50000, 10011, &[(DST, b"TS4\n\rWelcome")]),
    ],
};
