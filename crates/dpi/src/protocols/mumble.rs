//! Mumble by its UDP ping: version, users and bandwidth of a server. Voice and control are encrypted.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "mumble",
    category: "voip",
    encrypted: false,
    over: &[(Transport::Udp, &[0..=0])],
    ports: &[64738],
    bound: false,
    fields: &["version", "users", "max_users", "bandwidth"],
    head: SHALLOW,
    inspect,
};

/// Mumble's documentation, "UDP ping": four zeros and eight bytes that the answer repeats.
const QUESTION_LEN: usize = 12;
const ANSWER_LEN: usize = 24;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    match look.bytes {
        [0, 0, 0, 0, id @ ..] if look.bytes.len() == QUESTION_LEN => {
            let plain = id.iter().all(|byte| *byte == 0);
            match look.hinted && !plain {
                true => Verdict::likely("Mumble's ping at its port", Want::Reply),
                false if plain => Verdict::No,
                false => Verdict::NeedMore,
            }
        }
        [0, major @ 1..=2, minor, patch, rest @ ..] if look.bytes.len() == ANSWER_LEN => {
            answer(look, [*major, *minor, *patch], rest, findings)
        }
        _ => Verdict::No,
    }
}

fn answer(look: &Look<'_>, version: [u8; 3], rest: &[u8], findings: &mut Findings) -> Verdict {
    let asked = |start: &[u8]| start.get(..4) == Some(&[0; 4][..]) && start.get(4..12) == rest.get(..8);
    let known = look.earlier.iter().any(|glimpse| {
        glimpse.from_src != look.from_src && usize::from(glimpse.len) == QUESTION_LEN && asked(&glimpse.start)
    });
    let mut reader = Reader::new(rest.get(8..).unwrap_or_default());
    let mut number = || reader.array().map(u32::from_be_bytes);
    let (Some(users), Some(most), Some(bandwidth)) = (number(), number(), number()) else {
        return Verdict::No;
    };
    if !(known || look.hinted) || users > most || most > 0x10_0000 {
        return Verdict::No;
    }
    let [major, minor, patch] = version;
    findings.note("version", format!("{major}.{minor}.{patch}"));
    findings.note("users", users);
    findings.note("max_users", most);
    findings.note("bandwidth", bandwidth);
    match known {
        true => Verdict::proven("Mumble's ping and its answer", Want::Nothing),
        false => Verdict::likely("answer to Mumble's ping at its port", Want::Nothing),
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        60000,
        &[
            (SRC, b"\0\0\0\0\x03\xd7\x20\0\xfa\x76\x28\x7e"),
            (DST, b"\0\x01\x03\x04\x03\xd7\x20\0\xfa\x76\x28\x7e\0\0\0\x02\0\0\0\x64\0\x01\x19\x40"),
        ],
    )],
    near_miss: &[
        Sample::udp(
            50000,
            64738,
            &[(DST, b"\0\x01\x03\x04\x03\xd7\x20\0\xfa\x76\x28\x7e\0\0\x02\0\0\0\0\x64\0\x01\x19\x40")],
        ),
        Sample::udp(
            50000,
            60000,
            &[
                (SRC, b"\0\0\0\0\x03\xd7\x20\0\xfa\x76\x28\x7e"),
                (DST, b"\0\x01\x03\x04\x03\xd7\x20\0\xfa\x76\x28\x7f\0\0\0\x02\0\0\0\x64\0\x01\x19\x40"),
            ],
        ),
    ],
};
