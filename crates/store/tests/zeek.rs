//! What reads Zeek's logs can read ours: every line is held to what its documentation says of the
//! format ("The ASCII Writer") and of the columns (script reference).
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_possible_truncation)]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use common::{MIDNIGHT, flow};
use model::{Alert, Certificate, Details, Evidence, Http, Severity, Tls, Value as Field};
use serde_json::Value;
use store::sinks::{Outlets, Wanted, Zeek, open};
use store::{Item, SeenFlow};

const HOSTILE: &str = "a\tb\nc\r\\x09,\u{1b}[31m#close\u{0}\u{fffd}\u{9b}(empty)";

/// Types of the columns that Zeek 7 has without any additional script, in their order.
const DOCUMENTED: [(&str, &str, &str); 7] = [
    (
        "conn",
        "ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes conn_state \
         local_orig local_resp missed_bytes history orig_pkts orig_ip_bytes resp_pkts resp_ip_bytes tunnel_parents",
        "time string addr port addr port enum string interval count count string bool bool count string count count \
         count count set[string]",
    ),
    (
        "dns",
        "ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto trans_id rtt query qclass qclass_name qtype qtype_name \
         rcode rcode_name AA TC RD RA Z answers TTLs rejected",
        "time string addr port addr port enum count interval string count string count string count string bool bool \
         bool bool count vector[string] vector[interval] bool",
    ),
    (
        "http",
        "ts uid id.orig_h id.orig_p id.resp_h id.resp_p trans_depth method host uri referrer version user_agent origin \
         request_body_len response_body_len status_code status_msg info_code info_msg tags username password proxied \
         orig_fuids orig_filenames orig_mime_types resp_fuids resp_filenames resp_mime_types",
        "time string addr port addr port count string string string string string string string count count count \
         string count string set[enum] string string set[string] vector[string] vector[string] vector[string] \
         vector[string] vector[string] vector[string]",
    ),
    (
        "ssl",
        "ts uid id.orig_h id.orig_p id.resp_h id.resp_p version cipher curve server_name resumed last_alert \
         next_protocol established ssl_history cert_chain_fps client_cert_chain_fps sni_matches_cert",
        "time string addr port addr port string string string string bool string string bool string vector[string] \
         vector[string] bool",
    ),
    (
        "x509",
        "ts fingerprint certificate.version certificate.serial certificate.subject certificate.issuer \
         certificate.not_valid_before certificate.not_valid_after certificate.key_alg certificate.sig_alg \
         certificate.key_type certificate.key_length certificate.exponent certificate.curve san.dns san.uri san.email \
         san.ip basic_constraints.ca basic_constraints.path_len host_cert client_cert",
        "time string count string string string time time string string string count string string vector[string] \
         vector[string] vector[string] vector[addr] bool count bool bool",
    ),
    (
        "ssh",
        "ts uid id.orig_h id.orig_p id.resp_h id.resp_p version auth_success auth_attempts direction client server \
         cipher_alg mac_alg compression_alg kex_alg host_key_alg host_key",
        "time string addr port addr port count bool count enum string string string string string string string string",
    ),
    (
        "notice",
        "ts uid id.orig_h id.orig_p id.resp_h id.resp_p fuid file_mime_type file_desc proto note msg sub src dst p n \
         peer_descr actions email_dest suppress_for remote_location.country_code remote_location.region \
         remote_location.city remote_location.latitude remote_location.longitude",
        "time string addr port addr port string string string enum enum string string addr addr port count string \
         set[enum] set[string] interval string string string double double",
    ),
];

fn alert() -> Alert {
    let time = model::rfc3339(wire::Timestamp::new(MIDNIGHT + 5, 123_456_789));
    Alert {
        id: "a1".into(),
        time: time.clone(),
        detector: "port-scan",
        severity: Severity::High,
        title: HOSTILE.into(),
        description: "-".into(),
        src_ip: Some([10, 0, 0, 9].into()),
        src_mac: None,
        dst_ip: Some("2001:db8::1".parse().unwrap()),
        dst_mac: None,
        device: None,
        device_name: None,
        count: 7,
        first_seen: time.clone(),
        last_seen: time,
        evidence: Evidence::default(),
        mitre: Vec::new(),
        state: "open",
        incident: "a1".into(),
    }
}

/// One that says everything that can be said, in the words of somebody who means ill.
fn hostile() -> SeenFlow {
    let mut seen = flow(7, MIDNIGHT + 9);
    let record = &mut seen.record;
    let text = || Some(HOSTILE.to_owned());
    record.hostname = text();
    record.vlans = vec![7, 8];
    record.src_ip = "2001:db8::9".parse().unwrap();
    record.dst_ip = "2001:db8::2".parse().unwrap();
    record.dns = Some(model::Dns {
        query: HOSTILE.into(),
        qtype: "AAAA".into(),
        rcode: Some("NXDOMAIN".into()),
        answers: vec![HOSTILE.into(), String::new(), "-".into()],
        rtt_ms: Some(1.5),
    });
    record.http = Some(Http {
        method: text(),
        host: text(),
        uri: text(),
        user_agent: text(),
        status: Some(404),
        server: text(),
        content_type: text(),
    });
    let certificate = Certificate {
        subject: HOSTILE.into(),
        issuer: HOSTILE.into(),
        san: vec![HOSTILE.into(), "192.0.2.1".into(), "example.org".into()],
        not_before: Some("2026-01-01T00:00:00Z".into()),
        not_after: Some("2027-01-01T00:00:00Z".into()),
        serial: "0a1b".into(),
        sha1: Some("ab".repeat(20)),
        sha256: Some("CD".repeat(32)),
        self_signed: true,
        key: Some("EC secp256r1".into()),
        key_bits: Some(256),
        signature: HOSTILE.into(),
    };
    record.tls = Some(Tls {
        version: Some("TLSv1.2".into()),
        cipher: text(),
        alpn: text(),
        ech: false,
        group: text(),
        certificate: Some(certificate),
    });
    let details = [
        ("client", Field::from("SSH-2.0-x\u{1b}")),
        ("server", Field::from("SSH-1.99-\ty")),
        ("login_failures", Field::from(2)),
        ("logged_in", Field::Flag(true)),
        ("kex", Field::from(HOSTILE)),
    ];
    record.details = Some(Details { name: "ssh".into(), fields: details.to_vec() });
    seen
}

/// A hundred flows, a hostile one, a part of a long one and an alert, of one day.
fn written(form: Zeek) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let wanted = Wanted { zeek: Some(form), days: 7, ..Wanted::default() };
    let outlets = Outlets::start(open(Some(folder.path()), &wanted));
    let mut items: Vec<Item> = (0..100).map(|n| Item::Flow(Arc::new(flow(n, MIDNIGHT + n)))).collect();
    let mut part = hostile();
    part.record.part = Some(2);
    items.extend([hostile(), part].map(|flow| Item::Flow(Arc::new(flow))));
    items.push(Item::Alert(Box::new(alert())));
    outlets.offer(&items.into(), true);
    drop(outlets);
    folder
}

/// A line by column: `None` for what is unset.
type Row = BTreeMap<String, Option<String>>;

/// Reads a log as the documentation describes it.
fn read(folder: &Path, log: &str) -> (Vec<(String, String)>, Vec<Row>) {
    let text = fs::read_to_string(folder.join(format!("zeek/{log}_20261121.log"))).unwrap();
    assert!(text.ends_with('\n'));
    // A byte that is no text is written as \xNN.
    assert!(text.chars().all(|c| c == '\n' || c == '\t' || !c.is_control()), "{log}");
    let mut lines = text.split_terminator('\n');
    let path = format!("#path\t{log}");
    for expected in [
        "#separator \\x09",
        "#set_separator\t,",
        "#empty_field\t(empty)",
        "#unset_field\t-",
        &path,
        "#open\t2026-11-21-00-00-00",
    ] {
        assert_eq!(lines.next(), Some(expected));
    }
    let mut list = |name: &str| {
        let line = lines.next().unwrap().strip_prefix(name).unwrap().strip_prefix('\t').unwrap();
        line.split('\t').map(str::to_owned).collect::<Vec<_>>()
    };
    let (names, types) = (list("#fields"), list("#types"));
    assert_eq!(names.len(), types.len());
    let columns: Vec<_> = names.into_iter().zip(types).collect();
    let rows = lines.map(|line| {
        assert!(!line.starts_with('#'), "{line}");
        let fields: Vec<_> = line.split('\t').collect();
        assert_eq!(fields.len(), columns.len(), "{line}");
        let cells = columns.iter().zip(fields).map(|((name, kind), field)| {
            assert!(is_of_type(field, kind), "{log}.{name} is no {kind}: {field}");
            (name.clone(), (field != "-").then(|| field.to_owned()))
        });
        cells.collect()
    });
    let rows = rows.collect();
    (columns, rows)
}

fn is_of_type(field: &str, kind: &str) -> bool {
    if field == "-" {
        return true;
    }
    if let Some(inner) = kind.split_once('[').and_then(|(_, rest)| rest.strip_suffix(']')) {
        return field == "(empty)" || field.split(',').all(|element| is_of_type(element, inner));
    }
    let six_digits = |text: &str| {
        text.split_once('.').is_some_and(|(whole, rest)| {
            whole.parse::<u64>().is_ok() && rest.len() == 6 && rest.bytes().all(|b| b.is_ascii_digit())
        })
    };
    match kind {
        "time" | "interval" => six_digits(field),
        "double" => field.parse::<f64>().is_ok(),
        "count" => field.parse::<u64>().is_ok(),
        "int" => field.parse::<i64>().is_ok(),
        "port" => field.parse::<u16>().is_ok(),
        "addr" => field.parse::<IpAddr>().is_ok(),
        "bool" => field == "T" || field == "F",
        "enum" => {
            !field.is_empty() && field.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b':')
        }
        "string" => !field.is_empty(),
        other => panic!("{other} is no type"),
    }
}

/// What a reader takes a field for.
fn unescaped(field: &str) -> String {
    if field == "(empty)" {
        return String::new();
    }
    let (mut bytes, mut rest) = (Vec::new(), field);
    while let Some((before, after)) = rest.split_once("\\x") {
        bytes.extend(before.bytes());
        bytes.push(u8::from_str_radix(&after[..2], 16).unwrap());
        rest = &after[2..];
    }
    bytes.extend(rest.bytes());
    String::from_utf8(bytes).unwrap()
}

fn text(row: &Row, name: &str) -> String {
    unescaped(row[name].as_deref().unwrap())
}

fn list(row: &Row, name: &str) -> Vec<String> {
    row[name].as_deref().unwrap().split(',').map(unescaped).collect()
}

#[test]
fn columns_are_the_documented_ones() {
    let folder = written(Zeek::Tsv);
    for (log, names, types) in DOCUMENTED {
        let (columns, rows) = read(folder.path(), log);
        let expected: Vec<_> = names.split(' ').zip(types.split(' ')).collect();
        assert_eq!(names.split(' ').count(), types.split(' ').count(), "{log}");
        let written: Vec<_> =
            columns.iter().take(expected.len()).map(|(name, kind)| (name.as_str(), kind.as_str())).collect();
        assert_eq!(written, expected, "{log}");
        assert!(!rows.is_empty(), "{log}");
    }
}

#[test]
fn connections_say_what_the_flows_do() {
    let folder = written(Zeek::Tsv);
    let (_, rows) = read(folder.path(), "conn");
    assert_eq!(rows.len(), 102);
    for (n, row) in (0..100).zip(&rows) {
        let record = flow(n, MIDNIGHT + n).record;
        assert_eq!(text(row, "uid"), format!("C{}", record.id));
        assert_eq!(text(row, "id.orig_h"), record.src_ip.to_string());
        assert_eq!(text(row, "id.resp_p"), record.dst_port.unwrap().to_string());
        assert_eq!(text(row, "orig_pkts"), record.src_packets.to_string());
        assert_eq!(text(row, "resp_bytes"), record.dst_payload_bytes.to_string());
        let ip_bytes = record.src_bytes.saturating_sub(14 * record.src_packets);
        assert_eq!(text(row, "orig_ip_bytes"), ip_bytes.to_string());
        assert_eq!(text(row, "history"), "ShADadFf");
        assert_eq!(text(row, "conn_state"), "SF");
        assert_eq!((text(row, "local_orig"), text(row, "local_resp")), ("T".into(), "F".into()));
        assert_eq!(text(row, "duration"), "1.234500");
        assert_eq!(text(row, "ip_proto"), "6");
        assert_eq!(row["service"].is_none(), record.protocol == "unknown");
    }
    let tagged = &rows[100];
    assert_eq!((text(tagged, "vlan"), text(tagged, "inner_vlan")), ("7".into(), "8".into()));
    assert_eq!(text(tagged, "id.orig_h"), "2001:db8::9");
}

#[test]
fn whatever_the_wire_says_comes_back_and_adds_no_line() {
    let folder = written(Zeek::Tsv);
    let only = |log: &str| {
        let (_, rows) = read(folder.path(), log);
        assert_eq!(rows.len(), 1, "{log}");
        rows[0].clone()
    };
    let dns = only("dns");
    assert_eq!(text(&dns, "query"), HOSTILE);
    assert_eq!(list(&dns, "answers"), [HOSTILE, "", "-"]);
    assert_eq!((text(&dns, "qtype"), text(&dns, "rcode")), ("28".into(), "3".into()));
    assert_eq!(text(&dns, "rtt"), "0.001500");
    assert_eq!(dns["AA"], None);
    let http = only("http");
    for field in ["method", "host", "uri", "user_agent"] {
        assert_eq!(text(&http, field), HOSTILE);
    }
    assert_eq!(text(&http, "status_code"), "404");
    let ssl = only("ssl");
    for field in ["cipher", "curve", "server_name", "next_protocol"] {
        assert_eq!(text(&ssl, field), HOSTILE);
    }
    assert_eq!(text(&ssl, "version"), "TLSv12");
    let x509 = only("x509");
    assert_eq!(list(&ssl, "cert_chain_fps"), [text(&x509, "fingerprint")]);
    assert_eq!(list(&x509, "san.dns"), [HOSTILE, "example.org"]);
    assert_eq!(list(&x509, "san.ip"), ["192.0.2.1"]);
    assert_eq!(text(&x509, "certificate.not_valid_before"), "1767225600.000000");
    assert_eq!(text(&x509, "certificate.curve"), "secp256r1");
    let ssh = only("ssh");
    assert_eq!(text(&ssh, "kex_alg"), HOSTILE);
    assert_eq!((text(&ssh, "version"), text(&ssh, "direction")), ("2".into(), "OUTBOUND".into()));
    assert_eq!((text(&ssh, "auth_success"), text(&ssh, "auth_attempts")), ("T".into(), "3".into()));
    let notice = only("notice");
    assert_eq!((text(&notice, "msg"), text(&notice, "sub")), (HOSTILE.into(), "-".into()));
    assert_eq!(notice["note"].as_deref(), Some("Netmonsec::Port_Scan"));
    assert_eq!(text(&notice, "ts"), format!("{}.123456", MIDNIGHT + 5));
}

#[test]
fn json_is_an_object_a_line_with_the_same_in_it() {
    let (tsv, json) = (written(Zeek::Tsv), written(Zeek::Json));
    for (log, ..) in DOCUMENTED {
        let (columns, rows) = read(tsv.path(), log);
        let lines = fs::read_to_string(json.path().join(format!("zeek/{log}_20261121.json"))).unwrap();
        let objects: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(objects.len(), rows.len());
        for (object, row) in objects.iter().zip(&rows) {
            let object = object.as_object().unwrap();
            assert_eq!(object.len(), row.values().flatten().count(), "{log}");
            for (name, kind) in columns.iter().filter(|(name, _)| row[name].is_some()) {
                let fits = match (kind.as_str(), &object[name]) {
                    ("string" | "enum" | "addr", Value::String(value)) => *value == text(row, name),
                    ("time" | "interval", Value::Number(value)) => {
                        (value.as_f64().unwrap() - text(row, name).parse::<f64>().unwrap()).abs() < 1e-6
                    }
                    ("count" | "int" | "port", value) => value.as_u64() == text(row, name).parse().ok(),
                    ("bool", Value::Bool(value)) => *value == (text(row, name) == "T"),
                    (kind, Value::Array(values)) if kind.contains('[') => {
                        values.is_empty() || values.len() == list(row, name).len()
                    }
                    _ => false,
                };
                assert!(fits, "{log}.{name}: {} is not {:?}", object[name], row[name]);
            }
        }
    }
}
