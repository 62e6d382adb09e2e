//! Gearman, binary protocol: packet types, functions.

use crate::dialogue::agree;
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "gearman",
    category: "message-queue",
    encrypted: false,
    over: &[(Transport::Tcp, &[0..=0])],
    ports: &[4730],
    bound: false,
    fields: &["functions", "client_id"],
    head: SHALLOW,
    inspect,
};

/// The last packet type of the protocol's document, SUBMIT_REDUCE_JOB_BACKGROUND and its kin.
const MAX_TYPE: u32 = 42;
/// Types whose first argument is a function: CAN_DO, SUBMIT_JOB in its forms, CAN_DO_TIMEOUT.
const WITH_FUNCTION: [u32; 8] = [1, 7, 18, 21, 23, 32, 33, 34];
const SET_CLIENT_ID: u32 = 22;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let Some(magic) = reader.array::<4>() else {
        let begun = agree(look.bytes, b"\0REQ") || agree(look.bytes, b"\0RES");
        return if begun && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    if !matches!(&magic, b"\0REQ" | b"\0RES") {
        return Verdict::No;
    }
    let mut word = || reader.array().map(u32::from_be_bytes);
    let (Some(kind), Some(len)) = (word(), word()) else {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    };
    if !(1..=MAX_TYPE).contains(&kind) {
        return Verdict::No;
    }
    let data = reader.up_to(usize::try_from(len).unwrap_or(usize::MAX));
    let first = data.split(|byte| *byte == 0).next().unwrap_or_default();
    if WITH_FUNCTION.contains(&kind) {
        findings.add("functions", lossy(first, NAME_MAX));
    } else if kind == SET_CLIENT_ID {
        findings.note("client_id", lossy(first, NAME_MAX));
    }
    Verdict::proven("Gearman packet", Want::Reply)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(50000, 4730, &[(SRC, b"\0REQ\0\0\0\x07\0\0\0\x0dreverse\0\0test")])],
    near_miss: &[Sample::tcp(50000, 4730, &[(SRC, b"\0REQ\0\0\0\xff\0\0\0\x0dreverse\0\0test")])],
};
