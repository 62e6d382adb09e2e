//! Network News Transfer Protocol (RFC 3977): greeting, groups, login.

use super::smtps::then_tls;
use crate::dialogue::{
    Conversation, Lines, Said, Sign, after, contains, is_one_of, reply, split_upgrade, word,
};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict};
use crate::risk::Risk;
use crate::text::{NAME_MAX, TEXT_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "nntp",
    category: "social",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'1'..=b'5', b'A'..=b'Z', b'a'..=b'z'])],
    ports: &[119, 433],
    bound: false,
    fields: &["banner", "user", "groups"],
    head: SHALLOW,
    inspect,
};

const NEWS: Conversation = Conversation {
    evidence: "NNTP greeting or command",
    is_server: |look| look.bytes.first().is_some_and(u8::is_ascii_digit),
    command,
    reply: greeting,
    may_precede_tls: None,
    describe,
};

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    match split_upgrade(look.bytes).1 {
        // RFC 4642: STARTTLS.
        Some(_) => then_tls(&NEWS, look, findings, NEWS.evidence),
        None => NEWS.in_clear(look, findings),
    }
}

fn describe(said: &Said<'_>, findings: &mut Findings) {
    if let Some((200 | 201, banner)) = Lines(said.server).next().and_then(reply) {
        findings.note("banner", lossy(banner, TEXT_MAX));
    }
    for line in Lines(said.client) {
        if let Some(group) = after(line, b"GROUP ") {
            findings.add("groups", lossy(group, NAME_MAX));
        } else if let Some(user) = after(line, b"AUTHINFO USER ") {
            findings.note("user", lossy(user, NAME_MAX));
        } else if after(line, b"AUTHINFO PASS ").is_some() {
            findings.risk(Risk::CleartextCredentials);
        }
    }
}

fn command(line: &[u8]) -> Sign {
    let (verb, rest) = word(line);
    let own: &[&[u8]] =
        &[b"ARTICLE", b"AUTHINFO", b"CAPABILITIES", b"GROUP", b"LISTGROUP", b"XOVER", b"NEWGROUPS", b"XHDR"];
    let shared: &[&[u8]] = &[
        b"BODY",
        b"DATE",
        b"HEAD",
        b"HELP",
        b"LAST",
        b"LIST",
        b"NEXT",
        b"OVER",
        b"POST",
        b"QUIT",
        b"STAT",
        b"STARTTLS",
    ];
    match () {
        () if is_one_of(verb, own) => Sign::Strong,
        () if verb.eq_ignore_ascii_case(b"MODE") && is_one_of(rest, &[b"READER", b"STREAM"]) => Sign::Strong,
        () if is_one_of(verb, &[b"IHAVE", b"CHECK", b"TAKETHIS"]) && rest.starts_with(b"<") => Sign::Strong,
        () if is_one_of(verb, shared) => Sign::Weak,
        () => Sign::No,
    }
}

fn greeting(line: &[u8]) -> Sign {
    let news: [&[u8]; 4] = [b"NNTP", b"InterNetNews", b"NNRP", b"posting"];
    match reply(line) {
        Some((200 | 201, text)) if news.iter().any(|word| contains(text, word)) => Sign::Strong,
        // RFC 3977 s6.1.1: number, low, high, group.
        Some((211, text)) if text.split(|byte| *byte == b' ').count() >= 4 => Sign::Weak,
        Some((
            200
            | 201
            | 215
            | 220..=224
            | 230
            | 231
            | 281
            | 381
            | 382
            | 400
            | 411..=430
            | 480..=483
            | 500..=503,
            _,
        )) => Sign::Weak,
        _ => Sign::No,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            119,
            &[
                (DST, b"200 news.example.org ready - posting ok\r\n"),
                (SRC, b"MODE READER\r\n"),
                (DST, b"200 hello\r\n"),
                (SRC, b"GROUP misc.test\r\n"),
            ],
        ),
        Sample::tcp(50000, 1119, &[(SRC, b"AUTHINFO USER joe\r\n")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 119, &[(DST, b"199 NNTP\r\n")]),
        Sample::tcp(50000, 119, &[(SRC, b"GROUPS misc.test\r\n")]),
    ],
};
