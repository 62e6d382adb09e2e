//! Internet Message Access Protocol (RFC 9051, RFC 3501): greeting, login, mailboxes.

use crate::dialogue::{Lines, Sign, contains, first_line, is_one_of, number, split_upgrade, word};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Starts, Transport, Verdict, Want};
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
pub(super) const FIELDS: &[&str] = &["banner", "user", "auth", "mailboxes"];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if !crate::dialogue::begins_as_text(look.bytes) {
        return Verdict::No;
    }
    let mail = Mail::of(look);
    if split_upgrade(look.bytes).1.is_some() {
        return Verdict::No;
    }
    match mail.sign().verdict(look, "IMAP greeting, response or command", Want::Rest) {
        Verdict::Match { sure, evidence, want } => {
            mail.describe(findings);
            let sure = if mail.may_upgrade() { crate::label::Confidence::Likely } else { sure };
            Verdict::Match { sure, evidence, want }
        }
        other => other,
    }
}

/// What both sides said before TLS, if that comes.
pub(super) struct Mail<'a> {
    client: &'a [u8],
    server: &'a [u8],
}

impl<'a> Mail<'a> {
    pub(super) fn of(look: &Look<'a>) -> Self {
        let (bytes, other) = (split_upgrade(look.bytes).0, split_upgrade(look.other).0);
        // A server that is joined late may begin with a tagged response, as clients begin.
        let is_server = |bytes: &[u8]| matches!(bytes.first(), Some(b'*' | b'+'));
        if is_server(bytes) || (!is_server(other) && !look.from_src) {
            Self { client: other, server: bytes }
        } else {
            Self { client: bytes, server: other }
        }
    }

    pub(super) fn sign(&self) -> Sign {
        first_line(self.client, command).and(first_line(self.server, response))
    }

    fn may_upgrade(&self) -> bool {
        let early: &[&[u8]] = &[b"CAPABILITY", b"ID", b"NOOP", b"STARTTLS"];
        Lines(self.client).all(|line| is_one_of(word(word(line).1).0, early))
    }

    pub(super) fn describe(&self, findings: &mut Findings) {
        if let Some(banner) = Lines(self.server).next().and_then(|line| line.strip_prefix(b"* OK ")) {
            findings.note("banner", lossy(banner, TEXT_MAX));
        }
        for line in Lines(self.client) {
            let (verb, arguments) = word(word(line).1);
            let (first, rest) = word(arguments);
            if verb.eq_ignore_ascii_case(b"LOGIN") && !rest.is_empty() {
                findings.note("user", lossy(unquoted(first), NAME_MAX));
                findings.risk(Risk::CleartextCredentials);
            } else if verb.eq_ignore_ascii_case(b"AUTHENTICATE") {
                findings.note("auth", lossy(first, NAME_MAX));
                if is_one_of(first, &[b"PLAIN", b"LOGIN", b"XOAUTH2", b"OAUTHBEARER"]) {
                    findings.risk(Risk::CleartextCredentials);
                }
            } else if is_one_of(verb, &[b"SELECT", b"EXAMINE"]) {
                findings.add("mailboxes", lossy(unquoted(arguments), NAME_MAX));
            }
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
