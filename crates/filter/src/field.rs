//! Fields that are known, with their types.

/// What records a filter is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Subject {
    /// Flows.
    Flows,
    /// Devices, as lists show them.
    Devices,
    /// Alerts.
    Alerts,
}

/// A field that filters know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Where records have it; one of them is enough.
    pub paths: &'static [&'static str],
    /// What it is, in a line.
    pub about: &'static str,
    /// Its paths are added up.
    pub is_sum: bool,
}

/// What a field holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Text; letter case does not matter.
    Text,
    /// A number.
    Number,
    /// A number of bytes: `10M`, `4KiB`.
    Bytes,
    /// Milliseconds: `250ms`, `5s`, `2h`.
    Duration,
    /// An IP address, compared with addresses and networks.
    Address,
    /// A time: `2026-11-22`, `2026-11-22T14:03:01Z`.
    Time,
    /// `true` or `false`.
    Flag,
    /// Several texts.
    List,
    /// `info`, `low`, `medium`, `high`, `critical`, in this order.
    Severity,
}

impl Kind {
    /// For a manual.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Bytes => "bytes",
            Self::Duration => "duration",
            Self::Address => "address",
            Self::Time => "time",
            Self::Flag => "true, false",
            Self::List => "list",
            Self::Severity => "severity",
        }
    }
}

const fn field(name: &'static str, kind: Kind, paths: &'static [&'static str], about: &'static str) -> Field {
    Field { name, kind, paths, about, is_sum: false }
}

const fn sum(name: &'static str, kind: Kind, paths: &'static [&'static str], about: &'static str) -> Field {
    Field { name, kind, paths, about, is_sum: true }
}

use Kind::{Address, Bytes, Duration, Flag, List, Number, Severity, Text, Time};

const FLOWS: &[Field] = &[
    field("ip", Address, &["src_ip", "dst_ip"], "either side's address"),
    field("src_ip", Address, &["src_ip"], "who opened it"),
    field("dst_ip", Address, &["dst_ip"], "the other side"),
    field("port", Number, &["src_port", "dst_port"], "either side's port"),
    field("src_port", Number, &["src_port"], "port of who opened it"),
    field("dst_port", Number, &["dst_port"], "port of the other side"),
    field("mac", Text, &["src_mac", "dst_mac"], "either side's hardware address"),
    field("src_mac", Text, &["src_mac"], "hardware address of who opened it"),
    field("dst_mac", Text, &["dst_mac"], "hardware address of the other side"),
    field("device", Text, &["src_device", "dst_device"], "id of the device on either side"),
    field("src_device", Text, &["src_device"], "id of the device that opened it"),
    field("dst_device", Text, &["dst_device"], "id of the device on the other side"),
    field("transport", Text, &["transport"], "tcp, udp, icmp …"),
    field("protocol", Text, &["protocol"], "the wire protocol"),
    field("application", Text, &["application"], "what runs on it"),
    field("category", Text, &["category"], "what kind of thing that is"),
    field("hostname", Text, &["hostname"], "the name that was asked for"),
    field("encrypted", Flag, &["encrypted"], "its payload is encrypted"),
    field("confidence", Text, &["confidence"], "proven, likely or port"),
    field("direction", Text, &["direction"], "inbound, outbound, lateral, external or multicast"),
    field("state", Text, &["state"], "where the conversation stands"),
    field("end_reason", Text, &["end_reason"], "why its record was written"),
    field("interface", Text, &["interface"], "where it was seen"),
    field("vlan", Number, &["vlans"], "a VLAN id of it"),
    field("tunnel", Text, &["tunnel"], "the tunnel that it came out of"),
    field("start", Time, &["start"], "its first packet"),
    field("end", Time, &["end"], "its last packet"),
    field("duration_ms", Duration, &["duration_ms"], "from the first packet to the last"),
    sum("bytes", Bytes, &["src_bytes", "dst_bytes"], "bytes of both sides"),
    field("src_bytes", Bytes, &["src_bytes"], "bytes sent by who opened it"),
    field("dst_bytes", Bytes, &["dst_bytes"], "bytes sent by the other side"),
    sum("packets", Number, &["src_packets", "dst_packets"], "packets of both sides"),
    field("src_packets", Number, &["src_packets"], "packets sent by who opened it"),
    field("dst_packets", Number, &["dst_packets"], "packets sent by the other side"),
    field(
        "src_payload_bytes",
        Bytes,
        &["src_payload_bytes"],
        "bytes behind transport headers, of who opened it",
    ),
    field(
        "dst_payload_bytes",
        Bytes,
        &["dst_payload_bytes"],
        "bytes behind transport headers, of the other side",
    ),
    field("handshake_rtt_ms", Duration, &["handshake_rtt_ms"], "how long TCP's handshake took"),
    field("rtt_avg_ms", Duration, &["rtt_avg_ms"], "mean round trip"),
    field("rtt_min_ms", Duration, &["rtt_min_ms"], "shortest round trip"),
    field("rtt_max_ms", Duration, &["rtt_max_ms"], "longest round trip"),
    field("jitter_ms", Duration, &["jitter_ms"], "variation of delay"),
    sum("retransmits", Number, &["src_retransmits", "dst_retransmits"], "segments sent again by both sides"),
    field("src_retransmits", Number, &["src_retransmits"], "segments sent again by who opened it"),
    field("dst_retransmits", Number, &["dst_retransmits"], "segments sent again by the other side"),
    field("lost_segments", Number, &["lost_segments"], "segments that were never seen"),
    field("country", Text, &["src_country", "dst_country"], "either side's country, two letters"),
    field("src_country", Text, &["src_country"], "country of who opened it"),
    field("dst_country", Text, &["dst_country"], "country of the other side"),
    field("asn", Number, &["src_asn", "dst_asn"], "either side's autonomous system"),
    field("org", Text, &["src_org", "dst_org"], "the organisation behind either side"),
    field("os", Text, &["src_os", "dst_os"], "either side's operating system"),
    field("ja3", Text, &["ja3"], "fingerprint of a TLS client"),
    field("ja3s", Text, &["ja3s"], "fingerprint of a TLS server"),
    field("ja4", Text, &["ja4"], "fingerprint of a TLS or QUIC client"),
    field("risks", List, &["risks"], "what its owner should know"),
    field("port_hint", Text, &["port_hint"], "the service usually found at its port"),
    field("id", Text, &["id"], "names the flow"),
    field("community_id", Text, &["community_id"], "names it in other tools, too"),
];

const DEVICES: &[Field] = &[
    field("id", Text, &["id"], "names the device"),
    field("name", Text, &["name"], "what it is called"),
    field("ip", Address, &["ips"], "an address of it"),
    field("mac", Text, &["macs"], "a hardware address of it"),
    field("vendor", Text, &["vendor"], "its maker"),
    field("type", Text, &["type"], "what kind of thing it is"),
    field("model", Text, &["model"], "its model"),
    field("os", Text, &["os"], "its operating system"),
    field("role", List, &["roles"], "what it is to others: gateway, dns-server …"),
    field("services", Number, &["services"], "services that it offers"),
    field("vlan", Number, &["vlans"], "a VLAN id of it"),
    field("behind", Text, &["behind"], "the router that it is behind"),
    field("online", Flag, &["online"], "it was seen within five minutes"),
    field("risk_score", Number, &["risk_score"], "points of its incidents, at most 100"),
    field("first_seen", Time, &["first_seen"], "first seen"),
    field("last_seen", Time, &["last_seen"], "last seen"),
    sum("internet_bytes", Bytes, &["internet.in_bytes", "internet.out_bytes"], "bytes with the internet"),
    sum("local_bytes", Bytes, &["local.in_bytes", "local.out_bytes"], "bytes with local addresses"),
];

const ALERTS: &[Field] = &[
    field("id", Text, &["id"], "names the alert"),
    field("time", Time, &["time"], "when it was raised"),
    field("detector", Text, &["detector"], "what raised it"),
    field("severity", Severity, &["severity"], "how bad it is"),
    field("title", Text, &["title"], "what happens, in a line"),
    field("ip", Address, &["src_ip", "dst_ip"], "who does it or whom it is done to"),
    field("src_ip", Address, &["src_ip"], "who does it"),
    field("dst_ip", Address, &["dst_ip"], "whom it is done to"),
    field("mac", Text, &["src_mac", "dst_mac"], "either one's hardware address"),
    field("device", Text, &["device"], "id of the device"),
    field("device_name", Text, &["device_name"], "what that is called"),
    field("count", Number, &["count"], "how often it happened"),
    field("state", Text, &["state"], "open, acknowledged or muted"),
    field("comment", Text, &["comment"], "what somebody wrote"),
    field("first_seen", Time, &["first_seen"], "when it began"),
    field("last_seen", Time, &["last_seen"], "when it was last seen"),
    field("mitre", List, &["mitre"], "ATT&CK technique ids"),
    field("incident", Text, &["incident"], "the incident that it is part of"),
];

impl Subject {
    /// The fields that are known.
    pub const fn fields(self) -> &'static [Field] {
        match self {
            Self::Flows => FLOWS,
            Self::Devices => DEVICES,
            Self::Alerts => ALERTS,
        }
    }

    pub(crate) fn field(self, name: &str) -> Option<&'static Field> {
        self.fields().iter().find(|field| field.name.eq_ignore_ascii_case(name))
    }

    /// The name most like a word, if it may have been meant.
    pub(crate) fn nearest(self, word: &str) -> Option<&'static str> {
        let word = word.to_lowercase();
        let names = self.fields().iter().map(|field| (strsim::jaro_winkler(&word, field.name), field.name));
        names.filter(|(likeness, _)| *likeness > 0.8).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;
    use std::path::Path;

    use super::*;

    /// `UPDATE_DOCS=1` writes the tables of the manual.
    #[test]
    fn the_manual_has_every_field() {
        const BEGIN: &str = "<!-- made from crates/filter/src/field.rs -->\n";
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/filters.md");
        let manual = std::fs::read_to_string(&path).unwrap();
        let (head, tables) = manual.split_once(BEGIN).unwrap();
        let mut made = String::new();
        for (title, subject) in
            [("Flows", Subject::Flows), ("Devices", Subject::Devices), ("Alerts", Subject::Alerts)]
        {
            write!(made, "\n## {title}\n\n| field | type | what |\n|---|---|---|\n").unwrap();
            for field in subject.fields() {
                writeln!(made, "| `{}` | {} | {} |", field.name, field.kind.name(), field.about).unwrap();
            }
        }
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&path, format!("{head}{BEGIN}{made}")).unwrap();
            return;
        }
        assert!(
            tables == made,
            "docs/filters.md is out of date: UPDATE_DOCS=1 cargo test -p netmonsec-filter"
        );
    }

    #[test]
    fn names_are_unique_and_plain() {
        for subject in [Subject::Flows, Subject::Devices, Subject::Alerts] {
            let mut names: Vec<_> = subject.fields().iter().map(|field| field.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), subject.fields().len());
            assert!(
                names.iter().all(|name| name
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'))
            );
        }
    }
}
