//! Servers of mail, files and data: product and version, as they greet.

use crate::classify::{distribution, product, signs};
use crate::sighting::{About, NameSource, Service};
use crate::watcher::{FlowLook, Heard, On, Read, Watcher};

pub(crate) const GREETINGS: Watcher = Watcher {
    name: "greetings",
    on: &[
        On::Flow("ftp"),
        On::Flow("ftps"),
        On::Flow("smtp"),
        On::Flow("smtps"),
        On::Flow("imap"),
        On::Flow("imaps"),
        On::Flow("pop3"),
        On::Flow("pop3s"),
        On::Flow("nntp"),
        On::Flow("mysql"),
        On::Flow("postgresql"),
        On::Flow("redis"),
        On::Flow("tds"),
        On::Flow("clickhouse"),
        On::Flow("nats"),
        On::Flow("rsync"),
        On::Flow("zabbix"),
        On::Flow("checkmk"),
        On::Flow("munin"),
        On::Flow("afp"),
        On::Flow("stomp"),
        On::Flow("amqp"),
    ],
    notes: &[("banners", &["greetings"])],
    read: Read::Flow(read),
};

fn read(look: &FlowLook<'_>, heard: &mut Heard<'_>) {
    if look.record.dst_packets == 0 {
        return;
    }
    heard.about(look.dst());
    let said = |field| look.text(field);
    match look.record.protocol {
        "mysql" => {
            if let Some(version) = said("server_version") {
                mysql(look, version, heard);
            }
        }
        "postgresql" => known(look, "PostgreSQL", said("server_version"), heard),
        "redis" => known(look, "Redis", said("server_version"), heard),
        "nats" => known(look, "NATS", said("server_version"), heard),
        "clickhouse" => known(look, "ClickHouse", said("server").and(said("version")), heard),
        "rsync" => known(look, "rsync", said("server_version").map(|_| ""), heard),
        "zabbix" => known(look, "Zabbix", None, heard),
        "tds" => {
            let Some(server) = said("server") else { return };
            known(look, server, said("version"), heard);
            if server.contains("Microsoft") {
                heard.vote(About::Type, "server", 70, "banner", &format!("\"{server}\""));
            }
        }
        "checkmk" => {
            known(look, "Checkmk agent", said("version"), heard);
            heard.name(said("host").unwrap_or_default(), NameSource::Banner);
            if let Some(os) = said("os") {
                let shown = if os.eq_ignore_ascii_case("linux") { "Linux" } else { os };
                let shown = if os.eq_ignore_ascii_case("windows") { "Windows" } else { shown };
                heard.vote(About::Os, shown, 92, "banner", &format!("Checkmk agent on \"{os}\""));
            }
        }
        "munin" => {
            heard.name(said("node").unwrap_or_default(), NameSource::Banner);
        }
        "afp" => afp(look, heard),
        "stomp" | "amqp" => {
            if let Some(server) = said("server").or_else(|| said("product")) {
                let own = product::first(server);
                let version = own.as_ref().and_then(|own| own.version);
                known(look, own.as_ref().map_or(server, |own| own.name), version, heard);
            }
        }
        _ => {
            if let Some(banner) = said("banner") {
                greeting(look, banner, heard);
            }
        }
    }
}

/// `5.5.5-10.11.6-MariaDB-0+deb12u1`: for the sake of old clients MariaDB says 5.5.5 in front.
fn mysql(look: &FlowLook<'_>, said: &str, heard: &mut Heard<'_>) {
    let is_mariadb = product::find(said, "mariadb").is_some();
    let own = if is_mariadb { said.strip_prefix("5.5.5-").unwrap_or(said) } else { said };
    let number = own.split(['-', '+', '~']).next();
    known(look, if is_mariadb { "MariaDB" } else { "MySQL" }, number, heard);
    if let Some(os) = distribution::of(said) {
        heard.vote(About::Os, &os, 85, "banner", &format!("database version \"{said}\""));
    }
}

/// A server whose protocol says what it is.
fn known(look: &FlowLook<'_>, name: &str, version: Option<&str>, heard: &mut Heard<'_>) {
    let Some(port) = look.record.dst_port else { return };
    if let Some(os) = version.filter(|v| v.contains(' ')).and_then(distribution::of) {
        heard.vote(
            About::Os,
            &os,
            85,
            "banner",
            &format!("{name} version \"{}\"", version.unwrap_or_default()),
        );
    }
    let number = version.and_then(|version| version.split(' ').next()).filter(|number| !number.is_empty());
    heard.service(Service {
        transport: look.transport(),
        port,
        protocol: look.record.protocol.into(),
        product: Some(name.into()),
        version: number.map(Into::into),
        source: "banner",
        ..Service::default()
    });
}

fn greeting(look: &FlowLook<'_>, banner: &str, heard: &mut Heard<'_>) {
    heard.add("banners", "greetings", &format!("{}: {banner}", look.record.protocol));
    let reason = format!("{} greeting \"{banner}\"", look.record.protocol);
    if let Some((part, sign)) = signs::find_in("greeting", banner) {
        if let Some((name, version)) = sign.product(part, banner) {
            known(look, name, version, heard);
        }
        sign.vote(heard, "banner", &reason);
    }
    if let Some(os) = distribution::of(banner) {
        heard.vote(About::Os, &os, 75, "banner", &reason);
    }
    // RFC 5321 s4.2: a mail server greets with its name.
    let first = banner.split(' ').next().unwrap_or_default();
    let is_name = look.record.protocol.starts_with("smtp")
        && first.contains('.')
        && first.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c))
        && first.chars().any(|c| c.is_ascii_alphabetic());
    if is_name {
        heard.name(first, NameSource::Banner);
    }
}

/// Apple Filing Protocol: the server says its name and what machine it is.
fn afp(look: &FlowLook<'_>, heard: &mut Heard<'_>) {
    heard.name(look.text("server").unwrap_or_default(), NameSource::Banner);
    let Some(machine) = look.text("machine").filter(|machine| !machine.is_empty()) else { return };
    let reason = format!("AFP machine type \"{machine}\"");
    if machine.starts_with("Netatalk") {
        known(look, "Netatalk", product::version_behind(machine, "Netatalk"), heard);
        heard.vote(About::Os, "Linux", 50, "banner", &reason);
    } else if machine.starts_with("Mac") || machine.starts_with("iMac") {
        heard.vote(About::Vendor, "Apple", 75, "banner", &reason);
        heard.vote(About::Model, machine, 70, "banner", &reason);
    } else if machine.starts_with("TimeCapsule") || machine.starts_with("AirPort") {
        heard.vote(About::Vendor, "Apple", 88, "banner", &reason);
        heard.vote(About::Type, "access-point", 85, "banner", &reason);
        heard.vote(About::Model, machine, 85, "banner", &reason);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{By, CLIENT, SERVER, Talk, of, services, votes};
    use crate::sighting::Fact;

    #[test]
    fn mail_and_file_servers_greet() {
        let greeting = b"220 mail.example.org ESMTP Postfix (Debian/GNU)\r\n";
        let heard = Talk::tcp(25, &[(By::Server, greeting), (By::Client, b"EHLO a.example\r\n")]).sightings();
        assert!(services(&heard, SERVER).contains(&("smtp Postfix".into(), "banner")), "{heard:?}");
        assert_eq!(votes(&heard, SERVER, About::Os), ["Debian"]);
        let name = Fact::Name { name: "mail.example.org".into(), source: NameSource::Banner };
        assert!(of(&heard, SERVER).contains(&name));
        assert!(of(&heard, CLIENT).is_empty());
        let heard = Talk::tcp(21, &[(By::Server, b"220 (vsFTPd 3.0.3)\r\n"), (By::Client, b"USER x\r\n")])
            .sightings();
        assert!(services(&heard, SERVER).contains(&("ftp vsftpd 3.0.3".into(), "banner")), "{heard:?}");
    }

    #[test]
    fn databases_name_their_packages() {
        // Protocol 10 (MySQL's HandshakeV10): version, thread, salt, capabilities.
        let greeting = [
            &b"\x0a5.5.5-10.11.6-MariaDB-0+deb12u1\0\x2a\0\0\0abcdefgh\0\xfe\xf7\x2d\x02\0\xff\x81\x15"[..],
            &[0; 10],
            b"ijklmnopqrst\0mysql_native_password\0",
        ]
        .concat();
        let packet = [&[greeting.len() as u8, 0, 0, 0][..], &greeting].concat();
        let heard = Talk::tcp(3306, &[(By::Server, &packet)]).sightings();
        assert!(services(&heard, SERVER).contains(&("mysql MariaDB 10.11.6".into(), "banner")), "{heard:?}");
        assert_eq!(votes(&heard, SERVER, About::Os), ["Debian 12"]);
    }
}
