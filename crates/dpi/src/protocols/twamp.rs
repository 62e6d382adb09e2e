//! Two-Way and One-Way Active Measurement (RFC 5357, RFC 4656): the server's greeting.

#[cfg(test)]
use crate::protocol::{DST, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "twamp",
    category: "management",
    encrypted: false,
    over: &[(Transport::Tcp, &[0..=0])],
    ports: &[861, 862],
    bound: true,
    fields: &["modes"],
    head: SHALLOW,
    inspect,
};

/// IANA's registry of modes, with room for more.
const MAX_MODES: u32 = 0x3ff;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    // RFC 4656 s3.1: 12 unused bytes, modes, challenge, salt, count, 12 zeros.
    let mut reader = Reader::new(look.bytes);
    let unused = reader.up_to(12);
    if unused.iter().any(|byte| *byte != 0) {
        // A client answers with the mode it chose (RFC 4656 s3.1); it is not looked at.
        return Verdict::No;
    }
    let modes = reader.u32();
    if modes.is_some_and(|modes| modes == 0 || modes > MAX_MODES) {
        return Verdict::No;
    }
    let (_challenge_salt, count, zeros) = (reader.take(32), reader.u32(), reader.array::<12>());
    match (modes, count, zeros) {
        (Some(modes), Some(count), Some(zeros))
            if zeros == [0; 12] && count.is_power_of_two() && count >= 1024 =>
        {
            findings.note("modes", modes);
            Verdict::proven("greeting of a TWAMP or OWAMP server", Want::Nothing)
        }
        (_, _, None) if !look.cut => Verdict::NeedMore,
        _ => Verdict::No,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        862,
        &[(DST, b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01a challenge here and salt here..\0\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0")],
    )],
    near_miss: &[Sample::tcp(
        50000,
        862,
        &[(DST, b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01a challenge here and salt here..\0\0\x04\x01\0\0\0\0\0\0\0\0\0\0\0\0")],
    )],
};
