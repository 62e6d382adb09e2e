//! Simple Text Oriented Messaging Protocol (STOMP 1.0 to 1.2): command, version, login.

use crate::dialogue::{Lines, agree, is_text, line};
use crate::facts::HostnameSource;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::risk::Risk;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "stomp",
    category: "message-queue",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'A'..=b'U'])],
    ports: &[61613, 61614],
    bound: false,
    fields: &["commands", "version", "user", "server", "destination"],
    head: SHALLOW,
    inspect,
};

/// Frames of clients and of servers (STOMP 1.2, "Augmented BNF").
const COMMANDS: [&[u8]; 15] = [
    b"CONNECT",
    b"CONNECTED",
    b"STOMP",
    b"SEND",
    b"SUBSCRIBE",
    b"UNSUBSCRIBE",
    b"BEGIN",
    b"COMMIT",
    b"ABORT",
    b"ACK",
    b"NACK",
    b"DISCONNECT",
    b"MESSAGE",
    b"RECEIPT",
    b"ERROR",
];

/// A command alone in its line, then a header: `name:value`, or none and an empty line.
fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some((command, rest)) = line(look.bytes) else {
        let begun = COMMANDS.iter().any(|command| agree(look.bytes, command)) && look.bytes.len() <= 13;
        return if begun && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    if !COMMANDS.contains(&command) {
        return Verdict::No;
    }
    let Some((header, _)) = line(rest) else {
        return if look.cut || !is_text(rest) { Verdict::No } else { Verdict::NeedMore };
    };
    let named = header.iter().position(|byte| *byte == b':').is_some_and(|at| at > 0 && is_text(header));
    if !named {
        return Verdict::No;
    }
    findings.add("commands", lossy(command, NAME_MAX));
    for header in Lines(rest).take_while(|header| !header.is_empty()) {
        let mut parts = header.splitn(2, |byte| *byte == b':');
        let (name, value) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        match name {
            b"login" => findings.note("user", lossy(value, NAME_MAX)),
            b"passcode" => findings.risk(Risk::CleartextCredentials),
            b"version" | b"accept-version" => findings.note("version", lossy(value, NAME_MAX)),
            b"server" => findings.note("server", lossy(value, NAME_MAX)),
            b"destination" => findings.note("destination", lossy(value, NAME_MAX)),
            b"host" => {
                findings.facts.hostname = Some(lossy(value, NAME_MAX));
                findings.facts.hostname_source = Some(HostnameSource::Protocol);
            }
            _ => {}
        }
    }
    let ended = look.cut || look.bytes.windows(2).any(|pair| pair == b"\n\n" || pair == b"\n\r");
    Verdict::proven("STOMP frame", if ended { Want::Reply } else { Want::Rest })
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        61613,
        &[
            (SRC, b"CONNECT\naccept-version:1.2\nhost:mq.example.org\nlogin:joe\npasscode:secret\n\n\0"),
            (DST, b"CONNECTED\nversion:1.2\nserver:ActiveMQ/5.18\n\n\0"),
        ],
    )],
    near_miss: &[Sample::tcp(50000, 61613, &[(SRC, b"CONNECT\nno header at all\n\n\0")])],
};
