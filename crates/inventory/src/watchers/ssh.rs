//! SSH: the identification lines (RFC 4253 s4.2) of both sides.

use crate::classify::{distribution, openssh, product, signs};
use crate::sighting::{About, Service};
use crate::watcher::{FlowLook, Heard, On, Read, Watcher};

pub(crate) const SSH: Watcher = Watcher {
    name: "ssh",
    on: &[On::Flow("ssh")],
    notes: &[("ssh", &["server", "client", "hassh", "hassh_server"])],
    read: Read::Flow(read),
};

fn read(look: &FlowLook<'_>, heard: &mut Heard<'_>) {
    if let Some(banner) = look.text("client") {
        heard.about(look.src()).text("ssh", "client", banner);
        heard.text("ssh", "hassh", look.text("hassh").unwrap_or_default());
        if let Some(software) = software(banner) {
            system(software, banner, heard);
        }
    }
    if let Some(banner) = look.text("server") {
        heard.about(look.dst()).text("ssh", "server", banner);
        heard.text("ssh", "hassh_server", look.text("hassh_server").unwrap_or_default());
        if let Some(software) = software(banner) {
            service(look, software, heard);
            system(software, banner, heard);
        }
    }
}

/// What follows `SSH-2.0-`, comment included.
fn software(banner: &str) -> Option<&str> {
    Some(banner.strip_prefix("SSH-")?.split_once('-')?.1.trim())
}

fn service(look: &FlowLook<'_>, software: &str, heard: &mut Heard<'_>) {
    let Some(port) = look.record.dst_port else { return };
    let word = software.split(' ').next().unwrap_or_default();
    let sign = signs::find_in("ssh", software).and_then(|(part, sign)| sign.product(part, software));
    let own = product::first(word);
    let version = own.as_ref().and_then(|own| own.version).or_else(|| sign.and_then(|(_, version)| version));
    let Some(name) = sign.map(|(name, _)| name).or_else(|| own.as_ref().map(|own| own.name)) else { return };
    heard.service(Service {
        transport: look.transport(),
        port,
        protocol: "ssh".into(),
        product: Some(name.into()),
        version: version.map(Into::into),
        source: "banner",
        ..Service::default()
    });
}

fn system(software: &str, banner: &str, heard: &mut Heard<'_>) {
    let reason = format!("\"{banner}\"");
    if let Some((_, sign)) = signs::find_in("ssh", software) {
        sign.vote(heard, "ssh", &reason);
    }
    let Some(version) = software.strip_prefix("OpenSSH_") else { return };
    let (version, comment) = version.split_once(' ').unwrap_or((version, ""));
    let Some(said) = distribution::of(comment) else { return };
    // `Debian` alone, and `Ubuntu` always, leave the release to the version of OpenSSH.
    match openssh::release(&said, version) {
        Some(release) => heard.vote(About::Os, release, 82, "ssh", &reason),
        None => heard.vote(About::Os, &said, 88, "ssh", &reason),
    };
    if said.starts_with("Raspbian") {
        heard.vote(About::Type, "single-board-computer", 80, "ssh", &reason);
        heard.vote(About::Vendor, "Raspberry Pi", 75, "ssh", &reason);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{By, CLIENT, SERVER, Talk, services, votes};

    fn talk(server: &str, client: &str) -> Vec<crate::Sighting> {
        let (server, client) = (format!("{server}\r\n"), format!("{client}\r\n"));
        Talk::tcp(22, &[(By::Server, server.as_bytes()), (By::Client, client.as_bytes())]).sightings()
    }

    #[test]
    fn releases_by_comment_and_version() {
        let heard = talk("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3", "SSH-2.0-OpenSSH_8.9p1 Ubuntu-3ubuntu0.6");
        assert_eq!(votes(&heard, SERVER, About::Os), ["Debian 12"]);
        assert_eq!(votes(&heard, CLIENT, About::Os), ["Ubuntu 22.04"]);
        assert!(services(&heard, SERVER).contains(&("ssh OpenSSH 9.2p1".into(), "banner")), "{heard:?}");
        assert!(services(&heard, CLIENT).is_empty());
    }

    #[test]
    fn others() {
        let heard = talk("SSH-2.0-ROSSSH", "SSH-2.0-PuTTY_Release_0.78");
        assert_eq!(votes(&heard, SERVER, About::Os), ["RouterOS"]);
        assert_eq!(votes(&heard, SERVER, About::Vendor), ["MikroTik"]);
        assert_eq!(votes(&heard, CLIENT, About::Os), ["Windows"]);
        let heard = talk("SSH-2.0-OpenSSH_for_Windows_8.1", "SSH-2.0-OpenSSH_9.5 FreeBSD-20231004");
        assert_eq!(votes(&heard, SERVER, About::Os), ["Windows"]);
        assert_eq!(votes(&heard, CLIENT, About::Os), ["FreeBSD"]);
        assert!(services(&heard, SERVER).contains(&("ssh OpenSSH for Windows 8.1".into(), "banner")));
        let heard = talk("SSH-2.0-dropbear_2019.78", "SSH-2.0-libssh2_1.9.0");
        assert!(services(&heard, SERVER).contains(&("ssh Dropbear 2019.78".into(), "banner")), "{heard:?}");
        assert_eq!(votes(&heard, CLIENT, About::Os), Vec::<String>::new());
    }

    #[test]
    fn a_bare_openssh_says_no_system() {
        let heard = talk("SSH-2.0-OpenSSH_9.6", "SSH-2.0-OpenSSH_9.6");
        assert!(votes(&heard, SERVER, About::Os).is_empty() && votes(&heard, CLIENT, About::Os).is_empty());
    }
}
