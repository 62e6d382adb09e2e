//! SAIA's Ether-S-IO: versions and kinds of telegrams.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "ether-s-io",
    category: "industrial",
    encrypted: false,
    over: &[(Transport::Udp, &[b'E'..=b'E'])],
    ports: &[6060],
    bound: false,
    fields: &["telegram"],
    head: SHALLOW,
    inspect,
};

/// Magic, two bytes of telegram type, two of version.
fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    match look.bytes {
        [b'E', b'S', b'I', b'O', 0, kind @ 0..=2, 0, _, rest @ ..] if rest.len() >= 12 => {
            findings.note(
                "telegram",
                match kind {
                    1 => "transfer",
                    2 => "data",
                    _ => "reserved",
                },
            );
            Verdict::proven("Ether-S-IO header", Want::Nothing)
        }
        _ => Verdict::No,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(6060, 6060, &[(SRC, b"ESIO\0\x02\0\x01\0\0\0\x01\0\x10\0\x01\0\0\0\x01")])],
    near_miss: &[Sample::udp(6060, 6060, &[(SRC, b"ESIO\x01\x02\0\x01\0\0\0\x01\0\x10\0\x01\0\0\0\x01")])],
};
