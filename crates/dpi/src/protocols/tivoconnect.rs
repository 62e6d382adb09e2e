//! TiVoConnect automatic machine discovery (TiVo, "TiVo Connect Automatic Machine Discovery Protocol"): the beacon.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::text::{TEXT_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "tivoconnect",
    category: "network",
    encrypted: false,
    over: &[(Transport::Udp, &[b'T'..=b'T', b't'..=b't']), (Transport::Tcp, &[b'T'..=b'T', b't'..=b't'])],
    ports: &[2190],
    bound: false,
    fields: &["identity", "machine", "platform", "services", "version"],
    head: SHALLOW,
    inspect,
};

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
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(2190, 2190, &[(SRC, b"TiVoConnect=1\nMethod=broadcast\nPlatform=pc/linux\nMachine=Attic\nIdentity={00-11}\nServices=TiVoMediaServer:80/http\n")]),],
    near_miss: &[Sample::udp(2190, 2190, &[(SRC, b"TiVoConnected=1\nMethod=broadcast\n")]),],
};
