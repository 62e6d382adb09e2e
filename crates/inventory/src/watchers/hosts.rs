//! Habits: which hosts a device asks for its updates, the time, and whether it is connected.

use crate::classify::habits;
use crate::watcher::{FlowLook, Heard, On, Read, Watcher};

pub(crate) const HOSTS: Watcher =
    Watcher { name: "hosts", on: &[On::AnyFlow], notes: &[], read: Read::Flow(read) };

/// Of the weight of a connection: a question for a name may be another's that a resolver passes on,
/// or a browser's that looks ahead.
const QUESTION_PER_CENT: u16 = 65;

fn read(look: &FlowLook<'_>, heard: &mut Heard<'_>) {
    let Some(host) = look.record.hostname.as_deref() else { return };
    let per_cent = match (look.record.hostname_source, look.record.protocol) {
        // Questions that leave this place are a resolver's as often as not, and then others ask.
        (Some("dns-question"), "dns") => match look.record.direction {
            model::Direction::Lateral if look.record.src_port != Some(53) => QUESTION_PER_CENT,
            _ => return,
        },
        (Some("sni" | "http-host" | "dns"), _) => 100,
        _ => return,
    };
    let Some((suffix, habit)) = habits::of_host(host) else { return };
    let asks = if per_cent < 100 { "asks DNS for" } else { "talks to" };
    heard.about(look.src());
    habit.vote(heard, "habit", &format!("{asks} {suffix}"), per_cent);
}

#[cfg(test)]
mod tests {
    use crate::conversation::{By, CLIENT, SERVER, Talk, of, votes};
    use crate::sighting::{About, Fact};

    fn question(name: &str) -> Vec<u8> {
        let mut bytes = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0".to_vec();
        for label in name.split('.') {
            bytes.push(label.len() as u8);
            bytes.extend(label.as_bytes());
        }
        bytes.extend(b"\0\0\x01\0\x01");
        bytes
    }

    fn weight(facts: &[Fact]) -> Option<u8> {
        facts.iter().find_map(|fact| if let Fact::Vote(vote) = fact { Some(vote.weight) } else { None })
    }

    #[test]
    fn checks_for_a_connection_tell_the_system() {
        let request = b"GET /connecttest.txt HTTP/1.1\r\nHost: www.msftconnecttest.com\r\n\r\n";
        let heard = Talk::tcp(80, &[(By::Client, request)]).sightings();
        assert_eq!(votes(&heard, CLIENT, About::Os), ["Windows"]);
        assert!(votes(&heard, SERVER, About::Os).is_empty(), "nothing about whom it asks: {heard:?}");
        let named =
            Talk { hostname: Some(("2.debian.pool.ntp.org", "dns")), ..Talk::udp(9, &[(By::Client, b"x")]) };
        assert_eq!(votes(&named.sightings(), CLIENT, About::Os), ["Debian"]);
    }

    #[test]
    fn questions_say_less_and_those_of_resolvers_nothing() {
        let question = question("captive.apple.com");
        let talk = Talk::udp(53, &[(By::Client, &question)]);
        let asked = of(&talk.sightings(), CLIENT);
        assert_eq!(weight(&asked), Some(39), "{asked:?}");
        let outbound = Talk { direction: model::Direction::Outbound, ..talk };
        assert!(of(&outbound.sightings(), CLIENT).is_empty());
    }

    #[test]
    fn other_hosts_say_nothing() {
        let request = b"GET / HTTP/1.1\r\nHost: www.example.org\r\n\r\n";
        assert!(votes(&Talk::tcp(80, &[(By::Client, request)]).sightings(), CLIENT, About::Os).is_empty());
    }
}
