//! Time Protocol (RFC 868): four bytes that tell about now.

use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{DST, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "time",
    category: "network",
    encrypted: false,
    over: &[(Transport::Udp, ANY), (Transport::Tcp, ANY)],
    ports: &[37],
    bound: true,
    fields: &[],
    head: SHALLOW,
    inspect,
};

/// RFC 868: seconds between 1900 and 1970.
const SINCE_1900: u64 = 2_208_988_800;

/// How wrong a clock may be: five minutes.
const TOLERANCE: u64 = 300;

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    let Ok(bytes) = <[u8; 4]>::try_from(look.bytes) else {
        let unfinished = look.transport == Transport::Tcp && look.bytes.len() < 4 && !look.cut;
        return if unfinished { Verdict::NeedMore } else { Verdict::No };
    };
    let now = look.time.secs().wrapping_add(SINCE_1900) & u64::from(u32::MAX);
    if now.abs_diff(u32::from_be_bytes(bytes).into()) > TOLERANCE {
        return Verdict::No;
    }
    Verdict::proven("the seconds since 1900, and nothing else", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    // Tests begin at 1,700,000,000 seconds since 1970.
    positive: &[Sample::udp(50000, 37, &[(DST, b"\xe8\xfe\x6f\x87")])],
    near_miss: &[Sample::udp(50000, 37, &[(DST, b"\xe8\xfd\x6f\x87")])],
};
