//! KCP, automatic repeat request over UDP (skywind3000): conversation, segments.

use crate::protocol::{ANY, Findings, Glimpse, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "kcp",
    category: "network",
    encrypted: false,
    over: &[(Transport::Udp, ANY)],
    ports: &[],
    bound: false,
    fields: &["conversation"],
    head: SHALLOW,
    inspect,
};

/// Push, acknowledgement, window asked, window told.
const COMMANDS: std::ops::RangeInclusive<u8> = 81..=84;
const PUSH: u8 = 81;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let mut conversation = None;
    let mut segments = 0_u32;
    while !reader.is_empty() {
        let (Some(id), Some([command, fragment])) = (reader.array::<4>(), reader.array()) else {
            return Verdict::No;
        };
        if !COMMANDS.contains(&command) || conversation.is_some_and(|known| known != id) || fragment > 128 {
            return Verdict::No;
        }
        // Window, time, number, and the number up to which all has come.
        let (Some(_), Some(len)) = (reader.array::<14>(), reader.array().map(u32::from_le_bytes)) else {
            return Verdict::No;
        };
        let fits = if command == PUSH { len > 0 || fragment == 0 } else { len == 0 && fragment == 0 };
        if !fits || reader.take(usize::try_from(len).unwrap_or(usize::MAX)).is_none() {
            return Verdict::No;
        }
        conversation = Some(id);
        segments += 1;
    }
    let Some(id) = conversation else { return Verdict::No };
    findings.note("conversation", u32::from_le_bytes(id));
    let known = look.earlier.iter().any(|Glimpse { start, .. }| {
        start.starts_with(&id) && start.get(4).is_some_and(|command| COMMANDS.contains(command))
    });
    if known || segments > 1 {
        Verdict::proven("KCP segments of one conversation", Want::Nothing)
    } else {
        Verdict::likely("KCP segment", Want::Rest)
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        4000,
        &[
            (SRC, b"\x11\x22\x33\x44\x51\0\x80\0\x01\0\0\0\0\0\0\0\0\0\0\0\x05\0\0\0hello"),
            (DST, b"\x11\x22\x33\x44\x52\0\x80\0\x01\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0"),
        ],
    )],
    near_miss: &[Sample::udp(
        50000,
        4000,
        &[(SRC, b"\x11\x22\x33\x44\x51\0\x80\0\x01\0\0\0\0\0\0\0\0\0\0\0\x06\0\0\0hello")],
    )],
};
