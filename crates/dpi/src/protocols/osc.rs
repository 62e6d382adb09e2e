//! Open Sound Control 1.0 over UDP: addresses that messages go to.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "osc",
    category: "media",
    encrypted: false,
    over: &[(Transport::Udp, &[b'/'..=b'/', b'#'..=b'#'])],
    ports: &[8000, 9000, 57110, 57120],
    bound: false,
    fields: &["address", "types"],
    head: SHALLOW,
    inspect,
};

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let found = match look.bytes.strip_prefix(b"#bundle\0") {
        // Time, then elements after their sizes.
        Some(rest) => match rest.split_first_chunk::<12>() {
            Some(([.., 0, 0, _, _], element)) => message(element),
            Some(_) => None,
            None if rest.len() == 8 => return Verdict::proven("empty OSC bundle", Want::Nothing),
            None => None,
        },
        None if look.bytes.len().is_multiple_of(4) || look.cut => message(look.bytes),
        None => None,
    };
    let Some((address, types)) = found else { return Verdict::No };
    findings.note("address", lossy(address, NAME_MAX));
    findings.note("types", lossy(types, 64));
    Verdict::proven("OSC address and types", Want::Nothing)
}

/// An address and a comma with types; both end with zeros, up to a multiple of four bytes.
fn message(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let address_len = bytes.iter().position(|byte| *byte == 0)?;
    let (address, _) = bytes.split_at_checked(address_len)?;
    let padded = address_len / 4 * 4 + 4;
    let padding = bytes.get(address_len..padded)?;
    let [b'/', name @ ..] = address else { return None };
    if name.is_empty()
        || !name.iter().all(|byte| matches!(byte, b'!'..=b'~') && !matches!(byte, b'#' | b','))
        || padding.iter().any(|byte| *byte != 0)
    {
        return None;
    }
    let [b',', rest @ ..] = bytes.get(padded..)? else { return None };
    let types = rest.split(|byte| *byte == 0).next()?;
    types.iter().all(|kind| b"ifsbhtdScrmTFNI[]".contains(kind)).then_some((address, types))
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(50000, 50001, &[(SRC, b"/fader/1\0\0\0\0,f\0\0\x3f\0\0\0")]),
        Sample::udp(50000, 57120, &[(SRC, b"#bundle\0\0\0\0\0\0\0\0\x01\0\0\0\x0c/go\0,i\0\0\0\0\0\x05")]),
    ],
    near_miss: &[
        Sample::udp(50000, 57120, &[(SRC, b"/fader/1\0\0\0\0;f\0\0\x3f\0\0\0")]),
        Sample::udp(50000, 57120, &[(SRC, b"/fader/1\0\0\x01\0,f\0\0\x3f\0\0\0")]),
    ],
};
