//! TLS: the certificate that a server of this place shows, as far as it is in clear (TLS 1.2 and
//! older).

use crate::classify::signs;
use crate::sighting::NameSource;
use crate::watcher::{FlowLook, Heard, On, Read, Watcher};

pub(crate) const TLS: Watcher = Watcher {
    name: "tls",
    on: &[On::AnyFlow],
    notes: &[("tls", &["certificates", "issuers", "ja4"])],
    read: Read::Flow(read),
};

fn read(look: &FlowLook<'_>, heard: &mut Heard<'_>) {
    let Some(facts) = look.ended.facts.as_deref() else { return };
    if let Some(ja4) = facts.ja4.as_deref() {
        heard.about(look.src()).add("tls", "ja4", ja4);
    }
    let Some(certificate) = facts.tls.as_deref().and_then(|tls| tls.certificate.as_deref()) else { return };
    heard.about(look.dst());
    heard.add("tls", "certificates", &certificate.subject);
    if !certificate.self_signed {
        heard.add("tls", "issuers", &certificate.issuer);
    }
    let common = attribute(&certificate.subject, "CN");
    if let Some(name) = common.filter(|name| is_host_name(name)) {
        heard.name(name, NameSource::Certificate);
    }
    let both = format!("{} {}", certificate.subject, certificate.issuer);
    if let Some((part, sign)) = signs::find_in("certificate", &both) {
        let reason = format!("certificate of \"{}\"", certificate.subject);
        sign.vote(heard, "certificate", &reason);
        if let (Some((name, _)), Some(port)) = (sign.product(part, &both), look.record.dst_port) {
            heard.service(crate::sighting::Service {
                transport: look.transport(),
                port,
                protocol: look.record.protocol.into(),
                product: Some(name.into()),
                source: "banner",
                ..crate::sighting::Service::default()
            });
        }
    }
}

/// The value of an attribute in a name as RFC 4514 writes it.
fn attribute<'a>(name: &'a str, wanted: &str) -> Option<&'a str> {
    let parts = name.split([',', '+']);
    parts
        .filter_map(|part| part.trim().split_once('='))
        .find(|(key, _)| *key == wanted)
        .map(|(_, value)| value)
}

/// A name of one host: a dot in it, no wildcard, no address, no placeholder.
fn is_host_name(name: &str) -> bool {
    name.contains('.')
        && name.len() <= 253
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c))
        && name.chars().any(|c| c.is_ascii_alphabetic())
        && !name.starts_with("localhost")
        && !name.ends_with(".localhost")
        && name.parse::<std::net::IpAddr>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_of_names() {
        let name = "CN=nas.example.org,O=Synology Inc.,C=TW";
        assert_eq!(
            (attribute(name, "CN"), attribute(name, "O")),
            (Some("nas.example.org"), Some("Synology Inc."))
        );
        assert_eq!((attribute(name, "L"), attribute("", "CN")), (None, None));
    }

    #[test]
    fn names_of_hosts() {
        assert!(is_host_name("nas.example.org"));
        for no in ["*.example.org", "192.168.1.1", "localhost.localdomain", "UniFi", "a b.c", ""] {
            assert!(!is_host_name(no), "{no}");
        }
    }
}
