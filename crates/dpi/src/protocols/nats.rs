//! NATS client protocol: the server's INFO, the client's CONNECT, subjects.

use crate::dialogue::{Lines, Sign, after, first_line, is_word, number, split_upgrade, word};
use crate::json;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::risk::Risk;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "nats",
    category: "message-queue",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'+'..=b'+', b'-'..=b'-', b'A'..=b'Z', b'a'..=b'z'])],
    ports: &[4222, 6222],
    bound: false,
    fields: &["server_version", "server_name", "client", "client_version", "user", "subjects"],
    head: SHALLOW,
    inspect,
};

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if !crate::dialogue::begins_as_text(look.bytes) {
        return Verdict::No;
    }
    // The server's INFO can be longer than any line that is waited for.
    let sign = |bytes: &[u8]| match after(bytes, b"INFO {\"") {
        Some(_) => Sign::Strong,
        None => first_line(bytes, message),
    };
    let verdict = sign(look.bytes).and(sign(look.other)).verdict(look, "NATS message", Want::Rest);
    let Verdict::Match { sure, evidence, .. } = verdict else { return verdict };
    let known = describe(split_upgrade(look.bytes).0, findings);
    Verdict::Match { sure, evidence, want: if known { Want::Reply } else { Want::Rest } }
}

/// True if there is no more to learn of this direction.
fn describe(bytes: &[u8], findings: &mut Findings) -> bool {
    let mut known = false;
    for line in Lines(bytes) {
        if let Some(info) = after(line, b"INFO ") {
            note(findings, info, &[("server_version", "version"), ("server_name", "server_name")]);
            known = true;
        } else if let Some(options) = after(line, b"CONNECT ") {
            note(findings, options, &[("client", "lang"), ("client_version", "version"), ("user", "user")]);
            let secret = |key: &str| json::text(options, key).is_some_and(|value| !value.is_empty());
            if secret("pass") || secret("auth_token") {
                findings.risk(Risk::CleartextCredentials);
            }
        } else if let Some(rest) = after(line, b"SUB ").or_else(|| after(line, b"PUB ")) {
            findings.add("subjects", lossy(word(rest).0, NAME_MAX));
            known = true;
        }
    }
    known
}

fn note(findings: &mut Findings, json: &[u8], keys: &[(&'static str, &str)]) {
    for (field, key) in keys {
        if let Some(value) = json::text(json, key).filter(|value| !value.is_empty()) {
            findings.note(field, lossy(value, NAME_MAX));
        }
    }
}

fn message(line: &[u8]) -> Sign {
    let (verb, rest) = word(line);
    let words = rest.split(|byte| *byte == b' ').filter(|word| !word.is_empty()).count();
    let last = rest.rsplit(|byte| *byte == b' ').next().unwrap_or_default();
    let subject = is_word(word(rest).0);
    match verb {
        b"INFO" | b"CONNECT" if rest.starts_with(b"{\"") => Sign::Strong,
        b"MSG" | b"HMSG" if subject && (3..=5).contains(&words) && number(last).is_some() => Sign::Strong,
        b"PUB" | b"HPUB" if subject && (2..=4).contains(&words) && number(last).is_some() => Sign::Strong,
        b"SUB" if subject && (2..=3).contains(&words) && is_word(last) => Sign::Weak,
        b"PING" | b"PONG" | b"+OK" if rest.is_empty() => Sign::Weak,
        b"-ERR" if rest.starts_with(b"'") => Sign::Weak,
        b"UNSUB" if (1..=2).contains(&words) => Sign::Weak,
        _ => Sign::No,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            4222,
            &[
                (DST, b"INFO {\"server_id\":\"NA\",\"version\":\"2.10.1\",\"proto\":1}\r\n"),
                (SRC, b"CONNECT {\"verbose\":false,\"lang\":\"go\",\"version\":\"1.31\",\"user\":\"joe\",\"pass\":\"x\"}\r\nPING\r\n"),
                (SRC, b"SUB orders.* 1\r\n"),
            ],
        ),
        Sample::tcp(50000, 5222, &[(DST, b"MSG orders.new 1 5\r\nhello\r\n")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 4222, &[(DST, b"INFO server ready\r\n")]),
        Sample::tcp(50000, 4222, &[(SRC, b"PUB orders five\r\n")]),
    ],
};
