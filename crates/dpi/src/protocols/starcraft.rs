//! StarCraft II (no public specification): the login to Battle.net, and a game by its lengths.

use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "starcraft",
    category: "game",
    encrypted: false,
    over: &[(Transport::Tcp, &[0x40..=0x4f]), (Transport::Udp, ANY)],
    ports: &[1119],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

/// After the first byte, which counts: authentication for the program "S2".
const LOGIN: [u8; 9] = [0, 0, 0x0a, 0x66, 0x02, 0x0a, 0xed, 0x2d, 0x66];

const PORT: u16 = 1119;

/// How a game begins: two of 20 bytes, two greetings, then the map's state.
const LENGTHS: [&[usize]; 8] = [&[20], &[20], &[75, 85], &[20], &[548], &[548], &[548], &[484]];

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    match look.transport {
        Transport::Tcp => {
            let rest = look.bytes.get(1..).unwrap_or_default();
            if rest.starts_with(&LOGIN) {
                return Verdict::proven("login of StarCraft II", Want::Nothing);
            }
            if LOGIN.starts_with(rest) && !look.cut { Verdict::NeedMore } else { Verdict::No }
        }
        Transport::Udp if look.on(PORT) => game(look),
        Transport::Udp => Verdict::No,
    }
}

fn game(look: &Look<'_>) -> Verdict {
    let seen = look.earlier.iter().map(|glimpse| usize::from(glimpse.len)).chain([look.bytes.len()]);
    let mut steps = LENGTHS.iter().peekable();
    for len in seen {
        if steps.peek().is_some_and(|lengths| lengths.contains(&len)) {
            steps.next();
        }
    }
    if steps.peek().is_none() {
        return Verdict::likely("the lengths with which a game begins, at its port", Want::Nothing);
    }
    // The first two have to fit, or every datagram at this port is held for nothing.
    let done = LENGTHS.len().saturating_sub(steps.len());
    if done <= look.earlier.len().min(1) { Verdict::No } else { Verdict::NeedMore }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(50000, 1119, &[(SRC, b"\x4a\0\0\x0a\x66\x02\x0a\xed\x2d\x66")])],
    near_miss: &[Sample::tcp(50000, 1119, &[(SRC, b"\x4a\0\0\x0a\x66\x03\x0a\xed\x2d\x66")])],
};
