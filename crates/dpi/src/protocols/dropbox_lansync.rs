//! Dropbox LAN sync's announcement: version, host, display name.

use crate::dialogue::{contains, number};
use crate::json;
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "dropbox-lansync",
    category: "file-transfer",
    encrypted: false,
    over: &[(Transport::Udp, &[b'{'..=b'{'])],
    ports: &[17500],
    bound: false,
    fields: &["host", "display_name", "namespaces"],
    head: SHALLOW,
    inspect,
};

/// An object in JSON with the host's number and its namespaces.
fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let host = json::member(look.bytes, "host_int");
    let (Some(host), true) = (host, contains(look.bytes, b"\"namespaces\"") || look.cut) else {
        return Verdict::No;
    };
    let digits = host.split(|byte| !byte.is_ascii_digit()).next().unwrap_or_default();
    if digits.is_empty() {
        return Verdict::No;
    }
    findings.note("host", lossy(digits, NAME_MAX));
    if let Some(name) = json::member(look.bytes, "displayname").and_then(|rest| rest.strip_prefix(b"\"")) {
        let name = name.split(|byte| *byte == b'"').next().unwrap_or_default();
        if !name.is_empty() {
            findings.note("display_name", lossy(name, NAME_MAX));
        }
    }
    if let Some(list) = json::member(look.bytes, "namespaces").and_then(|rest| rest.strip_prefix(b"[")) {
        let list = list.split(|byte| *byte == b']').next().unwrap_or_default();
        let count =
            list.split(|byte| *byte == b',').filter(|item| number(item.trim_ascii()).is_some()).count();
        findings.note("namespaces", u64::try_from(count).unwrap_or_default());
    }
    Verdict::proven("Dropbox host and namespaces in JSON", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        17500,
        17500,
        &[(SRC, b"{\"version\": [2, 0], \"port\": 17500, \"host_int\": 33040262, \"displayname\": \"web1\", \"namespaces\": [1, 2]}")],
    )],
    near_miss: &[Sample::udp(17500, 17500, &[(SRC, b"{\"version\": [2, 0], \"port\": 17500, \"host\": 33040262}")])],
};
