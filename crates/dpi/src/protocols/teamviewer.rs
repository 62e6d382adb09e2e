//! TeamViewer: the commands of its own protocol, over TCP and UDP.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "teamviewer",
    category: "remote-access",
    encrypted: true,
    over: &[(Transport::Tcp, &[0x11..=0x11, 0x17..=0x17]), (Transport::Udp, &[0..=0])],
    ports: &[5938],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

const OLD: [u8; 2] = [0x17, 0x24];
const NEW: [u8; 2] = [0x11, 0x30];

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    match look.transport {
        Transport::Tcp => stream(look),
        Transport::Udp => datagram(look.bytes),
    }
}

/// Magic and command, then the length: of what follows, little-endian, or in the newer form of what
/// follows a header of 24 bytes, big-endian.
fn stream(look: &Look<'_>) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let mut commands = 0;
    while !reader.is_empty() {
        let (Some(magic), Some(_), Some(len)) = (reader.array(), reader.u8(), reader.array()) else { break };
        let len = match magic {
            OLD => u16::from_le_bytes(len).into(),
            NEW => usize::from(u16::from_be_bytes(len)) + 24 - 5,
            _ => return Verdict::No,
        };
        commands += 1;
        if reader.take(len).is_none() {
            break;
        }
    }
    match commands {
        0 if !OLD.starts_with(look.bytes.get(..2).unwrap_or(look.bytes))
            && !NEW.starts_with(look.bytes.get(..2).unwrap_or(look.bytes)) =>
        {
            Verdict::No
        }
        2.. => Verdict::proven("TeamViewer commands", Want::Nothing),
        1 if look.hinted || reader.is_empty() => Verdict::likely("TeamViewer command", Want::Rest),
        _ if look.cut => Verdict::No,
        _ => Verdict::NeedMore,
    }
}

/// A header of 16 bytes: zeros and counters, the magic at 11, the length of the rest at 14.
fn datagram(bytes: &[u8]) -> Verdict {
    let Some((header, body)) = bytes.split_first_chunk::<16>() else { return Verdict::No };
    let [0, .., 0x17, 0x24, _, l0, l1] = header else { return Verdict::No };
    match usize::from(u16::from_le_bytes([*l0, *l1])) == body.len() {
        true => Verdict::proven("TeamViewer datagram with its length", Want::Nothing),
        false => Verdict::No,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(50000, 5938, &[(SRC, b"\x17\x24\x0a\x04\x00\x01\x02\x03\x04")]),
        Sample::udp(50000, 40000, &[(SRC, b"\0\0\0\0\0\0\0\0\0\0\x03\x17\x24\x47\x02\x00\x05\x06")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 5938, &[(SRC, b"\x17\x25\x0a\x04\x00\x01\x02\x03\x04")]),
        Sample::udp(50000, 5938, &[(SRC, b"\0\0\0\0\0\0\0\0\0\0\x03\x17\x24\x47\x03\x00\x05\x06")]),
    ],
};
