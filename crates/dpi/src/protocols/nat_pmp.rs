//! NAT Port Mapping Protocol (RFC 6886): which ports a host opens to itself, and where.

use crate::notation::address;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "nat-pmp",
    category: "network",
    encrypted: false,
    over: &[(Transport::Udp, &[0..=0])],
    ports: &[5350, 5351],
    bound: true,
    fields: &["operation", "external_address", "internal_port", "external_port", "lifetime", "result"],
    head: SHALLOW,
    inspect,
};

/// RFC 6886 s3.5: the highest code of a result.
const MAX_RESULT: u8 = 5;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    match look.bytes {
        // RFC 6886 s3.2: nothing but version and operation.
        [0, 0] => {
            findings.note("operation", "external-address");
            Verdict::likely("NAT-PMP's request for an address, all of it", Want::Reply)
        }
        [0, 128, 0, result @ ..=MAX_RESULT, _, _, _, _, external @ ..] if external.len() == 4 => {
            findings.note("operation", "external-address");
            findings.note("result", *result);
            if let Some(external) = address(external) {
                findings.note("external_address", external);
            }
            Verdict::proven("NAT-PMP response with an address", Want::Nothing)
        }
        // RFC 6886 s3.3: two reserved bytes, ports inside and outside, seconds.
        [0, op @ 1..=2, 0, 0, in_high, in_low, out_high, out_low, seconds @ ..] if seconds.len() == 4 => {
            note_mapping(*op, [*in_high, *in_low, *out_high, *out_low], seconds, findings);
            Verdict::proven("NAT-PMP request for a port", Want::Reply)
        }
        [
            0,
            op @ 129..=130,
            0,
            result @ ..=MAX_RESULT,
            _,
            _,
            _,
            _,
            in_high,
            in_low,
            out_high,
            out_low,
            seconds @ ..,
        ] if seconds.len() == 4 => {
            findings.note("result", *result);
            note_mapping(op & 0x7f, [*in_high, *in_low, *out_high, *out_low], seconds, findings);
            Verdict::proven("NAT-PMP response with a port", Want::Nothing)
        }
        _ => Verdict::No,
    }
}

fn note_mapping(op: u8, ports: [u8; 4], seconds: &[u8], findings: &mut Findings) {
    let [in_high, in_low, out_high, out_low] = ports;
    findings.note("operation", if op == 1 { "map-udp" } else { "map-tcp" });
    findings.note("internal_port", u16::from_be_bytes([in_high, in_low]));
    findings.note("external_port", u16::from_be_bytes([out_high, out_low]));
    if let Ok(seconds) = seconds.try_into() {
        findings.note("lifetime", u32::from_be_bytes(seconds));
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(50000, 5351, &[(SRC, b"\0\0"), (DST, b"\0\x80\0\0\0\x01\0\0\xc0\0\x02\x01")]),
        Sample::udp(50000, 5351, &[(SRC, b"\0\x02\0\0\x1f\x90\x1f\x90\0\0\x0e\x10")]),
    ],
    near_miss: &[
        Sample::udp(50000, 5351, &[(SRC, b"\0\x02\0\x01\x1f\x90\x1f\x90\0\0\x0e\x10")]),
        Sample::udp(50000, 5351, &[(SRC, b"\0\0\0")]),
    ],
};
