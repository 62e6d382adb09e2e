//! OpenWire, ActiveMQ's own protocol: version, provider.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy, past};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "openwire",
    category: "message-queue",
    encrypted: false,
    over: &[(Transport::Tcp, &[0..=1])],
    ports: &[61616],
    bound: false,
    fields: &["version", "provider"],
    head: SHALLOW,
    inspect,
};

const MAGIC: &[u8] = b"\x01ActiveMQ";

/// A length, unless that is switched off, then WIREFORMAT_INFO: type 1, magic, version.
fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let sized = look.bytes.first() == Some(&0);
    let bytes = if sized { look.bytes.get(4..).unwrap_or_default() } else { look.bytes };
    let Some(rest) = bytes.strip_prefix(MAGIC) else {
        let begun = MAGIC.starts_with(bytes) && look.bytes.get(1).is_none_or(|byte| *byte == 0 || !sized);
        return if begun && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    let mut reader = Reader::new(rest);
    if let Some(version) = reader.array().map(u32::from_be_bytes) {
        findings.note("version", version);
    }
    // In the map of properties: the name, a type (9: text), its length, the text.
    const KEY: &[u8] = b"ProviderName\x09";
    if let Some(provider) = past(rest, KEY).and_then(|rest| Reader::new(rest).block16()) {
        findings.note("provider", lossy(provider, NAME_MAX));
    }
    Verdict::proven("OpenWire magic", Want::Reply)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(50000, 61616, &[(SRC, b"\0\0\0\x12\x01ActiveMQ\0\0\0\x0c\x01\0\0\0\0")])],
    near_miss: &[Sample::tcp(50000, 61616, &[(SRC, b"\0\0\0\x12\x02ActiveMQ\0\0\0\x0c\x01\0\0\0\0")])],
};
