//! CUPS browsing: printers that announce themselves by datagrams.

use crate::dialogue::{contains, word};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::text::{TEXT_MAX, URI_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "cups-browsing",
    category: "management",
    encrypted: false,
    over: &[(Transport::Udp, &[b'0'..=b'9', b'A'..=b'F', b'a'..=b'f'])],
    ports: &[631],
    bound: false,
    fields: &["uri", "location"],
    head: SHALLOW,
    inspect,
};

/// Type and state in hexadecimal, the printer's address, then texts in quotes.
fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let (kind, rest) = word(look.bytes);
    let (state, rest) = word(rest);
    let uri = word(rest).0;
    let hex = |text: &[u8]| (1..=8).contains(&text.len()) && text.iter().all(u8::is_ascii_hexdigit);
    if !hex(kind)
        || !hex(state)
        || !(uri.starts_with(b"ipp://")
            || uri.starts_with(b"ipps://")
            || (uri.starts_with(b"http") && contains(uri, b"/printers/")))
    {
        return Verdict::No;
    }
    findings.note("uri", lossy(uri.trim_ascii_end(), URI_MAX));
    if let Some(location) = rest.split(|byte| *byte == b'"').nth(1).filter(|text| !text.is_empty()) {
        findings.note("location", lossy(location, TEXT_MAX));
    }
    Verdict::proven("CUPS printer announcement", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        631,
        631,
        &[(SRC, b"6 3 ipp://print.example.org/printers/laser \"2nd floor\" \"Laser\" \"HP LaserJet\"\n")],
    )],
    near_miss: &[Sample::udp(631, 631, &[(SRC, b"6 x ipp://print.example.org/printers/laser\n")])],
};
