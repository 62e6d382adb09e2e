//! `TaZmen` Sniffer Protocol: captured frames on their way to an analyser.

use crate::inner::is_ethernet;
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "tzsp",
    category: "management",
    encrypted: false,
    over: &[(Transport::Udp, &[VERSION..=VERSION])],
    ports: &[37008],
    bound: true,
    fields: &[],
    head: SHALLOW,
    inspect,
};

const VERSION: u8 = 1;

/// Tags: padding and end have no length.
const PADDING: u8 = 0;
const END: u8 = 1;

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    let [VERSION, kind @ 0..=5, 0, encapsulation, tags @ ..] = look.bytes else { return Verdict::No };
    let mut reader = Reader::new(tags);
    loop {
        match reader.u8() {
            Some(PADDING) => {}
            Some(END) => break,
            Some(_) if reader.block8().is_some() => {}
            _ => return Verdict::No,
        }
    }
    // Received frames: Ethernet, IEEE 802.11, and with a header of one card or another.
    let carried = match encapsulation {
        1 => is_ethernet(reader.rest(), true),
        18 | 119 | 127 => reader.rest().len() >= 10,
        0 => matches!(kind, 3 | 4) && reader.is_empty(),
        _ => false,
    };
    if carried { Verdict::proven("frame behind TZSP's tags", Want::Nothing) } else { Verdict::No }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        37008,
        &[(
            SRC,
            b"\x01\0\0\x01\x01\xff\xff\xff\xff\xff\xff\x02\0\0\0\0\x01\x08\x06\0\x01\x08\0\x06\x04\0\x01",
        )],
    )],
    near_miss: &[Sample::udp(
        50000,
        37008,
        &[(
            SRC,
            b"\x01\0\0\x01\x01\xff\xff\xff\xff\xff\xff\x02\0\0\0\0\x01\x09\x06\0\x01\x08\0\x06\x04\0\x01",
        )],
    )],
};
