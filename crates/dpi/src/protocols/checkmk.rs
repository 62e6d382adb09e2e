//! Checkmk's agent: the sections that it prints, its version and host.

use crate::dialogue::{Lines, after, agree};
use crate::facts::HostnameSource;
#[cfg(test)]
use crate::protocol::{DST, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "checkmk",
    category: "management",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'<'..=b'<'])],
    ports: &[6556],
    bound: false,
    fields: &["version", "os", "host"],
    head: SHALLOW,
    inspect,
};

const SECTION: &[u8] = b"<<<check_mk>>>";

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if !look.bytes.starts_with(SECTION) {
        return if agree(look.bytes, SECTION) && !look.cut { Verdict::NeedMore } else { Verdict::No };
    }
    let mut lines = Lines(look.bytes).skip(1);
    for line in lines.by_ref().take_while(|line| !line.starts_with(b"<<<")) {
        if let Some(version) = after(line, b"Version: ") {
            findings.note("version", lossy(version, NAME_MAX));
        } else if let Some(os) = after(line, b"AgentOS: ") {
            findings.note("os", lossy(os, NAME_MAX));
        } else if let Some(host) = after(line, b"Hostname: ") {
            let host = lossy(host, NAME_MAX);
            findings.note("host", host.clone());
            findings.facts.hostname = Some(host);
            findings.facts.hostname_source = Some(HostnameSource::Protocol);
        }
    }
    let done = look.cut || findings.facts.hostname.is_some() || look.bytes.len() > 2048;
    Verdict::proven("Checkmk agent's section", if done { Want::Nothing } else { Want::Rest })
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        6556,
        &[(DST, b"<<<check_mk>>>\n"), (DST, b"Version: 2.1.0\nAgentOS: linux\nHostname: web1\n<<<df>>>\n")],
    )],
    near_miss: &[Sample::tcp(50000, 6556, &[(DST, b"<<check_mk>>\nVersion: 2.1.0\n")])],
};
