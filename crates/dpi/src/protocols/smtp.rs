//! Simple Mail Transfer Protocol (RFC 5321): greeting, sender, recipients, login, subject.

use crate::dialogue::{
    Conversation, Lines, Said, Sign, after, contains, is_one_of, login, refusals, reply, word,
};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict};
use crate::text::{NAME_MAX, TEXT_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "smtp",
    category: "mail",
    encrypted: false,
    over: STARTS,
    ports: PORTS,
    bound: false,
    fields: FIELDS,
    head: SHALLOW,
    inspect,
};

/// Codes of replies, and letters of commands in any case.
pub(super) const STARTS: &[(Transport, crate::protocol::Starts)] =
    &[(Transport::Tcp, &[b'2'..=b'5', b'A'..=b'Z', b'a'..=b'z'])];
pub(super) const PORTS: &[u16] = &[25, 465, 587, 2525];
pub(super) const FIELDS: &[&str] =
    &["banner", "helo", "mail_from", "rcpt_to", "auth", "login_failures", "subject"];

pub(super) const MAIL: Conversation = Conversation {
    evidence: "SMTP greeting or command",
    is_server: |look| look.bytes.first().is_some_and(u8::is_ascii_digit),
    command,
    reply: greeting,
    may_precede_tls: Some(|line| is_one_of(word(line).0, &[b"EHLO", b"NOOP", b"STARTTLS"])),
    describe,
};

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    MAIL.in_clear(look, findings)
}

fn describe(said: &Said<'_>, findings: &mut Findings) {
    if let Some((220, banner)) = Lines(said.server).next().and_then(reply) {
        findings.note("banner", lossy(banner, TEXT_MAX));
    }
    // RFC 4954 s6.
    refusals(said.server, findings, |line| reply(line).is_some_and(|(code, _)| code == 535));
    let mut lines = Lines(said.client);
    while let Some(line) = lines.next() {
        let (verb, rest) = word(line);
        if is_one_of(verb, &[b"HELO", b"EHLO", b"LHLO"]) {
            findings.note("helo", lossy(rest, NAME_MAX));
        } else if let Some(path) = after(line, b"MAIL FROM:") {
            findings.note("mail_from", lossy(mailbox(path), NAME_MAX));
        } else if let Some(path) = after(line, b"RCPT TO:") {
            findings.add("rcpt_to", lossy(mailbox(path), NAME_MAX));
        } else if verb.eq_ignore_ascii_case(b"AUTH") {
            login(word(rest).0, findings);
        } else if verb.eq_ignore_ascii_case(b"DATA") && rest.is_empty() {
            if let Some(subject) =
                lines.by_ref().take_while(|line| !line.is_empty()).find_map(|line| after(line, b"Subject:"))
            {
                findings.note("subject", lossy(subject.trim_ascii(), TEXT_MAX));
            }
            return;
        }
    }
}

/// RFC 5321 s4.1.2: a path is in angle brackets, parameters may follow.
fn mailbox(path: &[u8]) -> &[u8] {
    let path = path.trim_ascii();
    let path = path.strip_prefix(b"<").unwrap_or(path);
    path.split(|byte| matches!(byte, b'>' | b' ')).next().unwrap_or_default()
}

fn command(line: &[u8]) -> Sign {
    let (verb, rest) = word(line);
    let named = !rest.is_empty() && is_one_of(verb, &[b"HELO", b"EHLO", b"LHLO"]);
    if named || after(line, b"MAIL FROM:").or_else(|| after(line, b"RCPT TO:")).is_some() {
        return Sign::Strong;
    }
    let shared: &[&[u8]] =
        &[b"AUTH", b"DATA", b"HELP", b"NOOP", b"QUIT", b"RSET", b"STARTTLS", b"VRFY", b"EXPN", b"BDAT"];
    if is_one_of(verb, shared) { Sign::Weak } else { Sign::No }
}

fn greeting(line: &[u8]) -> Sign {
    match reply(line) {
        Some((220 | 421 | 554, text)) if contains(text, b"SMTP") => Sign::Strong,
        // RFC 2034 s4: enhanced status codes have the class of the code before them.
        Some((250, text)) if text.starts_with(b"2.") => Sign::Strong,
        Some((220 | 421 | 554, text)) if !contains(text, b"FTP") => Sign::Weak,
        Some((214 | 221 | 235 | 250..=252 | 334 | 354 | 450..=455 | 500..=555, _)) => Sign::Weak,
        _ => Sign::No,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            25,
            &[
                (DST, b"220 mail.example.org ESMTP ready\r\n"),
                (SRC, b"EHLO client.example.net\r\n"),
                (DST, b"250-mail.example.org\r\n250 SIZE 1000\r\n"),
                (SRC, b"MAIL FROM:<a@example.net> SIZE=12\r\nRCPT TO:<b@example.org>\r\nDATA\r\n"),
                (DST, b"250 ok\r\n250 ok\r\n354 go ahead\r\n"),
                (SRC, b"From: a\r\nSubject: Hello\r\n\r\nHi\r\n.\r\n"),
            ],
        ),
        Sample::tcp(50000, 2626, &[(SRC, b"HELO a.example\r\n")]),
        Sample::tcp(50000, 2626, &[(DST, b"220 box ready\r\n"), (SRC, b"QUIT\r\n")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 25, &[(DST, b"220 (vsFTPd 3.0.5)\r\n"), (SRC, b"USER a\r\n")]),
        Sample::tcp(50000, 25, &[(SRC, b"HELLO a.example\r\n")]),
    ],
};

#[cfg(test)]
mod tests {
    use crate::facts::Value;
    use crate::risk::Risk;
    use crate::testing::{Flow, TCP};

    #[test]
    fn envelope_and_login() {
        let mut flow = Flow::new(TCP, 50000, 587);
        flow.dst(b"220 mail.example.org ESMTP\r\n");
        flow.src(b"EHLO me\r\n");
        flow.src(b"AUTH PLA");
        flow.src(b"IN AGEAYg==\r\nMAIL From: <a@b>\r\nRCPT TO:<c@d>\r\nRCPT TO:<e@f>\r\n");
        let facts = flow.inspection.facts();
        let value =
            |field| facts.details.iter().find(|(name, _)| *name == field).map(|(_, value)| value.clone());
        assert_eq!(value("helo"), Some(Value::Text("me".into())));
        assert_eq!(value("mail_from"), Some(Value::Text("a@b".into())));
        assert_eq!(value("rcpt_to"), Some(Value::List(vec!["c@d".into(), "e@f".into()])));
        assert_eq!(value("auth"), Some(Value::Text("PLAIN".into())));
        assert!(facts.risks.contains(Risk::CleartextCredentials));
        assert_eq!((flow.name(), flow.confidence()), (Some("smtp"), Some(crate::Confidence::Proven)));
    }
}
