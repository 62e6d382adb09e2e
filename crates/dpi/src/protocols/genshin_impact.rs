//! Genshin Impact and its siblings (no public specification): the handshake before KCP, and dispatch over TCP.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "genshin-impact",
    category: "game",
    encrypted: false,
    over: &[(Transport::Udp, &[0..=0]), (Transport::Tcp, &[1..=1])],
    ports: &[22101, 22102, 8999],
    bound: false,
    fields: &["signals"],
    head: SHALLOW,
    inspect,
};

/// Connect, its answer, disconnect: what each begins and ends with.
const SIGNALS: [(u32, u32, &str); 3] = [
    (0x0000_00ff, 0xffff_ffff, "connect"),
    (0x0000_0145, 0x1451_4545, "accept"),
    (0x0000_0194, 0x1941_9494, "disconnect"),
];

/// 1234567890, in each of them.
const TOKEN: u32 = 1_234_567_890;

/// Around each message over TCP.
const HEAD: u32 = 0x0123_4567;
const TAIL: [u8; 4] = 0x89ab_cdef_u32.to_be_bytes();

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    match look.transport {
        Transport::Udp => signal(look.bytes, findings),
        Transport::Tcp => framed(look),
    }
}

fn signal(bytes: &[u8], findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(bytes);
    let mut number = || reader.array().map(u32::from_be_bytes);
    let (Some(first), _, _, token, Some(last)) = (number(), number(), number(), number(), number()) else {
        return Verdict::No;
    };
    let known = SIGNALS.iter().find(|(begin, end, _)| (*begin, *end) == (first, last));
    let (Some(TOKEN), true, Some((.., name))) = (token, reader.is_empty(), known) else { return Verdict::No };
    findings.add("signals", (*name).into());
    Verdict::proven(
        "handshake with its fixed token",
        if *name == "connect" { Want::Reply } else { Want::Nothing },
    )
}

fn framed(look: &Look<'_>) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let Some(head) = reader.array().map(u32::from_be_bytes) else {
        let begun = HEAD.to_be_bytes().starts_with(look.bytes);
        return if begun && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    if head != HEAD {
        return Verdict::No;
    }
    let whole = look.bytes.len() >= 20 && look.bytes.ends_with(&TAIL);
    match whole {
        true => Verdict::proven("message between its two marks", Want::Nothing),
        false if look.cut => Verdict::likely("the mark that begins a message", Want::Nothing),
        false => Verdict::NeedMore,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            50000,
            22101,
            &[
                (SRC, b"\0\0\0\xff\0\0\0\0\0\0\0\0\x49\x96\x02\xd2\xff\xff\xff\xff"),
                (DST, b"\0\0\x01\x45\0\0\x12\x34\0\0\x56\x78\x49\x96\x02\xd2\x14\x51\x45\x45"),
            ],
        ),
        Sample::tcp(50000, 8999, &[(SRC, b"\x01\x23\x45\x67\0\x05\0\x04\0\0\0\x04abcdefgh\x89\xab\xcd\xef")]),
    ],
    near_miss: &[Sample::udp(
        50000,
        22101,
        &[(SRC, b"\0\0\0\xff\0\0\0\0\0\0\0\0\x49\x96\x02\xd3\xff\xff\xff\xff")],
    )],
};
