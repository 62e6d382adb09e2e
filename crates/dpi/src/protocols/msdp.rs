//! Multicast Source Discovery Protocol (RFC 3618): rendezvous points that tell of active sources.

use crate::notation::dotted;
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "msdp",
    category: "routing",
    encrypted: false,
    over: &[(Transport::Tcp, &[1..=4])],
    ports: &[639],
    bound: true,
    fields: &["rendezvous_point"],
    head: SHALLOW,
    inspect,
};

/// RFC 3618 s12.2.
const SOURCE_ACTIVE: u8 = 1;
const KEEP_ALIVE: u8 = 4;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let (kind, len) = (reader.u8(), reader.u16());
    match (kind, len) {
        (Some(KEEP_ALIVE), Some(3)) => {
            // What follows has to be a message too.
            match reader.rest() {
                [] | [KEEP_ALIVE, 0, 3, ..] | [SOURCE_ACTIVE, ..] => {
                    Verdict::likely("MSDP keep-alive", Want::Rest)
                }
                _ => Verdict::No,
            }
        }
        // RFC 3618 s12.2.1: count of entries of 12 bytes, address of the rendezvous point.
        (Some(SOURCE_ACTIVE), Some(len)) => {
            let (Some(count), Some(point)) = (reader.u8(), reader.u32()) else {
                return if look.cut { Verdict::No } else { Verdict::NeedMore };
            };
            let entries = reader.take(12);
            let least = 8 + usize::from(count) * 12;
            if count == 0 || usize::from(len) < least || point == 0 {
                return Verdict::No;
            }
            match entries {
                // Three reserved bytes, then a mask for a single host.
                Some([0, 0, 0, 32, ..]) => {
                    findings.note("rendezvous_point", dotted(point));
                    Verdict::proven("MSDP message of active sources", Want::Nothing)
                }
                None if !look.cut => Verdict::NeedMore,
                _ => Verdict::No,
            }
        }
        (Some(SOURCE_ACTIVE | KEEP_ALIVE), None) if !look.cut => Verdict::NeedMore,
        _ => Verdict::No,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            639,
            &[(SRC, b"\x01\0\x14\x01\xc0\0\x02\x01\0\0\0\x20\xef\x01\x02\x03\xc0\0\x02\x09")],
        ),
        Sample::tcp(50000, 639, &[(SRC, b"\x04\0\x03")]),
    ],
    near_miss: &[Sample::tcp(
        50000,
        639,
        &[(SRC, b"\x01\0\x14\x01\xc0\0\x02\x01\0\0\0\x21\xef\x01\x02\x03\xc0\0\x02\x09")],
    )],
};
