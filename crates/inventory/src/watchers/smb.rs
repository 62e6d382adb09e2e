//! SMB, and NTLM wherever it is carried ([MS-NLMP]): names and versions of both sides.

use crate::classify::windows;
use crate::sighting::{About, NameSource, Service};
use crate::watcher::{FlowLook, Heard, On, Read, Watcher};

pub(crate) const SMB: Watcher = Watcher {
    name: "smb",
    on: &[On::Flow("smb"), On::Flow("dcerpc"), On::Flow("ldap")],
    notes: &[(
        "smb",
        &[
            "dialect",
            "signing",
            "domain",
            "client_version",
            "server_version",
            "os",
            "software",
            "shares",
            "users",
        ],
    )],
    read: Read::Flow(read),
};

fn read(look: &FlowLook<'_>, heard: &mut Heard<'_>) {
    client(look, heard);
    server(look, heard);
}

fn client(look: &FlowLook<'_>, heard: &mut Heard<'_>) {
    heard.about(look.src());
    if let Some(host) = look.text("host").and_then(host_name) {
        heard.name(host, NameSource::Ntlm);
    }
    let domain = look.text("domain").unwrap_or_default();
    // Without a domain its own name stands there.
    if look.text("host").is_none_or(|host| !host.eq_ignore_ascii_case(domain)) && domain != "WORKGROUP" {
        heard.text("smb", "domain", domain);
    }
    if look.record.protocol == "smb"
        && let Some(user) = look.text("user").filter(|user| !user.is_empty())
    {
        heard.add("smb", "users", user);
    }
    if let Some(version) = look.text("client_version") {
        heard.text("smb", "client_version", version);
        release(version, heard);
    }
}

fn server(look: &FlowLook<'_>, heard: &mut Heard<'_>) {
    if look.record.dst_packets == 0 {
        return;
    }
    heard.about(look.dst());
    if let Some(name) = look.text("server_name").and_then(host_name) {
        heard.name(name, NameSource::Ntlm);
        // The target is the domain of a member, and the server itself if it is in none.
        if let Some(target) = look.text("server").filter(|target| !target.eq_ignore_ascii_case(name)) {
            heard.text("smb", "domain", target);
        }
    }
    if let Some(version) = look.text("server_version") {
        heard.text("smb", "server_version", version);
        release(version, heard);
    }
    if look.record.protocol != "smb" {
        return;
    }
    heard.text("smb", "dialect", look.text("dialect").unwrap_or_default());
    heard.text("smb", "signing", look.text("signing").unwrap_or_default());
    for share in look.list("share") {
        heard.add("smb", "shares", share);
    }
    native(look, heard);
}

/// SMB 1 has the system and the software of the server in words ([MS-SMB] s2.2.4.6.2).
fn native(look: &FlowLook<'_>, heard: &mut Heard<'_>) {
    let (os, software) =
        (look.text("os").unwrap_or_default(), look.text("native_lan_manager").unwrap_or_default());
    heard.text("smb", "os", os).text("smb", "software", software);
    let reason = format!("SMB says \"{os}\", \"{software}\"");
    let mut words = software.splitn(2, ' ');
    if let (Some("Samba"), version, Some(port)) = (words.next(), words.next(), look.record.dst_port) {
        heard.service(Service {
            transport: look.transport(),
            port,
            protocol: "smb".into(),
            product: Some("Samba".into()),
            version: version.map(Into::into),
            source: "banner",
            ..Service::default()
        });
        // Samba also runs on BSDs; and it calls its system Windows 6.1, or Unix.
        let os = crate::classify::distribution::of(version.unwrap_or_default());
        heard.vote(About::Os, os.as_deref().unwrap_or("Linux"), 65, "smb", &reason);
    } else if os.starts_with("Windows") && software.starts_with("Windows") {
        // The build stands at the end: `Windows 7 Professional 7601 Service Pack 1`.
        let name: Vec<&str> = os
            .split(' ')
            .take_while(|word| word.parse::<u32>().map_or(true, |n| n < 2600 || (2000..=2099).contains(&n)))
            .collect();
        let name = name.join(" ");
        heard.vote(About::Os, if name == "Windows 5.1" { "Windows XP" } else { &name }, 92, "smb", &reason);
        if name.contains("Server") {
            heard.vote(About::Type, "server", 85, "smb", &reason);
        }
    }
}

fn release(version: &str, heard: &mut Heard<'_>) {
    let Some(release) = windows::release(version) else { return };
    let reason = format!("NTLM version {version}");
    // Others that log in with NTLM say the first Windows 7; Windows does not lie about its build.
    let weight = if version == "6.1.7600" { 45 } else { 92 };
    heard.vote(About::Os, release, weight, "ntlm", &reason);
    if windows::is_server(release) {
        heard.vote(About::Type, "server", 85, "ntlm", &reason);
    } else if !release.contains("Server") {
        heard.vote(About::Type, "computer", 75, "ntlm", &reason);
    }
}

/// A name that is one: neither an address nor what tools make up.
fn host_name(name: &str) -> Option<&str> {
    let name = name.trim().trim_start_matches('\\').trim_end_matches('\0');
    let ok = (1..=63).contains(&name.len())
        && name.parse::<std::net::IpAddr>().is_err()
        && name.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c))
        && !["WORKSTATION", "NULL", "LOCALHOST"].iter().any(|no| no.eq_ignore_ascii_case(name));
    ok.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{By, CLIENT, SERVER, Talk, of, votes};
    use crate::sighting::Fact;
    use crate::testing::noted;

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    /// Length, allocated length, offset of something at `at`.
    fn place(bytes: &[u8], at: usize) -> Vec<u8> {
        let len = (bytes.len() as u16).to_le_bytes();
        [&len[..], &len, &(at as u32).to_le_bytes()].concat()
    }

    fn challenge(build: u16) -> Vec<u8> {
        let (target, name) = (utf16("CORP"), utf16("FILES01"));
        let info = [&[1, 0, name.len() as u8, 0][..], &name, &[0; 4]].concat();
        let head =
            [&b"NTLMSSP\0\x02\0\0\0"[..], &place(&target, 56), &[1, 0, 0, 2], &[7; 8], &[0; 8]].concat();
        let version = [&[10, 0][..], &build.to_le_bytes(), &[0, 0, 0, 15]].concat();
        [&head[..], &place(&info, 56 + target.len()), &version, &target, &info].concat()
    }

    fn authenticate(build: u16) -> Vec<u8> {
        let (domain, user, host) = (utf16("CORP"), utf16("eve"), utf16("PC-7"));
        let mut at = 72;
        let mut places = vec![place(&[], at), place(&[], at)];
        for text in [&domain, &user, &host] {
            places.push(place(text, at));
            at += text.len();
        }
        places.push(place(&[], at));
        let version = [&[10, 0][..], &build.to_le_bytes(), &[0, 0, 0, 15]].concat();
        let head = [&b"NTLMSSP\0\x03\0\0\0"[..], &places.concat(), &[1, 0, 0, 2], &version].concat();
        [&head[..], &domain, &user, &host].concat()
    }

    /// A session setup of SMB 2 ([MS-SMB2] s2.2.5, s2.2.6) with a security blob.
    fn session_setup(is_response: bool, blob: &[u8]) -> Vec<u8> {
        let mut header = vec![0; 64];
        header[..6].copy_from_slice(b"\xfeSMB\x40\0");
        header[12] = 1;
        header[16] = u8::from(is_response);
        let body = if is_response {
            vec![9, 0, 0, 0, 72, 0]
        } else {
            vec![25, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 88, 0]
        };
        let mut body = [&body[..], &(blob.len() as u16).to_le_bytes()].concat();
        body.resize(if is_response { 8 } else { 24 }, 0);
        let message = [&header[..], &body, blob].concat();
        [&[0, 0][..], &(message.len() as u16).to_be_bytes(), &message].concat()
    }

    fn talk(build: u16) -> Talk {
        Talk::tcp(
            445,
            &[
                (By::Client, &session_setup(false, b"NTLMSSP\0\x01\0\0\0\0\0\0\0")),
                (By::Server, &session_setup(true, &challenge(build))),
                (By::Client, &session_setup(false, &authenticate(19045))),
            ],
        )
    }

    #[test]
    fn both_sides_say_name_domain_and_version() {
        let heard = talk(20348).sightings();
        let name = |name: &str| Fact::Name { name: name.into(), source: NameSource::Ntlm };
        assert!(of(&heard, SERVER).contains(&name("FILES01")), "{heard:?}");
        assert!(of(&heard, CLIENT).contains(&name("PC-7")), "{heard:?}");
        assert_eq!(votes(&heard, SERVER, About::Os), ["Windows Server 2022"]);
        assert_eq!(votes(&heard, SERVER, About::Type), ["server"]);
        assert_eq!(votes(&heard, CLIENT, About::Os), ["Windows 10 22H2"]);
        assert_eq!(noted(&heard, "smb", "domain"), Some(dpi::Value::Text("CORP".into())));
    }

    #[test]
    fn build_zero_is_no_windows() {
        let heard = talk(0).sightings();
        assert_eq!(votes(&heard, SERVER, About::Os), Vec::<String>::new());
    }

    #[test]
    fn addresses_and_placeholders_are_no_names() {
        assert_eq!((host_name("10.0.0.1"), host_name("WORKSTATION"), host_name("")), (None, None, None));
        assert_eq!((host_name("\\\\pc-1"), host_name("a b")), (Some("pc-1"), None));
    }
}
