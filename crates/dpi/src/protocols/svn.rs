//! Subversion's own protocol: the server's greeting, the repository that the client asks for.

use crate::dialogue::agree;
use crate::facts::HostnameSource;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::text::{NAME_MAX, URI_MAX, find, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "svn",
    category: "software-update",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'('..=b'('])],
    ports: &[3690],
    bound: false,
    fields: &["url", "client"],
    head: SHALLOW,
    inspect,
};

/// `( success ( minversion maxversion ( mechanisms ) ( capabilities ) ) )`.
const GREETING: &[u8] = b"( success ( ";

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if look.bytes.starts_with(GREETING) {
        return Verdict::proven("Subversion greeting", Want::Reply);
    }
    // The client: `( 2 ( capabilities ) length:url length:agent ( ) )`.
    if look.bytes.starts_with(b"( 2 ( ") {
        let Some(at) = find(look.bytes, b":svn") else {
            return if look.cut || look.bytes.len() > 1024 { Verdict::No } else { Verdict::NeedMore };
        };
        let mut words = look.bytes.get(at + 1..).unwrap_or_default().split(|byte| *byte == b' ');
        let url = words.next().unwrap_or_default();
        findings.note("url", lossy(url, URI_MAX));
        let authority = url.splitn(4, |byte| *byte == b'/').nth(2).unwrap_or_default();
        let host = authority.rsplit(|byte| *byte == b'@').next().unwrap_or_default();
        let host = host.split(|byte| *byte == b':').next().unwrap_or_default();
        if !host.is_empty() {
            findings.facts.hostname = Some(lossy(host, NAME_MAX));
            findings.facts.hostname_source = Some(HostnameSource::Protocol);
        }
        if let Some(client) = words.next().and_then(|word| word.splitn(2, |byte| *byte == b':').nth(1)) {
            findings.note("client", lossy(client, NAME_MAX));
        }
        return Verdict::proven("Subversion request", Want::Reply);
    }
    let begun = agree(look.bytes, GREETING) || agree(look.bytes, b"( 2 ( ");
    if begun && !look.cut { Verdict::NeedMore } else { Verdict::No }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        3690,
        &[
            (DST, b"( success ( 2 2 ( ) ( edit-pipeline svndiff1 ) ) ) "),
            (SRC, b"( 2 ( edit-pipeline ) 25:svn://svn.example.org/r1 14:SVN/1.14.2-dev ( ) ) "),
        ],
    )],
    near_miss: &[Sample::tcp(50000, 3690, &[(DST, b"( failure ( 2 2 ( ) ) ) ")])],
};
