use std::net::IpAddr;

use model::{Alert, Details, Direction};

use super::conn;
use super::value::Value;
use crate::item::SeenFlow;

/// A log, by the name of its file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Log {
    Conn,
    Dns,
    Http,
    Ssl,
    X509,
    Ssh,
    Notice,
}

/// Name and type.
type Column = (&'static str, &'static str);

impl Log {
    pub(super) const ALL: [Self; 7] =
        [Self::Conn, Self::Dns, Self::Http, Self::Ssl, Self::X509, Self::Ssh, Self::Notice];

    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Conn => "conn",
            Self::Dns => "dns",
            Self::Http => "http",
            Self::Ssl => "ssl",
            Self::X509 => "x509",
            Self::Ssh => "ssh",
            Self::Notice => "notice",
        }
    }

    /// As in the script reference, those that scripts of the distribution and well-known packages add
    /// at the end.
    pub(super) fn columns(self) -> &'static [Column] {
        match self {
            Self::Conn => &CONN,
            Self::Dns => &DNS,
            Self::Http => &HTTP,
            Self::Ssl => &SSL,
            Self::X509 => &X509,
            Self::Ssh => &SSH,
            Self::Notice => &NOTICE,
        }
    }
}

const CONN: [Column; 27] = [
    ("ts", "time"),
    ("uid", "string"),
    ("id.orig_h", "addr"),
    ("id.orig_p", "port"),
    ("id.resp_h", "addr"),
    ("id.resp_p", "port"),
    ("proto", "enum"),
    ("service", "string"),
    ("duration", "interval"),
    ("orig_bytes", "count"),
    ("resp_bytes", "count"),
    ("conn_state", "string"),
    ("local_orig", "bool"),
    ("local_resp", "bool"),
    ("missed_bytes", "count"),
    ("history", "string"),
    ("orig_pkts", "count"),
    ("orig_ip_bytes", "count"),
    ("resp_pkts", "count"),
    ("resp_ip_bytes", "count"),
    ("tunnel_parents", "set[string]"),
    ("ip_proto", "count"),
    ("vlan", "int"),
    ("inner_vlan", "int"),
    ("orig_l2_addr", "string"),
    ("resp_l2_addr", "string"),
    ("community_id", "string"),
];

const DNS: [Column; 24] = [
    ("ts", "time"),
    ("uid", "string"),
    ("id.orig_h", "addr"),
    ("id.orig_p", "port"),
    ("id.resp_h", "addr"),
    ("id.resp_p", "port"),
    ("proto", "enum"),
    ("trans_id", "count"),
    ("rtt", "interval"),
    ("query", "string"),
    ("qclass", "count"),
    ("qclass_name", "string"),
    ("qtype", "count"),
    ("qtype_name", "string"),
    ("rcode", "count"),
    ("rcode_name", "string"),
    ("AA", "bool"),
    ("TC", "bool"),
    ("RD", "bool"),
    ("RA", "bool"),
    ("Z", "count"),
    ("answers", "vector[string]"),
    ("TTLs", "vector[interval]"),
    ("rejected", "bool"),
];

const HTTP: [Column; 30] = [
    ("ts", "time"),
    ("uid", "string"),
    ("id.orig_h", "addr"),
    ("id.orig_p", "port"),
    ("id.resp_h", "addr"),
    ("id.resp_p", "port"),
    ("trans_depth", "count"),
    ("method", "string"),
    ("host", "string"),
    ("uri", "string"),
    ("referrer", "string"),
    ("version", "string"),
    ("user_agent", "string"),
    ("origin", "string"),
    ("request_body_len", "count"),
    ("response_body_len", "count"),
    ("status_code", "count"),
    ("status_msg", "string"),
    ("info_code", "count"),
    ("info_msg", "string"),
    ("tags", "set[enum]"),
    ("username", "string"),
    ("password", "string"),
    ("proxied", "set[string]"),
    ("orig_fuids", "vector[string]"),
    ("orig_filenames", "vector[string]"),
    ("orig_mime_types", "vector[string]"),
    ("resp_fuids", "vector[string]"),
    ("resp_filenames", "vector[string]"),
    ("resp_mime_types", "vector[string]"),
];

const SSL: [Column; 21] = [
    ("ts", "time"),
    ("uid", "string"),
    ("id.orig_h", "addr"),
    ("id.orig_p", "port"),
    ("id.resp_h", "addr"),
    ("id.resp_p", "port"),
    ("version", "string"),
    ("cipher", "string"),
    ("curve", "string"),
    ("server_name", "string"),
    ("resumed", "bool"),
    ("last_alert", "string"),
    ("next_protocol", "string"),
    ("established", "bool"),
    ("ssl_history", "string"),
    ("cert_chain_fps", "vector[string]"),
    ("client_cert_chain_fps", "vector[string]"),
    ("sni_matches_cert", "bool"),
    ("ja3", "string"),
    ("ja3s", "string"),
    ("ja4", "string"),
];

const X509: [Column; 22] = [
    ("ts", "time"),
    ("fingerprint", "string"),
    ("certificate.version", "count"),
    ("certificate.serial", "string"),
    ("certificate.subject", "string"),
    ("certificate.issuer", "string"),
    ("certificate.not_valid_before", "time"),
    ("certificate.not_valid_after", "time"),
    ("certificate.key_alg", "string"),
    ("certificate.sig_alg", "string"),
    ("certificate.key_type", "string"),
    ("certificate.key_length", "count"),
    ("certificate.exponent", "string"),
    ("certificate.curve", "string"),
    ("san.dns", "vector[string]"),
    ("san.uri", "vector[string]"),
    ("san.email", "vector[string]"),
    ("san.ip", "vector[addr]"),
    ("basic_constraints.ca", "bool"),
    ("basic_constraints.path_len", "count"),
    ("host_cert", "bool"),
    ("client_cert", "bool"),
];

const SSH: [Column; 20] = [
    ("ts", "time"),
    ("uid", "string"),
    ("id.orig_h", "addr"),
    ("id.orig_p", "port"),
    ("id.resp_h", "addr"),
    ("id.resp_p", "port"),
    ("version", "count"),
    ("auth_success", "bool"),
    ("auth_attempts", "count"),
    ("direction", "enum"),
    ("client", "string"),
    ("server", "string"),
    ("cipher_alg", "string"),
    ("mac_alg", "string"),
    ("compression_alg", "string"),
    ("kex_alg", "string"),
    ("host_key_alg", "string"),
    ("host_key", "string"),
    ("hassh", "string"),
    ("hasshServer", "string"),
];

const NOTICE: [Column; 26] = [
    ("ts", "time"),
    ("uid", "string"),
    ("id.orig_h", "addr"),
    ("id.orig_p", "port"),
    ("id.resp_h", "addr"),
    ("id.resp_p", "port"),
    ("fuid", "string"),
    ("file_mime_type", "string"),
    ("file_desc", "string"),
    ("proto", "enum"),
    ("note", "enum"),
    ("msg", "string"),
    ("sub", "string"),
    ("src", "addr"),
    ("dst", "addr"),
    ("p", "port"),
    ("n", "count"),
    ("peer_descr", "string"),
    ("actions", "set[enum]"),
    ("email_dest", "set[string]"),
    ("suppress_for", "interval"),
    ("remote_location.country_code", "string"),
    ("remote_location.region", "string"),
    ("remote_location.city", "string"),
    ("remote_location.latitude", "double"),
    ("remote_location.longitude", "double"),
];

/// When, and between whom: what everything about a flow begins with.
pub(super) fn common(seen: &SeenFlow) -> Vec<Value> {
    let flow = &seen.record;
    let port = |port: Option<u16>| Value::maybe(port.map(u64::from));
    vec![
        seen.start.into(),
        Value::Text(format!("C{}", flow.id)),
        flow.src_ip.into(),
        port(flow.src_port),
        flow.dst_ip.into(),
        port(flow.dst_port),
    ]
}

fn unset<const N: usize>() -> [Value; N] {
    [const { Value::Unset }; N]
}

fn texts(many: &[String]) -> Value {
    Value::Many(many.iter().map(Value::from).collect())
}

pub(super) fn dns(seen: &SeenFlow) -> Option<Vec<Value>> {
    let dns = seen.record.dns.as_ref()?;
    let mut row = common(seen);
    row.extend([
        conn::proto(&seen.record).into(),
        Value::Unset,
        dns.rtt_ms.map_or(Value::Unset, Value::interval),
        Value::from(&dns.query),
        Value::Unset,
        Value::Unset,
        Value::maybe(type_number(&dns.qtype)),
        Value::from(&dns.qtype),
        Value::maybe(dns.rcode.as_deref().and_then(rcode_number)),
        Value::maybe(dns.rcode.as_ref()),
    ]);
    row.extend(unset::<5>());
    row.push(if dns.answers.is_empty() { Value::Unset } else { texts(&dns.answers) });
    row.extend(unset::<2>());
    Some(row)
}

/// Of IANA's registry "DNS Parameters".
fn type_number(name: &str) -> Option<u64> {
    Some(match name {
        "A" => 1,
        "NS" => 2,
        "CNAME" => 5,
        "SOA" => 6,
        "NULL" => 10,
        "PTR" => 12,
        "HINFO" => 13,
        "MX" => 15,
        "TXT" => 16,
        "AAAA" => 28,
        "LOC" => 29,
        "NB" => 32,
        "SRV" => 33,
        "NAPTR" => 35,
        "OPT" => 41,
        "DS" => 43,
        "RRSIG" => 46,
        "NSEC" => 47,
        "DNSKEY" => 48,
        "TLSA" => 52,
        "SVCB" => 64,
        "HTTPS" => 65,
        "IXFR" => 251,
        "AXFR" => 252,
        "ANY" => 255,
        "CAA" => 257,
        other => return other.strip_prefix("TYPE")?.parse().ok(),
    })
}

fn rcode_number(name: &str) -> Option<u64> {
    const NAMES: [&str; 11] = [
        "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET",
        "NOTAUTH", "NOTZONE",
    ];
    let known = NAMES.iter().position(|known| *known == name).map(|number| number as u64);
    known.or_else(|| name.strip_prefix("RCODE")?.parse().ok())
}

/// The first request and its response.
pub(super) fn http(seen: &SeenFlow) -> Option<Vec<Value>> {
    let http = seen.record.http.as_ref()?;
    let mut row = common(seen);
    row.extend([
        Value::Number(1),
        Value::maybe(http.method.as_ref()),
        Value::maybe(http.host.as_ref()),
        Value::maybe(http.uri.as_ref()),
        Value::Unset,
        Value::Unset,
        Value::maybe(http.user_agent.as_ref()),
    ]);
    row.extend(unset::<3>());
    row.push(Value::maybe(http.status.map(u64::from)));
    row.extend(unset::<3>());
    row.push(Value::Many(Vec::new()));
    row.extend(unset::<9>());
    Some(row)
}

pub(super) fn ssl(seen: &SeenFlow) -> Option<Vec<Value>> {
    let flow = &seen.record;
    let tls = flow.tls.as_ref()?;
    // `TLSv12`
    let version = tls.version.as_ref().map(|version| version.replace('.', ""));
    let name = flow.hostname.as_ref().filter(|_| flow.hostname_source == Some("sni"));
    let fingerprint = tls.certificate.as_ref().and_then(|c| c.sha256.as_ref());
    let mut row = common(seen);
    row.extend([
        Value::maybe(version.as_ref()),
        Value::maybe(tls.cipher.as_ref()),
        Value::maybe(tls.group.as_ref()),
        Value::maybe(name),
        Value::Unset,
        Value::Unset,
        Value::maybe(tls.alpn.as_ref()),
        Value::Unset,
        Value::Unset,
        fingerprint.map_or(Value::Unset, |hash| Value::Many(vec![Value::Text(hash.to_lowercase())])),
        Value::Unset,
        Value::Unset,
        Value::maybe(flow.ja3.as_ref()),
        Value::maybe(flow.ja3s.as_ref()),
        Value::maybe(flow.ja4.as_ref()),
    ]);
    Some(row)
}

/// The server's certificate, if all of it was seen: it is named by its hash.
pub(super) fn x509(seen: &SeenFlow) -> Option<Vec<Value>> {
    let certificate = seen.record.tls.as_ref()?.certificate.as_ref()?;
    let time = |text: &Option<String>| Value::maybe(text.as_deref().and_then(time_of));
    let (key_type, curve) = match certificate.key.as_deref() {
        Some("RSA") => (Some("rsa"), None),
        Some("DSA") => (Some("dsa"), None),
        Some(key) => match key.strip_prefix("EC ") {
            Some(curve) => (Some("ecdsa"), Some(curve)),
            None => (None, None),
        },
        None => (None, None),
    };
    let (addresses, names): (Vec<_>, Vec<_>) =
        certificate.san.iter().partition(|name| name.parse::<IpAddr>().is_ok());
    let addresses = addresses.iter().filter_map(|name| name.parse::<IpAddr>().ok()).map(Value::from);
    let names = names.into_iter().map(Value::from);
    let many = |values: Vec<Value>| if values.is_empty() { Value::Unset } else { Value::Many(values) };
    Some(vec![
        seen.start.into(),
        Value::Text(certificate.sha256.as_ref()?.to_lowercase()),
        Value::Unset,
        Value::Text(certificate.serial.replace(':', "").to_uppercase()),
        Value::from(&certificate.subject),
        Value::from(&certificate.issuer),
        time(&certificate.not_before),
        time(&certificate.not_after),
        Value::Unset,
        Value::from(&certificate.signature),
        Value::maybe(key_type),
        Value::maybe(certificate.key_bits.map(u64::from)),
        Value::Unset,
        Value::maybe(curve),
        many(names.collect()),
        Value::Unset,
        Value::Unset,
        many(addresses.collect()),
        Value::Unset,
        Value::Unset,
        Value::Flag(true),
        Value::Flag(false),
    ])
}

pub(super) fn ssh(seen: &SeenFlow) -> Option<Vec<Value>> {
    let flow = &seen.record;
    let ssh = flow.details.as_ref().filter(|details| details.name == "ssh")?;
    let said = |name: &str| Value::maybe(text(ssh, name));
    let sides = [text(ssh, "client"), text(ssh, "server")];
    let failures = number(ssh, "login_failures");
    let success = match flag(ssh, "logged_in") {
        Some(true) => Some(true),
        _ => failures.filter(|failures| *failures > 0).map(|_| false),
    };
    let attempts = failures.map(|failures| failures.saturating_add(u64::from(success == Some(true))));
    let direction = match flow.direction {
        Direction::Inbound => Some("INBOUND"),
        Direction::Outbound => Some("OUTBOUND"),
        _ => None,
    };
    let mut row = common(seen);
    row.extend([
        Value::maybe(ssh_version(sides)),
        Value::maybe(success),
        Value::maybe(attempts),
        Value::maybe(direction),
        said("client"),
        said("server"),
        said("cipher"),
        said("mac"),
        said("compression"),
        said("kex"),
        said("host_key"),
        Value::Unset,
        said("hassh"),
        said("hassh_server"),
    ]);
    Some(row)
}

/// Both speak 2 (1.99 is 2 that speaks 1 too, RFC 4253 s5.1), or one speaks nothing but 1.
fn ssh_version(sides: [Option<&str>; 2]) -> Option<u64> {
    let [client, server] = sides.map(|side| {
        let version = side?.strip_prefix("SSH-")?;
        Some(if version.starts_with("2.") || version.starts_with("1.99-") { 2 } else { 1 })
    });
    client.zip(server).map(|(client, server)| client.min(server))
}

pub(super) fn notice(alert: &Alert) -> Vec<Value> {
    let mut row = vec![Value::maybe(time_of(&alert.last_seen))];
    row.extend(unset::<9>());
    row.extend([
        Value::Text(note(alert.detector)),
        Value::from(&alert.title),
        Value::from(&alert.description),
        Value::maybe(alert.src_ip),
        Value::maybe(alert.dst_ip),
        Value::Unset,
        Value::Number(alert.count),
        Value::Unset,
        Value::Many(vec!["Notice::ACTION_LOG".into()]),
        Value::Many(Vec::new()),
    ]);
    row.extend(unset::<6>());
    row
}

/// `Netmonsec::Port_Scan`
fn note(detector: &str) -> String {
    let words = detector.split('-').map(|word| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    });
    format!("Netmonsec::{}", words.collect::<Vec<_>>().join("_"))
}

fn time_of(text: &str) -> Option<wire::Timestamp> {
    let time = text.parse::<jiff::Timestamp>().ok()?;
    u64::try_from(time.as_nanosecond()).ok().map(wire::Timestamp)
}

fn field<'a>(details: &'a Details, name: &str) -> Option<&'a model::Value> {
    details.fields.iter().find(|(field, _)| *field == name).map(|(_, value)| value)
}

fn text<'a>(details: &'a Details, name: &str) -> Option<&'a str> {
    match field(details, name)? {
        model::Value::Text(text) => Some(text),
        model::Value::List(many) => many.first().map(String::as_str),
        _ => None,
    }
}

fn number(details: &Details, name: &str) -> Option<u64> {
    match field(details, name)? {
        model::Value::Number(number) => Some(*number),
        _ => None,
    }
}

fn flag(details: &Details, name: &str) -> Option<bool> {
    match field(details, name)? {
        model::Value::Flag(flag) => Some(*flag),
        _ => None,
    }
}
