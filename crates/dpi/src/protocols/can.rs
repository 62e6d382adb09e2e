//! Controller area network frames over IP (CANnelloni's kin, ISO 11898 in UDP): version, frames.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::risk::Risk;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "can",
    category: "industrial",
    encrypted: false,
    over: &[(Transport::Udp, &[b'I'..=b'I']), (Transport::Tcp, &[b'I'..=b'I'])],
    ports: &[11898],
    bound: false,
    fields: &["version", "frames"],
    head: SHALLOW,
    inspect,
};

const SIGNATURE: &[u8] = b"ISO11898";

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    match look.bytes.strip_prefix(SIGNATURE) {
        Some([version, frames, ..]) => {
            findings.note("version", *version);
            findings.note("frames", *frames);
            if *version != 1 {
                findings.risk(Risk::Malformed);
            }
            Verdict::proven("signature of CAN frames over IP", Want::Reply)
        }
        _ if SIGNATURE.starts_with(look.bytes) && look.transport == Transport::Tcp && !look.cut => {
            Verdict::NeedMore
        }
        _ => Verdict::No,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(50000, 540, &[(SRC, b"ISO11898\x01\x01\0\0\x01\x23\x01\xff")])],
    near_miss: &[Sample::udp(50000, 11898, &[(SRC, b"ISO11899\x01\x01\0\0\x01\x23\x01\xff")])],
};
