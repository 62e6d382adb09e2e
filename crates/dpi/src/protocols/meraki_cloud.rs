//! Cisco Meraki devices' management tunnel to the cloud: its magic number.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "meraki-cloud",
    category: "cloud",
    encrypted: true,
    over: &[(Transport::Udp, &[0xfe..=0xfe])],
    ports: &[7351],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    match look.bytes {
        [0xfe, 0xf7, 0x28, 0x91, _, ..] => Verdict::proven("Meraki's magic number", Want::Nothing),
        _ => Verdict::No,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(50000, 7351, &[(SRC, b"\xfe\xf7\x28\x91\0\x01\x02\x03\x04\x05\x06\x07")])],
    near_miss: &[Sample::udp(50000, 7351, &[(SRC, b"\xfe\xf7\x28\x92\0\x01\x02\x03\x04\x05\x06\x07")])],
};
