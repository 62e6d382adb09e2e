//! Multicast DNS (RFC 6762): what hosts of a link ask and announce, in DNS's layout at port 5353.

use super::dns::message::Message;
use super::dns::{answer, question};
use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "mdns",
    category: "network",
    encrypted: false,
    over: &[(Transport::Udp, ANY)],
    ports: &[5353],
    bound: true,
    fields: &[],
    head: SHALLOW,
    inspect,
};

/// RFC 6762 s18.3: messages with another opcode are ignored.
const QUERY: u16 = 0;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    // A DNS client may happen to use this port too.
    if look.on(53) {
        return Verdict::No;
    }
    let Some(message) = Message::parse(look.bytes, look.cut).filter(|message| message.opcode() == QUERY)
    else {
        return Verdict::No;
    };
    let asked_alone = message.id() != 0 && message.recursion_desired();
    if asked_alone {
        return Verdict::No;
    }
    // The answer to a multicast question comes from another address, hence in another flow.
    if message.is_response() {
        answer(&message, findings);
        Verdict::proven("DNS response at mDNS's port", Want::Nothing)
    } else {
        question(&message, &mut findings.facts);
        Verdict::proven("DNS question at mDNS's port", Want::Nothing)
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        5353,
        5353,
        &[(SRC, b"\0\0\0\0\0\x01\0\0\0\0\0\0\x07printer\x05local\0\0\x01\0\x01")],
    )],
    near_miss: &[Sample::udp(5353, 5353, &[(SRC, b"hello, world, this is no DNS")])],
};

#[cfg(test)]
mod tests {
    use super::super::dns::message::tests::MessageBuilder;
    use crate::engine::Progress;
    use crate::testing::{Flow, UDP};

    #[test]
    fn an_announcement() {
        let message = MessageBuilder::with_flags(0, 0x8400)
            .question("_ipp._tcp.local", 12)
            .answer(12, &[7, b'P', b'r', b'i', b'n', b't', b'e', b'r', 0xc0, 12])
            .build();
        let mut flow = Flow::new(UDP, 5353, 5353);
        assert_eq!((flow.src(&message), flow.name()), (Progress::Done, Some("mdns")));
        assert_eq!(flow.inspection.facts().dns.as_ref().unwrap().answers.len(), 1);
    }

    #[test]
    fn the_port_alone_is_nothing() {
        let mut flow = Flow::new(UDP, 5353, 5353);
        assert_eq!((flow.src(b"hello, world, this is no DNS"), flow.name()), (Progress::Done, None));
        let update = MessageBuilder::with_flags(0, 5 << 11).question("a.local", 6).build();
        assert_eq!((flow.next(UDP, 5353, 5353).src(&update), flow.name()), (Progress::Done, None));
    }
}
