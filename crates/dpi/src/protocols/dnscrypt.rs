//! DNSCrypt (draft-denis-dprive-dnscrypt): the question for a certificate, or an encrypted answer.
//!
//! Encrypted questions look like noise.

use super::dns::message::{HEADER_LEN, Message};
use super::dns::{answer, question};
use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "dnscrypt",
    category: "network",
    encrypted: true,
    over: &[(Transport::Udp, ANY)],
    ports: &[53, 443, 5443, 8443],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

/// The certificate's name, version 2, in front of the provider's.
const CERTIFICATE: &[u8] = b"\x012\x0ddnscrypt-cert";
const TXT: u16 = 16;

/// What resolvers begin every encrypted response with, before a nonce of 24 bytes and a tag of 16.
const RESOLVER_MAGIC: &[u8] = b"r6fnvWj8";
const MIN_RESPONSE: usize = RESOLVER_MAGIC.len() + 24 + 16;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if look.bytes.starts_with(RESOLVER_MAGIC) && look.bytes.len() >= MIN_RESPONSE {
        return Verdict::proven("DNSCrypt response", Want::Nothing);
    }
    if !asks_for(look.bytes, CERTIFICATE) {
        return if may_be_query(look) { Verdict::NeedMore } else { Verdict::No };
    }
    certificate(look, findings, "DNS question for a DNSCrypt certificate")
}

/// The verdict on a DNS message that has the name of a certificate: it asks for text, or answers.
pub(super) fn certificate(look: &Look<'_>, findings: &mut Findings, evidence: &'static str) -> Verdict {
    let Some(message) = Message::parse(look.bytes, look.cut) else { return Verdict::No };
    if !matches!(message.raw_question(), Some((_, TXT))) {
        return Verdict::No;
    }
    if message.is_response() {
        answer(&message, findings);
    } else {
        question(&message, &mut findings.facts);
    }
    Verdict::proven(evidence, Want::Nothing)
}

/// Nothing of an encrypted query can be known but its length (draft-denis-dprive-dnscrypt s5.4.1):
/// the answer has to tell.
fn may_be_query(look: &Look<'_>) -> bool {
    look.hinted && look.from_src && look.bytes.len() >= 256 && look.bytes.len().is_multiple_of(64)
}

/// The first question's name begins with these labels; this is asked of every DNS message.
pub(super) fn asks_for(message: &[u8], labels: &[u8]) -> bool {
    let name = message.get(HEADER_LEN..).unwrap_or_default();
    name.get(..labels.len()).is_some_and(|name| name.eq_ignore_ascii_case(labels))
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            50000,
            443,
            &[(
                SRC,
                b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x012\x0ddnscrypt-cert\x07example\x03org\0\0\x10\0\x01",
            )],
        ),
        Sample::udp(
            50000,
            443,
            &[(SRC, &[0x5a; 512]), (DST, b"r6fnvWj8 a nonce of 24 bytes then a tag and the answer..")],
        ),
        Sample::udp(50000, 5443, &[(DST, b"r6fnvWj8 a nonce of 24 bytes then a tag and the answer..")]),
    ],
    near_miss: &[Sample::udp(
        50000,
        53,
        &[(SRC, b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x013\x0ddnscrypt-cert\x07example\x03org\0\0\x10\0\x01")],
    )],
};

#[cfg(test)]
mod tests {
    use super::super::dns::message::tests::MessageBuilder;
    use crate::testing::{Flow, UDP};

    #[test]
    fn the_question_for_its_certificate() {
        for port in [53, 443, 5443] {
            for (name, qtype, protocol) in [
                ("2.DNSCrypt-cert.example.org", 16, "dnscrypt"),
                ("2.dnscrypt-cert.example.org", 1, "dns"),
                ("x2.dnscrypt-cert.example.org", 16, "dns"),
            ] {
                let mut flow = Flow::new(UDP, 50000, port);
                flow.src(&MessageBuilder::query(1).question(name, qtype).build());
                assert_eq!(flow.name(), Some(protocol), "{name} {port}");
            }
        }
    }
}
