//! Agora's software defined real-time network: the server's name in its greeting; no specification
//! is public.

use crate::facts::HostnameSource;
use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "sd-rtn",
    category: "media",
    encrypted: true,
    over: &[(Transport::Udp, ANY)],
    ports: &[],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some([_, _, _, _, _, _, 0x21, _, _, _, _, _, 4, b'S', b'N', b'I']) = look.bytes.first_chunk() else {
        return Verdict::No;
    };
    let mut reader = Reader::new(look.bytes.get(16..).unwrap_or_default());
    let (Some(len), Some(0)) = (reader.u16(), reader.u8()) else { return Verdict::No };
    let Some(name) = reader.take(usize::from(len)).filter(|name| name.iter().all(u8::is_ascii_graphic))
    else {
        return Verdict::No;
    };
    if !name.is_empty() {
        findings.facts.hostname = Some(lossy(name, NAME_MAX));
        findings.facts.hostname_source = Some(HostnameSource::Protocol);
    }
    Verdict::proven("server's name in SD-RTN", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(50000, 4002, &[(SRC, b"abcdef\x21hijkl\x04SNI\0\x09\0a.example")])],
    near_miss: &[Sample::udp(50000, 4002, &[(SRC, b"abcdef\x21hijkl\x04SNI\0\x0a\0a.example")])],
};
