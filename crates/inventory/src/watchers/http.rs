//! HTTP: what servers and clients say of their software.

use crate::classify::{agent, distribution, product, signs, windows};
use crate::sighting::{About, Role, Service};
use crate::watcher::{FlowLook, Heard, On, Read, Watcher};

pub(crate) const HTTP: Watcher = Watcher {
    name: "http",
    on: &[
        On::Flow("http"),
        On::Flow("http2"),
        On::Flow("http-proxy"),
        On::Flow("websocket"),
        On::Flow("soap"),
        On::Flow("http-connect"),
    ],
    notes: &[("http", &["servers", "user_agents"])],
    read: Read::Flow(read),
};

fn read(look: &FlowLook<'_>, heard: &mut Heard<'_>) {
    let http = look.ended.facts.as_deref().and_then(|facts| facts.http.as_deref());
    let agent = http.and_then(|http| http.user_agent.as_deref()).or_else(|| look.text("user_agent"));
    if let Some(agent) = agent {
        heard.about(look.src());
        user_agent(agent, heard);
    }
    let server = http.and_then(|http| http.server.as_deref()).or_else(|| look.text("server"));
    if let Some(text) = server {
        heard.about(look.dst());
        server_header(look, text, heard);
    }
    let content = http.and_then(|http| http.content_type.as_deref()).unwrap_or_default();
    if content.starts_with("application/ipp") {
        heard.about(look.dst()).role(Role::Printer);
        // A print server answers so, too.
        heard.vote(About::Type, "printer", 60, "service", "answers to the Internet Printing Protocol");
    }
}

/// What a user agent says about whoever sent it.
pub(super) fn user_agent(text: &str, heard: &mut Heard<'_>) {
    heard.add("http", "user_agents", text);
    let Some(agent) = agent::read(text) else { return };
    let reason = format!("\"{text}\"");
    let mut vote = |about, value: &str, weight| {
        heard.vote(about, value, weight, "user-agent", &reason);
    };
    if let Some((os, weight)) = &agent.os {
        vote(About::Os, os, *weight);
    }
    if let Some((kind, weight)) = agent.kind {
        vote(About::Type, kind, weight);
    }
    if let Some((model, weight)) = &agent.model {
        vote(About::Model, model, *weight);
    }
    if let Some((vendor, weight)) = agent.vendor {
        vote(About::Vendor, vendor, weight);
    }
}

fn server_header(look: &FlowLook<'_>, text: &str, heard: &mut Heard<'_>) {
    heard.add("http", "servers", text);
    let sign = signs::find_in("http-server", text);
    let own = product::first(text);
    let named = sign.and_then(|(part, sign)| sign.product(part, text));
    let version = own.as_ref().and_then(|own| own.version).or_else(|| named.and_then(|(_, version)| version));
    if let (Some(name), Some(port)) =
        (named.map(|(name, _)| name).or(own.map(|own| own.name)), look.record.dst_port)
    {
        heard.service(Service {
            transport: look.transport(),
            port,
            protocol: look.record.protocol.into(),
            product: Some(name.into()),
            version: version.map(Into::into),
            source: "banner",
            ..Service::default()
        });
    }
    let reason = format!("Server: \"{text}\"");
    if let Some((_, sign)) = sign {
        sign.vote(heard, "http-server", &reason);
    }
    if let Some(os) = version.filter(|_| text.starts_with("Microsoft-IIS")).and_then(windows::of_iis) {
        heard.vote(About::Os, os, 82, "http-server", &reason);
    } else if let Some(os) = distribution::of(text) {
        heard.vote(About::Os, &os, 75, "http-server", &reason);
    }
    // `HP HTTP Server; HP LaserJet 4250 - Q5401A; Serial Number: ...`
    let model = text.strip_prefix("HP HTTP Server; ").and_then(|rest| rest.split([';', '-']).next());
    if let Some(model) = model.filter(|model| model.starts_with("HP ")) {
        heard.vote(About::Model, model, 92, "http-server", &reason);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{By, CLIENT, SERVER, Talk, of, services, votes};
    use crate::testing::noted;
    use dpi::Value;

    fn talk(agent: &str, server: &str) -> Talk {
        let request = format!("GET / HTTP/1.1\r\nHost: a.lan\r\nUser-Agent: {agent}\r\n\r\n");
        let response = format!("HTTP/1.1 200 OK\r\nServer: {server}\r\nContent-Length: 0\r\n\r\n");
        Talk::tcp(80, &[(By::Client, request.as_bytes()), (By::Server, response.as_bytes())])
    }

    #[test]
    fn servers_name_product_version_and_system() {
        let heard = talk("curl/8.5.0", "Apache/2.4.57 (Debian)").sightings();
        assert!(services(&heard, SERVER).contains(&("http Apache 2.4.57".into(), "banner")), "{heard:?}");
        assert_eq!(votes(&heard, SERVER, About::Os), ["Debian"]);
        assert_eq!(votes(&heard, CLIENT, About::Os), Vec::<String>::new(), "curl runs anywhere");
        assert_eq!(noted(&heard, "http", "user_agents"), Some(Value::List(vec!["curl/8.5.0".into()])));
    }

    #[test]
    fn clients_name_their_systems() {
        let heard = talk("Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X)", "nginx").sightings();
        assert_eq!(votes(&heard, CLIENT, About::Os), ["iOS 17.2"]);
        assert_eq!(votes(&heard, CLIENT, About::Type), ["phone"]);
        assert!(votes(&heard, SERVER, About::Os).is_empty() && !of(&heard, SERVER).is_empty());
    }

    #[test]
    fn printers_name_their_model() {
        let heard = talk("x", "HP HTTP Server; HP LaserJet 4250; Serial Number: 1").sightings();
        assert_eq!(votes(&heard, SERVER, About::Model), ["HP LaserJet 4250"]);
        assert_eq!(votes(&heard, SERVER, About::Type), ["printer"]);
        assert_eq!(votes(&heard, SERVER, About::Vendor), ["HP"]);
    }

    #[test]
    fn windows_servers_by_iis() {
        let heard = talk("x", "Microsoft-IIS/8.5").sightings();
        assert!(votes(&heard, SERVER, About::Os).contains(&"Windows Server 2012 R2".to_owned()));
        assert!(services(&heard, SERVER).contains(&("http Microsoft IIS 8.5".into(), "banner")));
    }
}
