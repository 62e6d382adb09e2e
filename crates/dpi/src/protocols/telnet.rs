//! Telnet (RFC 854): option negotiation, or a login prompt at its port; the user's name.

use crate::dialogue::{contains, refusals};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::risk::Risk;
use crate::text::{NAME_MAX, find, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "telnet",
    category: "remote-access",
    encrypted: false,
    over: &[(Transport::Tcp, &[7..=13, 0x1b..=0x1b, b' '..=b'~', IAC..=IAC])],
    ports: &[23, 2323],
    bound: false,
    fields: &["user", "login_failures"],
    head: SHALLOW,
    inspect,
};

/// RFC 854: "interpret as command", and the commands that matter.
const IAC: u8 = 255;
const SE: u8 = 240;
const SB: u8 = 250;
const WILL: u8 = 251;
const DONT: u8 = 254;
/// The options that IANA registered are 0 to 49, the last is for more of them; RFC 1572's, GMCP and
/// MCCP of games lie between.
const MAX_OPTION: u8 = 49;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let (other, _) = plain(look.other);
    let negotiates = |bytes: &[u8]| bytes.first() == Some(&IAC);
    if !negotiates(look.bytes) && !negotiates(look.other) && !look.hinted {
        return Verdict::No;
    }
    let commands = negotiation(look.bytes);
    match commands {
        None => return Verdict::No,
        // Every command has 16 bits that noise would have to guess: two are needed, of both sides
        // together, or one at the port.
        Some(own) if own + negotiation(look.other).unwrap_or(0) >= if look.hinted { 1 } else { 2 } => {}
        Some(_) if look.hinted => return prompt(look),
        Some(_) => return if look.cut { Verdict::No } else { Verdict::NeedMore },
    }
    let (bytes, _) = plain(look.bytes);
    login(look.from_src, &bytes, &other, findings);
    Verdict::proven("Telnet option negotiation", Want::Rest)
}

/// Text without negotiation is believed if it asks for a login.
fn prompt(look: &Look<'_>) -> Verdict {
    if !look
        .bytes
        .iter()
        .all(|byte| matches!(byte, 0 | 7 | 8 | b'\t' | b'\r' | b'\n' | 0x1b | b' '..=b'~' | 0x80..=0xfe))
    {
        return Verdict::No;
    }
    let prompts: [&[u8]; 3] = [b"login:", b"username:", b"password:"];
    let start = look.bytes.get(..look.bytes.len().min(1024)).unwrap_or_default();
    if prompts.iter().any(|prompt| contains(start, prompt)) {
        return Verdict::likely("login prompt at Telnet's port", Want::Rest);
    }
    if look.cut { Verdict::No } else { Verdict::NeedMore }
}

/// How many commands the bytes begin with; `None` if there is one that does not exist.
fn negotiation(bytes: &[u8]) -> Option<usize> {
    let mut rest = bytes;
    let mut count = 0;
    loop {
        match rest {
            [IAC, WILL..=DONT, 0..=MAX_OPTION | 69..=93 | 200 | 201 | IAC, after @ ..] => {
                count += 1;
                rest = after;
            }
            [IAC, SB, 0..=MAX_OPTION | 69..=93 | 200 | 201, after @ ..] => {
                let end = find(after, &[IAC, SE]);
                count += 1;
                match end.and_then(|end| after.get(end + 2..)) {
                    Some(after) => rest = after,
                    None => return Some(count),
                }
            }
            [IAC] | [IAC, WILL..=DONT | SB] => return Some(count),
            [IAC, 241..=249, after @ ..] => rest = after,
            [IAC, ..] => return None,
            _ => return Some(count),
        }
    }
}

/// The bytes without commands, and whether there were any.
fn plain(bytes: &[u8]) -> (Vec<u8>, bool) {
    let (mut text, mut rest, mut any) = (Vec::new(), bytes, false);
    loop {
        match rest {
            [] => return (text, any),
            [IAC, SB, after @ ..] => {
                let end = find(after, &[IAC, SE]);
                (rest, any) = (end.and_then(|end| after.get(end + 2..)).unwrap_or_default(), true);
            }
            [IAC, WILL..=DONT, _, after @ ..] | [IAC, _, after @ ..] => (rest, any) = (after, true),
            [byte, after @ ..] => {
                text.push(*byte);
                rest = after;
            }
        }
    }
}

/// The name after the login prompt, and whether a password was typed after its own.
fn login(from_src: bool, bytes: &[u8], other: &[u8], findings: &mut Findings) {
    let (client, server) = if from_src { (bytes, other) } else { (other, bytes) };
    let asks_name =
        contains(server, b"login:") || contains(server, b"username:") || contains(server, b"user name:");
    let asks_password = contains(server, b"password:");
    // RFC 854 ends a line with CR LF or CR NUL; programs that are not terminals send a bare LF.
    let mut lines = client
        .split(|byte| matches!(byte, b'\r' | b'\n'))
        .map(|line| line.strip_prefix(b"\0").unwrap_or(line));
    if asks_name && let Some(name) = lines.next().filter(|name| !name.is_empty() && name.is_ascii()) {
        findings.note("user", lossy(name, NAME_MAX));
    }
    if asks_password && lines.any(|line| !line.is_empty()) {
        findings.risk(Risk::CleartextCredentials);
        refusals(server, findings, refuses);
    }
}

/// How login(1), routers and switches say that a name or password is wrong. The word alone would be in
/// many a message of the day.
fn refuses(line: &[u8]) -> bool {
    let pairs: [(&[u8], &[u8]); 6] = [
        (b"login", b"incorrect"),
        (b"login", b"invalid"),
        (b"login", b"failed"),
        (b"password", b"incorrect"),
        (b"authentication", b"failed"),
        (b"access", b"denied"),
    ];
    line.len() < 80 && pairs.iter().any(|(what, how)| contains(line, what) && contains(line, how))
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            2300,
            &[
                (DST, b"\xff\xfd\x18\xff\xfd\x20\xff\xfd\x23"),
                (SRC, b"\xff\xfb\x18\xff\xfc\x20\xff\xfc\x23"),
                (DST, b"\xff\xfa\x18\x01\xff\xf0login: "),
                (SRC, b"joe\r\0"),
                (DST, b"Password: "),
                (SRC, b"secret\r\0"),
            ],
        ),
        Sample::tcp(50000, 23, &[(DST, b"\r\nrouter login: ")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 23, &[(DST, b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x48\0\x48\0\0")]),
        Sample::tcp(50000, 23, &[(DST, b"\xff\xfd\x80\xff\xfd\x90")]),
    ],
};

#[cfg(test)]
mod tests {
    use crate::facts::Value;
    use crate::risk::Risk;
    use crate::testing::{Flow, TCP};

    #[test]
    fn refusals_are_counted() {
        let mut flow = Flow::new(TCP, 50000, 23);
        flow.dst(b"\xff\xfd\x18\xff\xfd\x20login: ");
        for _ in 0..3 {
            flow.src(b"joe\r\n");
            flow.dst(b"\r\nPassword: ");
            flow.src(b"secret\r\n");
            flow.dst(b"\r\nLogin incorrect\r\nlogin: ");
        }
        assert!(flow.inspection.facts().details.contains(&("login_failures", Value::Number(3))));
    }

    #[test]
    fn a_password_after_a_bare_line_feed_is_not_kept() {
        let mut flow = Flow::new(TCP, 50000, 23);
        flow.dst(b"\xff\xfd\x18\xff\xfd\x20login: ");
        flow.src(b"\xff\xfb\x18\xff\xfc\x20joe\n");
        flow.dst(b"Password: ");
        flow.src(b"secret\n");
        let facts = flow.inspection.facts();
        assert_eq!(facts.details, [("user", Value::Text("joe".into()))]);
        assert!(facts.risks.contains(Risk::CleartextCredentials));
    }

    #[test]
    fn a_name_is_kept_and_a_password_not() {
        let mut flow = Flow::new(TCP, 50000, 23);
        flow.play(super::SAMPLES.positive[0].said);
        let facts = flow.inspection.facts();
        assert_eq!(facts.details, [("user", Value::Text("joe".into()))]);
        assert!(facts.risks.contains(Risk::CleartextCredentials));
    }
}
