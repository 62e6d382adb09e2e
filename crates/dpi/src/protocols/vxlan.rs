//! Virtual eXtensible LAN (RFC 7348) and its generic extension: which virtual network.

use crate::inner::{is_ethernet, is_ip};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "vxlan",
    category: "tunnel",
    encrypted: false,
    // The flag I is set; others belong to group policies and to the generic extension.
    over: &[(Transport::Udp, &[0x08..=0x08, 0x0c..=0x0c, 0x88..=0x88])],
    ports: &[4789, 4790, 8472],
    bound: false,
    fields: &["network"],
    head: SHALLOW,
    inspect,
};

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some(([flags, second, third, next, a, b, c, last], packet)) = look.bytes.split_first_chunk::<8>()
    else {
        return Verdict::No;
    };
    // RFC 7348 s5: what is reserved is zero. draft-ietf-nvo3-vxlan-gpe s3.3: the next protocol.
    let carried = match (flags, second, third, next) {
        (0x08, 0, 0, 0) | (0x88, ..=0x48, _, _) | (0x0c, 0, 0, 3) => is_ethernet(packet, true),
        (0x0c, 0, 0, 1 | 2) => is_ip(packet, look.cut),
        _ => false,
    };
    if !carried || *last != 0 {
        return Verdict::No;
    }
    findings.note("network", u32::from_be_bytes([0, *a, *b, *c]));
    Verdict::proven("Ethernet frame behind a VXLAN header", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        4789,
        &[(SRC, b"\x08\0\0\0\0\x12\x34\0\xff\xff\xff\xff\xff\xff\x02\0\0\0\0\x01\x08\x06\0\x01\x08\0\x06\x04\0\x01")],
    )],
    near_miss: &[Sample::udp(
        50000,
        4789,
        &[(SRC, b"\x08\0\0\x01\0\x12\x34\0\xff\xff\xff\xff\xff\xff\x02\0\0\0\0\x01\x08\x06\0\x01\x08\0\x06\x04\0\x01")],
    )],
};
