use std::net::IpAddr;

use serde_json::Value;

use crate::expr::{Atom, Expr, Operator, Path};
use crate::literal::{self, Literal};
use crate::pattern::Pattern;

pub(crate) fn matches(expr: &Expr, record: &Value) -> bool {
    match expr {
        Expr::And(parts) => parts.iter().all(|part| matches(part, record)),
        Expr::Or(parts) => parts.iter().any(|part| matches(part, record)),
        Expr::Not(part) => !matches(part, record),
        Expr::Search(text) => Word::new(text).is_in(record),
        Expr::Is(atom) => is(atom, record),
    }
}

/// Fields that a word without a field is looked for in.
const SEARCHED: [&str; 27] = [
    "name",
    "hostname",
    "protocol",
    "application",
    "src_ip",
    "dst_ip",
    "src_mac",
    "dst_mac",
    "src_device",
    "dst_device",
    "src_org",
    "dst_org",
    "src_country",
    "dst_country",
    "port_hint",
    "ja4",
    "macs",
    "ips",
    "vendor",
    "type",
    "model",
    "os",
    "roles",
    "detector",
    "title",
    "device_name",
    "comment",
];
/// A part of these says nothing.
const WHOLE: [&str; 2] = ["id", "ja3"];
/// An address means itself, not all that begin with its digits.
const ADDRESSES: [&str; 3] = ["src_ip", "dst_ip", "ips"];

/// A word without a field.
struct Word<'a> {
    text: &'a str,
    address: Option<IpAddr>,
    pattern: Pattern,
}

impl<'a> Word<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, address: text.parse().ok(), pattern: Pattern::new(text) }
    }

    fn is_in(&self, record: &Value) -> bool {
        let has = |name: &str, test: &dyn Fn(&str) -> bool| {
            record.get(name).is_some_and(|value| has_text(value, test))
        };
        let is_address = |one: &str| one.parse().ok() == self.address;
        WHOLE.iter().any(|name| has(name, &|one| same(one, self.text)))
            || SEARCHED.iter().any(|name| match self.address {
                Some(_) if ADDRESSES.contains(name) => has(name, &is_address),
                _ => has(name, &|one| self.pattern.takes(one)),
            })
    }
}

fn has_text(value: &Value, test: &dyn Fn(&str) -> bool) -> bool {
    match value {
        Value::String(one) => test(one),
        Value::Array(many) => many.iter().any(|one| has_text(one, test)),
        // An operating system, an address: what it is called.
        Value::Object(fields) => {
            ["name", "ip"].iter().filter_map(|name| fields.get(*name)).any(|v| has_text(v, test))
        }
        _ => false,
    }
}

fn is(atom: &Atom, record: &Value) -> bool {
    let negated = atom.operator == Operator::Unequal;
    let operator = if negated { Operator::Equal } else { atom.operator };
    let test = |value: &Value| compare(value, operator, &atom.literals);
    let found = match &atom.path {
        Path::Other(parts) => {
            let value = parts.iter().try_fold(record, |value, part| value.get(part.as_str()));
            value.is_some_and(test)
        }
        Path::Known(field) if field.is_sum => {
            let numbers = field.paths.iter().filter_map(|path| at(record, path)?.as_f64());
            let sum: f64 = numbers.sum();
            test(&serde_json::Number::from_f64(sum).map_or(Value::Null, Value::Number))
        }
        Path::Known(field) => field.paths.iter().filter_map(|path| at(record, path)).any(test),
    };
    found != negated
}

fn at<'a>(record: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(record, |value, part| value.get(part))
}

fn compare(value: &Value, operator: Operator, literals: &[Literal]) -> bool {
    match value {
        // One of a list is enough.
        Value::Array(many) => many.iter().any(|one| compare(one, operator, literals)),
        Value::Object(fields) => {
            let named = ["name", "ip"].iter().find_map(|name| fields.get(*name));
            named.is_some_and(|value| compare(value, operator, literals))
        }
        _ => literals.iter().any(|literal| one(value, operator, literal)),
    }
}

fn one(value: &Value, operator: Operator, literal: &Literal) -> bool {
    use std::cmp::Ordering::{self, Equal, Greater, Less};
    let ordered = |order: Option<Ordering>| match operator {
        Operator::Equal | Operator::In | Operator::Has => order == Some(Equal),
        Operator::Less => order == Some(Less),
        Operator::AtMost => matches!(order, Some(Less | Equal)),
        Operator::More => order == Some(Greater),
        Operator::AtLeast => matches!(order, Some(Greater | Equal)),
        Operator::Unequal | Operator::Like => false,
    };
    match (literal, value) {
        (Literal::Text(text), Value::String(value)) if operator == Operator::Like => {
            Pattern::new(text).takes(value)
        }
        (Literal::Text(text), Value::String(value)) => ordered(same(value, text).then_some(Equal)),
        (Literal::Text(text), Value::Number(value)) => ordered((value.to_string() == *text).then_some(Equal)),
        (Literal::Number(number), value) => {
            let value = value.as_f64().or_else(|| value.as_str()?.parse().ok());
            ordered(value.and_then(|value| value.partial_cmp(number)))
        }
        (Literal::Network(network, bits), Value::String(value)) => {
            let address: Option<IpAddr> = value.parse().ok();
            ordered(address.filter(|address| literal::is_in(*address, *network, *bits)).map(|_| Equal))
        }
        (Literal::Time(time), Value::String(value)) => ordered(Some(value.as_str().cmp(time))),
        (Literal::Flag(flag), Value::Bool(value)) => ordered((flag == value).then_some(Equal)),
        (Literal::Severity(rank), Value::String(value)) => {
            ordered(literal::severity(value).map(|value| value.cmp(rank)))
        }
        _ => false,
    }
}

fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || !a.is_ascii() && a.to_lowercase() == b.to_lowercase()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{Filter, Subject};

    #[test]
    fn flows() {
        let flow = json!({
            "src_ip": "10.0.0.5", "dst_ip": "2001:db8::7", "src_port": 50000, "dst_port": 443, "transport": "tcp",
            "protocol": "tls", "hostname": "www.Example.com", "src_bytes": 11_000_000, "dst_bytes": 500,
            "duration_ms": 6000.5, "start": "2026-11-22T10:00:00.000000000Z", "risks": ["weak-cipher", "obsolete-tls"],
            "tls": {"version": "TLS 1.2", "alpn": "h2"}, "encrypted": true, "src_device": "mac-1", "http": {"status": 404},
        });
        let yes = [
            "",
            "protocol = TLS",
            "hostname ~ \"*.example.com\"",
            "hostname ~ example",
            "src_bytes > 10M",
            "src_ip in 10.0.0.0/8",
            "ip = 2001:db8::/32",
            "port in (53, 443)",
            "not port = 80",
            "port != 80",
            "risks has weak-cipher",
            "risks in (x, obsolete-tls)",
            "duration_ms > 6s",
            "duration_ms < 7s",
            "start >= 2026-11-22",
            "start < 2026-11-23",
            "tls.version = \"tls 1.2\"",
            "http.status >= 400",
            "encrypted = true",
            "device = mac-1",
            "bytes = 11000500",
            "example",
            "mac-1 tls",
            "10.0.0",
            "10.0.0.5",
            "2001:DB8:0::7",
            "application != youtube",
            "protocol = dns or dst_port = 443",
            "hostname !~ other",
            "dst_port not in (80, 8080)",
        ];
        let no = [
            "protocol = dns",
            "hostname ~ \"example.*.org\"",
            "src_bytes > 12M",
            "src_ip = 11.0.0.0/8",
            "application = youtube",
            "risks has self-signed",
            "start > 2026-11-22T10:00:00Z",
            "tls.none = 1",
            "encrypted = false",
            "nothing",
            "not tls",
            "10.0.0.50",
            "1.0.0.5",
            "port != 443",
            "http.status < 400",
            "application ~ tube",
        ];
        for (texts, expected) in [(&yes[..], true), (&no[..], false)] {
            for text in texts {
                let filter =
                    Filter::parse(Subject::Flows, text).unwrap_or_else(|error| panic!("{text}: {error}"));
                assert_eq!(filter.matches(&flow), expected, "{text}");
            }
        }
    }

    #[test]
    fn devices_and_alerts() {
        let device = json!({"id": "mac-1", "name": "nas", "ips": ["10.0.0.7"], "os": {"name": "Linux", "confidence": 0.9},
            "online": true, "risk_score": 20, "internet": {"in_bytes": 1, "out_bytes": 5_000_000}, "vlans": [7]});
        for text in [
            "os ~ linux",
            "ip = 10.0.0.0/24",
            "online = true",
            "risk_score >= 20",
            "internet_bytes > 5M",
            "vlan = 7",
            "nas",
        ] {
            assert!(Filter::parse(Subject::Devices, text).unwrap().matches(&device), "{text}");
        }
        let alert = json!({"detector": "port-scan", "severity": "medium", "src_ip": "10.0.0.9", "state": "open", "count": 7});
        for text in [
            "severity >= medium",
            "severity < critical",
            "detector = port-scan state = open",
            "ip = 10.0.0.9",
        ] {
            assert!(Filter::parse(Subject::Alerts, text).unwrap().matches(&alert), "{text}");
        }
        assert!(!Filter::parse(Subject::Alerts, "severity > medium").unwrap().matches(&alert));
    }

    #[test]
    fn patterns_do_not_take_for_ever() {
        let long = "a".repeat(5000);
        let record = json!({ "hostname": long });
        let text = format!("hostname ~ \"{}b\"", "a*".repeat(500));
        assert!(!Filter::parse(Subject::Flows, &text).unwrap().matches(&record));
    }
}
