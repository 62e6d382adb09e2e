//! Munin, node to master: the node's greeting.

use crate::dialogue::{agree, line};
use crate::facts::HostnameSource;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "munin",
    category: "management",
    encrypted: false,
    over: &[(
        Transport::Tcp,
        &[
            b'#'..=b'#',
            b'c'..=b'c',
            b'f'..=b'f',
            b'l'..=b'l',
            b'n'..=b'n',
            b'q'..=b'q',
            b's'..=b's',
            b'v'..=b'v',
        ],
    )],
    ports: &[4949],
    bound: false,
    fields: &["node"],
    head: SHALLOW,
    inspect,
};

const GREETING: &[u8] = b"# munin node at ";

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if let Some(rest) = look.bytes.strip_prefix(GREETING) {
        let Some((node, _)) = line(rest) else { return Verdict::proven("Munin greeting", Want::Rest) };
        let node = lossy(node, NAME_MAX);
        findings.note("node", node.clone());
        findings.facts.hostname = Some(node);
        findings.facts.hostname_source = Some(HostnameSource::Protocol);
        return Verdict::proven("Munin greeting", Want::Nothing);
    }
    let commands: [&[u8]; 8] =
        [b"cap ", b"config ", b"fetch ", b"list", b"nodes", b"quit", b"spoolfetch ", b"version"];
    let asks = look.hinted && look.from_src && commands.iter().any(|command| agree(look.bytes, command));
    if (asks || agree(look.bytes, GREETING)) && !look.cut { Verdict::NeedMore } else { Verdict::No }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        4949,
        &[(SRC, b"cap multigraph\n"), (DST, b"# munin node at web1.example.org\n")],
    )],
    near_miss: &[Sample::tcp(50000, 4949, &[(DST, b"# munin master at web1.example.org\n")])],
};
