//! Services that devices offer, by the flows in which they answered.

use flow::State;

use crate::sighting::{Role, Service};
use crate::watcher::{FlowLook, Heard, On, Read, Watcher, is_host};

pub(crate) const SERVICES: Watcher =
    Watcher { name: "services", on: &[On::AnyFlow], notes: &[], read: Read::Flow(read) };

/// Kinds of protocols in which both sides are alike: peers, and media on ports that were agreed upon.
const AMONG_EQUALS: &[&str] = &["p2p", "media"];

/// Protocols whose ports are agreed upon or made up, and those that answer a group's questions.
const NO_SERVICES: &[&str] = &[
    "discord",
    "dhcp",
    "dhcpv6",
    "ftp-data",
    "llmnr",
    "mdns",
    "nat-pmp",
    "netbios-dgm",
    "skype",
    "ssdp",
    "stun",
    "tailscale",
    "teredo",
    "whatsapp",
    "ws-discovery",
    "wudo",
    "zerotier",
    "zoom",
];

/// Linux's first ephemeral port; IANA's (RFC 6335 s6) is higher.
const EPHEMERAL: u16 = 32768;

fn read(look: &FlowLook<'_>, heard: &mut Heard<'_>) {
    let record = look.record;
    let (Some(src_port), Some(port)) = (record.src_port, record.dst_port) else { return };
    if record.dst_packets == 0 || record.direction == model::Direction::Multicast || !is_host(record.dst_ip) {
        return;
    }
    let transport = match &*record.transport {
        "tcp" => "tcp",
        "udp" => "udp",
        "sctp" => "sctp",
        _ => return,
    };
    let answered = if transport == "tcp" {
        has_answered_tcp(look, src_port, port)
    } else {
        src_port >= 1024 || port < 1024
    };
    if !answered || NO_SERVICES.contains(&record.protocol) {
        return;
    }
    // A label that the flow has of itself: one that was announced elsewhere is for this flow only.
    let label = look.ended.label.filter(|label| label.confidence > dpi::Confidence::Port);
    let protocol = match label {
        Some(label) if AMONG_EQUALS.contains(&label.category) => return,
        Some(_) => record.protocol,
        None if record.protocol != "unknown" => return,
        None => {
            let both = record.src_payload_bytes > 0 && record.dst_payload_bytes > 0;
            if !both || port >= 1024 && record.port_hint.is_none() || port >= EPHEMERAL {
                return;
            }
            "unknown"
        }
    };
    // Nothing but a datagram each way, and no port that a service would choose.
    if transport == "udp" && port >= EPHEMERAL && record.confidence != Some(dpi::Confidence::Proven.name()) {
        return;
    }
    heard.about(look.dst()).service(Service {
        transport,
        port,
        protocol: protocol.into(),
        source: "traffic",
        ..Service::default()
    });
    if let Some(role) = role(look, protocol, port) {
        heard.role(role);
    }
}

/// The handshake was completed; or the connection was open already, and the ports tell who is who.
fn has_answered_tcp(look: &FlowLook<'_>, src_port: u16, port: u16) -> bool {
    let entry = &look.ended.entry;
    if matches!(entry.current_state(), State::SynSent | State::SynReceived | State::New) {
        return false;
    }
    let history = look.record.tcp_history.as_deref().unwrap_or_default();
    if history.contains(['S', 'H']) || history.contains('h') || entry.handshake_us().is_some() {
        return entry.handshake_us().is_some() || look.record.dst_payload_bytes > 0;
    }
    port < src_port && port < EPHEMERAL && look.record.dst_payload_bytes > 0
}

fn role(look: &FlowLook<'_>, protocol: &str, port: u16) -> Option<Role> {
    let said = |field| look.text(field);
    match protocol {
        "dns" if port == 53 => {
            let dns = look.ended.facts.as_deref()?.dns.as_deref()?;
            // REFUSED and NOTAUTH (RFC 1035 s4.1.1, RFC 8945 s5.2) serve nobody.
            dns.rcode.filter(|rcode| !matches!(rcode, 4 | 5 | 9)).map(|_| Role::DnsServer)
        }
        // RFC 5905 s7.3: stratum 0 is a kiss-o'-death, 16 not synchronised.
        "ntp" if port == 123 => match look.number("stratum") {
            Some(1..=15) if said("mode") == Some("server") => Some(Role::NtpServer),
            _ => None,
        },
        "kerberos" if port == 88 => Some(Role::DirectoryServer),
        "ldap" if matches!(port, 389 | 3268) => Some(Role::DirectoryServer),
        "smb" if matches!(port, 445 | 139) => said_share(look).then_some(Role::FileServer),
        "nfs" | "afp" => Some(Role::FileServer),
        "lpd" => Some(Role::Printer),
        _ => None,
    }
}

/// Every Windows answers SMB; who has shares that others open is a file server. `IPC$` is for
/// messages, and those that end in `$` are the administrator's.
fn said_share(look: &FlowLook<'_>) -> bool {
    look.list("share").iter().any(|share| !share.ends_with('$'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{By, CLIENT, SERVER, Talk, of, services};
    use crate::sighting::Fact;

    const SSH: &[(By, &[u8])] =
        &[(By::Server, b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"), (By::Client, b"SSH-2.0-PuTTY\r\n")];

    fn dns_answer() -> Vec<u8> {
        let mut answer = DNS_QUESTION.to_vec();
        (answer[2], answer[3], answer[7]) = (0x81, 0x80, 1);
        answer.extend(b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\xc0\xa8\x01\x07");
        answer
    }

    const DNS_QUESTION: &[u8] = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x04host\x03lan\0\0\x01\0\x01";

    #[test]
    fn who_answers_offers_a_service() {
        let heard = Talk::tcp(2222, SSH).sightings();
        let offered = services(&heard, SERVER);
        assert!(offered.contains(&("ssh".into(), "traffic")), "{offered:?}");
        assert!(services(&heard, CLIENT).is_empty());
    }

    #[test]
    fn a_resolver_is_a_dns_server() {
        let said = [(By::Client, DNS_QUESTION), (By::Server, &dns_answer())];
        let heard = Talk::udp(53, &said).sightings();
        assert!(of(&heard, SERVER).contains(&Fact::Role(Role::DnsServer)), "{heard:?}");
        let alone = Talk::udp(53, &said[..1]).sightings();
        assert!(of(&alone, SERVER).is_empty(), "nobody answered: {alone:?}");
    }

    #[test]
    fn unknown_protocols_need_payload_both_ways_at_a_port_of_a_service() {
        let both: &[(By, &[u8])] = &[(By::Client, b"\x07\x99qq\x01"), (By::Server, b"\xfe\x07zz\x02")];
        assert_eq!(services(&Talk::tcp(70, both).sightings(), SERVER), [("unknown".into(), "traffic")]);
        assert!(services(&Talk::tcp(39999, both).sightings(), SERVER).is_empty());
        assert!(services(&Talk::tcp(70, &both[..1]).sightings(), SERVER).is_empty());
    }

    #[test]
    fn peers_offer_no_services() {
        let hello = [&b"\x13BitTorrent protocol\0\0\0\0\0\0\0\0"[..], &[7; 40]].concat();
        let heard = Talk::tcp(6881, &[(By::Client, &hello), (By::Server, &hello)]).sightings();
        assert!(services(&heard, SERVER).is_empty(), "{heard:?}");
    }

    #[test]
    fn a_connection_joined_later_has_its_service_at_the_lower_port() {
        let talk = Talk { from_start: false, ..Talk::tcp(22, SSH) };
        let heard = talk.sightings();
        assert!(services(&heard, CLIENT).is_empty(), "{heard:?}");
    }
}
