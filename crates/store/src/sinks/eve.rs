//! EVE JSON, with the names and the nesting of Suricata's documentation ("Eve JSON Format"), so that
//! what reads its files reads these.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use model::{Alert, Details, Flow, Severity, Value as Field};
use serde_json::{Map, Value, json};

use super::Sink;
use super::daily::Daily;
use crate::day::Day;
use crate::item::{Item, SeenFlow};

/// `eve_YYYYMMDD.json`.
#[derive(Debug)]
pub(super) struct Eve {
    file: Daily,
    /// Packets, bytes and drops so far: Suricata's counters only grow.
    totals: [u64; 3],
}

impl Eve {
    pub(super) fn new(folder: &Path, days: u32) -> Self {
        Self { file: Daily::new(folder, "eve", "json", "", days), totals: [0; 3] }
    }
}

impl Sink for Eve {
    fn name(&self) -> &'static str {
        "store.eve"
    }

    fn take(&mut self, items: &[Item]) -> io::Result<()> {
        let mut days = BTreeMap::<Day, Vec<u8>>::new();
        let mut totals = self.totals;
        for item in items {
            let (time, events) = match item {
                Item::Flow(flow) => (flow.end, flow_events(flow)),
                Item::Alert(alert) => (time_of(&alert.last_seen), vec![alert_event(alert)]),
                Item::Traffic { minute, packets, bytes, dropped } => {
                    for (total, more) in totals.iter_mut().zip([packets, bytes, dropped]) {
                        *total = total.saturating_add(*more);
                    }
                    (*minute, vec![stats_event(*minute, totals)])
                }
                _ => continue,
            };
            let lines = days.entry(Day::of(time)).or_default();
            for event in events {
                lines.extend(super::text::json(&event)?.bytes());
                lines.push(b'\n');
            }
        }
        for (day, lines) in days {
            self.file.append(day, &lines)?;
        }
        self.totals = totals;
        Ok(())
    }
}

pub(super) fn time_of(text: &str) -> wire::Timestamp {
    let nanos = text.parse::<Timestamp>().map_or(0, Timestamp::as_nanosecond);
    wire::Timestamp(u64::try_from(nanos).unwrap_or_default())
}

/// `2026-11-22T14:03:01.123456+0000`
fn time(text: &str) -> Value {
    let time = text.parse::<Timestamp>();
    time.map_or(Value::Null, |time| time.strftime("%Y-%m-%dT%H:%M:%S%.6f+0000").to_string().into())
}

/// What everything about a flow begins with.
fn common(kind: &str, at: &str, flow: &Flow) -> Map<String, Value> {
    // Numbers beyond 2^53 are not the same in every reader of JSON (RFC 8259 s6).
    let id = u64::from_str_radix(flow.id.get(..16).unwrap_or(&flow.id), 16).unwrap_or_default() >> 11;
    let mut event = Map::new();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            event.insert(name.to_owned(), value);
        }
    };
    put("timestamp", time(at));
    put("flow_id", id.into());
    put("in_iface", flow.interface.clone().into());
    put("event_type", kind.into());
    if !flow.vlans.is_empty() {
        put("vlan", flow.vlans.clone().into());
    }
    put("src_ip", flow.src_ip.to_string().into());
    put("src_port", flow.src_port.into());
    put("dest_ip", flow.dst_ip.to_string().into());
    put("dest_port", flow.dst_port.into());
    put("proto", protocol(&flow.transport).into());
    put("community_id", flow.community_id.clone().into());
    event
}

fn protocol(transport: &str) -> String {
    match transport {
        "icmpv6" => "IPv6-ICMP".to_owned(),
        other => other.to_ascii_uppercase(),
    }
}

/// As Suricata calls it.
fn application(protocol: &'static str) -> &'static str {
    match protocol {
        "unknown" => "failed",
        "kerberos" => "krb5",
        "vnc" => "rfb",
        "ethernet-ip" => "enip",
        other => other,
    }
}

fn flow_events(seen: &SeenFlow) -> Vec<Value> {
    let flow = &seen.record;
    let mut events = Vec::new();
    let mut tell = |kind: &str, at: &str, body: Value| {
        let mut event = common(kind, at, flow);
        event.insert(kind.to_owned(), body);
        events.push(Value::Object(event));
    };
    if let Some(dns) = &flow.dns {
        let kind = if dns.rcode.is_some() { "answer" } else { "query" };
        let answers: Vec<_> =
            dns.answers.iter().map(|answer| json!({ "rrname": dns.query, "rdata": answer })).collect();
        let body = json!({
            "version": 2, "type": kind, "rrname": dns.query, "rrtype": dns.qtype, "rcode": dns.rcode,
            "answers": answers,
        });
        tell("dns", &flow.start, without_nothing(body));
    }
    if let Some(http) = &flow.http {
        let body = json!({
            "hostname": http.host, "url": http.uri, "http_user_agent": http.user_agent,
            "http_content_type": http.content_type, "http_method": http.method, "status": http.status,
        });
        tell("http", &flow.start, without_nothing(body));
    }
    if let Some(tls) = &flow.tls
        && flow.protocol != "quic"
    {
        let certificate = tls.certificate.as_ref();
        let colons = |hex: &String| {
            let bytes = hex.as_bytes().chunks(2).map(String::from_utf8_lossy);
            bytes.collect::<Vec<_>>().join(":").to_lowercase()
        };
        let body = json!({
            "subject": certificate.map(|c| &c.subject),
            "issuerdn": certificate.map(|c| &c.issuer),
            "serial": certificate.map(|c| colons(&c.serial).to_uppercase()),
            "fingerprint": certificate.and_then(|c| c.sha1.as_ref()).map(colons),
            "subjectaltname": certificate.map(|c| &c.san).filter(|san| !san.is_empty()),
            "notbefore": certificate.and_then(|c| c.not_before.as_deref()).map(date),
            "notafter": certificate.and_then(|c| c.not_after.as_deref()).map(date),
            "sni": flow.hostname.as_ref().filter(|_| flow.hostname_source == Some("sni")),
            "version": tls.version.as_ref().map(|version| version.replace("TLSv", "TLS ")),
            "ja3": flow.ja3.as_ref().map(|hash| json!({ "hash": hash })),
            "ja3s": flow.ja3s.as_ref().map(|hash| json!({ "hash": hash })),
            "ja4": flow.ja4,
        });
        tell("tls", &flow.start, without_nothing(body));
    }
    if flow.protocol == "quic" {
        let version = details(flow, "quic").and_then(|quic| text(quic, "version"));
        let body = json!({
            "version": version, "sni": flow.hostname.as_ref().filter(|_| flow.hostname_source == Some("sni")),
            "ja3": flow.ja3.as_ref().map(|hash| json!({ "hash": hash })), "ja4": flow.ja4,
        });
        tell("quic", &flow.start, without_nothing(body));
    }
    if let Some(ssh) = details(flow, "ssh") {
        let side = |banner: &str, hassh: &str| {
            let banner = text(ssh, banner)?;
            let (version, software) = banner.strip_prefix("SSH-")?.split_once('-')?;
            let hassh = text(ssh, hassh).map(|hash| json!({ "hash": hash }));
            Some(without_nothing(
                json!({ "proto_version": version, "software_version": software, "hassh": hassh }),
            ))
        };
        let body = json!({ "client": side("client", "hassh"), "server": side("server", "hassh_server") });
        tell("ssh", &flow.start, without_nothing(body));
    }
    if let Some(smb) = details(flow, "smb") {
        let body = json!({ "dialect": text(smb, "dialect"), "share": text(smb, "share"), "filename": text(smb, "file") });
        tell("smb", &flow.start, without_nothing(body));
    }
    events.push(flow_event(flow));
    events
}

fn flow_event(flow: &Flow) -> Value {
    let mut event = common("flow", &flow.end, flow);
    event.insert("app_proto".into(), application(flow.protocol).into());
    let state = match flow.state {
        "new" | "syn-sent" | "syn-received" => "new",
        "answered" | "established" => "established",
        _ => "closed",
    };
    let reason = match flow.end_reason {
        "end-of-capture" => "shutdown",
        "evicted" | "active-timeout" | "port-reuse" => "forced",
        _ => "timeout",
    };
    // Whole seconds, as there.
    let age = Duration::try_from_secs_f64(flow.duration_ms / 1000.0).map_or(0, |age| age.as_secs());
    let body = json!({
        "pkts_toserver": flow.src_packets, "pkts_toclient": flow.dst_packets,
        "bytes_toserver": flow.src_bytes, "bytes_toclient": flow.dst_bytes,
        "start": time(&flow.start), "end": time(&flow.end),
        "age": age, "state": state, "reason": reason, "alerted": false,
    });
    event.insert("flow".into(), body);
    Value::Object(event)
}

fn alert_event(alert: &Alert) -> Value {
    // 1 is the worst there.
    let severity = match alert.severity {
        Severity::Critical | Severity::High => 1,
        Severity::Medium => 2,
        Severity::Low => 3,
        Severity::Info => 4,
    };
    // A number that stays the same for a detector: its name, hashed (FNV-1a).
    let id = alert
        .detector
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let mut event = json!({
        "timestamp": time(&alert.last_seen),
        "event_type": "alert",
        "src_ip": alert.src_ip,
        "dest_ip": alert.dst_ip,
        "alert": {
            "action": "allowed", "gid": 1, "signature_id": id, "rev": 1, "signature": alert.title,
            "category": alert.detector, "severity": severity,
            "metadata": { "mitre_technique_id": alert.mitre, "description": [alert.description], "alert_id": [alert.id] },
        },
    });
    if let Some(fields) = event.as_object_mut() {
        fields.retain(|_, value| !value.is_null());
    }
    event
}

fn stats_event(minute: wire::Timestamp, [packets, bytes, dropped]: [u64; 3]) -> Value {
    json!({
        "timestamp": time(&model::rfc3339(minute)),
        "event_type": "stats",
        "stats": {
            "capture": { "kernel_packets": packets.saturating_add(dropped), "kernel_drops": dropped },
            "decoder": { "pkts": packets, "bytes": bytes },
        },
    })
}

/// `2026-11-22T14:03:01`
fn date(text: &str) -> String {
    text.get(..19).unwrap_or(text).to_owned()
}

fn details<'a>(flow: &'a Flow, name: &str) -> Option<&'a Details> {
    flow.details.as_ref().filter(|details| details.name == name)
}

fn text<'a>(details: &'a Details, name: &str) -> Option<&'a str> {
    details.fields.iter().find(|(field, _)| *field == name).and_then(|(_, value)| match value {
        Field::Text(text) => Some(text.as_str()),
        Field::List(many) => many.first().map(String::as_str),
        _ => None,
    })
}

fn without_nothing(mut value: Value) -> Value {
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|_, value| !value.is_null() && value.as_array().is_none_or(|many| !many.is_empty()));
    }
    value
}
