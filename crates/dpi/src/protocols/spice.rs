//! SPICE remote desktops (spice-space.org, "Spice protocol"): the link messages of each channel.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "spice",
    category: "remote-access",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'R'..=b'R'])],
    ports: &[5900, 5901, 5902, 5903],
    bound: false,
    fields: &["version", "channel"],
    head: SHALLOW,
    inspect,
};

const MAGIC: [u8; 4] = *b"REDQ";

/// The channels of red_link_mess.
const CHANNELS: [&str; 11] = [
    "main",
    "display",
    "inputs",
    "cursor",
    "playback",
    "record",
    "tunnel",
    "smartcard",
    "usbredir",
    "port",
    "webdav",
];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let more = if look.cut { Verdict::No } else { Verdict::NeedMore };
    let mut reader = Reader::new(look.bytes);
    let Some(magic) = reader.array() else {
        return if MAGIC.starts_with(look.bytes) { more } else { Verdict::No };
    };
    if magic != MAGIC {
        return Verdict::No;
    }
    let mut number = || reader.array().map(u32::from_le_bytes);
    let (Some(major), Some(minor), Some(size)) = (number(), number(), number()) else { return more };
    if !(1..=4).contains(&major) || minor > 64 || !(18..=4096).contains(&size) {
        return Verdict::No;
    }
    findings.note("version", format!("{major}.{minor}"));
    // The client's message: its connection, then channel and its number.
    if look.from_src {
        reader.up_to(4);
        let channel = reader.u8().and_then(|kind| usize::from(kind).checked_sub(1));
        match channel.and_then(|place| CHANNELS.get(place)) {
            Some(channel) => findings.note("channel", *channel),
            None if look.cut || look.bytes.len() > 20 => {}
            None => return Verdict::proven("link message", Want::Rest),
        }
    }
    Verdict::proven("link message", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(50000, 5900, &[(SRC, b"REDQ\x02\0\0\0\x02\0\0\0\x1a\0\0\0\0\0\0\0\x01\0\x01\0\0\0\x01\0\0\0\x12\0\0\0\x09\0\0\0\x0f\0\0\0")]),],
    near_miss: &[Sample::tcp(50000, 5900, &[(SRC, b"REDQ\x22\0\0\0\x02\0\0\0\x1a\0\0\0\0\0\0\0\x01\0\x01\0\0\0\x01\0\0\0\x12\0\0\0\x09\0\0\0\x0f\0\0\0")]),],
};
