//! VMware's authentication daemon at port 902: its greeting.

#[cfg(test)]
use crate::protocol::{DST, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::text::{NAME_MAX, holds, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "vmware-auth",
    category: "management",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'2'..=b'2'])],
    ports: &[902, 912],
    bound: false,
    fields: &["version", "starttls"],
    head: SHALLOW,
    inspect,
};

const GREETING: &[u8] = b"220 VMware Authentication Daemon Version ";

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some(rest) = look.bytes.strip_prefix(GREETING) else {
        return if GREETING.starts_with(look.bytes) && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    let line = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let version = line.split(|byte| matches!(byte, b':' | b',' | b' ')).next().unwrap_or_default();
    findings.note("version", lossy(version, NAME_MAX));
    if holds(line, b"SSL Required") {
        findings.note("starttls", true);
    }
    Verdict::proven("greeting of VMware's authentication daemon", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        903,
        &[(DST, b"220 VMware Authentication Daemon Version 1.10: SSL Required, x\r\n")],
    )],
    near_miss: &[Sample::tcp(50000, 902, &[(DST, b"220 VMware Authentification Daemon Version 1.10\r\n")])],
};
