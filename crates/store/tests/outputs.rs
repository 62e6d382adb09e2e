//! Files for other programs hold what they were given, whatever that says.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_possible_truncation)]

mod common;

use std::fs;
use std::sync::Arc;

use common::{HOSTILE, MIDNIGHT, alert, flow};
use serde_json::Value;
use store::Item;
use store::sinks::{Outlets, Wanted, open};

/// Hostile flows, ones that end before and after midnight, and an alert, in all outputs.
fn written() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let wanted = Wanted { csv: true, eve: true, days: 7, ..Wanted::default() };
    let outlets = Outlets::start(open(Some(folder.path()), &wanted));
    let mut items: Vec<Item> = (0..100).map(|n| Item::Flow(Arc::new(flow(n, MIDNIGHT + n)))).collect();
    let mut bad = flow(100, MIDNIGHT + 100);
    bad.record.hostname = Some(HOSTILE.into());
    bad.record.dns = Some(model::Dns {
        query: HOSTILE.into(),
        qtype: "TXT".into(),
        rcode: Some("NOERROR".into()),
        answers: vec![HOSTILE.into()],
        rtt_ms: Some(1.0),
    });
    items.push(Item::Flow(Arc::new(bad)));
    items.extend(of_each_protocol().into_iter().map(|flow| Item::Flow(Arc::new(flow))));
    items.push(Item::Alert(Box::new(alert())));
    items.push(Item::Traffic {
        minute: wire::Timestamp::new(MIDNIGHT, 0),
        packets: 5,
        bytes: 50,
        dropped: 2,
    });
    outlets.offer(&items.into(), true);
    outlets.offer(&vec![Item::Flow(Arc::new(flow(200, MIDNIGHT + 86_400)))].into(), true);
    drop(outlets);
    folder
}

#[test]
fn csv_has_a_line_a_record_and_no_formula() {
    let folder = written();
    let today = fs::read_to_string(folder.path().join("flows_20261122.csv")).unwrap();
    assert_eq!(today.lines().count(), 2);
    assert!(folder.path().join("flows_20261121.csv.gz").exists());
    let alerts = fs::read_to_string(folder.path().join("alerts_20261121.csv")).unwrap();
    let lines: Vec<_> = alerts.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].starts_with("id,time,detector,severity,title"));
    assert!(lines[1].contains("\"'=cmd|'/c calc'!A1\"\",  "), "{}", lines[1]);
    assert!(alerts.bytes().all(|byte| byte == b'\n' || byte >= b' '));
    let columns = today.lines().map(|line| line.split(',').count()).collect::<Vec<_>>();
    assert_eq!(columns[0], columns[1], "{today}");
}

/// What each type of event may hold, and what that is: n a whole number, s a text, t a time, b true or
/// false, o an object, [ a list of texts, { a list of objects. From "Eve JSON Format" of Suricata's manual.
const EVENTS: &[(&str, &str)] = &[
    (
        "event",
        "timestamp:t flow_id:n in_iface:s event_type:s vlan:n src_ip:s src_port:n dest_ip:s dest_port:n proto:s community_id:s app_proto:s",
    ),
    (
        "flow",
        "pkts_toserver:n pkts_toclient:n bytes_toserver:n bytes_toclient:n start:t end:t age:n state:s reason:s alerted:b",
    ),
    ("dns", "version:n type:s id:n flags:s qr:b rd:b ra:b rrname:s rrtype:s rcode:s answers:{"),
    (
        "http",
        "hostname:s url:s http_user_agent:s http_content_type:s http_method:s status:n protocol:s length:n",
    ),
    (
        "tls",
        "subject:s issuerdn:s serial:s fingerprint:s subjectaltname:[ sni:s version:s notbefore:s notafter:s ja3:o ja3s:o ja4:s",
    ),
    ("quic", "version:s sni:s ua:s ja3:o ja3s:o ja4:s"),
    ("ssh", "client:o server:o"),
    ("smb", "id:n dialect:s command:s status:s session_id:n tree_id:n filename:s share:s"),
    ("alert", "action:s gid:n signature_id:n rev:n signature:s category:s severity:n metadata:o"),
    ("stats", "uptime:n capture:o decoder:o"),
];

fn is_of(kind: &str, value: &Value) -> bool {
    let all = |is: fn(&Value) -> bool| value.as_array().is_some_and(|many| many.iter().all(is));
    match kind {
        "n" => value.is_u64() || value.as_array().is_some_and(|many| many.iter().all(Value::is_u64)),
        "s" => value.is_string(),
        "t" => value
            .as_str()
            .is_some_and(|time| time.len() == 31 && time.ends_with("+0000") && &time[10..11] == "T"),
        "b" => value.is_boolean(),
        "o" => value.is_object(),
        "[" => all(Value::is_string),
        "{" => all(Value::is_object),
        other => panic!("{other}"),
    }
}

fn check_fields(of: &str, fields: &serde_json::Map<String, Value>, skip: &str) {
    let (_, known) =
        EVENTS.iter().find(|(name, _)| *name == of).unwrap_or_else(|| panic!("no event is {of}"));
    for (name, value) in fields.iter().filter(|(name, _)| *name != skip) {
        let kind = known.split(' ').find_map(|field| field.split_once(':').filter(|(one, _)| one == name));
        let (_, kind) = kind.unwrap_or_else(|| panic!("{of} has no {name}"));
        assert!(is_of(kind, value), "{of}.{name} is {value}");
    }
}

/// An event has what its documentation says, nothing else, and what every reader looks for.
fn check(event: &Value) {
    let kind = event["event_type"].as_str().unwrap();
    check_fields("event", event.as_object().unwrap(), kind);
    check_fields(kind, event[kind].as_object().unwrap(), "");
    assert!(event["timestamp"].is_string());
    if kind != "stats" && kind != "alert" {
        assert!(event["flow_id"].as_u64().unwrap() < 1 << 53);
        for field in ["src_ip", "dest_ip", "proto", "community_id"] {
            assert!(event[field].is_string(), "{field}: {event}");
        }
    }
}

/// A flow of each protocol that has an event of its own.
fn of_each_protocol() -> Vec<store::SeenFlow> {
    let of = |n: u64, protocol: &'static str, fields: &[(&'static str, &str)]| {
        let mut seen = flow(n, MIDNIGHT + 50);
        seen.record.protocol = protocol;
        let fields = fields.iter().map(|(name, text)| (*name, model::Value::Text((*text).into()))).collect();
        seen.record.details = Some(model::Details { name: protocol.into(), fields });
        seen.record.ja3 = Some("00112233445566778899aabbccddeeff".into());
        seen
    };
    let banners = [
        ("client", "SSH-2.0-OpenSSH_9.2"),
        ("server", "SSH-2.0-dropbear_2022"),
        ("hassh", "aa"),
        ("hassh_server", "bb"),
    ];
    let mut all = vec![
        of(300, "ssh", &banners),
        of(301, "smb", &[("dialect", "3.1.1"), ("share", "\\\\NAS\\home"), ("file", "report.docx")]),
        of(302, "quic", &[("version", "v1")]),
    ];
    let mut web = of(303, "http", &[]);
    web.record.http = Some(model::Http {
        method: Some("GET".into()),
        host: Some("intranet.example".into()),
        uri: Some("/".into()),
        user_agent: Some("curl/8".into()),
        status: Some(200),
        server: None,
        content_type: Some("text/html".into()),
    });
    let mut tls = of(304, "tls", &[]);
    let certificate = model::Certificate {
        subject: "CN=intranet.example".into(),
        issuer: "CN=Example CA".into(),
        san: vec!["intranet.example".into()],
        not_before: Some("2026-01-01T00:00:00.000000000Z".into()),
        not_after: Some("2027-01-01T00:00:00.000000000Z".into()),
        serial: "0a0b".into(),
        sha1: Some("00112233".into()),
        sha256: None,
        self_signed: false,
        key: None,
        key_bits: None,
        signature: "ecdsa-with-SHA256".into(),
    };
    tls.record.tls = Some(model::Tls {
        version: Some("TLSv1.2".into()),
        cipher: None,
        alpn: None,
        ech: false,
        group: None,
        certificate: Some(certificate),
    });
    all.extend([web, tls]);
    all
}

#[test]
fn eve_is_as_its_documentation_says() {
    use std::io::Read;
    let folder = written();
    let mut text = String::new();
    let file = fs::File::open(folder.path().join("eve_20261121.json.gz")).unwrap();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    events.iter().for_each(check);
    let of = |kind: &str| events.iter().filter(|event| event["event_type"] == kind).collect::<Vec<_>>();
    assert_eq!((of("flow").len(), of("alert").len(), of("stats").len(), of("fake").len()), (106, 1, 1, 0));
    let (flow_record, event) = (flow(3, MIDNIGHT + 3).record, of("flow")[3]);
    assert_eq!(event["flow"]["bytes_toserver"], flow_record.src_bytes);
    assert_eq!(event["flow"]["pkts_toclient"], flow_record.dst_packets);
    assert_eq!(event["dest_port"], flow_record.dst_port.unwrap());
    assert_eq!(event["proto"], "TCP");
    assert!(event["flow"]["age"].is_u64());
    assert_eq!(of("dns")[0]["dns"]["rrname"], HOSTILE);
    assert_eq!(of("dns")[0]["dns"]["type"], "answer");
    let one = |kind: &str, path: &str| {
        of(kind).last().and_then(|event| event.pointer(path)).cloned().unwrap_or_default()
    };
    assert_eq!(one("ssh", "/ssh/client/software_version"), "OpenSSH_9.2");
    assert_eq!(one("ssh", "/ssh/server/hassh/hash"), "bb");
    assert_eq!(one("smb", "/smb/filename"), "report.docx");
    assert_eq!(one("quic", "/quic/version"), "v1");
    assert_eq!(one("quic", "/quic/ja3/hash"), "00112233445566778899aabbccddeeff");
    assert_eq!(
        (one("http", "/http/status"), one("http", "/http/hostname")),
        (200.into(), "intranet.example".into())
    );
    assert_eq!((one("tls", "/tls/version"), one("tls", "/tls/serial")), ("TLS 1.2".into(), "0A:0B".into()));
    assert_eq!(one("tls", "/tls/notafter"), "2027-01-01T00:00:00");
    assert_eq!(of("alert")[0]["alert"]["severity"], 1);
    assert_eq!(of("alert")[0]["timestamp"], "2026-11-21T00:00:05.123456+0000");
    assert_eq!(of("stats")[0]["stats"]["capture"]["kernel_drops"], 2);
}
