//! Border Gateway Protocol 4 (RFC 4271) by its marker: who the peers are and what they can.

use crate::notation::dotted;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "bgp",
    category: "routing",
    encrypted: false,
    over: &[(Transport::Tcp, &[0xff..=0xff])],
    ports: &[179],
    bound: false,
    fields: &["message", "src_as", "dst_as", "src_id", "dst_id", "hold_time", "capabilities", "error"],
    head: SHALLOW,
    inspect,
};

/// RFC 4271 s4.1.
const MARKER: [u8; 16] = [0xff; 16];
const HEADER_LEN: u16 = 19;

/// RFC 8654 s3: with extended messages.
const OPEN: u8 = 1;
const NOTIFICATION: u8 = 3;

/// RFC 6793 s4.2.2: a number that needs four bytes is in a capability.
const CAPABILITY_AS4: u8 = 65;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let marker = reader.up_to(MARKER.len());
    if !MARKER.starts_with(marker) {
        return Verdict::No;
    }
    let (Some(len), Some(kind)) = (reader.u16(), reader.u8()) else {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    };
    if len < HEADER_LEN || !matches!(kind, 1..=5) {
        return Verdict::No;
    }
    let want = if look.other.is_empty() { Want::Reply } else { Want::Nothing };
    let body_len = usize::from(len - HEADER_LEN);
    if reader.rest().len() < body_len && !look.cut {
        return Verdict::proven("BGP marker", Want::Rest);
    }
    let body = reader.up_to(body_len);
    const NAMES: [&str; 5] = ["open", "update", "notification", "keepalive", "route-refresh"];
    if let Some(name) = NAMES.get(usize::from(kind).wrapping_sub(1)) {
        findings.add("message", (*name).into());
    }
    match kind {
        OPEN => note_open(look.from_src, body, findings),
        NOTIFICATION => note_error(body, findings),
        _ => {}
    }
    Verdict::proven("BGP marker", want)
}

/// RFC 4271 s4.2.
fn note_open(from_src: bool, body: &[u8], findings: &mut Findings) {
    let mut reader = Reader::new(body);
    let (Some(4), Some(two_bytes), Some(hold), Some(id)) =
        (reader.u8(), reader.u16(), reader.u16(), reader.u32())
    else {
        return;
    };
    let mut number = u32::from(two_bytes);
    let mut parameters = Reader::new(reader.block8().unwrap_or_default());
    while let Some((kind, value)) = parameters.u8().and_then(|kind| Some((kind, parameters.block8()?))) {
        // RFC 5492 s4.
        let mut capabilities = Reader::new(if kind == 2 { value } else { &[] });
        while let Some((code, value)) =
            capabilities.u8().and_then(|code| Some((code, capabilities.block8()?)))
        {
            findings.add("capabilities", capability(code));
            if code == CAPABILITY_AS4 {
                number = Reader::new(value).u32().unwrap_or(number);
            }
        }
    }
    findings.note(if from_src { "src_as" } else { "dst_as" }, number);
    findings.note(if from_src { "src_id" } else { "dst_id" }, dotted(id));
    findings.note("hold_time", hold);
}

/// IANA's registry of capability codes.
fn capability(code: u8) -> Box<str> {
    match code {
        1 => "multiprotocol".into(),
        2 | 128 => "route-refresh".into(),
        3 => "outbound-filtering".into(),
        5 => "extended-next-hop".into(),
        6 => "extended-message".into(),
        9 => "role".into(),
        64 => "graceful-restart".into(),
        CAPABILITY_AS4 => "four-octet-as".into(),
        69 => "add-path".into(),
        70 => "enhanced-route-refresh".into(),
        71 => "long-lived-graceful-restart".into(),
        73 => "fqdn".into(),
        _ => code.to_string().into(),
    }
}

/// RFC 4271 s4.5.
fn note_error(body: &[u8], findings: &mut Findings) {
    if let [code, subcode, ..] = body {
        findings.note("error", format!("{code}/{subcode}"));
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            179,
            &[
                (SRC, b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\x25\x01\x04\x5b\xa0\0\xb4\xc0\0\x02\x01\x08\x02\x06\x41\x04\0\x01\0\0"),
                (DST, b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\x1d\x01\x04\xfd\xe8\0\xb4\xc0\0\x02\x02\0"),
            ],
        ),
        Sample::tcp(50000, 1790, &[(DST, b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\x13\x04")]),
    ],
    near_miss: &[Sample::tcp(
        50000,
        179,
        &[(SRC, b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\x13\x07")],
    )],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Value;
    use crate::testing::{Flow, TCP};

    #[test]
    fn both_peers_introduce_themselves() {
        let mut flow = Flow::new(TCP, 50000, 179);
        for (from_src, payload) in SAMPLES.positive[0].said {
            for piece in payload.chunks(7) {
                if *from_src {
                    flow.src(piece)
                } else {
                    flow.dst(piece)
                };
            }
        }
        let details = &flow.inspection.facts().details;
        for expected in [
            ("src_as", Value::from(65_536u32)),
            ("dst_as", Value::from(65_000u32)),
            ("src_id", Value::from("192.0.2.1")),
            ("dst_id", Value::from("192.0.2.2")),
            ("hold_time", Value::from(180u16)),
            ("capabilities", Value::List(vec!["four-octet-as".into()])),
        ] {
            assert!(details.contains(&expected), "{expected:?} {details:?}");
        }
    }
}
