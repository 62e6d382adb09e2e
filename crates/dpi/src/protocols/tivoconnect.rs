<<<<<<< HEAD
//! TiVoConnect automatic machine discovery (TiVo, "TiVo Connect Automatic Machine Discovery Protocol"): the beacon.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::text::{TEXT_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "tivoconnect",
    category: "network",
=======
//! TiVoConnect discovery: machine, platform, identity, services.

use crate::dialogue::after;
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "tivoconnect",
    category: "media",
>>>>>>> dpi-text
    encrypted: false,
    over: &[(Transport::Udp, &[b'T'..=b'T', b't'..=b't']), (Transport::Tcp, &[b'T'..=b'T', b't'..=b't'])],
    ports: &[2190],
    bound: false,
<<<<<<< HEAD
    fields: &["identity", "machine", "platform", "services", "version"],
=======
    fields: &["machine", "platform", "identity", "services"],
>>>>>>> dpi-text
    head: SHALLOW,
    inspect,
};

<<<<<<< HEAD
const FIRST_LINE: &[u8] = b"tivoconnect=";

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let begins = |bytes: &[u8]| bytes.iter().zip(FIRST_LINE).all(|(a, b)| a.eq_ignore_ascii_case(b));
    if !begins(look.bytes) {
        return Verdict::No;
    }
    let more = look.transport == Transport::Tcp && !look.cut;
    if look.bytes.len() < FIRST_LINE.len() {
        return if more { Verdict::NeedMore } else { Verdict::No };
    }
    for line in look.bytes.split(|byte| *byte == b'\n') {
        let mut parts = line.splitn(2, |byte| *byte == b'=');
        let (Some(key), Some(value)) = (parts.next(), parts.next()) else { continue };
        let field = match key.to_ascii_lowercase().as_slice() {
            b"identity" => "identity",
            b"machine" => "machine",
            b"platform" => "platform",
            b"services" => "services",
            b"swversion" => "version",
            _ => continue,
        };
        findings.note(field, lossy(value.trim_ascii(), TEXT_MAX));
    }
    Verdict::proven("beacon", Want::Nothing)
=======
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
>>>>>>> dpi-text
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
<<<<<<< HEAD
    positive: &[Sample::udp(2190, 2190, &[(SRC, b"TiVoConnect=1\nMethod=broadcast\nPlatform=pc/linux\nMachine=Attic\nIdentity={00-11}\nServices=TiVoMediaServer:80/http\n")]),],
    near_miss: &[Sample::udp(2190, 2190, &[(SRC, b"TiVoConnected=1\nMethod=broadcast\n")]),],
=======
    positive: &[Sample::udp(
        2190,
        2190,
        &[(SRC, b"TiVoConnect=1\nswversion=1\nmethod=broadcast\nidentity=uuid:42\nmachine=den\nplatform=pc\nservices=TiVoMediaServer:80/http\n")],
    )],
    near_miss: &[Sample::udp(2190, 2190, &[(SRC, b"TiVoDisconnect=1\nmachine=den\n")])],
>>>>>>> dpi-text
};
