//! Gopher (RFC 1436): the selector, or a menu.

use crate::dialogue::{is_text, line, number};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::text::{URI_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "gopher",
    category: "web",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'\t'..=b'\r', b'+'..=b'z'])],
    ports: &[70],
    bound: true,
    fields: &["selector"],
    head: SHALLOW,
    inspect,
};

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some((first, rest)) = line(look.bytes) else {
        let begun = look.bytes.len() < 512 && is_text(look.bytes.strip_suffix(b"\r").unwrap_or(look.bytes));
        return if begun && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    if !is_text(first) {
        return Verdict::No;
    }
    if look.from_src == PROTOCOL.ports.contains(&look.ports.1) {
        // An empty selector asks for the root, and says too little.
        if !rest.is_empty() {
            return Verdict::No;
        }
        if first.len() < 3 {
            return Verdict::NeedMore;
        }
        // Selectors are the server's own; most are paths, some behind their item's type.
        let path = matches!(first, [b'/', ..] | [_, b'/', ..]) || first.starts_with(b"URL:");
        let search = first.contains(&b'\t');
        if !path && !search && first.contains(&b' ') {
            return Verdict::No;
        }
        findings.note("selector", lossy(first, URI_MAX));
        return match path {
            true => Verdict::proven("Gopher selector", Want::Nothing),
            false => Verdict::likely("word at Gopher's port", Want::Nothing),
        };
    }
    // RFC 1436 s3.8: type and text, selector, host, port.
    let parts: Vec<_> = first.split(|byte| *byte == b'\t').collect();
    let [text, _, host, port, ..] = &*parts else { return Verdict::No };
    let kind = text.first().is_some_and(|kind| kind.is_ascii_alphanumeric() || *kind == b'+');
    match kind && !host.is_empty() && number(port).is_some_and(|port| port <= 0xffff) {
        true => Verdict::proven("Gopher menu", Want::Nothing),
        false => Verdict::No,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(50000, 70, &[(SRC, b"/about\r\n")]),
        Sample::tcp(50000, 70, &[(SRC, b"\r\n"), (DST, b"1About\t/about\texample.org\t70\r\n.\r\n")]),
    ],
    near_miss: &[Sample::tcp(
        50000,
        70,
        &[(SRC, b"\r\n"), (DST, b"1About\t/about\texample.org\tx\r\n.\r\n")],
    )],
};
