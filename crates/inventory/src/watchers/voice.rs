//! Telephony and streaming (SIP, RTSP, Skinny and others): telephones, exchanges, cameras.

use crate::classify::signs;
use crate::sighting::{About, Role, Service};
use crate::watcher::{FlowLook, Heard, On, Read, Watcher};

pub(crate) const VOICE: Watcher = Watcher {
    name: "voice",
    on: &[On::Flow("sip"), On::Flow("rtsp"), On::Flow("skinny"), On::Flow("unistim")],
    notes: &[("sip", &["user_agents", "addresses"])],
    read: Read::Flow(read),
};

fn read(look: &FlowLook<'_>, heard: &mut Heard<'_>) {
    match look.record.protocol {
        "sip" => sip(look, heard),
        "rtsp" => rtsp(look, heard),
        "skinny" => {
            heard.about(look.src());
            heard.vote(About::Type, "voip-phone", 80, "service", "speaks Cisco's Skinny to a call manager");
            heard.vote(About::Vendor, "Cisco", 75, "service", "speaks Cisco's Skinny to a call manager");
            heard.role(Role::Phone);
        }
        // Both sides use one port, so who is the telephone is not known.
        _ => {}
    }
}

fn sip(look: &FlowLook<'_>, heard: &mut Heard<'_>) {
    let method = look.text("method").unwrap_or_default();
    let agent = look.text("user_agent");
    // The request's header; where only a response was seen, it is not known whose it is.
    if let Some(agent) = agent.filter(|_| !method.is_empty()) {
        heard.about(look.src()).add("sip", "user_agents", agent);
        let is_phone = said_by(agent, heard);
        if is_phone && method == "REGISTER" {
            heard.role(Role::Phone);
        }
    }
    if method == "REGISTER" {
        heard.about(look.src()).add("sip", "addresses", look.text("to").unwrap_or_default());
    }
    if let Some(server) = look.text("server").filter(|_| look.record.dst_packets > 0) {
        heard.about(look.dst()).add("sip", "user_agents", server);
        said_by(server, heard);
        software(look, "sip", "sip", server, heard);
    }
}

/// True if it is a telephone's.
fn said_by(agent: &str, heard: &mut Heard<'_>) -> bool {
    let Some((_, sign)) = signs::find_in("sip", agent) else { return false };
    sign.vote(heard, "sip", &format!("SIP software \"{agent}\""));
    sign.is_kind("voip-phone")
}

fn rtsp(look: &FlowLook<'_>, heard: &mut Heard<'_>) {
    if look.record.dst_payload_bytes == 0 {
        return;
    }
    heard.about(look.dst());
    // Players and media servers do so as well, but on a network of one's own cameras are what does.
    heard.vote(About::Type, "camera", 45, "service", "serves streams by RTSP");
    if let Some(server) = look.text("server") {
        if let Some((_, sign)) = signs::find_in("rtsp-server", server) {
            sign.vote(heard, "rtsp", &format!("RTSP server \"{server}\""));
        }
        software(look, "rtsp", "rtsp-server", server, heard);
    }
}

fn software(look: &FlowLook<'_>, protocol: &str, kind: &str, said: &str, heard: &mut Heard<'_>) {
    let Some(port) = look.record.dst_port else { return };
    let own = crate::classify::product::first(said);
    let named = signs::find_in(kind, said).and_then(|(part, sign)| sign.product(part, said));
    let Some((name, version)) = named.or_else(|| own.map(|own| (own.name, own.version))) else { return };
    heard.service(Service {
        transport: look.transport(),
        port,
        protocol: protocol.into(),
        product: Some(name.into()),
        version: version.map(Into::into),
        source: "banner",
        ..Service::default()
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{By, CLIENT, SERVER, Talk, of, services, votes};
    use crate::sighting::Fact;

    const REGISTER: &[u8] = b"REGISTER sip:pbx.example SIP/2.0\r\nVia: SIP/2.0/UDP 192.168.1.10\r\nFrom: <sip:7@pbx.example>;tag=1\r\nTo: <sip:7@pbx.example>\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\nUser-Agent: Yealink SIP-T46S 66.84.0.15\r\nContent-Length: 0\r\n\r\n";
    const OK: &[u8] = b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.168.1.10\r\nFrom: <sip:7@pbx.example>;tag=1\r\nTo: <sip:7@pbx.example>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\nServer: Asterisk PBX 18.9.0\r\nContent-Length: 0\r\n\r\n";

    #[test]
    fn telephones_and_exchanges() {
        let heard = Talk::udp(5060, &[(By::Client, REGISTER), (By::Server, OK)]).sightings();
        assert_eq!(votes(&heard, CLIENT, About::Type), ["voip-phone"]);
        assert!(of(&heard, CLIENT).contains(&Fact::Role(Role::Phone)), "{heard:?}");
        assert_eq!(votes(&heard, SERVER, About::Type), ["server"]);
        assert!(
            services(&heard, SERVER).iter().any(|(service, _)| service.starts_with("sip Asterisk")),
            "{heard:?}"
        );
    }

    #[test]
    fn who_serves_streams_may_be_a_camera() {
        let ask = b"OPTIONS rtsp://192.168.1.20/ RTSP/1.0\r\nCSeq: 1\r\n\r\n";
        let answer = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer: Hipcam RealServer/V1.0\r\nPublic: OPTIONS, DESCRIBE\r\n\r\n";
        let heard = Talk::tcp(554, &[(By::Client, ask), (By::Server, answer)]).sightings();
        assert_eq!(votes(&heard, SERVER, About::Type), ["camera", "camera"]);
        let alone = Talk::tcp(554, &[(By::Client, ask)]).sightings();
        assert!(of(&alone, SERVER).iter().all(|fact| !matches!(fact, Fact::Vote(_))), "{alone:?}");
    }
}
