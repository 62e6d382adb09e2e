//! Finger (RFC 1288): whom the question at port 79 is about.

use crate::dialogue::{contains, is_text, line};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "finger",
    category: "management",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'\t'..=b'\r', b' '..=b'~'])],
    ports: &[79],
    bound: true,
    fields: &["query"],
    head: SHALLOW,
    inspect,
};

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let asks = look.from_src == PROTOCOL.ports.contains(&look.ports.1);
    let Some((first, rest)) = line(look.bytes) else {
        let begun = look.bytes.len() < 256 && is_text(look.bytes.strip_suffix(b"\r").unwrap_or(look.bytes));
        return if begun && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    if !is_text(first) {
        return Verdict::No;
    }
    if asks {
        // RFC 1288 s2.3: one line; an empty one asks for everybody, and says too little.
        if !rest.is_empty() || first.len() > 255 {
            return Verdict::No;
        }
        if first.len() < 3 {
            return Verdict::NeedMore;
        }
        // RFC 1288 s2.3: `/W` before one name, which may be at hosts.
        let (verbose, name) = match first {
            [b'/', b'W' | b'w', b' ', name @ ..] => (true, name),
            name => (false, name),
        };
        let name = name.trim_ascii();
        let words = name.split(|byte| *byte == b' ').count();
        if words > 2 || !name.is_ascii() {
            return Verdict::No;
        }
        findings.note("query", lossy(first, NAME_MAX));
        return match verbose || (words == 1 && name.contains(&b'@')) {
            true => Verdict::proven("Finger question", Want::Nothing),
            // Others begin with a word or two, too, and say more then.
            false => Verdict::likely("name at Finger's port", Want::Nothing),
        };
    }
    let signs: [&[u8]; 3] = [b"Login", b"TTY", b"no such user"];
    match signs.iter().any(|sign| contains(first, sign)) {
        true => Verdict::proven("Finger answer", Want::Reply),
        false => Verdict::NeedMore,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(50000, 79, &[(SRC, b"joe\r\n"), (DST, b"Login: joe\r\n")])],
    near_miss: &[Sample::tcp(50000, 79, &[(SRC, b"joe\r\nann\r\n")])],
};
