//! HTTP CONNECT (RFC 9110 s9.3.6): tunnels through a proxy, and the TLS, SSH or HTTP inside.

use super::{http, tls};
use crate::protocol::{DEEP, Findings, Look, Protocol, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "http-connect",
    category: "tunnel",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'C'..=b'C', b'H'..=b'H'])],
    ports: http::PORTS,
    bound: false,
    fields: &["inner"],
    head: DEEP,
    inspect,
};

const REQUEST: &[u8] = b"CONNECT ";
const RESPONSE: &[u8] = b"HTTP/1.";

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if look.bytes.starts_with(REQUEST) {
        return request(look, findings);
    }
    let asked = || {
        let method = findings.facts.http.as_ref().and_then(|http| http.method.as_deref());
        method == Some("CONNECT") || look.other.starts_with(REQUEST)
    };
    if look.bytes.starts_with(RESPONSE) {
        return if asked() { response(look, findings) } else { Verdict::No };
    }
    let begun = [REQUEST, RESPONSE].iter().any(|start| start.starts_with(look.bytes));
    if begun && !look.cut { Verdict::NeedMore } else { Verdict::No }
}

fn request(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    const EVIDENCE: &str = "HTTP CONNECT request";
    let Some(want) = http::inside(look, look.bytes, findings) else { return Verdict::No };
    let Some(tunnel) = http::message::after_header(look.bytes) else {
        return Verdict::proven(EVIDENCE, if look.cut { want } else { Want::Rest });
    };
    Verdict::proven(EVIDENCE, inner(look, tunnel, findings))
}

fn response(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    const EVIDENCE: &str = "HTTP CONNECT and its response";
    let Some(_) = http::inside(look, look.bytes, findings) else { return Verdict::No };
    let status = findings.facts.http.as_ref().and_then(|http| http.status);
    match (status, http::message::after_header(look.bytes)) {
        // RFC 9110 s9.3.6: any success opens the tunnel.
        (None | Some(200..=299), Some(tunnel)) => Verdict::proven(EVIDENCE, inner(look, tunnel, findings)),
        (None, None) => Verdict::proven(EVIDENCE, Want::Rest),
        // The client may ask again with a password.
        _ => Verdict::proven(EVIDENCE, Want::Nothing),
    }
}

/// What the tunnel carries in this direction.
fn inner(look: &Look<'_>, tunnel: &[u8], findings: &mut Findings) -> Want {
    if tunnel.is_empty() {
        return if look.cut { Want::Reply } else { Want::Rest };
    }
    let name = findings.facts.hostname.clone().zip(findings.facts.hostname_source);
    let (kind, want) = if let Some(want) = tls::inside(look, tunnel, findings) {
        ("tls", want)
    } else if tunnel.starts_with(b"SSH-") {
        ("ssh", Want::Nothing)
    } else if let Some(want) = http::inside(look, tunnel, findings) {
        ("http", want)
    } else {
        return Want::Reply;
    };
    // What was asked of the proxy is the name; what is inside may be another's.
    if let Some((name, source)) = name {
        findings.facts.hostname = Some(name);
        findings.facts.hostname_source = Some(source);
    }
    findings.note("inner", kind);
    want
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            8080,
            &[
                (SRC, b"CONNECT b.example:443 HTTP/1.1\r\nHost: b.example:443\r\n\r\n"),
                (DST, b"HTTP/1.1 200 Connection established\r\n\r\n"),
                (SRC, include_bytes!("../../tests/data/client_hello.bin")),
                (DST, include_bytes!("../../tests/data/server_hello.bin")),
            ],
        ),
        Sample::tcp(50000, 1080, &[(SRC, b"CONNECT b.example:22 HTTP/1.0\r\n\r\n")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 8080, &[(SRC, b"CONNECT me please\r\n\r\n")]),
        Sample::tcp(
            50000,
            8080,
            &[(SRC, b"GET / HTTP/1.1\r\nHost: b.example\r\n\r\n"), (DST, b"HTTP/1.1 200 OK\r\n\r\n")],
        ),
    ],
};

#[cfg(test)]
mod tests {
    use crate::testing::{Flow, TCP};

    #[test]
    fn the_tunnel_is_looked_into() {
        let mut flow = Flow::new(TCP, 50000, 3128);
        flow.src(b"CONNECT b.example:443 HTTP/1.1\r\nHost: b.example:443\r\n\r\n");
        flow.dst(b"HTTP/1.1 200 Connection established\r\n\r\n");
        flow.src(include_bytes!("../../tests/data/client_hello.bin"));
        flow.dst(include_bytes!("../../tests/data/server_hello.bin"));
        let facts = flow.inspection.facts();
        assert_eq!(facts.hostname.as_deref(), Some("b.example"));
        assert!(facts.ja4.is_some() && facts.ja3s.is_some());
        assert_eq!(facts.tls.as_ref().and_then(|tls| tls.cipher), Some(0x1302));
    }
}
