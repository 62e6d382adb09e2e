//! CVS password authentication (CVS client/server protocol, s2): repository and user.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::risk::Risk;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "cvs-pserver",
    category: "file-transfer",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'B'..=b'B', b'I'..=b'I'])],
    ports: &[2401],
    bound: false,
    fields: &["repository", "user", "accepted"],
    head: SHALLOW,
    inspect,
};

const REQUESTS: [&[u8]; 3] =
    [b"BEGIN AUTH REQUEST\n", b"BEGIN VERIFICATION REQUEST\n", b"BEGIN GSSAPI REQUEST\n"];

/// The server's answer.
const REFUSAL: &[u8] = b"I HATE YOU\n";
const WELCOME: &[u8] = b"I LOVE YOU\n";

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let more = if look.cut { Verdict::No } else { Verdict::NeedMore };
    if look.bytes.starts_with(WELCOME) || look.bytes.starts_with(REFUSAL) {
        findings.note("accepted", look.bytes.starts_with(WELCOME));
        return Verdict::proven("answer to a login", Want::Reply);
    }
    let Some(request) = REQUESTS.iter().find(|request| look.bytes.starts_with(request)) else {
        let begun = REQUESTS.iter().chain([&REFUSAL, &WELCOME]).any(|line| line.starts_with(look.bytes));
        return if begun { more } else { Verdict::No };
    };
    let mut lines = look.bytes.get(request.len()..).unwrap_or_default().split(|byte| *byte == b'\n');
    let (Some(repository), Some(user), Some(password)) = (lines.next(), lines.next(), lines.next()) else {
        return Verdict::proven(
            "request for authentication",
            if look.cut { Want::Reply } else { Want::Rest },
        );
    };
    findings.note("repository", lossy(repository, NAME_MAX));
    findings.note("user", lossy(user, NAME_MAX));
    // Scrambled with a table that everybody has; "A" alone is an empty one.
    if password.len() > 1 {
        findings.risk(Risk::CleartextCredentials);
    }
    Verdict::proven("request for authentication", Want::Reply)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        2401,
        &[
            (SRC, b"BEGIN AUTH REQUEST\n/cvs/src\nbob\nAyuhedEIc?\nEND AUTH REQUEST\n"),
            (DST, b"I LOVE YOU\n"),
        ],
    )],
    near_miss: &[Sample::tcp(50000, 2401, &[(SRC, b"BEGIN AUTH REQUESTS\n/cvs/src\n")])],
};
