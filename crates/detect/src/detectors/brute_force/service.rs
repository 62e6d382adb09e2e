//! What a session says of the logins in it.

use model::{Flow, Value};

/// Logins in one session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Attempts<'a> {
    pub(super) service: &'static str,
    /// Those that failed, as far as that can be told.
    pub(super) failed: u32,
    /// The last one worked.
    pub(super) succeeded: bool,
    pub(super) user: Option<&'a str>,
}

/// What a session of a login and nothing else looks like, where its content is not in clear: bytes of
/// payload and time that it has at most, and that it has at least if a login was tried at all.
struct Shape {
    protocol: &'static str,
    least_src_bytes: u64,
    most_src_bytes: u64,
    most_dst_bytes: u64,
    most_ms: f64,
}

/// A key exchange of SSH takes some 1,000 bytes of each side; a login, its refusal and the next take
/// 50 to 150 of each. Whoever gets in opens a channel, and has host keys, an environment and a prompt or
/// a result sent. RDP's refusal comes within TLS and its authentication; a desktop is megabytes.
const SHAPES: [Shape; 7] = [
    Shape {
        protocol: "ssh",
        least_src_bytes: 1000,
        most_src_bytes: 3400,
        most_dst_bytes: 3600,
        most_ms: 60_000.0,
    },
    Shape {
        protocol: "rdp",
        least_src_bytes: 300,
        most_src_bytes: 4000,
        most_dst_bytes: 5500,
        most_ms: 20_000.0,
    },
    Shape {
        protocol: "vnc",
        least_src_bytes: 29,
        most_src_bytes: 64,
        most_dst_bytes: 120,
        most_ms: 30_000.0,
    },
    Shape {
        protocol: "telnet",
        least_src_bytes: 6,
        most_src_bytes: 300,
        most_dst_bytes: 500,
        most_ms: 90_000.0,
    },
    Shape {
        protocol: "mysql",
        least_src_bytes: 60,
        most_src_bytes: 400,
        most_dst_bytes: 260,
        most_ms: 10_000.0,
    },
    Shape {
        protocol: "postgresql",
        least_src_bytes: 60,
        most_src_bytes: 300,
        most_dst_bytes: 180,
        most_ms: 10_000.0,
    },
    Shape {
        protocol: "tds",
        least_src_bytes: 150,
        most_src_bytes: 1500,
        most_dst_bytes: 700,
        most_ms: 10_000.0,
    },
];

/// Protocols whose refusals are counted where they are read.
const IN_CLEAR: [&str; 5] = ["ftp", "pop3", "imap", "smtp", "smb"];

/// The logins of a session that is over; `None` if it is none of a service with logins.
pub(super) fn attempts(record: &Flow) -> Option<Attempts<'_>> {
    if let Some(service) = IN_CLEAR.into_iter().find(|name| *name == record.protocol) {
        let failed = match field(record, "login_failures") {
            Some(Value::Number(n)) => u32::try_from(*n).unwrap_or(u32::MAX),
            _ => 0,
        };
        // A command that only makes sense after a login.
        let succeeded =
            ["files", "mailboxes", "share", "rcpt_to"].iter().any(|name| field(record, name).is_some());
        return Some(Attempts { service, failed, succeeded, user: user(record) });
    }
    if record.protocol == "http" {
        return http(record);
    }
    let shape = SHAPES.iter().find(|shape| shape.protocol == record.protocol)?;
    let (src, dst) = (record.src_payload_bytes, record.dst_payload_bytes);
    let over = matches!(record.end_reason, "fin" | "reset") || record.duration_ms < shape.most_ms;
    let short =
        src <= shape.most_src_bytes && dst <= shape.most_dst_bytes && record.duration_ms <= shape.most_ms;
    if src < shape.least_src_bytes || dst == 0 {
        return None;
    }
    let failed = if short && over { tries(record) } else { 0 };
    Some(Attempts { service: shape.protocol, failed, succeeded: !short, user: user(record) })
}

/// Further logins in one session of SSH are two packets each.
fn tries(record: &Flow) -> u32 {
    const FEWEST_PACKETS: u64 = 13;
    const MOST: u64 = 6;
    if record.protocol != "ssh" {
        return 1;
    }
    let more = record.src_packets.saturating_sub(FEWEST_PACKETS) / 2;
    u32::try_from(more.min(MOST - 1)).unwrap_or_default() + 1
}

/// A request with a password that was answered with "unauthorised" or "forbidden".
fn http(record: &Flow) -> Option<Attempts<'_>> {
    let http = record.http.as_ref()?;
    let password = record.risks.contains(&"cleartext-credentials");
    let refused = matches!(http.status, Some(401 | 403));
    let posted = http.method.as_deref() == Some("POST");
    if !password {
        return None;
    }
    // A client that asks without a password first is refused once, and then served.
    let few = record.dst_payload_bytes / record.dst_packets.max(1) < 600;
    let failed = if refused || posted && few && is_tool(http.user_agent.as_deref()) {
        // Several on one connection: request and refusal are a packet or two each.
        u32::try_from((record.src_packets / 4).clamp(1, 50)).unwrap_or(1)
    } else {
        0
    };
    Some(Attempts {
        service: "http",
        failed: if few { failed } else { failed.min(1) },
        succeeded: !refused,
        user: None,
    })
}

fn is_tool(agent: Option<&str>) -> bool {
    agent.is_none_or(|agent| !agent.starts_with("Mozilla/5.0 (") || agent.contains("Hydra"))
}

fn user(record: &Flow) -> Option<&str> {
    match field(record, "user") {
        Some(Value::Text(user)) => Some(user),
        _ => None,
    }
}

fn field<'a>(record: &'a Flow, name: &str) -> Option<&'a Value> {
    let details = record.details.as_ref()?;
    details.fields.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
}
