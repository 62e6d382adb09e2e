//! Kerberos (RFC 4120): machine accounts, realms; and what else a domain's members say.

use crate::sighting::{About, NameSource};
use crate::watcher::{FlowLook, Heard, On, Read, Watcher};

pub(crate) const DIRECTORY: Watcher = Watcher {
    name: "directory",
    on: &[On::Flow("kerberos")],
    notes: &[("kerberos", &["realms", "users", "services"])],
    read: Read::Flow(read),
};

fn read(look: &FlowLook<'_>, heard: &mut Heard<'_>) {
    let realm = look.text("realm").unwrap_or_default();
    heard.about(look.src()).add("kerberos", "realms", realm);
    if let Some(client) = look.text("client").filter(|client| !client.is_empty()) {
        match machine(client) {
            // A machine's account is its name and a dollar sign, and so it is in a domain.
            Some(name) => {
                heard.name(name, NameSource::Kerberos);
                heard.vote(About::Type, "computer", 60, "kerberos", &format!("machine account {client}"));
            }
            None => {
                heard.add("kerberos", "users", client);
            }
        }
    }
    heard.add("kerberos", "services", look.text("service").unwrap_or_default());
    if look.record.dst_packets > 0 {
        heard.about(look.dst()).add("kerberos", "realms", realm);
    }
}

/// `PC-7$`, or `host/pc-7.example.org` as machines that are not Windows have it.
fn machine(client: &str) -> Option<&str> {
    let name = match client.strip_suffix('$') {
        Some(name) => name,
        None => client.strip_prefix("host/").filter(|name| name.contains('.'))?,
    };
    let ok =
        (1..=255).contains(&name.len()) && name.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c));
    ok.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::machine;

    #[test]
    fn accounts_of_machines() {
        assert_eq!(
            (machine("PC-7$"), machine("host/pc.example.org")),
            (Some("PC-7"), Some("pc.example.org"))
        );
        assert_eq!(
            (machine("alice"), machine("$"), machine("host/x"), machine("a b$")),
            (None, None, None, None)
        );
    }
}
