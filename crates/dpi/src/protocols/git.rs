//! Git's own transport (gitprotocol-pack): the request's repository and host, or the references.

use crate::dialogue::is_text;
use crate::facts::HostnameSource;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::text::{NAME_MAX, URI_MAX, lossy, past};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "git",
    category: "software-update",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'0'..=b'9', b'a'..=b'f'])],
    ports: &[9418],
    bound: false,
    fields: &["service", "repository", "agent"],
    head: SHALLOW,
    inspect,
};

/// A request, references (SHA-1 or SHA-256), or the answer of protocol version 1 and 2.
fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some((line, whole)) = packet(look.bytes) else {
        let begun = look.bytes.len() < 4 && look.bytes.iter().all(u8::is_ascii_hexdigit);
        return if begun && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    let services: [&[u8]; 3] = [b"git-upload-pack ", b"git-receive-pack ", b"git-upload-archive "];
    if let Some(service) = services.iter().find(|service| line.starts_with(service)) {
        if !whole && !look.cut {
            return Verdict::NeedMore;
        }
        let mut parts = line.get(service.len()..).unwrap_or_default().split(|byte| *byte == 0);
        findings.note("service", lossy(service.trim_ascii_end(), NAME_MAX));
        findings.note("repository", lossy(parts.next().unwrap_or_default(), URI_MAX));
        if let Some(host) = parts.find_map(|part| part.strip_prefix(b"host=")) {
            findings.facts.hostname = Some(lossy(host, NAME_MAX));
            findings.facts.hostname_source = Some(HostnameSource::Protocol);
        }
        return Verdict::proven("Git request", Want::Reply);
    }
    let id = line.iter().take_while(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')).count();
    let referenced = matches!(id, 40 | 64) && line.get(id) == Some(&b' ');
    if referenced || matches!(line, b"version 1\n" | b"version 2\n") {
        let agent = past(line, b"agent=");
        if let Some(agent) = agent {
            let end = agent.iter().position(|byte| matches!(byte, b' ' | b'\n')).unwrap_or(agent.len());
            findings.note("agent", lossy(agent.get(..end).unwrap_or_default(), NAME_MAX));
        }
        return Verdict::proven("Git references", Want::Reply);
    }
    let waits = !whole && !look.cut && line.len() < 70 && is_text(line);
    if waits { Verdict::NeedMore } else { Verdict::No }
}

/// gitprotocol-common: a line after its length in four hexadecimal digits; false if it is not whole.
fn packet(bytes: &[u8]) -> Option<(&[u8], bool)> {
    let (digits, rest) = bytes.split_first_chunk::<4>()?;
    let len = usize::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?.checked_sub(4)?;
    Some(rest.get(..len).map_or((rest, false), |line| (line, true)))
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(50000, 9999, &[(SRC, b"0032git-upload-pack /project.git\0host=git.example\0")]),
        Sample::tcp(
            50000,
            9418,
            &[(DST, b"003f7217a7c7e582c46cec22a130adf4b9d7d950fba0 refs/heads/master\n")],
        ),
    ],
    near_miss: &[Sample::tcp(50000, 9418, &[(SRC, b"0032git-download-pack /project.git\0host=git.ex\0")])],
};
