//! GameSpy's server queries (no public specification): versions 1 to 3 and their answers.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::text::{NAME_MAX, holds, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "gamespy",
    category: "game",
    encrypted: false,
    over: &[(Transport::Udp, &[0..=0, 9..=9, b'\\'..=b'\\', 0xfe..=0xfe])],
    ports: &[7778, 23000, 29900, 6500, 7787, 25300],
    bound: false,
    fields: &["server", "game", "version", "map"],
    head: SHALLOW,
    inspect,
};

/// Version 1: keys between backslashes.
const QUESTIONS: [&[u8]; 7] =
    [b"\\status\\", b"\\info\\", b"\\basic\\", b"\\rules\\", b"\\players\\", b"\\packets\\", b"\\echo\\"];

const MARK: [u8; 2] = [0xfe, 0xfd];

/// Version 3: a challenge is asked for first.
const STATUS: u8 = 0;
const CHALLENGE: u8 = 9;

/// A kind, then the number that the question had.
const NUMBER: std::ops::Range<usize> = 3..7;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    match look.bytes {
        [b'\\', ..] => version_1(look.bytes, findings),
        [0xfe, 0xfd, CHALLENGE, ..] if look.bytes.len() == 7 => {
            Verdict::proven("question for a challenge", Want::Nothing)
        }
        [0xfe, 0xfd, STATUS, ..] if (10..=32).contains(&look.bytes.len()) => {
            Verdict::proven("question for a status", Want::Nothing)
        }
        [STATUS | CHALLENGE, number @ ..] => {
            let asked = look.last(false).filter(|other| other.start.starts_with(&MARK));
            let repeats = |number_asked: &[u8]| number.starts_with(number_asked);
            if asked.and_then(|other| other.start.get(NUMBER)).is_some_and(repeats) {
                Verdict::proven("answer to a question's number", Want::Nothing)
            } else {
                Verdict::No
            }
        }
        _ => Verdict::No,
    }
}

fn version_1(bytes: &[u8], findings: &mut Findings) -> Verdict {
    if QUESTIONS.contains(&bytes) {
        return Verdict::proven("question", Want::Reply);
    }
    // Answers end with a mark or the number of the query.
    let ends = |end: &[u8]| holds(bytes, end);
    if bytes.len() < 16 || !(ends(b"\\final\\") || ends(b"\\queryid\\")) {
        return Verdict::No;
    }
    let mut parts = bytes.split(|byte| *byte == b'\\').skip(1);
    while let (Some(key), Some(value)) = (parts.next(), parts.next()) {
        match key {
            b"hostname" => findings.note("server", lossy(value, NAME_MAX)),
            b"gamename" => findings.note("game", lossy(value, NAME_MAX)),
            b"gamever" => findings.note("version", lossy(value, NAME_MAX)),
            b"mapname" => findings.note("map", lossy(value, NAME_MAX)),
            _ => {}
        }
    }
    Verdict::proven("answer with keys and values", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            50000,
            7778,
            &[
                (SRC, b"\\status\\"),
                (DST, b"\\gamename\\ut\\gamever\\451\\hostname\\An example\\queryid\\1.1\\final\\"),
            ],
        ),
        Sample::udp(50000, 29900, &[(SRC, b"\xfe\xfd\x09\x12\x34\x56\x78")]),
    ],
    near_miss: &[
        Sample::udp(50000, 7778, &[(SRC, b"\\stat\\")]),
        Sample::udp(50000, 29900, &[(SRC, b"\xfe\xfd\x09\x12\x34\x56\x78\x9a")]),
    ],
};
