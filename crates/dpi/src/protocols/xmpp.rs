//! Extensible Messaging and Presence Protocol (RFC 6120): the stream's header, STARTTLS, stanzas.

use super::tls;
use crate::dialogue::{agree, contains};
use crate::facts::HostnameSource;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::risk::Risk;
use crate::text::{self, NAME_MAX, lossy, until};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "xmpp",
    category: "chat",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'<'..=b'<'])],
    ports: &[5222, 5223, 5269, 5280],
    bound: false,
    fields: &["to", "from", "mechanism", "starttls"],
    head: SHALLOW,
    inspect,
};

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let bytes = after_declaration(look.bytes);
    let openings: [&[u8]; 2] = [b"<stream:stream", b"<open xmlns"];
    let stanzas: [&[u8]; 3] = [b"<message ", b"<presence", b"<iq "];
    if openings.iter().any(|opening| bytes.starts_with(opening)) {
        let tag = until(bytes, b'>');
        let named = contains(tag, b"etherx.jabber.org/streams") || contains(tag, b"xmpp-framing");
        return match named {
            true => opened(look, bytes, tag, findings),
            false if look.cut || tag.len() < bytes.len() => Verdict::No,
            false => Verdict::NeedMore,
        };
    }
    if stanzas.iter().any(|stanza| bytes.starts_with(stanza)) {
        let tag = until(bytes, b'>');
        let attributes: [&[u8]; 4] = [b" to=", b" type=", b" from=", b" id="];
        if attributes.iter().any(|attribute| contains(tag, attribute)) {
            return Verdict::proven("XMPP stanza", Want::Nothing);
        }
    }
    // RFC 6120 s4.6 and s5 to s7: the rest of a stream whose header was not seen.
    let tag = until(bytes, b'>');
    let inner: [&[u8]; 5] =
        [b"</stream:stream", b"<stream:features", b"<stream:error", b"<starttls", b"<proceed"];
    let spaces: [&[u8]; 3] = [b"ns:xmpp-sasl", b"ns:xmpp-tls", b"urn:xmpp:sm:"];
    let named = spaces.iter().any(|space| contains(tag, space));
    if tag.len() < bytes.len() && (inner.iter().any(|start| tag.starts_with(start)) || named) {
        return Verdict::proven("XMPP stream element", Want::Nothing);
    }
    let waits_inner = inner.iter().any(|start| bytes.len() < start.len() && agree(bytes, start));
    let begun = |start: &&[u8]| bytes.len() < start.len() && agree(bytes, start);
    let waits =
        waits_inner || openings.iter().any(begun) || stanzas.iter().any(begun) || b"<?xml".starts_with(bytes);
    // A declaration whose end has not come.
    let waits = waits || (bytes.starts_with(b"<?xml") && bytes.len() < 128);
    if waits && !look.cut { Verdict::NeedMore } else { Verdict::No }
}

fn opened(look: &Look<'_>, bytes: &[u8], tag: &[u8], findings: &mut Findings) -> Verdict {
    const EVIDENCE: &str = "XMPP stream header";
    let facts = &mut findings.facts;
    if let Some(to) = attribute(tag, b" to=") {
        facts.hostname = Some(lossy(to, NAME_MAX));
        facts.hostname_source = Some(HostnameSource::Protocol);
        findings.note("to", lossy(to, NAME_MAX));
    }
    if let Some(from) = attribute(tag, b" from=") {
        if findings.facts.hostname.is_none() {
            findings.facts.hostname = Some(lossy(from, NAME_MAX));
            findings.facts.hostname_source = Some(HostnameSource::Protocol);
        }
        findings.note("from", lossy(from, NAME_MAX));
    }
    let auth = find(bytes, b"<auth ").map(|at| until(at, b'>'));
    if let Some(mechanism) = auth.and_then(|auth| attribute(auth, b" mechanism=")) {
        findings.note("mechanism", lossy(mechanism, NAME_MAX));
        if [&b"PLAIN"[..], b"X-OAUTH2"].contains(&mechanism) {
            findings.risk(Risk::CleartextCredentials);
        }
        return Verdict::proven(EVIDENCE, Want::Reply);
    }
    // RFC 6120 s5.4.3: TLS begins right after the last closing bracket.
    let secure = find(bytes, b"<proceed")
        .or_else(|| find(bytes, b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"));
    let records = secure.or_else(|| find(bytes, b"<starttls")).and_then(|at| find(at, b">\x16\x03"));
    if let Some(records) = records.and_then(|at| at.get(1..)) {
        findings.note("starttls", true);
        return Verdict::proven(EVIDENCE, tls::inside(look, records, findings).unwrap_or(Want::Nothing));
    }
    Verdict::proven(EVIDENCE, if bytes.len() > 3000 && secure.is_none() { Want::Nothing } else { Want::Rest })
}

/// What follows `<?xml ... ?>` and blanks.
fn after_declaration(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.trim_ascii_start();
    if !bytes.starts_with(b"<?xml") {
        return bytes;
    }
    find(bytes, b"?>").and_then(|end| end.get(2..)).map_or(bytes, |rest| match rest.trim_ascii_start() {
        [] => bytes,
        rest => rest,
    })
}

/// The bytes from where the needle begins.
fn find<'a>(bytes: &'a [u8], needle: &[u8]) -> Option<&'a [u8]> {
    text::find(bytes, needle).and_then(|at| bytes.get(at..))
}

fn attribute<'a>(tag: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (quote, rest) = find(tag, name)?.get(name.len()..)?.split_first()?;
    matches!(quote, b'\'' | b'"').then(|| until(rest, *quote)).filter(|value| !value.is_empty())
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            5222,
            &[
                (SRC, b"<?xml version='1.0'?>"),
                (SRC, b"<stream:stream to='chat.example' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"),
                (DST, b"<?xml version='1.0'?><stream:stream from='chat.example' xmlns:stream='http://etherx.jabber.org/streams'>"),
                (SRC, b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
                (DST, b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
                (SRC, include_bytes!("../../tests/data/client_hello.bin")),
                (DST, include_bytes!("../../tests/data/server_hello.bin")),
            ],
        ),
        Sample::tcp(50000, 5300, &[(SRC, b"<iq type='get' id='1'><ping/></iq>")]),
        Sample::tcp(50000, 5300, &[(SRC, b"</stream:stream>")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 5222, &[(SRC, b"</stream>")]),
        Sample::tcp(50000, 5222, &[(SRC, b"<?xml version='1.0'?><soap:Envelope to='a'>")]),
        Sample::tcp(50000, 5222, &[(SRC, b"<message>no attributes</message>")]),
    ],
};

#[cfg(test)]
mod tests {
    use crate::testing::{Flow, TCP};

    #[test]
    fn the_hellos_after_starttls_are_read() {
        let mut flow = Flow::new(TCP, 50000, 5222);
        flow.play(super::SAMPLES.positive[0].said);
        let facts = flow.inspection.facts();
        assert!(facts.ja3.is_some() && facts.ja3s.is_some());
    }
}
