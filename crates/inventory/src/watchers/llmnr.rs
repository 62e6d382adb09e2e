//! LLMNR (RFC 4795): the names that hosts answer to.

use wire::Flags;

use crate::classify::host_names;
use crate::dns::{INTERNET, Message};
use crate::sighting::{NameSource, Subject};
use crate::watcher::{Heard, Look, On, Read, Watcher, is_host};

pub(crate) const LLMNR: Watcher =
    Watcher { name: "llmnr", on: &[On::Udp(PORT)], notes: &[("llmnr", &["names"])], read: Read::Frame(read) };

const PORT: u16 = 5355;

/// RFC 4795 s2.1.1: the name is in conflict, or not certain yet.
const CONFLICT: u16 = 1 << 10;
const TENTATIVE: u16 = 1 << 8;

fn read(look: &Look<'_>, heard: &mut Heard<'_>) {
    if look.packet.src_port != PORT {
        return;
    }
    let Some(message) = Message::parse(look.payload, look.packet.flags.has(Flags::TRUNCATED)) else { return };
    // RFC 4795 s2.1.1: exactly one question, which the answer is about.
    let [question] = &message.questions[..] else { return };
    let is_answer = message.is_response()
        && message.opcode() == 0
        && message.rcode() == 0
        && message.flags & (CONFLICT | TENTATIVE) == 0;
    // Nobody is called like this: it is looked for by browsers, and answered by who lies in wait.
    let is_bait = question.text().eq_ignore_ascii_case("wpad");
    if !is_answer || question.labels().len() != 1 || is_bait {
        return;
    }
    for record in message.records.iter().take(message.answers.min(8)) {
        let Some(ip) = record.address().filter(|ip| is_host(*ip)) else { continue };
        if record.class != INTERNET || !record.name.is(question) {
            continue;
        }
        let name = record.name.text();
        let subject =
            if look.src_ip == Some(ip) { look.sender() } else { Subject { mac: None, ip: Some(ip) } };
        heard.about(subject).add("llmnr", "names", &name).name(&name, NameSource::Llmnr);
        host_names::votes(&name, heard);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::tests::wire_name;
    use crate::sighting::{Fact, Sighting};
    use crate::testing::{SRC, facts, sightings, udp};

    fn answer(flags: u16, name: &str, address: [u8; 4]) -> Vec<u8> {
        let name = wire_name(&[name]);
        [
            &[0, 7][..],
            &flags.to_be_bytes(),
            &[0, 1, 0, 1, 0, 0, 0, 0],
            &name,
            &[0, 1, 0, 1],
            &name,
            &[0, 1, 0, 1, 0, 0, 0, 30, 0, 4],
            &address,
        ]
        .concat()
    }

    fn heard_from(port: u16, bytes: &[u8]) -> Vec<Sighting> {
        sightings(&udp((SRC.into(), port), ([192, 0, 2, 2].into(), 50000), bytes))
    }

    #[test]
    fn an_answer_names_the_address_in_it() {
        let heard = heard_from(5355, &answer(0x8000, "desk7", [192, 0, 2, 1]));
        assert_eq!(heard.len(), 1);
        assert!(heard[0].about.mac.is_some() && heard[0].about.ip == Some(SRC.into()));
        assert!(facts(&heard).contains(&Fact::Name { name: "desk7".into(), source: NameSource::Llmnr }));
        let other = heard_from(5355, &answer(0x8000, "desk7", [192, 0, 2, 9]));
        assert_eq!(other[0].about, Subject { mac: None, ip: Some([192, 0, 2, 9].into()) });
    }

    #[test]
    fn nothing_else_is_a_name() {
        let whole = answer(0x8000, "desk7", [192, 0, 2, 1]);
        for end in 0..whole.len() {
            assert_eq!(heard_from(5355, &whole[..end]), [], "{end}");
        }
        assert_eq!(heard_from(50000, &whole), [], "not from its port");
        for flags in [0x0000, 0x8400, 0x8100, 0x8003] {
            assert_eq!(heard_from(5355, &answer(flags, "desk7", [192, 0, 2, 1])), [], "{flags:#x}");
        }
        assert_eq!(heard_from(5355, &answer(0x8000, "WPAD", [192, 0, 2, 1])), []);
        assert_eq!(heard_from(5355, &[0x80; 60]), []);
    }
}
