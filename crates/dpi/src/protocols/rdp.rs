//! Remote Desktop (MS-RDPBCGR, MS-RDPEUDP): connection requests, what was negotiated, and UDP transport.

mod udp;

use super::tls;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::text::{NAME_MAX, find, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "rdp",
    category: "remote-access",
    encrypted: true,
    over: &[(Transport::Tcp, &[TPKT..=TPKT]), (Transport::Udp, crate::protocol::ANY)],
    ports: &[3389],
    bound: false,
    fields: &["user", "routing_token", "requested", "selected", "failure", "udp_version"],
    head: SHALLOW,
    inspect,
};

/// RFC 1006 s6.
const TPKT: u8 = 3;
const TPKT_LEN: usize = 4;

/// X.224 connection request and confirm (s2.2.1.1, s2.2.1.2).
const REQUEST: u8 = 0xe0;
const CONFIRM: u8 = 0xd0;

/// s2.2.1.1: the line in front of the negotiation, of which clients send one at most.
const COOKIE: &[u8] = b"Cookie: mstshash=";
const TOKEN: &[u8] = b"Cookie: msts=";

/// s2.2.1.1.1, s2.2.1.2.1, s2.2.1.2.2.
const NEGOTIATION_REQUEST: u8 = 1;
const NEGOTIATION_RESPONSE: u8 = 2;
const NEGOTIATION_FAILURE: u8 = 3;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    match look.transport {
        Transport::Udp => udp::inspect(look, findings),
        Transport::Tcp => tpkt(look, findings),
    }
}

fn tpkt(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let [version, reserved] = match reader.array::<2>() {
        Some(start) => start,
        None if look.cut => return Verdict::No,
        None => return Verdict::NeedMore,
    };
    if (version, reserved) != (TPKT, 0) {
        return Verdict::No;
    }
    let Some(len) = reader.u16().map(usize::from) else {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    };
    // A header of 7 bytes, and what tokens and cookies are long at most.
    let indicator = reader.rest().first().copied().map(usize::from);
    if !(11..=512).contains(&len) || indicator.is_some_and(|indicator| indicator + TPKT_LEN + 1 != len) {
        return Verdict::No;
    }
    let Some(mut message) = reader.take(len - TPKT_LEN).map(Reader::new) else {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    };
    let tls = reader.rest();
    let Some([_, kind, dst_a, dst_b, _, _, class]) = message.array() else { return Verdict::No };
    let verdict = match kind {
        REQUEST if (dst_a, dst_b, class) == (0, 0, 0) => request(look, message.rest(), findings),
        CONFIRM if class == 0 => confirm(look, message.rest(), findings),
        _ => Verdict::No,
    };
    match verdict {
        // The TLS handshake comes next in the same stream.
        Verdict::Match { sure, evidence, want: Want::Rest } if !tls.is_empty() => {
            let want = tls::inside(look, tls, findings).unwrap_or(Want::Reply);
            Verdict::Match { sure, evidence, want }
        }
        other => other,
    }
}

fn request(look: &Look<'_>, rest: &[u8], findings: &mut Findings) -> Verdict {
    let Some((named, rest)) = cookie(rest) else { return Verdict::No };
    let verdict = match negotiation(rest) {
        Some((NEGOTIATION_REQUEST, protocols)) => {
            findings.note("requested", protocol_names(protocols));
            Verdict::proven("RDP negotiation request", if protocols == 0 { Want::Reply } else { Want::Rest })
        }
        None if named.is_some() => Verdict::proven("RDP cookie in a connection request", Want::Reply),
        // Before RDP 5.2 that was all; it says nothing by itself.
        None if rest.is_empty() && look.hinted => {
            Verdict::proven("X.224 connection request at the port of RDP", Want::Reply)
        }
        _ => return Verdict::No,
    };
    if let Some((field, text)) = named {
        findings.note(field, lossy(text, NAME_MAX));
    }
    verdict
}

/// A field and its text.
type Named<'a> = (&'static str, &'a [u8]);

/// The line in front of the negotiation, if there is one, and what follows; `None` if the line
/// does not end.
fn cookie(bytes: &[u8]) -> Option<(Option<Named<'_>>, &[u8])> {
    for (prefix, field) in [(COOKIE, "user"), (TOKEN, "routing_token")] {
        let Some(line) = bytes.strip_prefix(prefix) else { continue };
        let end = find(line, b"\r\n")?;
        let (text, after) = line.split_at_checked(end)?;
        return Some((Some((field, text)), after.get(2..)?));
    }
    Some((None, bytes))
}

fn confirm(look: &Look<'_>, rest: &[u8], findings: &mut Findings) -> Verdict {
    match negotiation(rest) {
        Some((NEGOTIATION_RESPONSE, selected)) if selected <= 16 => {
            findings.note("selected", protocol_names(selected));
            Verdict::proven(
                "RDP negotiation response",
                if selected == 0 { Want::Nothing } else { Want::Rest },
            )
        }
        Some((NEGOTIATION_FAILURE, code @ 1..=7)) => {
            findings.note("failure", failure_name(code));
            Verdict::proven("RDP negotiation failure", Want::Nothing)
        }
        None if rest.is_empty() && look.hinted => {
            Verdict::proven("X.224 connection confirm at the port of RDP", Want::Nothing)
        }
        _ => Verdict::No,
    }
}

/// Type and value; flags and a length of 8 lie between.
fn negotiation(bytes: &[u8]) -> Option<(u8, u32)> {
    let mut reader = Reader::new(bytes);
    let [kind, _flags, 8, 0] = reader.array()? else { return None };
    Some((kind, u32::from_le_bytes(reader.array()?)))
}

/// s2.2.1.1.1: bits of the request, one of which the server selects.
fn protocol_names(bits: u32) -> String {
    const NAMES: [(u32, &str); 5] =
        [(1, "tls"), (2, "credssp"), (4, "rdstls"), (8, "credssp-ex"), (16, "aad")];
    let names: Vec<_> = NAMES.into_iter().filter(|(bit, _)| bits & bit != 0).map(|(_, name)| name).collect();
    if names.is_empty() { "rdp".to_owned() } else { names.join(" ") }
}

/// s2.2.1.2.2.
fn failure_name(code: u32) -> &'static str {
    match code {
        1 => "TLS required by server",
        2 => "TLS not allowed by server",
        3 => "no certificate on server",
        4 => "inconsistent flags",
        5 => "CredSSP required by server",
        6 => "TLS with user authentication required by server",
        _ => "other",
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            40000,
            &[
                (SRC, b"\x03\0\0\x29\x24\xe0\0\0\0\0\0Cookie: mstshash=mei\r\n\x01\0\x08\0\x03\0\0\0"),
                (DST, b"\x03\0\0\x13\x0e\xd0\0\0\x12\x34\0\x02\x1f\x08\0\x02\0\0\0"),
            ],
        ),
        Sample::tcp(50000, 3389, &[(SRC, b"\x03\0\0\x0b\x06\xe0\0\0\0\0\0")]),
        Sample::udp(50000, 3389, &[(SRC, include_bytes!("../../tests/data/rdp_udp_syn.bin"))]),
    ],
    near_miss: &[
        Sample::tcp(50000, 40000, &[(SRC, b"\x03\0\0\x0b\x06\xe0\0\0\0\0\0")]),
        // S7comm begins so too.
        Sample::tcp(
            50000,
            102,
            &[(SRC, b"\x03\0\0\x16\x11\xe0\0\0\0\x01\0\xc0\x01\x0a\xc1\x02\x01\0\xc2\x02\x01\x02")],
        ),
        Sample::tcp(50000, 3389, &[(SRC, b"\x03\0\0\x13\x0f\xe0\0\0\0\0\0\x01\0\x08\0\x03\0\0\0")]),
        Sample::udp(50000, 3389, &[(SRC, b"\xff\xff\xff\xff\0\x40\x18\x01\xbb\xff\x56\x87\x04\xd0\x04\xd0")]),
    ],
};

#[cfg(test)]
mod tests {
    use crate::Value;
    use crate::testing::{Flow, TCP};

    #[test]
    fn who_logs_in_and_how() {
        let mut flow = Flow::new(TCP, 50000, 3389);
        flow.play(super::SAMPLES.positive[0].said);
        flow.src(include_bytes!("../../tests/data/client_hello.bin"));
        flow.dst(include_bytes!("../../tests/data/server_hello.bin"));
        let facts = flow.inspection.facts();
        assert_eq!(
            facts.details[..],
            [
                ("requested", Value::from("tls credssp")),
                ("user", Value::from("mei")),
                ("selected", Value::from("credssp"))
            ]
        );
        assert_eq!(flow.name(), Some("rdp"));
        assert!(facts.tls.as_ref().unwrap().cipher.is_some());
        assert!(facts.ja3.is_some() && facts.ja3s.is_some() && facts.ja4.is_some());
    }
}
