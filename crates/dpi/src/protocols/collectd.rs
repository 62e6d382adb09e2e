//! collectd, binary network protocol: host, plugins; or the user of an encrypted packet.

use crate::facts::HostnameSource;
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "collectd",
    category: "management",
    encrypted: false,
    over: &[(Transport::Udp, &[0..=2])],
    ports: &[25826],
    bound: false,
    fields: &["host", "plugins", "user"],
    head: SHALLOW,
    inspect,
};

/// Part types of the protocol's document.
const HOST: u16 = 0;
const PLUGIN: u16 = 2;
const SIGNATURE: u16 = 0x200;
const ENCRYPTION: u16 = 0x210;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let mut parts = 0;
    while let (Some(kind), Some(len)) = (reader.u16(), reader.u16()) {
        let Some(content) = usize::from(len).checked_sub(4).and_then(|len| reader.take(len)) else {
            // The snapshot may end within a part.
            if look.cut && parts >= 3 {
                break;
            }
            return Verdict::No;
        };
        if !fits(kind, content) {
            return Verdict::No;
        }
        parts += 1;
        if kind == ENCRYPTION {
            // It is the whole packet: user, initialisation vector of 16 bytes, hash of 20.
            let user = Reader::new(content).block16().filter(|user| user.iter().all(u8::is_ascii_graphic));
            let Some(user) = user.filter(|user| reader.is_empty() && content.len() > user.len() + 36) else {
                return Verdict::No;
            };
            findings.note("user", lossy(user, NAME_MAX));
            return Verdict::proven("collectd encrypted part", Want::Nothing);
        }
    }
    if parts < 3 {
        return Verdict::No;
    }
    describe(look.bytes, findings);
    Verdict::proven("collectd parts", Want::Nothing)
}

fn describe(bytes: &[u8], findings: &mut Findings) {
    let mut reader = Reader::new(bytes);
    while let (Some(kind), Some(len)) = (reader.u16(), reader.u16()) {
        let Some(content) = usize::from(len).checked_sub(4).and_then(|len| reader.take(len)) else { return };
        let text = content.strip_suffix(b"\0").unwrap_or(content);
        match kind {
            HOST if findings.facts.hostname.is_none() => {
                findings.note("host", lossy(text, NAME_MAX));
                findings.facts.hostname = Some(lossy(text, NAME_MAX));
                findings.facts.hostname_source = Some(HostnameSource::Protocol);
            }
            PLUGIN => findings.add("plugins", lossy(text, NAME_MAX)),
            _ => {}
        }
    }
}

/// Texts end in a zero, numbers have eight bytes, values nine each.
fn fits(kind: u16, content: &[u8]) -> bool {
    match kind {
        HOST | 2..=5 | 0x100 => content.split_last().is_some_and(|(last, text)| {
            *last == 0 && text.iter().all(|byte| matches!(byte, b' '..=b'~' | 0x80..))
        }),
        1 | 7..=9 | 0x101 => content.len() == 8,
        6 => Reader::new(content).u16().is_some_and(|count| content.len() == 2 + 9 * usize::from(count)),
        SIGNATURE => content.len() > 32,
        ENCRYPTION => true,
        _ => false,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        25826,
        &[(SRC, b"\0\0\0\x09web1\0\0\x08\0\x0c\x15\x07\x55\x0b\xe5\x49\x90\xd3\0\x02\0\x08cpu\0\0\x06\0\x0f\0\x01\x02\0\0\0\0\0\x12\x34\x56")],
    )],
    near_miss: &[Sample::udp(50000, 25826, &[(SRC, b"\0\0\0\x09web1\0\0\x08\0\x0b\x15\x07\x55\x0b\xe5\x49\x90\0\x02\0\x08cpu\0")])],
};
