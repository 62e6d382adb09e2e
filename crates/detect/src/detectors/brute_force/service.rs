//! What a session says of the logins in it.

use model::{Flow, Value};

/// Logins in one session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Attempts<'a> {
    pub(super) service: &'static str,
    /// Those that failed, as far as that can be told.
    pub(super) failed: u32,
    /// One of which nobody can tell how it ended, by the bytes that the client sent.
    pub(super) guess: Option<u64>,
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
        most_dst_bytes: 300,
        most_ms: 10_000.0,
    },
];

/// Protocols whose refusals are counted where they are read.
const IN_CLEAR: [&str; 5] = ["ftp", "pop3", "imap", "smtp", "smb"];

/// The logins of a session that is over; `None` if it is none of a service with logins.
pub(super) fn attempts(record: &Flow) -> Option<Attempts<'_>> {
    let user = text(record, "user");
    if let Some(service) = IN_CLEAR.into_iter().find(|name| *name == record.protocol) {
        // A command that only makes sense after a login.
        let succeeded =
            ["files", "mailboxes", "share", "rcpt_to"].iter().any(|name| field(record, name).is_some());
        return Some(Attempts {
            service,
            failed: refusals(record).unwrap_or(0),
            guess: None,
            succeeded,
            user,
        });
    }
    match record.protocol {
        "http" => http(record),
        "ssh" => told_by_ssh(record).or_else(|| by_shape(record)),
        // RFC 4511 s4.1.9: invalidCredentials.
        "ldap" => {
            let result = number(record, "result")?;
            let failed = u32::from(result == 49);
            let user = text(record, "bind_dn");
            Some(Attempts { service: "ldap", failed, guess: None, succeeded: result == 0, user })
        }
        "kerberos" => {
            let error = text(record, "error");
            let failed = matches!(error, Some("PREAUTH_FAILED" | "C_PRINCIPAL_UNKNOWN"));
            let user = text(record, "client");
            Some(Attempts { service: "kerberos", failed: failed.into(), guess: None, succeeded: false, user })
        }
        // A server that lets somebody in names its version first, or says that it did.
        "postgresql" if field(record, "server_version").is_some() => {
            Some(Attempts { service: "postgresql", failed: 0, guess: None, succeeded: true, user })
        }
        _ => told(record, user).or_else(|| by_shape(record)),
    }
}

/// What the protocol counted itself.
fn told<'a>(record: &'a Flow, user: Option<&'a str>) -> Option<Attempts<'a>> {
    let service = SHAPES.iter().find(|shape| shape.protocol == record.protocol)?.protocol;
    let succeeded = field(record, "logged_in").is_some();
    let failed = refusals(record).or_else(|| succeeded.then_some(0))?;
    Some(Attempts { service, failed, guess: None, succeeded, user })
}

/// Clients begin by asking which ways to log in there are, and are refused; some do not.
fn told_by_ssh(record: &Flow) -> Option<Attempts<'_>> {
    let succeeded = field(record, "logged_in").is_some();
    let refused = refusals(record).or_else(|| succeeded.then_some(0))?;
    let failed = refused.saturating_sub(1).max(u32::from(!succeeded && refused > 0));
    Some(Attempts { service: "ssh", failed, guess: None, succeeded, user: None })
}

fn by_shape(record: &Flow) -> Option<Attempts<'_>> {
    let shape = SHAPES.iter().find(|shape| shape.protocol == record.protocol)?;
    let (src, dst) = (record.src_payload_bytes, record.dst_payload_bytes);
    if src < shape.least_src_bytes || dst == 0 {
        return None;
    }
    let short =
        src <= shape.most_src_bytes && dst <= shape.most_dst_bytes && record.duration_ms <= shape.most_ms;
    let failed = if short { tries(record) } else { 0 };
    let user = text(record, "user");
    Some(Attempts { service: shape.protocol, failed, guess: None, succeeded: !short, user })
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

/// Requests with a password that were answered with "unauthorised" or "forbidden". A client that asks
/// without a password first is refused once, and then served.
fn http(record: &Flow) -> Option<Attempts<'_>> {
    let http = record.http.as_ref()?;
    if !record.risks.contains(&"cleartext-credentials") {
        return None;
    }
    let refused = matches!(http.status, Some(401 | 403));
    let posted = http.method.as_deref() == Some("POST");
    // Several on one connection: request and refusal are a packet or two each, and short.
    let short = record.dst_payload_bytes / record.dst_packets.max(1) < 600;
    let many = u32::try_from((record.src_packets / 4).clamp(1, 50)).unwrap_or(1);
    let failed = match (refused, short) {
        (true, true) => many,
        (true, false) => 1,
        (false, _) => 0,
    };
    // Many forms say "no" with success, or send the client elsewhere.
    let is_unclear = posted && short && matches!(http.status, Some(200 | 301 | 302 | 303));
    let guess = (is_unclear && is_tool(http.user_agent.as_deref())).then_some(record.src_payload_bytes);
    Some(Attempts { service: "http", failed, guess, succeeded: !refused && guess.is_none(), user: None })
}

/// No browser, or one that says it is none.
fn is_tool(agent: Option<&str>) -> bool {
    agent.is_none_or(|agent| !agent.starts_with("Mozilla/5.0 (") || agent.contains("Hydra"))
}

fn refusals(record: &Flow) -> Option<u32> {
    number(record, "login_failures").map(|count| u32::try_from(count).unwrap_or(u32::MAX))
}

fn number(record: &Flow, name: &str) -> Option<u64> {
    match field(record, name) {
        Some(Value::Number(number)) => Some(*number),
        _ => None,
    }
}

fn text<'a>(record: &'a Flow, name: &str) -> Option<&'a str> {
    match field(record, name) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}

fn field<'a>(record: &'a Flow, name: &str) -> Option<&'a Value> {
    let details = record.details.as_ref()?;
    details.fields.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
}
