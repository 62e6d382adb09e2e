//! Avast Secure DNS (draft-denis-dprive-dnscrypt): the question for its resolvers' certificate.
//!
//! It is DNSCrypt with a service's name of its own where others say `dnscrypt-cert`.

use super::dnscrypt::{asks_for, certificate};
use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "avast-securedns",
    category: "network",
    encrypted: true,
    over: &[(Transport::Udp, ANY)],
    ports: &[53, 443],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

/// Certificate version 2 of the provider; letters come in any case.
const CERTIFICATE: &[u8] = b"\x012\x09securedns\x05avast";

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if !asks_for(look.bytes, CERTIFICATE) {
        return Verdict::No;
    }
    certificate(look, findings, "DNS question for the certificate of Avast's resolvers")
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        443,
        &[(SRC, b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x012\x09sEcuredNS\x05avASt\x03com\0\0\x10\0\x01")],
    )],
    near_miss: &[
        Sample::udp(
            50000,
            443,
            &[(SRC, b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x012\x09securedns\x05avast\x03com\0\0\x01\0\x01")],
        ),
        Sample::udp(
            50000,
            53,
            &[(SRC, b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x09securedns\x05avast\x03com\0\0\x10\0\x01")],
        ),
    ],
};
