//! WiZ lamps' JSON over UDP: methods, module, firmware, address.

use crate::json;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "wiz",
    category: "iot",
    encrypted: false,
    over: &[(Transport::Udp, &[b'{'..=b'{'])],
    ports: &[38899, 38900],
    bound: true,
    fields: &["method", "module", "firmware", "mac"],
    head: SHALLOW,
    inspect,
};

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if !look.bytes.is_ascii() {
        return Verdict::No;
    }
    let Some(method) = json::value(look.bytes, "method") else { return Verdict::No };
    findings.note("method", lossy(method, NAME_MAX));
    for (field, member) in [("module", "moduleName"), ("firmware", "fwVersion"), ("mac", "mac")] {
        if let Some(value) = json::value(look.bytes, member) {
            findings.note(field, lossy(value, NAME_MAX));
        }
    }
    Verdict::proven("JSON with a method at WiZ's port", Want::Reply)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        38899,
        &[
            (SRC, br#"{"method":"getPilot","params":{}}"#),
            (DST, br#"{"method":"getPilot","env":"pro","result":{"mac":"a8bb50010203","state":true}}"#),
        ],
    )],
    near_miss: &[Sample::udp(50000, 38899, &[(SRC, br#"{"action":"getPilot","params":{}}"#)])],
};
