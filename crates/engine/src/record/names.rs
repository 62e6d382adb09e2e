//! Numbers to the names that people use.

use std::borrow::Cow;

use wire::Tunnel;

/// `tcp`, `udp` ...; an IP protocol without a usual name by its number.
pub fn transport_name(protocol: u8) -> Cow<'static, str> {
    Cow::Borrowed(match protocol {
        1 => "icmp",
        2 => "igmp",
        4 => "ipip",
        6 => "tcp",
        17 => "udp",
        33 => "dccp",
        41 => "ipv6",
        46 => "rsvp",
        47 => "gre",
        50 => "esp",
        51 => "ah",
        58 => "icmpv6",
        89 => "ospf",
        103 => "pim",
        112 => "vrrp",
        113 => "pgm",
        115 => "l2tp",
        132 => "sctp",
        136 => "udplite",
        other => return Cow::Owned(other.to_string()),
    })
}

pub(super) fn has_ports(protocol: u8) -> bool {
    matches!(protocol, 6 | 17 | 33 | 132 | 136)
}

pub(super) fn tunnel_name(number: u8) -> Option<&'static str> {
    const ALL: [Tunnel; 13] = [
        Tunnel::IpInIp,
        Tunnel::SixInFour,
        Tunnel::FourInSix,
        Tunnel::SixInSix,
        Tunnel::Gre,
        Tunnel::Erspan,
        Tunnel::Vxlan,
        Tunnel::Geneve,
        Tunnel::GtpU,
        Tunnel::Teredo,
        Tunnel::L2tp,
        Tunnel::Ah,
        Tunnel::Capwap,
    ];
    ALL.into_iter().find(|t| *t as u8 == number)?.name()
}

pub(super) fn tls(tls: &dpi::Tls) -> model::Tls {
    model::Tls {
        version: tls.version.map(tls_version),
        cipher: tls.cipher.map(|n| named(dpi::cipher_suite_name(n), n)),
        alpn: tls.alpn.as_deref().map(str::to_owned),
        ech: tls.ech,
        group: tls.group.map(|n| named(dpi::group_name(n), n)),
        certificate: tls.certificate.as_deref().map(certificate),
    }
}

fn named(name: Option<&str>, number: u16) -> String {
    name.map_or_else(|| format!("0x{number:04x}"), str::to_owned)
}

fn certificate(certificate: &dpi::Certificate) -> model::Certificate {
    let text = |s: &Option<Box<str>>| s.as_deref().map(str::to_owned);
    model::Certificate {
        subject: certificate.subject.to_string(),
        issuer: certificate.issuer.to_string(),
        san: certificate.san.iter().map(|name| name.to_string()).collect(),
        not_before: certificate.not_before.map(model::rfc3339_seconds),
        not_after: certificate.not_after.map(model::rfc3339_seconds),
        serial: certificate.serial.to_string(),
        sha1: text(&certificate.sha1),
        sha256: text(&certificate.sha256),
        self_signed: certificate.self_signed,
        key: text(&certificate.key),
        key_bits: certificate.key_bits,
        signature: certificate.signature.to_string(),
    }
}

fn tls_version(number: u16) -> String {
    match number {
        0x0002 => "SSLv2".into(),
        0x0300 => "SSLv3".into(),
        0x0301 => "TLSv1.0".into(),
        0x0302 => "TLSv1.1".into(),
        0x0303 => "TLSv1.2".into(),
        0x0304 => "TLSv1.3".into(),
        0x0100 => "DTLSv0.9".into(),
        0xfeff => "DTLSv1.0".into(),
        0xfefd => "DTLSv1.2".into(),
        0xfefc => "DTLSv1.3".into(),
        other => format!("0x{other:04x}"),
    }
}

pub(super) fn http(http: &dpi::Http) -> model::Http {
    let text = |s: &Option<Box<str>>| s.as_deref().map(str::to_owned);
    model::Http {
        method: text(&http.method),
        host: text(&http.host),
        uri: text(&http.uri),
        user_agent: text(&http.user_agent),
        status: http.status,
        server: text(&http.server),
        content_type: text(&http.content_type),
    }
}

pub(super) fn dns(dns: &dpi::Dns) -> model::Dns {
    model::Dns {
        query: dns.query.to_string(),
        qtype: qtype(dns.qtype),
        rcode: dns.rcode.map(rcode),
        answers: dns
            .answers
            .iter()
            .map(|answer| match answer {
                dpi::DnsAnswer::Address(ip) => ip.to_string(),
                dpi::DnsAnswer::Name(text) | dpi::DnsAnswer::Text(text) => text.to_string(),
                _ => String::new(),
            })
            .collect(),
        rtt_ms: dns.rtt_us.map(|us| f64::from(us) / 1e3),
    }
}

/// DNS inside TLS or QUIC: by port 853 (RFC 7858 s3.1, RFC 9250 s4.1.1) or ALPN, and DNS over HTTPS
/// by the names of resolvers, since RFC 8484 gives it no sign of its own.
pub(super) fn encrypted_dns(
    label: &dpi::Label,
    application: Option<dpi::Application>,
    facts: Option<&dpi::Facts>,
    dst_port: u16,
) -> Option<&'static str> {
    let alpn = facts.and_then(|facts| facts.tls.as_deref()?.alpn.as_deref());
    let resolver = application.is_some_and(|application| application.category == "encrypted-dns");
    match (label.protocol, alpn, dst_port) {
        ("tls", Some("dot"), _) | ("tls", None, 853) => Some("dot"),
        ("quic", Some("doq" | "doq-i00" | "doq-i02" | "doq-i03"), _) | ("quic", None, 853) => Some("doq"),
        ("tls", Some("h2" | "http/1.1") | None, 443) | ("quic", Some("h3") | None, 443) if resolver => {
            Some("doh")
        }
        _ => None,
    }
}

pub(super) fn details(protocol: &str, fields: &[(&'static str, dpi::Value)]) -> Option<model::Details> {
    let value = |value: &dpi::Value| match value {
        dpi::Value::Text(text) => model::Value::Text(text.to_string()),
        dpi::Value::Number(number) => model::Value::Number(*number),
        dpi::Value::Flag(flag) => model::Value::Flag(*flag),
        dpi::Value::List(list) => model::Value::List(list.iter().map(ToString::to_string).collect()),
    };
    let fields: Vec<_> = fields.iter().map(|(name, v)| (*name, value(v))).collect();
    (!fields.is_empty()).then(|| model::Details { name: protocol.replace('-', "_"), fields })
}

/// RFC 3597 s5 names unknown types TYPEnnn.
fn qtype(number: u16) -> String {
    let name = match number {
        1 => "A",
        2 => "NS",
        5 => "CNAME",
        6 => "SOA",
        10 => "NULL",
        12 => "PTR",
        13 => "HINFO",
        15 => "MX",
        16 => "TXT",
        28 => "AAAA",
        29 => "LOC",
        32 => "NB",
        33 => "SRV",
        35 => "NAPTR",
        41 => "OPT",
        43 => "DS",
        46 => "RRSIG",
        47 => "NSEC",
        48 => "DNSKEY",
        52 => "TLSA",
        64 => "SVCB",
        65 => "HTTPS",
        251 => "IXFR",
        252 => "AXFR",
        255 => "ANY",
        257 => "CAA",
        other => return format!("TYPE{other}"),
    };
    name.into()
}

fn rcode(number: u8) -> String {
    let name = match number {
        0 => "NOERROR",
        1 => "FORMERR",
        2 => "SERVFAIL",
        3 => "NXDOMAIN",
        4 => "NOTIMP",
        5 => "REFUSED",
        6 => "YXDOMAIN",
        7 => "YXRRSET",
        8 => "NXRRSET",
        9 => "NOTAUTH",
        10 => "NOTZONE",
        other => return format!("RCODE{other}"),
    };
    name.into()
}
