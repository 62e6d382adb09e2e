//! Internet Relay Chat (RFC 1459, RFC 2812, IRCv3): nickname, user, channels, server.

use crate::dialogue::{Lines, Sign, after, first_line, is_one_of, is_word, number, word};
use crate::facts::HostnameSource;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::risk::Risk;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "irc",
    category: "chat",
    encrypted: false,
    over: &[(Transport::Tcp, &[b':'..=b':', b'@'..=b'Z', b'a'..=b'z'])],
    ports: &[194, 6660, 6661, 6662, 6663, 6664, 6665, 6666, 6667, 6668, 6669, 7000],
    bound: false,
    fields: &["nick", "user", "channels", "server"],
    head: SHALLOW,
    inspect,
};

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if !crate::dialogue::begins_as_text(look.bytes) {
        return Verdict::No;
    }
    let sign = |bytes: &[u8]| match first_line(bytes, message) {
        // A nickname alone is not much; what follows it may be.
        Sign::Weak => match Lines(bytes).nth(1).map(message) {
            Some(Sign::Weak | Sign::Strong) => Sign::Strong,
            Some(Sign::No) => Sign::No,
            _ => Sign::Weak,
        },
        sign => sign,
    };
    let verdict = sign(look.bytes).and(sign(look.other)).verdict(look, "IRC message", Want::Rest);
    if matches!(verdict, Verdict::Match { .. }) {
        describe(look.bytes, findings);
    }
    verdict
}

fn describe(bytes: &[u8], findings: &mut Findings) {
    for line in Lines(bytes) {
        let (verb, arguments) = word(line);
        if let Some(server) = verb.strip_prefix(b":") {
            // RFC 2812 s5.1: the welcome names the server and the nickname it gave.
            if let (b"001", rest) = word(arguments) {
                let server = lossy(server, NAME_MAX);
                findings.note("server", server.clone());
                findings.facts.hostname = Some(server);
                findings.facts.hostname_source = Some(HostnameSource::Protocol);
                findings.note("nick", lossy(word(rest).0, NAME_MAX));
            }
        } else if verb.eq_ignore_ascii_case(b"NICK") {
            findings.note("nick", lossy(arguments.strip_prefix(b":").unwrap_or(arguments), NAME_MAX));
        } else if verb.eq_ignore_ascii_case(b"USER") {
            findings.note("user", lossy(word(arguments).0, NAME_MAX));
        } else if verb.eq_ignore_ascii_case(b"JOIN") {
            word(arguments)
                .0
                .split(|byte| *byte == b',')
                .for_each(|name| findings.add("channels", lossy(name, NAME_MAX)));
        } else if verb.eq_ignore_ascii_case(b"PASS") || after(arguments, b"NickServ :IDENTIFY ").is_some() {
            findings.risk(Risk::CleartextCredentials);
        }
    }
}

fn message(line: &[u8]) -> Sign {
    if let Some(rest) = line.strip_prefix(b":") {
        let (source, rest) = word(rest);
        let (verb, arguments) = word(rest);
        let verbs: &[&[u8]] = &[
            b"NOTICE", b"PRIVMSG", b"JOIN", b"PART", b"QUIT", b"MODE", b"PONG", b"NICK", b"KICK", b"TOPIC",
            b"CAP",
        ];
        let numeric = verb.len() == 3 && number(verb).is_some();
        let known = is_word(source) && !arguments.is_empty() && (numeric || is_one_of(verb, verbs));
        return if known { Sign::Strong } else { Sign::No };
    }
    let (verb, arguments) = word(line);
    let (first, rest) = word(arguments);
    let channel = matches!(first.first(), Some(b'#' | b'&' | b'+' | b'!'));
    match () {
        // RFC 2812 s3.1.3: user, mode, unused, real name.
        () if verb.eq_ignore_ascii_case(b"USER") && rest.split(|byte| *byte == b' ').count() >= 3 => {
            Sign::Strong
        }
        () if verb.eq_ignore_ascii_case(b"CAP") && is_one_of(first, &[b"LS", b"REQ", b"END", b"LIST"]) => {
            Sign::Strong
        }
        () if is_one_of(verb, &[b"JOIN", b"PART", b"TOPIC", b"MODE", b"NAMES", b"WHO"]) && channel => {
            Sign::Strong
        }
        () if is_one_of(verb, &[b"PRIVMSG", b"NOTICE"]) && rest.starts_with(b":") => Sign::Strong,
        () if verb.eq_ignore_ascii_case(b"ERROR") && first.starts_with(b":Closing") => Sign::Strong,
        () if is_one_of(verb, &[b"NICK", b"PASS", b"PING", b"PONG", b"ISON", b"WHOIS"])
            && !first.is_empty() =>
        {
            Sign::Weak
        }
        () => Sign::No,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            6667,
            &[
                (SRC, b"NICK joe\r\nUSER joe 0 * :Joe\r\n"),
                (DST, b":irc.example.org 001 joe :Welcome\r\n"),
                (SRC, b"JOIN #rust,#net\r\n"),
            ],
        ),
        Sample::tcp(50000, 9999, &[(DST, b":irc.example.org NOTICE AUTH :*** Looking up your hostname\r\n")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 6667, &[(SRC, b"NICKNAME joe\r\n")]),
        Sample::tcp(50000, 6667, &[(DST, b":hello world\r\n")]),
    ],
};
