//! WHOIS (RFC 3912): the question, one line at port 43.

use crate::dialogue::{is_text, line};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "whois",
    category: "network",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'\t'..=b'\r', b' '..=b'~', 0xc2..=0xf4])],
    ports: &[43, 4343],
    bound: true,
    fields: &["query"],
    head: SHALLOW,
    inspect,
};

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let server_is_dst = PROTOCOL.ports.contains(&look.ports.1);
    let asks = look.from_src == server_is_dst;
    if asks {
        return match question(look.bytes) {
            Some(query) => {
                findings.note("query", lossy(query, NAME_MAX));
                match is_registered(query) {
                    true => Verdict::proven("WHOIS question", Want::Nothing),
                    // A name of any kind; others speak in lines, too.
                    false => Verdict::likely("line at WHOIS' port", Want::Reply),
                }
            }
            None if look.cut || look.bytes.len() > 255 || !is_text(look.bytes) => Verdict::No,
            None => Verdict::NeedMore,
        };
    }
    // Answers: comments of registries (RPSL's `%`), or "Key: value".
    match line(look.bytes) {
        Some((first, _)) if is_text(first) => match first {
            [b'%' | b'#', ..] if question(look.other).is_some() => {
                Verdict::proven("WHOIS question and its answer", Want::Reply)
            }
            // Comments are others', too.
            [b'%' | b'#', ..] => Verdict::likely("WHOIS answer", Want::Reply),
            _ if is_answer(first) || question(look.other).is_some() && first.contains(&b':') => {
                Verdict::likely("WHOIS answer", Want::Reply)
            }
            _ => Verdict::NeedMore,
        },
        Some(_) => Verdict::No,
        None if look.cut || !is_text(look.bytes) => Verdict::No,
        None => Verdict::NeedMore,
    }
}

/// What registries keep: a domain, an address, a network, an AS, a handle; or options before one
/// (RIPE's `-T`, ARIN's `n +`).
fn is_registered(query: &[u8]) -> bool {
    let mut words = query.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
    let Some(last) = words.clone().next_back() else { return false };
    let name = last
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'/' | 0x80..));
    let dotted = last.iter().enumerate().any(|(at, byte)| at > 0 && matches!(byte, b'.' | b':'));
    let numbered = last.get(..2).is_some_and(|start| start.eq_ignore_ascii_case(b"AS"))
        && last.get(2..).is_some_and(|number| !number.is_empty() && number.iter().all(u8::is_ascii_digit));
    let options =
        |word: &[u8]| matches!(word, [b'-', b'a'..=b'z' | b'A'..=b'Z', ..] | [b'=' | b'!' | b'+', ..] | [_]);
    let lone = words.clone().count() == 1;
    (name
        && (dotted || numbered)
        && (lone
            || words
                .clone()
                .next()
                .is_some_and(|word| options(word) || word.eq_ignore_ascii_case(b"domain"))))
        || words.any(|word| matches!(word, [b'-', b'a'..=b'z' | b'A'..=b'Z', ..]))
}

/// What answers begin with that have no comment first.
fn is_answer(line: &[u8]) -> bool {
    const STARTS: [&[u8]; 12] = [
        b"domain",
        b"inetnum:",
        b"inet6num:",
        b"refer:",
        b"NetRange:",
        b"no match",
        b"not found",
        b"whois",
        b"aut-num:",
        b"registr",
        b"no entries",
        b"[ ",
    ];
    let line = line.trim_ascii_start();
    STARTS.iter().any(|start| line.get(..start.len()).is_some_and(|own| own.eq_ignore_ascii_case(start)))
}

/// RFC 3912 s2: one line that ends in CR LF. Shorter than a country's domain it is none, and
/// longer than a few words it is a sentence.
fn question(bytes: &[u8]) -> Option<&[u8]> {
    let query = bytes.strip_suffix(b"\n").map(|query| query.strip_suffix(b"\r").unwrap_or(query))?;
    let words = query.split(|byte| *byte == b' ').filter(|word| !word.is_empty()).count();
    ((3..=255).contains(&query.len()) && words <= 4 && is_text(query)).then_some(query)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        43,
        &[(SRC, b"example.org\r\n"), (DST, b"% IANA WHOIS server\r\n\r\ndomain: ORG\r\n")],
    )],
    near_miss: &[
        Sample::tcp(50000, 43, &[(SRC, b"exam\x01ple.org\r\n")]),
        Sample::tcp(50000, 4300, &[(SRC, b"example.org\r\n")]),
    ],
};
