//! SD-RTN, Agora's network for calls (no public specification): the hello with its server's name.

use crate::facts::HostnameSource;
use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "sd-rtn",
    category: "voip",
    encrypted: false,
    over: &[(Transport::Udp, ANY)],
    ports: &[],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

const HELLO: u8 = 0x21;

/// A tag of four letters' length and the letters.
const TAG: [u8; 4] = *b"\x04SNI";

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if look.bytes.get(6) != Some(&HELLO) || look.bytes.get(12..16) != Some(&TAG[..]) {
        return Verdict::No;
    }
    let mut reader = Reader::new(look.bytes);
    reader.up_to(16);
    let (Some(len), Some(0)) = (reader.u16(), reader.u8()) else { return Verdict::No };
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    let Some(name) = reader.take(usize::from(len)).filter(|name| name.iter().all(is_name)) else {
        return Verdict::No;
    };
    if !name.is_empty() {
        findings.facts.hostname = Some(lossy(name, NAME_MAX));
        findings.facts.hostname_source = Some(HostnameSource::Protocol);
    }
    Verdict::proven("hello with a server's name", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        9130,
        &[(SRC, b"\x01\x02\x03\x04\x05\x06\x21\x07\x08\x09\x0a\x0b\x04SNI\0\x0b\0example.org\x01\x02")],
    )],
    near_miss: &[Sample::udp(
        50000,
        9130,
        &[(SRC, b"\x01\x02\x03\x04\x05\x06\x21\x07\x08\x09\x0a\x0b\x04SNI\0\x1b\0example.org\x01\x02")],
    )],
};
