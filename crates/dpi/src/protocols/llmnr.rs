//! Link-Local Multicast Name Resolution (RFC 4795): names of neighbours, in DNS's layout at port 5355.

use super::dns::message::Message;
use super::dns::{answer, question};
use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "llmnr",
    category: "network",
    encrypted: false,
    over: &[(Transport::Udp, ANY)],
    ports: &[5355],
    bound: true,
    fields: &[],
    head: SHALLOW,
    inspect,
};

/// RFC 4795 s2.1.1: messages with another opcode are discarded.
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
    // As with mDNS, question and answer are flows of their own.
    if message.is_response() {
        answer(&message, findings);
        Verdict::proven("DNS response at LLMNR's port", Want::Nothing)
    } else {
        question(&message, &mut findings.facts);
        Verdict::proven("DNS question at LLMNR's port", Want::Nothing)
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        5355,
        &[(SRC, b"\x12\x34\0\0\0\x01\0\0\0\0\0\0\x07printer\0\0\x01\0\x01")],
    )],
    near_miss: &[Sample::udp(50000, 5355, &[(SRC, b"hello, world, this is no DNS")])],
};

#[cfg(test)]
mod tests {
    use super::super::dns::message::tests::MessageBuilder;
    use crate::engine::Progress;
    use crate::testing::{Flow, UDP};

    #[test]
    fn a_question_for_a_neighbour() {
        let message = MessageBuilder::with_flags(7, 0).question("fileserver", 28).build();
        let mut flow = Flow::new(UDP, 50000, 5355);
        assert_eq!((flow.src(&message), flow.name()), (Progress::Done, Some("llmnr")));
        assert_eq!(flow.inspection.facts().hostname.as_deref(), Some("fileserver"));
    }

    #[test]
    fn the_port_alone_is_nothing() {
        let mut flow = Flow::new(UDP, 50000, 5355);
        assert_eq!((flow.src(&[0; 40]), flow.name()), (Progress::Done, None));
    }
}
