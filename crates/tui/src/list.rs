//! The lists: which columns they have, and how their rows are ordered.

use std::cmp::Ordering;

use serde_json::Value;

use crate::page::Page;
use crate::text::{ago, bytes, clock, exact, milliseconds, safe, short};

/// A column of a list.
pub(crate) struct Column {
    pub(crate) title: &'static str,
    pub(crate) min: u16,
    /// What is left over goes to columns that want more.
    pub(crate) most: u16,
    pub(crate) right: bool,
    /// Columns of the highest rank go first when there is no room; those of rank 0 stay.
    pub(crate) rank: u8,
    /// How the API calls the order by it.
    pub(crate) sort: Option<&'static str>,
    /// From a record and the packet time in seconds; harmless.
    pub(crate) text: fn(&Value, i64) -> String,
    key: fn(&Value) -> Key,
}

/// What rows are ordered by.
#[derive(Debug)]
enum Key {
    Number(f64),
    Text(String),
}

impl Key {
    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            // What is unknown comes last.
            (Self::Text(a), Self::Text(b)) => a.is_empty().cmp(&b.is_empty()).then_with(|| a.cmp(b)),
            (Self::Number(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Number(_)) => Ordering::Greater,
        }
    }
}

/// By which column, and which way round.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Order {
    /// As the API orders, if none.
    pub(crate) column: Option<usize>,
    pub(crate) reversed: bool,
}

impl Order {
    /// Numbers begin with the largest, texts with the first.
    pub(crate) fn descends(self, page: Page) -> bool {
        let column = self.column.and_then(|at| columns(page).get(at));
        column.is_some_and(|column| column.right) != self.reversed
    }

    pub(crate) fn apply(self, page: Page, rows: &mut [Value]) {
        let Some(column) = self.column.and_then(|at| columns(page).get(at)) else {
            if self.reversed {
                rows.reverse();
            }
            return;
        };
        let descends = self.descends(page);
        rows.sort_by_cached_key(|row| Keyed { key: (column.key)(row), descends });
    }
}

struct Keyed {
    key: Key,
    descends: bool,
}

impl Ord for Keyed {
    fn cmp(&self, other: &Self) -> Ordering {
        let order = self.key.compare(&other.key);
        if self.descends { order.reverse() } else { order }
    }
}

impl PartialOrd for Keyed {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Keyed {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Keyed {}

/// What tells a row from all others, so that the cursor stays on it.
pub(crate) fn id_of(page: Page, row: &Value) -> String {
    let name = match page {
        Page::Protocols => "name",
        _ => "id",
    };
    let id = text(row, name);
    // One conversation may have several records.
    if page == Page::Flows { format!("{id} {}", text(row, "start")) } else { id.to_owned() }
}

/// A text of a record, as it came.
pub(crate) fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A number of a record; what is not there is 0.
pub(crate) fn number(row: &Value, name: &str) -> u64 {
    row.get(name).and_then(Value::as_u64).unwrap_or_default()
}

/// Both directions of `internet` or `local`.
pub(crate) fn volume(row: &Value, of: &str) -> u64 {
    let part = row.get(of).unwrap_or(&Value::Null);
    number(part, "in_bytes").saturating_add(number(part, "out_bytes"))
}

/// What a person calls a device.
pub(crate) fn device_name(row: &Value) -> String {
    let name = [text(row, "name"), text(row, "hostname")].into_iter().find(|name| !name.is_empty());
    safe(name.or_else(|| first(row, "ips")).unwrap_or_else(|| text(row, "id")))
}

fn first<'a>(row: &'a Value, name: &str) -> Option<&'a str> {
    let first = row.get(name)?.as_array()?.first()?;
    // A whole device has more to say of each address.
    first.as_str().or_else(|| first.get("ip")?.as_str())
}

fn large(n: u64) -> Key {
    Key::Number(n as f64)
}

fn lower(row: &Value, name: &str) -> Key {
    Key::Text(text(row, name).to_lowercase())
}

fn or_unknown(text: &str) -> String {
    if text.is_empty() { "unknown".to_owned() } else { safe(text) }
}

/// `192.0.2.1:443`, `[2001:db8::1]:443`.
fn endpoint(row: &Value, side: &str) -> String {
    let ip = text(row, &format!("{side}_ip"));
    match (number(row, &format!("{side}_port")), ip.contains(':')) {
        (0, _) => safe(ip),
        (port, true) => format!("[{}]:{port}", safe(ip)),
        (port, false) => format!("{}:{port}", safe(ip)),
    }
}

pub(crate) fn flow_bytes(row: &Value) -> u64 {
    number(row, "src_bytes").saturating_add(number(row, "dst_bytes"))
}

fn severity_rank(row: &Value) -> Key {
    let order = ["info", "low", "medium", "high", "critical"];
    let at = order.iter().position(|name| *name == text(row, "severity"));
    Key::Number(at.map_or(-1.0, |at| at as f64))
}

/// The columns of a list; none for a page that is no list.
pub(crate) fn columns(page: Page) -> &'static [Column] {
    match page {
        Page::Devices => &DEVICES,
        Page::Flows => &FLOWS,
        Page::Alerts => &ALERTS,
        Page::Protocols => &PROTOCOLS,
        Page::Overview | Page::Capture => &[],
    }
}

const DEVICES: [Column; 9] = [
    Column {
        title: "device",
        min: 18,
        most: 36,
        right: false,
        rank: 0,
        sort: Some("name"),
        text: |row, _| device_name(row),
        key: |row| Key::Text(device_name(row).to_lowercase()),
    },
    Column {
        title: "address",
        min: 15,
        most: 39,
        right: false,
        rank: 0,
        sort: None,
        text: |row, _| safe(first(row, "ips").unwrap_or_default()),
        key: |row| match first(row, "ips").and_then(|ip| ip.parse().ok()) {
            // IPv4 in order, then IPv6 in order.
            Some(std::net::IpAddr::V4(ip)) => Key::Text(format!("4{:010}", u32::from(ip))),
            Some(std::net::IpAddr::V6(ip)) => Key::Text(format!("6{:039}", u128::from(ip))),
            None => Key::Text(String::new()),
        },
    },
    Column {
        title: "online",
        min: 6,
        most: 6,
        right: false,
        rank: 3,
        sort: None,
        text: |row, _| (if is_online(row) { "yes" } else { "no" }).to_owned(),
        key: |row| Key::Number(if is_online(row) { 0.0 } else { 1.0 }),
    },
    Column {
        title: "system",
        min: 12,
        most: 28,
        right: false,
        rank: 4,
        sort: Some("os"),
        text: |row, _| or_unknown(row.get("os").map(|os| text(os, "name")).unwrap_or_default()),
        key: |row| lower(row.get("os").unwrap_or(&Value::Null), "name"),
    },
    Column {
        title: "vendor",
        min: 12,
        most: 28,
        right: false,
        rank: 6,
        sort: Some("vendor"),
        text: |row, _| or_unknown(text(row, "vendor")),
        key: |row| lower(row, "vendor"),
    },
    Column {
        title: "internet",
        min: 8,
        most: 8,
        right: true,
        rank: 0,
        sort: Some("internet"),
        text: |row, _| bytes(volume(row, "internet")),
        key: |row| large(volume(row, "internet")),
    },
    Column {
        title: "local",
        min: 8,
        most: 8,
        right: true,
        rank: 2,
        sort: Some("local"),
        text: |row, _| bytes(volume(row, "local")),
        key: |row| large(volume(row, "local")),
    },
    Column {
        title: "risk",
        min: 4,
        most: 4,
        right: true,
        rank: 1,
        sort: Some("risk"),
        text: |row, _| exact(number(row, "risk_score")),
        key: |row| large(number(row, "risk_score")),
    },
    Column {
        title: "last seen",
        min: 10,
        most: 16,
        right: false,
        rank: 5,
        sort: Some("last_seen"),
        text: |row, now| ago(text(row, "last_seen"), now),
        key: |row| lower(row, "last_seen"),
    },
];

const FLOWS: [Column; 9] = [
    Column {
        title: "end",
        min: 8,
        most: 8,
        right: false,
        rank: 1,
        sort: None,
        text: |row, _| clock(text(row, "end")),
        key: |row| lower(row, "end"),
    },
    Column {
        title: "protocol",
        min: 8,
        most: 12,
        right: false,
        rank: 0,
        sort: None,
        text: |row, _| protocol(row),
        key: |row| Key::Text(protocol(row)),
    },
    Column {
        title: "source",
        min: 19,
        most: 47,
        right: false,
        rank: 0,
        sort: None,
        text: |row, _| endpoint(row, "src"),
        key: |row| lower(row, "src_ip"),
    },
    Column {
        title: "destination",
        min: 19,
        most: 47,
        right: false,
        rank: 0,
        sort: None,
        text: |row, _| endpoint(row, "dst"),
        key: |row| lower(row, "dst_ip"),
    },
    Column {
        title: "host",
        min: 12,
        most: 40,
        right: false,
        rank: 3,
        sort: None,
        text: |row, _| safe(text(row, "hostname")),
        key: |row| lower(row, "hostname"),
    },
    Column {
        title: "bytes",
        min: 8,
        most: 8,
        right: true,
        rank: 0,
        sort: None,
        text: |row, _| bytes(flow_bytes(row)),
        key: |row| large(flow_bytes(row)),
    },
    Column {
        title: "packets",
        min: 7,
        most: 7,
        right: true,
        rank: 5,
        sort: None,
        text: |row, _| short(number(row, "src_packets").saturating_add(number(row, "dst_packets"))),
        key: |row| large(number(row, "src_packets").saturating_add(number(row, "dst_packets"))),
    },
    Column {
        title: "duration",
        min: 9,
        most: 12,
        right: true,
        rank: 4,
        sort: None,
        text: |row, _| milliseconds(duration_ms(row)),
        key: |row| Key::Number(duration_ms(row)),
    },
    Column {
        title: "state",
        min: 6,
        most: 12,
        right: false,
        rank: 6,
        sort: None,
        text: |row, _| safe(text(row, "state")),
        key: |row| lower(row, "state"),
    },
];

const ALERTS: [Column; 6] = [
    Column {
        title: "severity",
        min: 8,
        most: 8,
        right: false,
        rank: 0,
        sort: None,
        text: |row, _| safe(text(row, "severity")),
        key: |row| match severity_rank(row) {
            // The gravest first.
            Key::Number(rank) => Key::Number(-rank),
            text @ Key::Text(_) => text,
        },
    },
    Column {
        title: "what",
        min: 24,
        most: 160,
        right: false,
        rank: 0,
        sort: None,
        text: |row, _| safe(text(row, "title")),
        key: |row| lower(row, "title"),
    },
    Column {
        title: "detector",
        min: 12,
        most: 22,
        right: false,
        rank: 3,
        sort: None,
        text: |row, _| safe(text(row, "detector")),
        key: |row| lower(row, "detector"),
    },
    Column {
        title: "state",
        min: 5,
        most: 12,
        right: false,
        rank: 2,
        sort: None,
        text: |row, _| safe(text(row, "state")),
        key: |row| lower(row, "state"),
    },
    Column {
        title: "count",
        min: 6,
        most: 10,
        right: true,
        rank: 4,
        sort: None,
        text: |row, _| short(number(row, "count")),
        key: |row| large(number(row, "count")),
    },
    Column {
        title: "last seen",
        min: 10,
        most: 16,
        right: false,
        rank: 1,
        sort: None,
        text: |row, now| ago(text(row, "last_seen"), now),
        key: |row| lower(row, "last_seen"),
    },
];

const PROTOCOLS: [Column; 5] = [
    Column {
        title: "protocol",
        min: 18,
        most: 40,
        right: false,
        rank: 0,
        sort: None,
        text: |row, _| safe(text(row, "name")),
        key: |row| lower(row, "name"),
    },
    Column {
        title: "requests",
        min: 10,
        most: 10,
        right: true,
        rank: 0,
        sort: None,
        text: |row, _| bytes(number(row, "out_bytes")),
        key: |row| large(number(row, "out_bytes")),
    },
    Column {
        title: "answers",
        min: 10,
        most: 10,
        right: true,
        rank: 0,
        sort: None,
        text: |row, _| bytes(number(row, "in_bytes")),
        key: |row| large(number(row, "in_bytes")),
    },
    Column {
        title: "packets",
        min: 11,
        most: 14,
        right: true,
        rank: 1,
        sort: None,
        text: |row, _| exact(number(row, "packets")),
        key: |row| large(number(row, "packets")),
    },
    Column {
        title: "flows",
        min: 9,
        most: 12,
        right: true,
        rank: 1,
        sort: None,
        text: |row, _| exact(number(row, "flows")),
        key: |row| large(number(row, "flows")),
    },
];

fn is_online(row: &Value) -> bool {
    row.get("online").and_then(Value::as_bool).unwrap_or_default()
}

/// `tls`, or the transport of what is not known.
fn protocol(row: &Value) -> String {
    match text(row, "protocol") {
        "" | "unknown" => safe(text(row, "transport")) + "?",
        name => safe(name),
    }
}

fn duration_ms(row: &Value) -> f64 {
    row.get("duration_ms").and_then(Value::as_f64).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rows_are_ordered_by_what_they_mean() {
        let ip = |ip: &str| json!({"id": ip, "ips": [ip]});
        let mut rows = vec![json!({"id": "none"}), ip("2001:db8::1"), ip("10.0.0.10"), ip("10.0.0.9")];
        Order { column: Some(1), reversed: false }.apply(Page::Devices, &mut rows);
        let ids: Vec<_> = rows.iter().map(|row| text(row, "id")).collect();
        assert_eq!(ids, ["10.0.0.9", "10.0.0.10", "2001:db8::1", "none"]);
        let mut rows: Vec<_> =
            ["low", "critical", "medium"].iter().map(|severity| json!({"severity": severity})).collect();
        Order { column: Some(0), reversed: false }.apply(Page::Alerts, &mut rows);
        let order: Vec<_> = rows.iter().map(|row| text(row, "severity")).collect();
        assert_eq!(order, ["critical", "medium", "low"]);
    }

    #[test]
    fn numbers_begin_with_the_largest() {
        let mut rows: Vec<_> = [1, 3, 2].map(|n| json!({"src_bytes": n})).to_vec();
        Order { column: Some(5), reversed: false }.apply(Page::Flows, &mut rows);
        assert_eq!(rows.iter().map(flow_bytes).collect::<Vec<_>>(), [3, 2, 1]);
        Order { column: Some(5), reversed: true }.apply(Page::Flows, &mut rows);
        assert_eq!(rows.iter().map(flow_bytes).collect::<Vec<_>>(), [1, 2, 3]);
    }

    #[test]
    fn ends_are_written_with_their_ports() {
        let row = json!({"src_ip": "2001:db8::1", "src_port": 443, "dst_ip": "192.0.2.1", "dst_port": 0});
        assert_eq!(endpoint(&row, "src"), "[2001:db8::1]:443");
        assert_eq!(endpoint(&row, "dst"), "192.0.2.1");
    }
}
