//! Babel (RFC 8966): a routing protocol of meshes.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "babel",
    category: "routing",
    encrypted: false,
    over: &[(Transport::Udp, &[MAGIC..=MAGIC])],
    ports: &[6696],
    bound: false,
    fields: &["router"],
    head: SHALLOW,
    inspect,
};

/// RFC 8966 s4.2.
const MAGIC: u8 = 42;
const VERSION: u8 = 2;

/// RFC 8966 s4.6.7.
const ROUTER_ID: u8 = 6;

/// IANA's registry of TLV types.
const MAX_TYPE: u8 = 18;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let [MAGIC, VERSION, high, low, rest @ ..] = look.bytes else { return Verdict::No };
    let len = usize::from(u16::from_be_bytes([*high, *low]));
    // Behind the body there may be a trailer (RFC 8966 s4.2).
    let Some(body) = rest.get(..len).or_else(|| look.cut.then_some(rest)) else { return Verdict::No };
    let mut elements = Reader::new(body);
    let mut router = None;
    let mut count = 0;
    while let Some(kind) = elements.u8() {
        // RFC 8966 s4.6.1: padding of one byte has no length.
        if kind == 0 {
            continue;
        }
        let Some(value) = elements.block8().filter(|_| kind <= MAX_TYPE) else {
            if look.cut && count > 0 {
                break;
            }
            return Verdict::No;
        };
        count += 1;
        router = if kind == ROUTER_ID { value.get(2..10) } else { router };
    }
    if count == 0 {
        return Verdict::No;
    }
    if let Some(router) = router {
        findings.note("router", crate::notation::mac(router));
    }
    Verdict::proven("Babel's magic number and a chain of its elements", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(6696, 6696, &[(SRC, b"\x2a\x02\0\x08\x04\x06\0\0\0\x07\x01\x90")])],
    near_miss: &[
        Sample::udp(6696, 6696, &[(SRC, b"\x2a\x02\0\x08\x04\x07\0\0\0\x07\x01\x90")]),
        Sample::udp(6696, 6696, &[(SRC, b"\x2a\x03\0\x08\x04\x06\0\0\0\x07\x01\x90")]),
    ],
};
