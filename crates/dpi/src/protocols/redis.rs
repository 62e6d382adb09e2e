//! Redis serialization protocol (RESP2, RESP3, inline commands): commands, user, client name.

use crate::dialogue::{contains, is_one_of, is_text, line, number, word};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::risk::Risk;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "redis",
    category: "database",
    encrypted: false,
    over: &[(
        Transport::Tcp,
        &[b'!'..=b'-', b':'..=b':', b'='..=b'>', b'A'..=b'Z', b'_'..=b'_', b'a'..=b'z', b'~'..=b'~'],
    )],
    ports: &[6379, 6380, 26379],
    bound: false,
    fields: &["commands", "user", "client_name", "database", "server_version"],
    head: SHALLOW,
    inspect,
};

/// Commands that are looked at before a connection is called settled.
const ENOUGH: usize = 16;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some((first, rest)) = line(look.bytes) else {
        let begun = look.bytes.len() < 32 && is_text(look.bytes.strip_suffix(b"\r").unwrap_or(look.bytes));
        let typed =
            matches!(look.bytes.first(), Some(b'*' | b'$' | b'+' | b'-' | b':' | b'%')) || look.hinted;
        return if begun && typed && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    let Some((kind, value)) = first.split_first() else { return Verdict::No };
    match kind {
        b'*' => array(look, value, rest, findings),
        b'A'..=b'Z' | b'a'..=b'z' => inline(look, first, findings),
        _ => answer(look, *kind, value, rest, findings),
    }
}

/// `*n`, then as many `$len` and text: a request, or an answer that begins as one.
fn array(look: &Look<'_>, count: &[u8], rest: &[u8], findings: &mut Findings) -> Verdict {
    if number(count).is_none_or(|count| count > 1 << 20) {
        return Verdict::No;
    }
    match rest.first() {
        None if look.cut => return Verdict::No,
        None => return Verdict::NeedMore,
        Some(b'$') => {}
        Some(b'*' | b':' | b'+' | b'%' | b'~') if look.hinted => {
            let Some((inner, _)) = line(rest) else { return Verdict::NeedMore };
            let sized = number(inner.get(1..).unwrap_or_default()).is_some() || inner.starts_with(b"+");
            return if sized { Verdict::likely("Redis array", Want::Reply) } else { Verdict::No };
        }
        Some(_) => return Verdict::No,
    }
    let Some((name, _)) = bulk(rest) else {
        return if look.cut || rest.len() > 64 { Verdict::No } else { Verdict::NeedMore };
    };
    if !is_text(name) {
        return Verdict::No;
    }
    let mut bytes = look.bytes;
    let mut seen = 0;
    while let Some(after) = request(bytes, findings) {
        seen += 1;
        bytes = after;
    }
    Verdict::proven(
        "Redis array of bulk strings",
        if seen >= ENOUGH || !look.from_src { Want::Reply } else { Want::Rest },
    )
}

/// Notes one request; what follows it.
fn request<'a>(bytes: &'a [u8], findings: &mut Findings) -> Option<&'a [u8]> {
    let (first, mut rest) = line(bytes)?;
    let count = number(first.strip_prefix(b"*")?).filter(|count| (1..=64).contains(count))?;
    let mut words = Vec::new();
    for _ in 0..count {
        let (text, after) = bulk(rest)?;
        words.push(text);
        rest = after;
    }
    command(&words, findings);
    Some(rest)
}

fn command(words: &[&[u8]], findings: &mut Findings) {
    let [name, arguments @ ..] = words else { return };
    if name.len() > 24
        || !name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
    {
        return;
    }
    let name = name.to_ascii_uppercase();
    findings.add("commands", lossy(&name, NAME_MAX));
    match (&*name, arguments) {
        (b"AUTH", [user, _]) => {
            findings.note("user", lossy(user, NAME_MAX));
            findings.risk(Risk::CleartextCredentials);
        }
        (b"AUTH", [_]) => findings.risk(Risk::CleartextCredentials),
        (b"SELECT", [database]) => findings.note("database", lossy(database, NAME_MAX)),
        (b"CLIENT", [sub, name]) if sub.eq_ignore_ascii_case(b"SETNAME") => {
            findings.note("client_name", lossy(name, NAME_MAX));
        }
        (b"HELLO", [_, options @ ..]) => hello(options, findings),
        _ => {}
    }
}

/// `HELLO 3 AUTH user password SETNAME name`.
fn hello(options: &[&[u8]], findings: &mut Findings) {
    match options {
        [auth, user, _, rest @ ..] if auth.eq_ignore_ascii_case(b"AUTH") => {
            findings.note("user", lossy(user, NAME_MAX));
            findings.risk(Risk::CleartextCredentials);
            hello(rest, findings);
        }
        [set, name, ..] if set.eq_ignore_ascii_case(b"SETNAME") => {
            findings.note("client_name", lossy(name, NAME_MAX));
        }
        _ => {}
    }
}

/// `$len`, the text, CR LF.
fn bulk(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = line(bytes)?;
    let len = usize::try_from(number(len.strip_prefix(b"$")?)?).ok()?;
    let (text, rest) = rest.split_at_checked(len)?;
    Some((text, rest.strip_prefix(b"\r\n")?))
}

/// Commands as they are typed into a terminal.
fn inline(look: &Look<'_>, first: &[u8], findings: &mut Findings) -> Verdict {
    let (verb, arguments) = word(first);
    let known: &[&[u8]] = &[
        b"AUTH",
        b"CLIENT",
        b"CONFIG",
        b"DEL",
        b"EXISTS",
        b"FLUSHALL",
        b"GET",
        b"HELLO",
        b"INFO",
        b"KEYS",
        b"PING",
        b"QUIT",
        b"SELECT",
        b"SET",
        b"SLAVEOF",
    ];
    if !look.hinted || !look.from_src || !is_text(first) || !is_one_of(verb, known) {
        return Verdict::No;
    }
    let words: Vec<_> = std::iter::once(verb)
        .chain(arguments.split(|byte| *byte == b' ').filter(|word| !word.is_empty()))
        .collect();
    command(&words, findings);
    Verdict::likely("Redis inline command", Want::Rest)
}

fn answer(look: &Look<'_>, kind: u8, value: &[u8], rest: &[u8], findings: &mut Findings) -> Verdict {
    let errors: [&[u8]; 6] = [b"NOAUTH ", b"WRONGPASS ", b"WRONGTYPE ", b"NOPROTO ", b"DENIED ", b"MOVED "];
    let strong = match kind {
        b'+' => value == b"PONG" || value == b"QUEUED",
        b'-' => errors.iter().any(|error| value.starts_with(error)),
        b'$' if number(value).is_some() => {
            let version = rest
                .windows(14)
                .position(|window| window == b"redis_version:")
                .and_then(|at| rest.get(at + 14..));
            if let Some((version, _)) = version.and_then(line) {
                findings.note("server_version", lossy(version, NAME_MAX));
            }
            version.is_some()
        }
        b'%' => {
            number(value).is_some() && contains(rest.get(..rest.len().min(64)).unwrap_or_default(), b"redis")
        }
        _ => false,
    };
    if strong {
        return Verdict::proven("Redis answer", Want::Reply);
    }
    // A request that was seen says what this answers.
    let asked = look.other.starts_with(b"*");
    let fits = match kind {
        b'+' => is_text(value),
        b'-' => value.starts_with(b"ERR "),
        b':' => number(value.strip_prefix(b"-").unwrap_or(value)).is_some(),
        b'$' => value == b"-1" || (number(value).is_some() && rest.len() > 1),
        b'%' | b'~' | b'>' => {
            number(value).is_some() && matches!(rest.first(), Some(b'$' | b'+' | b':' | b'*'))
        }
        b'_' => value.is_empty(),
        b'#' => matches!(value, b"t" | b"f"),
        _ => false,
    };
    match fits {
        true if asked => Verdict::proven("Redis answer to a request", Want::Reply),
        true if look.hinted => Verdict::likely("Redis answer", Want::Reply),
        true if matches!(kind, b'+' | b'-' | b'$') && !look.cut => Verdict::NeedMore,
        _ => Verdict::No,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            6379,
            &[
                (SRC, b"*3\r\n$4\r\nAUTH\r\n$3\r\njoe\r\n$6\r\nsecret\r\n"),
                (DST, b"+OK\r\n"),
                (SRC, b"*2\r\n$3\r\nGET\r\n$1\r\na\r\n"),
            ],
        ),
        Sample::tcp(50000, 6379, &[(SRC, b"PING\r\n"), (DST, b"+PONG\r\n")]),
        Sample::tcp(50000, 9999, &[(DST, b"-NOAUTH Authentication required.\r\n")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 6379, &[(SRC, b"*x\r\n$4\r\nAUTH\r\n")]),
        Sample::tcp(50000, 6379, &[(SRC, b"*1\r\n$9\r\nAUTH\r\n$1\r\na\r\n$1\r\nbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb")]),
    ],
};

#[cfg(test)]
mod tests {
    use crate::facts::Value;
    use crate::risk::Risk;
    use crate::testing::{Flow, TCP};

    #[test]
    fn commands_and_user() {
        let mut flow = Flow::new(TCP, 50000, 7777);
        flow.src(b"*3\r\n$4\r\nauth\r\n$3\r\njoe\r\n$6\r\nsec");
        flow.src(b"ret\r\n*1\r\n$4\r\nINFO\r\n");
        let facts = flow.inspection.facts();
        let commands = Value::List(vec!["AUTH".into(), "INFO".into()]);
        assert_eq!(facts.details, [("commands", commands), ("user", Value::Text("joe".into()))]);
        assert!(facts.risks.contains(Risk::CleartextCredentials));
    }
}
