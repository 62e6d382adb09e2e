//! Post Office Protocol, version 3 (RFC 1939): greeting, user, login.

use crate::dialogue::{
    Conversation, Lines, Said, Sign, contains, is_about_logins, is_one_of, login, number, refusals, word,
};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Starts, Transport, Verdict};
use crate::risk::Risk;
use crate::text::{NAME_MAX, TEXT_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "pop3",
    category: "mail",
    encrypted: false,
    over: STARTS,
    ports: PORTS,
    bound: false,
    fields: FIELDS,
    head: SHALLOW,
    inspect,
};

/// Status indicators, and letters of commands in any case.
pub(super) const STARTS: &[(Transport, Starts)] =
    &[(Transport::Tcp, &[b'+'..=b'+', b'-'..=b'-', b'A'..=b'Z', b'a'..=b'z'])];
pub(super) const PORTS: &[u16] = &[110];
pub(super) const FIELDS: &[&str] = &["banner", "user", "login_failures", "auth"];

pub(super) const MAIL: Conversation = Conversation {
    evidence: "POP3 greeting or command",
    is_server: |look| matches!(look.bytes.first(), Some(b'+' | b'-')),
    command,
    reply: status,
    may_precede_tls: Some(|line| {
        is_one_of(word(line).0, &[b"CAPA", b"STLS"]) || line.eq_ignore_ascii_case(b"AUTH")
    }),
    describe,
};

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    MAIL.in_clear(look, findings)
}

fn describe(said: &Said<'_>, findings: &mut Findings) {
    if let Some(banner) = Lines(said.server).next().and_then(|line| line.strip_prefix(b"+OK ")) {
        findings.note("banner", lossy(banner, TEXT_MAX));
    }
    // RFC 2449 s8.1.1, RFC 3206 s3, or in words.
    refusals(said.server, findings, |line| line.starts_with(b"-ERR") && is_about_logins(line));
    for line in Lines(said.client) {
        let (verb, rest) = word(line);
        if is_one_of(verb, &[b"USER", b"APOP"]) {
            findings.note("user", lossy(word(rest).0, NAME_MAX));
        } else if verb.eq_ignore_ascii_case(b"PASS") {
            findings.risk(Risk::CleartextCredentials);
        } else if verb.eq_ignore_ascii_case(b"AUTH") && !rest.is_empty() {
            login(word(rest).0, findings);
        }
    }
}

fn command(line: &[u8]) -> Sign {
    let (verb, rest) = word(line);
    let bare = rest.is_empty();
    let numbered = number(word(rest).0).is_some();
    match () {
        () if bare && is_one_of(verb, &[b"CAPA", b"STLS", b"UIDL"]) => Sign::Strong,
        () if numbered && is_one_of(verb, &[b"RETR", b"DELE", b"TOP", b"UIDL"]) => Sign::Strong,
        // RFC 1939 s7: name and digest.
        () if verb.eq_ignore_ascii_case(b"APOP") && word(rest).1.len() == 32 => Sign::Strong,
        () if is_one_of(verb, &[b"AUTH", b"LIST", b"NOOP", b"QUIT", b"RSET", b"STAT"]) => Sign::Weak,
        () if !bare && is_one_of(verb, &[b"USER", b"PASS"]) => Sign::Weak,
        () => Sign::No,
    }
}

fn status(line: &[u8]) -> Sign {
    let (indicator, text) = word(line);
    match indicator {
        b"+OK" if contains(text, b"POP") => Sign::Strong,
        b"+OK" | b"-ERR" | b"+" => Sign::Weak,
        _ => Sign::No,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            110,
            &[(DST, b"+OK ready\r\n"), (SRC, b"USER joe\r\n"), (DST, b"+OK\r\n"), (SRC, b"PASS secret\r\n")],
        ),
        Sample::tcp(50000, 1110, &[(DST, b"+OK POP3 server ready <1.2@example.org>\r\n")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 110, &[(DST, b"+PONG\r\n")]),
        Sample::tcp(50000, 110, &[(SRC, b"USERS joe\r\n")]),
    ],
};

#[cfg(test)]
mod tests {
    use crate::risk::Risk;
    use crate::testing::{Flow, TCP};

    #[test]
    fn the_password_is_not_kept() {
        let mut flow = Flow::new(TCP, 50000, 110);
        flow.dst(b"+OK hello\r\n");
        flow.src(b"USER joe\r\n");
        flow.src(b"PASS secret\r\n");
        let facts = flow.inspection.facts();
        assert!(facts.risks.contains(Risk::CleartextCredentials));
        let text = format!("{facts:?}");
        assert!(text.contains("joe") && !text.contains("secret"));
    }
}
