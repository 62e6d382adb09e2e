//! Domain Name System (RFC 1035, RFC 7766): questions and answers over UDP and TCP, at any port if sound.

pub(super) mod message;
mod name;

use self::message::Message;
pub use self::name::walk;
use crate::facts::{Dns, Facts, HostnameSource};
use crate::findings::{Announcement, Lookup};
use crate::label::Confidence;
use crate::protocol::{ANY, Asked, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::risk::Risk;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "dns",
    category: "network",
    encrypted: false,
    // Over TCP the length comes first; of a message above 16 KiB too little would be read.
    over: &[(Transport::Udp, ANY), (Transport::Tcp, &[0..=0x3f])],
    ports: &[53],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

/// Ports whose protocols have DNS's layout and names of their own.
const MDNS: u16 = 5353;
const LLMNR: u16 = 5355;
const NETBIOS_NS: u16 = 137;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if !look.hinted && (look.on(LLMNR) || look.on(NETBIOS_NS)) {
        return Verdict::No;
    }
    let message = match find(look) {
        Ok(message) => message,
        Err(verdict) => return verdict,
    };
    if !look.hinted && look.on(MDNS) && !is_unicast_query(&message) {
        return Verdict::No;
    }
    if message.is_response() { answered(look, &message, findings) } else { asked(look, &message, findings) }
}

fn asked(look: &Look<'_>, message: &Message<'_>, findings: &mut Findings) -> Verdict {
    if findings.facts.dns.is_some() {
        tell(look, message, None, findings);
        // Resolvers ask for both kinds of address from one port; facts are about the first question.
        return Verdict::NeedMore;
    }
    // Away from its port a lone message has to be flawless, and still needs the other side's word.
    let complete = message.is_complete();
    if !look.hinted && !complete {
        return Verdict::No;
    }
    if !complete && !look.cut {
        findings.risk(Risk::Malformed);
    }
    question(message, &mut findings.facts);
    tell(look, message, None, findings);
    findings.asked = Some(Asked { id: message.id().into(), from_src: look.from_src, time: look.time });
    let want = if look.transport == Transport::Udp { Want::Every } else { Want::Reply };
    Verdict::Match { sure: alone(look), evidence: "DNS question", want }
}

fn answered(look: &Look<'_>, message: &Message<'_>, findings: &mut Findings) -> Verdict {
    let want = if look.transport == Transport::Udp { Want::Every } else { Want::Nothing };
    let expected =
        findings.asked.filter(|asked| asked.from_src != look.from_src && asked.id == message.id().into());
    let known = findings.facts.dns.as_ref().is_some_and(|dns| dns.rcode.is_some());
    let verdict = match expected {
        Some(_) => Verdict::proven("DNS question and the answer with its number", want),
        None if !look.hinted && (findings.asked.is_some() || !message.is_complete()) => {
            return Verdict::NeedMore;
        }
        None => Verdict::Match { sure: alone(look), evidence: "DNS response", want },
    };
    if !look.cut && !message.is_complete() {
        findings.risk(Risk::Malformed);
    }
    announce(message, findings);
    tell(look, message, Some(message.rcode()), findings);
    if !known && (expected.is_some() || findings.asked.is_none()) {
        let dns = answer(message, findings);
        if let Some(asked) = expected {
            let rtt_us = look.time.since(asked.time) / 1_000;
            dns.rtt_us = Some(u32::try_from(rtt_us).unwrap_or(u32::MAX));
        }
    }
    verdict
}

/// Tells other flows which addresses the name has: the one asked for, not the alias that a record
/// is about.
fn announce(message: &Message<'_>, findings: &mut Findings) {
    let mut name: Option<Box<str>> = None;
    message.addresses(|address| {
        let name =
            name.get_or_insert_with(|| message.question().map_or_else(Box::default, |asked| asked.name));
        if !name.is_empty() {
            findings.announce(Announcement::Name { address, name: name.clone() });
        }
    });
}

/// Tells whoever listens of one message; most have nobody who does.
fn tell(look: &Look<'_>, message: &Message<'_>, rcode: Option<u8>, findings: &mut Findings) {
    if !look.lookups {
        return;
    }
    let Some(asked) = message.question() else { return };
    findings.announce(Announcement::Lookup(Lookup {
        name: asked.name,
        qtype: asked.qtype,
        rcode,
        bytes: u32::try_from(look.bytes.len()).unwrap_or(u32::MAX),
        from_src: look.from_src,
    }));
}

/// How sure one message makes it.
fn alone(look: &Look<'_>) -> Confidence {
    if look.hinted { Confidence::Proven } else { Confidence::Likely }
}

/// The message in a datagram, or behind its length at the head of a stream (RFC 1035 s4.2.2).
fn find<'a>(look: &Look<'a>) -> Result<Message<'a>, Verdict> {
    let (bytes, cut) = match look.transport {
        Transport::Udp => (look.bytes, look.cut),
        Transport::Tcp => {
            let mut reader = Reader::new(look.bytes);
            let len = match reader.u16() {
                Some(len) if usize::from(len) >= message::HEADER_LEN => usize::from(len),
                None if !look.cut => return Err(Verdict::NeedMore),
                _ => return Err(Verdict::No),
            };
            if !look.hinted && len > SHALLOW - 2 {
                // It would have to be read to its end.
                return Err(Verdict::No);
            }
            let bytes = reader.up_to(len);
            if bytes.len() < len && !look.cut {
                return Err(if message::may_become(bytes) { Verdict::NeedMore } else { Verdict::No });
            }
            (bytes, bytes.len() < len)
        }
    };
    Message::parse(bytes, cut).ok_or(Verdict::No)
}

/// A resolver reached at mDNS's port. Multicast questions have neither a number nor recursion
/// desired (RFC 6762 s18.1, s18.6).
fn is_unicast_query(message: &Message<'_>) -> bool {
    message.id() != 0 && message.recursion_desired()
}

/// Writes down the question; facts are about the first one of a flow.
pub(super) fn question(message: &Message<'_>, facts: &mut Facts) {
    let Some(question) = message.question() else { return };
    facts.dns = Some(Box::new(Dns { query: question.name.clone(), qtype: question.qtype, ..Dns::default() }));
    if !question.name.is_empty() {
        facts.hostname = Some(question.name);
        facts.hostname_source = Some(HostnameSource::DnsQuestion);
    }
}

/// Writes down an answer, and the question that it repeats if that was not seen itself.
pub(super) fn answer<'f>(message: &Message<'_>, findings: &'f mut Findings) -> &'f mut Dns {
    if findings.facts.dns.is_none() {
        question(message, &mut findings.facts);
    }
    let dns = findings.facts.dns.get_or_insert_default();
    dns.rcode = Some(message.rcode());
    dns.answers = message.answers();
    dns
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        53,
        &[(SRC, b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x03www\x07example\x03org\0\0\x01\0\x01")],
    )],
    near_miss: &[Sample::udp(50000, 53, &[(SRC, b"hello, world, this is no DNS")])],
};

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::message::tests::{MessageBuilder, name};
    use crate::engine::Progress;
    use crate::facts::DnsAnswer;
    use crate::findings::Announcement;
    use crate::label::Confidence;
    use crate::risk::Risk;
    use crate::testing::{Flow, TCP, UDP};

    fn question() -> Vec<u8> {
        MessageBuilder::query(0x1234).question("www.example.org", 1).build()
    }

    fn response(id: u16) -> Vec<u8> {
        MessageBuilder::response(id)
            .question("www.example.org", 1)
            .answer(5, &name("cdn.example.net"))
            .answer(1, &[192, 0, 2, 1])
            .build()
    }

    fn over_tcp(message: &[u8]) -> Vec<u8> {
        [&(message.len() as u16).to_be_bytes(), message].concat()
    }

    #[test]
    fn question_and_answer_are_put_together() {
        let mut flow = Flow::new(UDP, 40000, 53);
        assert_eq!(flow.src(&question()), Progress::More);
        assert_eq!(flow.buffers(), 0, "a datagram is not kept");
        flow.wait_us(1500);
        // Another question's answer is not this one's.
        assert_eq!(flow.dst(&response(0x4321)), Progress::More);
        assert_eq!(flow.inspection.facts().dns.as_ref().unwrap().rcode, None);
        assert_eq!(flow.dst(&response(0x1234)), Progress::More);
        assert_eq!(flow.buffers(), 0, "nor are later ones");
        assert_eq!((flow.name(), flow.confidence()), (Some("dns"), Some(Confidence::Proven)));
        let facts = flow.inspection.facts();
        assert_eq!(facts.hostname.as_deref(), Some("www.example.org"));
        let dns = facts.dns.as_ref().unwrap();
        assert_eq!(
            (&*dns.query, dns.qtype, dns.rcode, dns.rtt_us),
            ("www.example.org", 1, Some(0), Some(1500))
        );
        let answers = [DnsAnswer::Name("cdn.example.net".into()), DnsAnswer::Address([192, 0, 2, 1].into())];
        assert_eq!(dns.answers, answers);
    }

    #[test]
    fn away_from_its_port_a_reply_makes_it_sure() {
        let mut flow = Flow::new(UDP, 40000, 5300);
        assert_eq!(flow.src(&question()), Progress::More);
        assert_eq!(flow.confidence(), Some(Confidence::Likely));
        assert_eq!(flow.dst(&response(0x1234)), Progress::More);
        assert_eq!(flow.confidence(), Some(Confidence::Proven));
    }

    #[test]
    fn every_answer_is_announced_under_the_name_that_was_asked_for() {
        let mut flow = Flow::new(UDP, 40000, 53);
        flow.src(&question());
        flow.src(&MessageBuilder::query(2).question("www.example.org", 28).build());
        flow.dst(&MessageBuilder::response(2).question("www.example.org", 28).answer(28, &[1; 16]).build());
        flow.dst(&response(0x1234));
        let named = |address: IpAddr| Announcement::Name { address, name: "www.example.org".into() };
        let announced = &flow.inspection.case.findings.announcements;
        assert_eq!(*announced, [named([1; 16].into()), named([192, 0, 2, 1].into())]);
        assert_eq!(flow.inspection.facts().dns.as_ref().unwrap().answers.len(), 2);
    }

    #[test]
    fn every_message_is_told_to_who_listens() {
        let mut flow = Flow::new(UDP, 40000, 53).listening();
        flow.src(&question());
        flow.dst(&response(0x1234));
        flow.src(&MessageBuilder::query(2).question("b.example.org", 16).build());
        let told = flow.inspection.take_announcements().into_iter().filter_map(|told| match told {
            Announcement::Lookup(lookup) => Some((lookup.name, lookup.qtype, lookup.rcode, lookup.from_src)),
            _ => None,
        });
        let told: Vec<_> = told.collect();
        assert_eq!(
            told,
            [
                ("www.example.org".into(), 1, None, true),
                ("www.example.org".into(), 1, Some(0), false),
                ("b.example.org".into(), 16, None, true),
            ]
        );
    }

    #[test]
    fn a_record_beyond_the_end_is_a_risk() {
        let whole = response(1);
        for (bytes, malformed) in [(&whole[..], false), (&whole[..whole.len() - 2], true)] {
            let mut flow = Flow::new(UDP, 40000, 53);
            flow.dst(bytes);
            assert_eq!(flow.name(), Some("dns"));
            assert_eq!(flow.inspection.facts().risks.contains(Risk::Malformed), malformed);
        }
    }

    #[test]
    fn trailing_bytes_pass_at_its_port_only() {
        let padded = [&question()[..], b"xyz"].concat();
        for (port, name) in [(53, Some("dns")), (5300, None), (137, None)] {
            let mut flow = Flow::new(UDP, 40000, port);
            flow.src(&padded);
            assert_eq!(flow.name(), name, "{port}");
        }
    }

    #[test]
    fn over_tcp_in_any_pieces() {
        let (question, response) = (over_tcp(&question()), over_tcp(&response(0x1234)));
        for size in [1, 2, 3, 7, 100] {
            let mut flow = Flow::new(TCP, 40000, 53);
            for piece in question.chunks(size) {
                assert_eq!(flow.src(piece), Progress::More, "{size}");
            }
            let last = response.chunks(size).map(|piece| flow.dst(piece)).last();
            assert_eq!(last, Some(Progress::Done), "{size}");
            assert_eq!(flow.confidence(), Some(Confidence::Proven));
            let dns = flow.inspection.facts().dns.clone().unwrap();
            assert_eq!((dns.answers.len(), dns.rcode), (2, Some(0)));
        }
    }

    #[test]
    fn a_long_answer_over_tcp_is_read_as_far_as_allowed() {
        let mut long = MessageBuilder::response(7).question("zone.example", 252);
        for i in 0..500u32 {
            long = long.answer(1, &i.to_be_bytes());
        }
        let bytes = over_tcp(&long.build());
        let mut flow = Flow::new(TCP, 40000, 53);
        for piece in bytes.chunks(1460) {
            if flow.dst(piece) == Progress::Done {
                break;
            }
        }
        assert_eq!(flow.name(), Some("dns"));
        assert_eq!(flow.inspection.facts().dns.as_ref().unwrap().answers.len(), 16);
    }

    #[test]
    fn not_dns() {
        let mut wrong_class = question();
        *wrong_class.last_mut().unwrap() = 9;
        let mut many = question();
        many[5] = 200;
        let mut reserved_opcode = question();
        reserved_opcode[2] |= 0x78;
        for bytes in [&wrong_class[..], &many, &reserved_opcode, &question()[..20], &[0; 12]] {
            let mut flow = Flow::new(UDP, 40000, 53);
            assert_eq!((flow.src(bytes), flow.name()), (Progress::Done, None), "{bytes:x?}");
        }
    }

    #[test]
    fn its_relatives_have_names_of_their_own() {
        let plain = MessageBuilder::query(0).recursion_desired(false).question("_ipp._tcp.local", 12).build();
        for (port, name) in [(5353, "mdns"), (5355, "llmnr"), (53, "dns")] {
            let mut flow = Flow::new(UDP, port, port);
            flow.src(&plain);
            assert_eq!(flow.name(), Some(name));
        }
        let mut resolver = Flow::new(UDP, 40000, 5353);
        resolver.src(&question());
        assert_eq!(resolver.name(), Some("dns"));
    }
}
