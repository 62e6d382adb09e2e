//! KCP, reliable messages over UDP (github.com/skywind3000/kcp, ikcp.c): its segments.

use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "kcp",
    category: "game",
    encrypted: false,
    over: &[(Transport::Udp, ANY)],
    ports: &[],
    bound: false,
    fields: &["conversation"],
    head: SHALLOW,
    inspect,
};

/// Conversation, command, fragment, window, time stamp, number, first unacknowledged, length.
struct Segment<'a> {
    conversation: u32,
    rest: &'a [u8],
}

/// Push, acknowledge, ask for the window, tell it.
const PUSH: u8 = 81;
const COMMANDS: std::ops::RangeInclusive<u8> = PUSH..=84;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some(Segment { conversation, mut rest }) = segment(look.bytes) else { return Verdict::No };
    let mut segments = 1_u32;
    while !rest.is_empty() {
        // ikcp.c sends what it has in one datagram; all of it belongs to one conversation.
        let Some(next) = segment(rest).filter(|next| next.conversation == conversation) else {
            return Verdict::No;
        };
        (rest, segments) = (next.rest, segments.saturating_add(1));
    }
    let seen_before = |start: &[u8]| start.starts_with(&conversation.to_le_bytes());
    let agrees = look.earlier.iter().any(|glimpse| seen_before(&glimpse.start));
    if !look.earlier.is_empty() && !agrees {
        return Verdict::No;
    }
    findings.note("conversation", conversation);
    match agrees || segments > 1 {
        true => Verdict::proven("segments of one conversation", Want::Nothing),
        false => Verdict::likely("segment that fills its datagram", Want::Rest),
    }
}

fn segment(bytes: &[u8]) -> Option<Segment<'_>> {
    let mut reader = Reader::new(bytes);
    let conversation = reader.array().map(u32::from_le_bytes)?;
    let [command, fragment] = reader.array()?;
    if !COMMANDS.contains(&command) || conversation == u32::MAX {
        return None;
    }
    let _window = reader.array::<2>()?;
    let [_time, _number, _unacknowledged, len] =
        [reader.array()?, reader.array()?, reader.array()?, reader.array()?].map(u32::from_le_bytes);
    let len = usize::try_from(len).ok()?;
    reader.take(len)?;
    // Only a push has fragments and content; without content there must be something else.
    let plausible = if command == PUSH { len > 0 } else { len == 0 && fragment == 0 && conversation != 0 };
    plausible.then_some(Segment { conversation, rest: reader.rest() })
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(50000, 29900, &[(SRC, b"\x78\x56\x34\x12\x51\0\x80\0\x10\0\0\0\0\0\0\0\0\0\0\0\x05\0\0\0hello")]),
    Sample::udp(50000, 29900, &[(SRC, b"\x78\x56\x34\x12\x52\0\x80\0\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x78\x56\x34\x12\x51\0\x80\0\x10\0\0\0\0\0\0\0\0\0\0\0\x02\0\0\0hi")]),],
    near_miss: &[Sample::udp(50000, 29900, &[(SRC, b"\x78\x56\x34\x12\x51\0\x80\0\x10\0\0\0\0\0\0\0\0\0\0\0\x06\0\0\0hello")]),],
};
