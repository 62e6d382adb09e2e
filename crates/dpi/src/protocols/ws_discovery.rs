//! WS-Discovery (OASIS WS-DD 1.1, and its draft of 2005): which action, which types of devices.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::text::{NAME_MAX, TEXT_MAX, find, holds, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "ws-discovery",
    category: "network",
    encrypted: false,
    // An element, maybe behind a byte order mark.
    over: &[(Transport::Udp, &[b'<'..=b'<', 0xef..=0xef])],
    ports: &[3702],
    bound: false,
    fields: &["action", "types", "addresses"],
    head: SHALLOW,
    inspect,
};

/// Name spaces of the actions: the draft's and the standard's.
const NAMESPACES: [&[u8]; 2] =
    [b"//schemas.xmlsoap.org/ws/2005/04/discovery", b"//docs.oasis-open.org/ws-dd/ns/discovery/"];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let bytes = look.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(look.bytes);
    let bytes = bytes.get(..SHALLOW).unwrap_or(bytes);
    let Some(b'?' | b'a'..=b'z' | b'A'..=b'Z') = bytes.strip_prefix(b"<").and_then(<[u8]>::first) else {
        return Verdict::No;
    };
    if !holds(bytes, b"Envelope") {
        return Verdict::No;
    }
    // Drafts of other years have other names.
    let named = NAMESPACES.iter().any(|namespace| holds(bytes, namespace));
    if !(named || look.hinted && holds(bytes, b"/discovery/Probe")) {
        return Verdict::No;
    }
    if let Some(action) = content(bytes, b":Action") {
        let name = action.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        findings.note("action", lossy(name, NAME_MAX));
    }
    for (element, field) in [(&b":Types"[..], "types"), (b":XAddrs", "addresses")] {
        if let Some(text) = content(bytes, element) {
            findings.note(field, lossy(text, TEXT_MAX));
        }
    }
    Verdict::proven("SOAP envelope of WS-Discovery", Want::Nothing)
}

/// The text of an element of this name, whatever its prefix and attributes.
fn content<'a>(xml: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let begin = find(xml, name)?.checked_add(name.len())?;
    let rest = xml.get(begin..)?;
    let (attributes, text) = rest.split_at_checked(rest.iter().position(|byte| *byte == b'>')?)?;
    let end = text.iter().position(|byte| *byte == b'<')?;
    if attributes.ends_with(b"/") {
        return None;
    }
    text.get(1..end).map(<[u8]>::trim_ascii)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        3702,
        &[(
            SRC,
            b"<?xml version=\"1.0\"?><s:Envelope xmlns:d=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\"><s:Header>\
              <a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action></s:Header><s:Body><d:Probe>\
              <d:Types>wsdp:Device</d:Types></d:Probe></s:Body></s:Envelope>",
        )],
    )],
    near_miss: &[Sample::udp(
        50000,
        3702,
        &[(SRC, b"<?xml version=\"1.0\"?><s:Envelope xmlns:d=\"http://example.org/discovery\"></s:Envelope>")],
    )],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Value;
    use crate::testing::{Flow, UDP};

    #[test]
    fn what_is_probed_for() {
        let mut flow = Flow::new(UDP, 50000, 3702);
        flow.src(SAMPLES.positive[0].said[0].1);
        let expected = [("action", Value::from("Probe")), ("types", Value::from("wsdp:Device"))];
        assert_eq!(flow.inspection.facts().details, expected);
    }
}
