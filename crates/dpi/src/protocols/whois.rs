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
                Verdict::proven("WHOIS question", Want::Nothing)
            }
            None if look.cut || look.bytes.len() > 255 || !is_text(look.bytes) => Verdict::No,
            None => Verdict::NeedMore,
        };
    }
    // Answers: comments of registries (RPSL's `%`), or "Key: value".
    match line(look.bytes) {
        Some((first, _)) if is_text(first) => match first {
            [b'%' | b'#', ..] => Verdict::proven("WHOIS answer", Want::Reply),
            _ if first.windows(2).any(|pair| pair == b": ") => Verdict::likely("WHOIS answer", Want::Reply),
            _ => Verdict::NeedMore,
        },
        Some(_) => Verdict::No,
        None if look.cut || !is_text(look.bytes) => Verdict::No,
        None => Verdict::NeedMore,
    }
}

/// RFC 3912 s2: one line that ends in CR LF. Shorter than a country's domain it is none.
fn question(bytes: &[u8]) -> Option<&[u8]> {
    let query = bytes.strip_suffix(b"\n").map(|query| query.strip_suffix(b"\r").unwrap_or(query))?;
    ((3..=255).contains(&query.len()) && is_text(query)).then_some(query)
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
