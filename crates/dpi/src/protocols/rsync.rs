//! rsync's daemon protocol: version and module.

use crate::dialogue::{Lines, agree, line};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "rsync",
    category: "file-transfer",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'@'..=b'@'])],
    ports: &[873],
    bound: false,
    fields: &["client_version", "server_version", "module", "authentication"],
    head: SHALLOW,
    inspect,
};

const GREETING: &[u8] = b"@RSYNCD: ";

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if !look.bytes.starts_with(GREETING) {
        return if agree(look.bytes, GREETING) && !look.cut { Verdict::NeedMore } else { Verdict::No };
    }
    const EVIDENCE: &str = "rsync daemon greeting";
    let Some((greeting, rest)) = line(look.bytes) else {
        return Verdict::proven(EVIDENCE, Want::Rest);
    };
    let version = greeting.get(GREETING.len()..).unwrap_or_default();
    findings.note(if look.from_src { "client_version" } else { "server_version" }, lossy(version, NAME_MAX));
    if look.from_src {
        let Some((module, _)) = line(rest) else { return Verdict::proven(EVIDENCE, Want::Rest) };
        findings.note("module", lossy(module, NAME_MAX));
        return Verdict::proven(EVIDENCE, Want::Reply);
    }
    // After the message of the day: go on, or prove who you are.
    if let Some(answer) = Lines(rest).find_map(|line| line.strip_prefix(GREETING)) {
        findings.note("authentication", answer.starts_with(b"AUTHREQD"));
        return Verdict::proven(EVIDENCE, Want::Reply);
    }
    Verdict::proven(EVIDENCE, Want::Rest)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        8730,
        &[
            (DST, b"@RSYNCD: 31.0 sha512 sha256\n"),
            (SRC, b"@RSYNCD: 31.0\n"),
            (SRC, b"backup\n"),
            (DST, b"Welcome\n@RSYNCD: AUTHREQD dGVzdA\n"),
        ],
    )],
    near_miss: &[Sample::tcp(50000, 873, &[(DST, b"@RSYNC: 31.0\n")])],
};
