//! File Transfer Protocol (RFC 959, RFC 2428): greeting, user, files, and where its data will flow.

use std::net::IpAddr;

use wire::ip_protocol;

use crate::dialogue::{Conversation, Lines, Said, Sign, contains, is_one_of, number, refusals, reply, word};
use crate::facts::Value;
use crate::findings::Announcement;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Starts, Transport, Verdict};
use crate::risk::Risk;
use crate::text::{NAME_MAX, TEXT_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "ftp",
    category: "file-transfer",
    encrypted: false,
    over: STARTS,
    ports: PORTS,
    bound: false,
    fields: FIELDS,
    head: SHALLOW,
    inspect,
};

/// Codes of replies, and letters of commands in any case.
pub(super) const STARTS: &[(Transport, Starts)] =
    &[(Transport::Tcp, &[b'1'..=b'5', b'A'..=b'Z', b'a'..=b'z'])];
pub(super) const PORTS: &[u16] = &[21, 2121];
pub(super) const FIELDS: &[&str] = &["banner", "user", "login_failures", "files", "data_port"];

pub(super) const CONTROL: Conversation = Conversation {
    evidence: "FTP greeting or command",
    is_server: |look| look.bytes.first().is_some_and(u8::is_ascii_digit),
    command,
    reply: answer,
    may_precede_tls: Some(|line| is_one_of(word(line).0, &[b"AUTH", b"FEAT", b"HOST", b"OPTS", b"CLNT"])),
    describe,
};

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let verdict = CONTROL.in_clear(look, findings);
    if let (Verdict::Match { .. }, Some(said)) = (verdict, CONTROL.said(look)) {
        announce(&said, look, findings);
    }
    verdict
}

fn describe(said: &Said<'_>, findings: &mut Findings) {
    if let Some((220, banner)) = Lines(said.server).next().and_then(reply) {
        findings.note("banner", lossy(banner, TEXT_MAX));
    }
    // RFC 959 s5.4: not logged in.
    refusals(said.server, findings, |line| reply(line).is_some_and(|(code, _)| code == 530));
    for line in Lines(said.client) {
        let (verb, rest) = word(line);
        if verb.eq_ignore_ascii_case(b"USER") {
            findings.note("user", lossy(rest, NAME_MAX));
        } else if verb.eq_ignore_ascii_case(b"PASS") && !rest.is_empty() {
            findings.risk(Risk::CleartextCredentials);
        } else if is_one_of(verb, &[b"RETR", b"STOR", b"APPE", b"STOU", b"DELE"]) {
            findings.add("files", lossy(rest, NAME_MAX));
        }
    }
}

/// Tells where the last announced data connection goes, once.
fn announce(said: &Said<'_>, look: &Look<'_>, findings: &mut Findings) {
    let endpoint = if said.by_server {
        Lines(said.server).filter_map(passive).last()
    } else {
        Lines(said.client).filter_map(active).last()
    };
    let Some((address, port)) = endpoint else { return };
    let known = Value::from(port);
    if findings.noted("data_port") == Some(&known) {
        return;
    }
    findings.note("data_port", known);
    findings.announce(Announcement::Flow {
        address,
        port,
        transport: ip_protocol::TCP,
        protocol: "ftp-data",
        from_src: look.from_src,
    });
}

/// Where the server waits: 227 (RFC 959 s4.1.2) or 229 (RFC 2428 s3).
fn passive(line: &[u8]) -> Option<(Option<IpAddr>, u16)> {
    let (code, text) = reply(line)?;
    let open = text.iter().position(|byte| *byte == b'(');
    match code {
        // RFC 1123 s4.1.2.6: the numbers need not be in parentheses.
        227 => numbers(text.get(text.iter().position(u8::is_ascii_digit)?..)?),
        229 => {
            let inner = text.get(open? + 1..)?.split(|byte| *byte == b')').next()?;
            let delimiter = inner.first()?;
            let port = inner.split(|byte| byte == delimiter).nth(3)?;
            Some((None, u16::try_from(number(port)?).ok()?))
        }
        _ => None,
    }
}

/// Where the client waits: PORT (RFC 959 s4.1.2) or EPRT (RFC 2428 s2).
fn active(line: &[u8]) -> Option<(Option<IpAddr>, u16)> {
    let (verb, rest) = word(line);
    if verb.eq_ignore_ascii_case(b"PORT") {
        return numbers(rest);
    }
    if !verb.eq_ignore_ascii_case(b"EPRT") {
        return None;
    }
    let delimiter = rest.first()?;
    let mut parts = rest.split(|byte| byte == delimiter).skip(2);
    let address = std::str::from_utf8(parts.next()?).ok()?.parse().ok()?;
    Some((Some(address), u16::try_from(number(parts.next()?)?).ok()?))
}

/// `h1,h2,h3,h4,p1,p2`.
fn numbers(text: &[u8]) -> Option<(Option<IpAddr>, u16)> {
    let end = text.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b',')).unwrap_or(text.len());
    let mut parts = text.get(..end)?.split(|byte| *byte == b',').map(|part| u8::try_from(number(part)?).ok());
    let mut next = || parts.next().flatten();
    let address = [next()?, next()?, next()?, next()?];
    Some((Some(IpAddr::from(address)), u16::from_be_bytes([next()?, next()?])))
}

fn command(line: &[u8]) -> Sign {
    let (verb, rest) = word(line);
    let own: &[&[u8]] = &[
        b"FEAT", b"PASV", b"EPSV", b"SYST", b"MLSD", b"MLST", b"MDTM", b"PBSZ", b"PROT", b"RNFR", b"RNTO",
        b"XPWD",
    ];
    let shared: &[&[u8]] = &[
        b"ACCT", b"APPE", b"CDUP", b"CWD", b"DELE", b"HELP", b"LIST", b"MKD", b"MODE", b"NLST", b"NOOP",
        b"OPTS", b"PASS", b"PWD", b"QUIT", b"REST", b"RETR", b"RMD", b"SITE", b"SIZE", b"STAT", b"STOR",
        b"STRU", b"USER", b"HOST", b"CLNT",
    ];
    match () {
        () if active(line).is_some() || is_one_of(verb, own) => Sign::Strong,
        () if verb.eq_ignore_ascii_case(b"TYPE") && is_one_of(word(rest).0, &[b"A", b"I", b"E", b"L"]) => {
            Sign::Strong
        }
        () if verb.eq_ignore_ascii_case(b"AUTH")
            && is_one_of(rest, &[b"TLS", b"SSL", b"TLS-C", b"TLS-P"]) =>
        {
            Sign::Strong
        }
        () if is_one_of(verb, shared) => Sign::Weak,
        () => Sign::No,
    }
}

fn answer(line: &[u8]) -> Sign {
    match reply(line) {
        Some((227 | 229, _)) if passive(line).is_some() => Sign::Strong,
        Some((220, text)) if contains(text, b"FTP") || contains(text, b"FileZilla") => Sign::Strong,
        Some((220, text)) if contains(text, b"SMTP") => Sign::No,
        Some((110 | 120 | 125 | 150 | 200..=257 | 331 | 332 | 350 | 421..=452 | 500..=553, _)) => Sign::Weak,
        _ => Sign::No,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            21,
            &[
                (DST, b"220 files.example.org ready\r\n"),
                (SRC, b"USER joe\r\n"),
                (DST, b"331 password please\r\n"),
                (SRC, b"PASS secret\r\nPASV\r\nRETR a.zip\r\n"),
                (DST, b"230 in\r\n227 Entering Passive Mode (192,0,2,1,100,85)\r\n"),
            ],
        ),
        Sample::tcp(50000, 9021, &[(DST, b"220 ProFTPD\r\n")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 21, &[(DST, b"220 mail ESMTP\r\n"), (SRC, b"EHLO a\r\n")]),
        Sample::tcp(50000, 21, &[(SRC, b"USERS\r\n")]),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_of_data() {
        let here = Some(IpAddr::from([192, 0, 2, 1]));
        assert_eq!(passive(b"227 Entering Passive Mode (192,0,2,1,100,85)."), Some((here, 25685)));
        assert_eq!(passive(b"227 =192,0,2,1,0,21"), Some((here, 21)));
        assert_eq!(passive(b"229 Extended (|||6446|)"), Some((None, 6446)));
        assert_eq!(passive(b"227 (192,0,2,256,1,1)"), None);
        assert_eq!(active(b"PORT 192,0,2,1,1,0"), Some((here, 256)));
        assert_eq!(active(b"EPRT |2|2001:db8::1|99|"), Some((Some("2001:db8::1".parse().unwrap()), 99)));
    }
}
