//! Internet Message Access Protocol (RFC 9051, RFC 3501): greeting, login, mailboxes.

use crate::dialogue::{
    Conversation, Lines, Said, Sign, contains, is_about_logins, is_one_of, login, number, refusals, word,
};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Starts, Transport, Verdict};
use crate::risk::Risk;
use crate::text::{NAME_MAX, TEXT_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "imap",
    category: "mail",
    encrypted: false,
    over: STARTS,
    ports: PORTS,
    bound: false,
    fields: FIELDS,
    head: SHALLOW,
    inspect,
};

/// `*` and `+` of servers, and tags (RFC 9051 s2.2.1).
pub(super) const STARTS: &[(Transport, Starts)] =
    &[(Transport::Tcp, &[b'*'..=b'+', b'.'..=b'.', b'0'..=b'9', b'A'..=b'Z', b'a'..=b'z'])];
pub(super) const PORTS: &[u16] = &[143, 220];
pub(super) const FIELDS: &[&str] = &["banner", "user", "login_failures", "auth", "mailboxes"];

pub(super) const MAIL: Conversation = Conversation {
    evidence: "IMAP greeting, response or command",
    is_server,
    command,
    reply: response,
    may_precede_tls: Some(|line| {
        is_one_of(word(word(line).1).0, &[b"CAPABILITY", b"ID", b"NOOP", b"STARTTLS"])
    }),
    describe,
};

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    MAIL.in_clear(look, findings)
}

/// A server that is joined late may begin with a tagged response, as clients begin.
fn is_server(look: &Look<'_>) -> bool {
    let marked = |bytes: &[u8]| matches!(bytes.first(), Some(b'*' | b'+'));
    marked(look.bytes) || (!marked(look.other) && !look.from_src)
}

fn describe(said: &Said<'_>, findings: &mut Findings) {
    if let Some(banner) = Lines(said.server).next().and_then(|line| line.strip_prefix(b"* OK ")) {
        findings.note("banner", lossy(banner, TEXT_MAX));
    }
    // RFC 9051 s6.2.2, s6.2.3.
    refusals(said.server, findings, |line| {
        word(word(line).1).0.eq_ignore_ascii_case(b"NO") && is_about_logins(line)
    });
    for line in Lines(said.client) {
        let (verb, arguments) = word(word(line).1);
        let (first, rest) = word(arguments);
        if verb.eq_ignore_ascii_case(b"LOGIN") && !rest.is_empty() {
            findings.note("user", lossy(unquoted(first), NAME_MAX));
            findings.risk(Risk::CleartextCredentials);
        } else if verb.eq_ignore_ascii_case(b"AUTHENTICATE") {
            login(first, findings);
        } else if is_one_of(verb, &[b"SELECT", b"EXAMINE"]) {
            findings.add("mailboxes", lossy(unquoted(arguments), NAME_MAX));
        }
    }
}

fn unquoted(argument: &[u8]) -> &[u8] {
    let inner = argument.strip_prefix(b"\"").and_then(|inner| inner.split(|byte| *byte == b'"').next());
    inner.unwrap_or(argument)
}

fn is_tag(tag: &[u8]) -> bool {
    (1..=20).contains(&tag.len()) && tag.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'.')
}

fn command(line: &[u8]) -> Sign {
    if line.eq_ignore_ascii_case(b"DONE") {
        return Sign::Weak;
    }
    let (tag, command) = word(line);
    let (verb, arguments) = word(command);
    if !is_tag(tag) {
        return Sign::No;
    }
    let own: &[&[u8]] = &[b"AUTHENTICATE", b"CAPABILITY", b"EXAMINE", b"LSUB", b"NAMESPACE", b"GETQUOTAROOT"];
    let shared: &[&[u8]] = &[
        b"APPEND",
        b"CHECK",
        b"CLOSE",
        b"CREATE",
        b"DELETE",
        b"ENABLE",
        b"EXPUNGE",
        b"FETCH",
        b"ID",
        b"IDLE",
        b"LIST",
        b"LOGOUT",
        b"NOOP",
        b"SEARCH",
        b"SELECT",
        b"STARTTLS",
        b"STATUS",
        b"STORE",
        b"SUBSCRIBE",
    ];
    let subs: &[&[u8]] = &[b"FETCH", b"SEARCH", b"STORE", b"COPY", b"MOVE", b"EXPUNGE", b"THREAD", b"SORT"];
    let whole = (verb.eq_ignore_ascii_case(b"LOGIN") && !word(arguments).1.is_empty())
        || (verb.eq_ignore_ascii_case(b"UID") && is_one_of(word(arguments).0, subs));
    match () {
        () if whole || is_one_of(verb, own) => Sign::Strong,
        () if is_one_of(verb, shared) => Sign::Weak,
        () => Sign::No,
    }
}

fn response(line: &[u8]) -> Sign {
    let (tag, rest) = word(line);
    let (state, text) = word(rest);
    if tag == b"*" {
        let data: &[&[u8]] = &[b"EXISTS", b"RECENT", b"EXPUNGE", b"FETCH"];
        let known: &[&[u8]] =
            &[b"CAPABILITY", b"FLAGS", b"LIST", b"LSUB", b"NAMESPACE", b"SEARCH", b"STATUS"];
        return match () {
            () if is_one_of(state, &[b"OK", b"PREAUTH", b"BYE"]) && contains(text, b"IMAP") => Sign::Strong,
            () if number(state).is_some() && is_one_of(word(text).0, data) => Sign::Strong,
            () if is_one_of(state, known) => Sign::Strong,
            () if is_one_of(state, &[b"OK", b"PREAUTH", b"BYE", b"NO", b"BAD"]) => Sign::Weak,
            () => Sign::No,
        };
    }
    let ends = is_tag(tag) && is_one_of(state, &[b"OK", b"NO", b"BAD"]);
    if tag == b"+" || ends { Sign::Weak } else { Sign::No }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            143,
            &[
                (DST, b"* OK [CAPABILITY IMAP4rev1] ready\r\n"),
                (SRC, b"a1 LOGIN \"joe\" \"secret\"\r\n"),
                (DST, b"a1 OK logged in\r\n"),
                (SRC, b"a2 SELECT INBOX\r\n"),
            ],
        ),
        Sample::tcp(50000, 9143, &[(DST, b"* OK ready\r\n"), (SRC, b"1 NOOP\r\n")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 143, &[(DST, b"* KO ready\r\n")]),
        Sample::tcp(50000, 143, &[(SRC, b"a1 LOGINS a b\r\n")]),
    ],
};

#[cfg(test)]
mod tests {
    use crate::risk::Risk;
    use crate::testing::{Flow, TCP};

    #[test]
    fn a_login_in_clear() {
        let mut flow = Flow::new(TCP, 50000, 143);
        flow.dst(b"* OK IMAP4rev1\r\n");
        flow.src(b"a1 LOGIN joe secret\r\n");
        let facts = flow.inspection.facts();
        assert!(facts.risks.contains(Risk::CleartextCredentials));
        assert!(!format!("{facts:?}").contains("secret"));
    }
}
