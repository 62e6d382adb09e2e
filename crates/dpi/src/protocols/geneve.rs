//! Generic Network Virtualization Encapsulation (RFC 8926): which virtual network.

use crate::inner::{is_ethernet, is_ip};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "geneve",
    category: "tunnel",
    encrypted: false,
    over: &[(Transport::Udp, &[0..=0x3f])],
    ports: &[6081],
    bound: true,
    fields: &["network"],
    head: SHALLOW,
    inspect,
};

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    // RFC 8926 s3.4: version 0 and length of options; two flags; protocol; network; reserved.
    let Some(([options, flags, high, low, a, b, c, 0], rest)) = look.bytes.split_first_chunk::<8>() else {
        return Verdict::No;
    };
    let packet = rest.get(usize::from(options & 0x3f) * 4..).unwrap_or_default();
    let carried = match [*high, *low] {
        [0x65, 0x58] => is_ethernet(packet, true),
        [0x08, 0] | [0x86, 0xdd] => is_ip(packet, look.cut),
        _ => false,
    };
    if !carried || flags & 0x3f != 0 {
        return Verdict::No;
    }
    findings.note("network", u32::from_be_bytes([0, *a, *b, *c]));
    Verdict::proven("frame behind a Geneve header", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        6081,
        &[(SRC, b"\0\0\x65\x58\0\x12\x34\0\xff\xff\xff\xff\xff\xff\x02\0\0\0\0\x01\x08\x06\0\x01\x08\0\x06\x04\0\x01")],
    )],
    near_miss: &[Sample::udp(
        50000,
        6081,
        &[(SRC, b"\0\x01\x65\x58\0\x12\x34\0\xff\xff\xff\xff\xff\xff\x02\0\0\0\0\x01\x08\x06\0\x01\x08\0\x06\x04\0\x01")],
    )],
};
