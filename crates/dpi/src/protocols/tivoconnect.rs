//! TiVoConnect discovery: machine, platform, identity, services.

use crate::dialogue::after;
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "tivoconnect",
    category: "media",
    encrypted: false,
    over: &[(Transport::Udp, &[b'T'..=b'T', b't'..=b't']), (Transport::Tcp, &[b'T'..=b'T', b't'..=b't'])],
    ports: &[2190],
    bound: false,
    fields: &["machine", "platform", "identity", "services"],
    head: SHALLOW,
    inspect,
};

const KEY: &[u8] = b"tivoconnect=";

/// Lines of `key=value`.
fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if after(look.bytes, KEY).is_none() {
        let begun = KEY.get(..look.bytes.len()).is_some_and(|start| start.eq_ignore_ascii_case(look.bytes));
        return if begun && look.transport == Transport::Tcp && !look.cut {
            Verdict::NeedMore
        } else {
            Verdict::No
        };
    }
    for line in look.bytes.split(|byte| *byte == b'\n').take(16) {
        for field in ["machine", "platform", "identity", "services"] {
            if let Some(value) = after(line, field.as_bytes()).and_then(|rest| rest.strip_prefix(b"=")) {
                findings.note(field, lossy(value.trim_ascii(), NAME_MAX));
            }
        }
    }
    Verdict::proven("TiVoConnect beacon", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        2190,
        2190,
        &[(SRC, b"TiVoConnect=1\nswversion=1\nmethod=broadcast\nidentity=uuid:42\nmachine=den\nplatform=pc\nservices=TiVoMediaServer:80/http\n")],
    )],
    near_miss: &[Sample::udp(2190, 2190, &[(SRC, b"TiVoDisconnect=1\nmachine=den\n")])],
};
