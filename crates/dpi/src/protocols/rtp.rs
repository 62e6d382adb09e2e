//! RTP (RFC 3550) over UDP and TCP (RFC 4571, RFC 2326 s10.12): packets in a row of one source; its number, payload type and codec.

pub(crate) mod header;

use header::Header;

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Glimpse, Look, Protocol, SHALLOW, Transport, Verdict, Want};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "rtp",
    category: "media",
    encrypted: false,
    over: &[
        // Version 2, and what opens NATs and keeps them open (RFC 6263 s4).
        (Transport::Udp, &[0..=1, 0x80..=0xbf]),
        // Lengths up to 1,535. What is interleaved behind dollar signs is RTSP's.
        (Transport::Tcp, &[0..=5]),
    ],
    ports: &[5004],
    bound: false,
    fields: &["ssrc", "payload_type", "codec"],
    head: SHALLOW,
    inspect,
};

/// Datagrams that may come before the first of RTP.
const MOST_BEFORE: usize = 3;

const EVIDENCE: &str = "packets of one RTP source with rising sequence numbers and timestamps";

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    match look.transport {
        Transport::Udp => datagram(look, findings),
        Transport::Tcp => stream(look, findings),
    }
}

fn datagram(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some(now) = Header::of(look.bytes, look.cut) else {
        let media = look.earlier.iter().any(|glimpse| Header::read(&glimpse.start).is_some());
        let before = media || look.earlier.len() < MOST_BEFORE;
        return if before && may_pass(look.bytes) { Verdict::NeedMore } else { Verdict::No };
    };
    let here = in_a_row(look.earlier.iter().rev(), look.from_src, Some(now));
    let there = in_a_row(look.earlier.iter().rev(), !look.from_src, None);
    if here >= 3 || (here == 2 && there == 2) {
        note(&now, findings);
        return Verdict::proven(EVIDENCE, Want::Nothing);
    }
    Verdict::NeedMore
}

/// What is seen between and before RTP: RTCP on the same port (RFC 5761), zeros and other small
/// things that open a NAT.
fn may_pass(bytes: &[u8]) -> bool {
    match bytes {
        [0x80..=0xbf, 192..=223, a, b, ..] => {
            (usize::from(u16::from_be_bytes([*a, *b])) + 1) * 4 <= bytes.len()
        }
        [0, rest @ ..] => rest.len() < 8 && rest.iter().all(|byte| *byte == 0),
        [1, 0, 0, 0, rest @ ..] => rest.len() < 32,
        _ => false,
    }
}

/// How many packets of one source and direction came one after the other, newest first.
fn in_a_row<'a>(newest: impl Iterator<Item = &'a Glimpse>, from_src: bool, now: Option<Header>) -> usize {
    let mut last = now;
    let mut count = usize::from(now.is_some());
    for glimpse in newest.filter(|glimpse| glimpse.from_src == from_src) {
        let Some(header) = Header::read(&glimpse.start) else { continue };
        match last {
            Some(after) if after.follows(&header) => {}
            // Audio and video may share a port; the other source's packets lie between.
            Some(after) if after.source != header.source => continue,
            Some(_) => return count,
            None => {}
        }
        last = Some(header);
        count += 1;
    }
    count
}

fn stream(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut bytes = look.bytes;
    let mut last: Option<Header> = None;
    let mut count = 0;
    while !bytes.is_empty() {
        let (frame, rest) = match framed(bytes) {
            Some(framed) => framed,
            None if bytes.len() < 4 && !look.cut => return Verdict::NeedMore,
            None => return Verdict::No,
        };
        match (Header::read(frame), frame) {
            (Some(header), _) => {
                if last.is_some_and(|last| last.source == header.source && !header.follows(&last)) {
                    return Verdict::No;
                }
                count += usize::from(last.is_some_and(|last| header.follows(&last)));
                last = Some(header);
            }
            (None, [0x80..=0xbf, 192..=223, ..]) => {}
            (None, frame) if frame.len() < header::LEN && rest.is_empty() && !look.cut => {
                return Verdict::NeedMore;
            }
            (None, _) => return Verdict::No,
        }
        if count == 2
            && let Some(header) = last
        {
            note(&header, findings);
            return Verdict::proven("framed packets of one RTP source in a row", Want::Nothing);
        }
        bytes = rest;
    }
    if look.cut { Verdict::No } else { Verdict::NeedMore }
}

/// A frame behind its length (RFC 4571 s2), as far as it is there, and what follows it.
fn framed(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let [a, b, rest @ ..] = bytes else { return None };
    let len = usize::from(u16::from_be_bytes([*a, *b]));
    (len >= 8).then_some(rest.split_at_checked(len).unwrap_or((rest, &[])))
}

fn note(header: &Header, findings: &mut Findings) {
    findings.note("ssrc", header.source);
    findings.note("payload_type", header.payload_type);
    if let Some(codec) = header::codec(header.payload_type) {
        findings.note("codec", codec);
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            40000,
            40002,
            &[
                (SRC, b"\x80\0\0\x01\0\0\0\xa0\x11\x22\x33\x44abcdefghijklmnopqrstuvwxyz"),
                (SRC, b"\x80\0\0\x02\0\0\x01\x40\x11\x22\x33\x44abcdefghijklmnopqrstuvwxyz"),
                (SRC, b"\x80\0\0\x03\0\0\x01\xe0\x11\x22\x33\x44abcdefghijklmnopqrstuvwxyz"),
                (SRC, b"\x80\0\0\x04\0\0\x02\x80\x11\x22\x33\x44abcdefghijklmnopqrstuvwxyz"),
            ],
        ),
        // A mixer's, after something that opened the NAT, both directions.
        Sample::udp(
            40000,
            40002,
            &[
                (SRC, b"\0\0\0\0"),
                (SRC, b"\x81\x6f\0\x01\0\0\0\xa0\x11\x22\x33\x44\0\0\0\x01abcdefghijklmnopqrstuvwxyz"),
                (DST, b"\x80\x6f\x01\x01\0\0\0\xa0\x55\x22\x33\x44abcdefghijklmnopqrstuvwxyz"),
                (SRC, b"\x81\x6f\0\x02\0\0\x01\x40\x11\x22\x33\x44\0\0\0\x01abcdefghijklmnopqrstuvwxyz"),
                (DST, b"\x80\x6f\x01\x02\0\0\x01\x40\x55\x22\x33\x44abcdefghijklmnopqrstuvwxyz"),
            ],
        ),
        Sample::tcp(
            40000,
            40002,
            &[
                (SRC, b"\0\x10\x80\x08\0\x01\0\0\0\xa0\x11\x22\x33\x44abcd\0\x10\x80\x08\0\x02\0\0\x01\x40\x11\x22"),
                (SRC, b"\x33\x44abcd\0\x10\x80\x08\0\x03\0\0\x01\xe0\x11\x22\x33\x44abcd"),
            ],
        ),
    ],
    near_miss: &[
        Sample::udp(
            40000,
            40002,
            &[
                (SRC, b"\x80\0\0\x01\0\0\0\xa0\x11\x22\x33\x44abcdefghijklmnopqrstuvwxyz"),
                (SRC, b"\x80\0\x50\x02\0\0\x01\x40\x99\x22\x33\x44abcdefghijklmnopqrstuvwxyz"),
                (SRC, b"\x80\0\x20\x03\0\0\x01\xe0\x12\x22\x33\x44abcdefghijklmnopqrstuvwxyz"),
            ],
        ),
        Sample::tcp(
            40000,
            40002,
            &[(
                SRC,
                b"\0\x10\x80\x08\0\x01\0\0\0\xa0\x11\x22\x33\x44abcd\0\x10\x80\x08\0\x01\0\0\x01\x40\x11\x22\x33\x44abcd",
            )],
        ),
    ],
};

#[cfg(test)]
mod tests;
