//! Alerts reach log servers and hooks as what they are, whatever they say.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_possible_truncation)]

mod common;

use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use common::collector::Collector;
use common::{HOSTILE, alert};
use model::{Alert, Severity};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::Value;
use store::Item;
use store::sinks::{
    Outlets, Secret, SyslogSettings, Wanted, WebhookFormat, WebhookSettings, check_webhook, open,
};

fn offer(outlets: &Outlets, alerts: impl IntoIterator<Item = Alert>) {
    let items: Vec<Item> = alerts.into_iter().map(|alert| Item::Alert(Box::new(alert))).collect();
    outlets.offer(&items.into(), true);
}

fn with(severity: Severity, title: &str) -> Alert {
    Alert { severity, title: title.into(), ..alert() }
}

fn overlong() -> Alert {
    let text = "]\"\\\n<&{title}ü".repeat(5000);
    let name = Some(text.clone());
    Alert { title: text.clone(), description: text, device_name: name.clone(), device: name, ..alert() }
}

fn until(what: &str, is: impl Fn() -> bool) {
    for _ in 0..2000 {
        if is() {
            return;
        }
        thread::sleep(Duration::from_millis(5));
    }
    panic!("{what}: not within ten seconds");
}

fn syslog(server: &str) -> Outlets {
    let syslog = SyslogSettings { server: server.parse().unwrap(), severity: Severity::Medium };
    let folder = tempfile::tempdir().unwrap();
    Outlets::start(open(Some(folder.path()), &Wanted { syslog: Some(syslog), ..Wanted::default() }))
}

/// Header fields, values of structured data with their escapes undone, and the message.
fn parsed(message: &str) -> (Vec<String>, Vec<(String, String)>, String) {
    let mut parts = message.splitn(7, ' ');
    let header = parts.by_ref().take(6).map(str::to_owned).collect();
    let mut rest = parts.next().unwrap().strip_prefix("[netmonsec@32473").unwrap();
    let mut values = Vec::new();
    while let Some(pair) = rest.strip_prefix(' ') {
        let (name, after) = pair.split_once("=\"").unwrap();
        let (mut value, mut characters) = (String::new(), after.char_indices());
        let end = loop {
            match characters.next().unwrap() {
                (_, '\\') => value.push(characters.next().unwrap().1),
                (at, '"') => break at,
                (_, c) => {
                    assert_ne!(c, ']');
                    value.push(c);
                }
            }
        };
        values.push((name.to_owned(), value));
        rest = &after[end + 1..];
    }
    (header, values, rest.strip_prefix("] ").unwrap().to_owned())
}

#[test]
fn syslog_over_udp_is_a_message_a_datagram() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let outlets = syslog(&format!("udp://{}", socket.local_addr().unwrap()));
    offer(&outlets, [with(Severity::Low, "not told"), alert(), overlong()]);
    let receive = || {
        let mut datagram = [0; 9000];
        let length = socket.recv(&mut datagram).unwrap();
        String::from_utf8(datagram[..length].to_vec()).unwrap()
    };
    let message = receive();
    assert!(!message.contains(char::is_control), "{message:?}");
    let (header, values, text) = parsed(&message);
    assert_eq!(header[0], "<131>1");
    assert_eq!(header[1], "2026-11-21T00:00:05.123456Z");
    assert_eq!((header[3].as_str(), header[5].as_str()), ("netmonsec", "port-scan"));
    let value = |name: &str| values.iter().find(|(n, _)| n == name).unwrap().1.clone();
    let shown = "=cmd|'/c calc'!A1\",<U+000D><U+000A><U+001B>[31m<U+0009>{\"event_type\":\"fake\"}<U+0000>";
    assert_eq!(value("device_name"), shown);
    assert_eq!((value("severity").as_str(), value("src_ip").as_str()), ("high", "10.0.0.9"));
    assert_eq!(text, format!("{shown} scans: {shown}"));
    let long = receive();
    assert!((1000..=2048).contains(&long.len()), "{}", long.len());
    let (_, values, text) = parsed(&long);
    assert!(values.iter().any(|(name, value)| name == "device_name" && value.starts_with("]\"\\<U+000A><&")));
    assert!(text.starts_with("\u{feff}]\"\\<U+000A>"), "{text}");
}

/// The next message of a connection, by its count.
fn next(reader: &mut BufReader<TcpStream>) -> String {
    let mut length = Vec::new();
    reader.read_until(b' ', &mut length).unwrap();
    let length: usize = std::str::from_utf8(&length).unwrap().trim_end().parse().unwrap();
    let mut message = vec![0; length];
    reader.read_exact(&mut message).unwrap();
    String::from_utf8(message).unwrap()
}

#[test]
fn syslog_over_tcp_counts_octets_and_comes_back() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    let outlets = syslog(&format!("tcp://{address}"));
    offer(&outlets, [alert(), overlong(), with(Severity::Critical, "third")]);
    let mut reader = BufReader::new(listener.accept().unwrap().0);
    assert!(next(&mut reader).contains("scans"));
    next(&mut reader);
    assert!(next(&mut reader).starts_with("<130>1 "));
    drop(reader);
    drop(listener);
    thread::sleep(Duration::from_millis(50));
    offer(&outlets, [with(Severity::High, "while away")]);
    until("it is missed", || outlets.status()[0].trouble.is_some());
    let listener = TcpListener::bind(address).unwrap();
    let mut reader = BufReader::new(listener.accept().unwrap().0);
    assert!(next(&mut reader).contains("while away"));
    drop(outlets);
}

#[test]
fn alerts_that_no_log_server_took_are_counted() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let outlets = syslog(&format!("tcp://{address}"));
    offer(&outlets, (0..10_007).map(|_| alert()));
    until("those beyond the bound are counted", || outlets.status()[0].lost == 7);
}

fn hook(server: &Collector, path: &str, format: WebhookFormat) -> WebhookSettings {
    let url = format!("{}{path}", server.url());
    check_webhook(&url, format).unwrap();
    WebhookSettings {
        url: Secret::from(url.as_str()),
        format,
        token: Secret::default(),
        severity: Severity::Medium,
        title: "{severity}: {title}".parse().unwrap(),
        text: "{description}".parse().unwrap(),
    }
}

fn hooks(webhooks: Vec<WebhookSettings>) -> Outlets {
    let folder = tempfile::tempdir().unwrap();
    Outlets::start(open(Some(folder.path()), &Wanted { webhooks, ..Wanted::default() }))
}

#[test]
fn hooks_get_a_request_an_alert_in_their_format() {
    let server = Collector::start(|_, _| 200);
    let outlets = hooks(vec![
        WebhookSettings { token: "S3cret".into(), ..hook(&server, "/json?key=1", WebhookFormat::Json) },
        hook(&server, "/services/T0/B0", WebhookFormat::Slack),
        hook(&server, "/up/topic", WebhookFormat::Ntfy),
    ]);
    let called = with(Severity::High, "<!channel> @here *a* & \"b\"\n{description}");
    offer(&outlets, [alert(), with(Severity::Low, "not told"), called, overlong()]);
    drop(outlets);
    let requests = server.requests();
    assert_eq!(requests.len(), 9);
    let to = |path: &str| -> Vec<Value> {
        let requests =
            requests.iter().filter(|request| request.head.starts_with(&format!("post {path} http/1.1\r\n")));
        requests.map(|request| serde_json::from_str(&request.body).unwrap()).collect()
    };
    let json = to("/json?key=1");
    assert_eq!(json[0]["alert"]["device_name"], HOSTILE);
    assert_eq!(json[0]["title"], "high: =cmd|'/c calc'!A1\",   [31m {\"event_type\":\"fake\"}  scans");
    assert!(json[0]["text"].as_str().unwrap().contains("\",\u{20}\n\u{20}[31m"));
    let bearers = requests.iter().filter(|request| request.head.contains("authorization: bearer s3cret\r\n"));
    assert_eq!(bearers.count(), 3);
    let slack = to("/services/t0/b0");
    let text = slack[1]["text"].as_str().unwrap();
    assert!(
        text.starts_with("*high: &lt;!channel&gt; @\u{200b}here *a* &amp; \"b\" {description}*\n"),
        "{text}"
    );
    let ntfy = to("/up/");
    assert_eq!((ntfy[0]["topic"].as_str(), ntfy[0]["priority"].as_u64()), (Some("topic"), Some(4)));
    assert_eq!(ntfy[0]["tags"], serde_json::json!(["high", "port-scan"]));
    assert!(ntfy[2]["message"].as_str().unwrap().len() <= 3500);
    assert!(ntfy[2]["title"].as_str().unwrap().len() <= 250);
}

#[test]
fn a_hook_in_trouble_is_asked_again_a_refusal_is_counted_and_no_message_has_the_address() {
    let server = Collector::start(|number, request| match (number, request.body.contains("refuse me")) {
        (0, _) => 500,
        (_, true) => 400,
        _ => 200,
    });
    let outlets = hooks(vec![hook(&server, "/T0/hunter2", WebhookFormat::Json)]);
    offer(
        &outlets,
        [with(Severity::High, "first"), with(Severity::High, "refuse me"), with(Severity::High, "last")],
    );
    until("trouble", || outlets.status()[0].trouble.is_some());
    let trouble = outlets.status()[0].trouble.clone().unwrap();
    assert_eq!(trouble, format!("{}: answers 500 said", server.url()));
    until("all are asked", || server.requests().len() == 4);
    until("the refusal is counted", || outlets.status()[0].lost == 1);
    drop(outlets);
    let titles = server
        .requests()
        .iter()
        .map(|r| r.body.split('"').nth(3).unwrap_or_default().to_owned())
        .collect::<Vec<_>>();
    assert_eq!(server.requests().len(), 4, "{titles:?}");
    assert!(server.requests()[3].body.contains("high: last"));
}

#[test]
fn a_redirect_is_not_followed() {
    let server = Collector::start(|_, _| 307);
    let outlets = hooks(vec![hook(&server, "/x", WebhookFormat::Json)]);
    offer(&outlets, [alert()]);
    until("trouble", || {
        outlets.status()[0].trouble.as_ref().is_some_and(|told| told.contains("answers 307"))
    });
}

/// An authority, and a certificate of its own for localhost; `None` without OpenSSL.
fn certificates(folder: &Path) -> Option<ServerConfig> {
    let openssl = |arguments: &str| {
        let mut command = Command::new("openssl");
        let command = command.args(arguments.split(' ')).current_dir(folder);
        command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .ok()
            .map(|status| assert!(status.success()))
    };
    std::fs::write(folder.join("leaf.ext"), "subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n")
        .unwrap();
    openssl("req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=authority")?;
    openssl("req -newkey rsa:2048 -nodes -keyout leaf.key -out leaf.csr -subj /CN=localhost")?;
    openssl(
        "x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out leaf.pem -days 2 -extfile leaf.ext",
    )?;
    let chain = vec![CertificateDer::from_pem_file(folder.join("leaf.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_file(folder.join("leaf.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    Some(builder.with_no_client_auth().with_single_cert(chain, key).unwrap())
}

/// What the machine trusts is told by the environment, so the client is a process of its own.
#[test]
fn a_hook_over_tls_must_have_a_certificate_that_the_machine_trusts() {
    const URL: &str = "NETMONSEC_TEST_HOOK";
    if let Ok(url) = std::env::var(URL) {
        let server = Collector::start(|_, _| 200);
        let url = Secret::from(url.as_str());
        let outlets = hooks(vec![WebhookSettings { url, ..hook(&server, "/", WebhookFormat::Json) }]);
        offer(&outlets, [alert()]);
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let Some(config) = certificates(folder.path()) else {
        eprintln!("skipped: openssl is not installed");
        return;
    };
    let server = Collector::with_tls(config, |_, _| 204);
    let client = |trust: Option<&str>| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "a_hook_over_tls_must_have_a_certificate_that_the_machine_trusts"]);
        command.env(URL, format!("https://localhost:{}/x", server.address.port()));
        command.env_remove("SSL_CERT_FILE").env_remove("SSL_CERT_DIR");
        if let Some(file) = trust {
            command.env("SSL_CERT_FILE", folder.path().join(file));
        }
        assert!(command.stdout(Stdio::null()).status().unwrap().success());
    };
    client(None);
    assert_eq!(server.requests().len(), 0);
    client(Some("ca.pem"));
    assert_eq!(server.requests().len(), 1);
    assert!(server.requests()[0].body.contains("\"title\":\"high: "));
}
