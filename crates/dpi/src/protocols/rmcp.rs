//! Remote Management Control Protocol (DSP0136) with ASF or IPMI: who manages, how they authenticate.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::risk::Risk;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "rmcp",
    category: "management",
    encrypted: false,
    over: &[(Transport::Udp, &[VERSION..=VERSION])],
    ports: &[623, 664],
    bound: false,
    fields: &["class", "message", "authentication", "user"],
    head: SHALLOW,
    inspect,
};

/// RMCP 1.0.
const VERSION: u8 = 6;

/// DSP0136 s3.2.2.3: classes, and the bit that makes an acknowledgement of a message.
const ASF: u8 = 6;
const IPMI: u8 = 7;
const ACK: u8 = 0x80;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let [VERSION, 0, sequence, class, body @ ..] = look.bytes else { return Verdict::No };
    match *class {
        ASF => asf(body, look.cut, findings),
        IPMI => ipmi(body, look.cut, findings),
        // Nothing is acknowledged that had no number (DSP0136 s3.2.2.2).
        acked
            if acked & ACK != 0
                && matches!(acked & !ACK, ASF | IPMI)
                && *sequence != 255
                && body.is_empty() =>
        {
            Verdict::Match {
                sure: if look.hinted {
                    crate::label::Confidence::Proven
                } else {
                    crate::label::Confidence::Likely
                },
                evidence: "RMCP acknowledgement",
                want: Want::Reply,
            }
        }
        _ => Verdict::No,
    }
}

/// DSP0136 s3.2.2.4: ASF's number at IANA, type, tag, length of data.
fn asf(body: &[u8], cut: bool, findings: &mut Findings) -> Verdict {
    let [0, 0, 0x11, 0xbe, kind, _tag, _, len, data @ ..] = body else { return Verdict::No };
    if usize::from(*len) > data.len() && !cut {
        return Verdict::No;
    }
    let message = match kind {
        0x10 => "reset",
        0x11 => "power-up",
        0x12 => "power-down",
        0x13 => "power-cycle",
        0x40 => "presence-pong",
        0x41 => "capabilities-response",
        0x42 => "system-state-response",
        0x43 => "open-session-response",
        0x80 => "presence-ping",
        0x81 => "capabilities-request",
        0x82 => "system-state-request",
        0x83 => "open-session-request",
        0x84 => "close-session-request",
        0xc0..=0xc2 => "rakp",
        _ => return Verdict::No,
    };
    findings.note("class", "asf");
    findings.note("message", message);
    Verdict::proven("RMCP header with an ASF message", Want::Reply)
}

fn ipmi(body: &[u8], cut: bool, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(body);
    match reader.u8() {
        Some(6) => rmcp_plus(reader, cut, findings),
        Some(kind @ (0..=2 | 4 | 5)) => version_15(kind, reader, cut, findings),
        _ => Verdict::No,
    }
}

/// IPMI 2.0 s13.6: session's sequence and number, a code unless there is no authentication, length.
fn version_15(kind: u8, mut reader: Reader<'_>, cut: bool, findings: &mut Findings) -> Verdict {
    let _session = reader.array::<8>();
    if kind != 0 {
        let _code = reader.array::<16>();
    }
    let Some(len) = reader.u8().map(usize::from) else { return Verdict::No };
    let message = reader.rest();
    // s13.6: some lengths get a byte of padding. s13.8: two sums make the parts zero.
    let exact = matches!(message.len().checked_sub(len), Some(0 | 1)) || cut;
    let [address, function, sum, inner @ ..] = message else { return Verdict::No };
    if !exact || len < 7 || address.wrapping_add(*function).wrapping_add(*sum) != 0 {
        return Verdict::No;
    }
    findings.note("class", "ipmi");
    if kind == 4 {
        findings.risk(Risk::CleartextCredentials);
    }
    note_authentication(kind, findings);
    // s22.16: a challenge is asked for, with the kind of authentication and the user's name.
    if let ([_, _, 0x39, _, name @ ..], 6) = (inner, function >> 2)
        && let Some(name) = name.first_chunk::<16>()
    {
        note_user(name, findings);
    }
    Verdict::proven("RMCP header with an IPMI message", Want::Reply)
}

/// IPMI 2.0 s13.6: payload, session's number and sequence, length with its low byte first.
fn rmcp_plus(mut reader: Reader<'_>, cut: bool, findings: &mut Findings) -> Verdict {
    let Some(payload) = reader.u8() else { return Verdict::No };
    if payload & 0x3f == 2 {
        let _vendor = reader.array::<6>();
    }
    let (_session, len) = (reader.array::<8>(), reader.array::<2>().map(u16::from_le_bytes));
    let Some(len) = len.map(usize::from) else { return Verdict::No };
    let data = reader.rest();
    // Inside a session there is padding and a code behind the data.
    let inside = payload & 0xc0 != 0;
    let fits =
        len == data.len() || inside && len < data.len() && data.len() - len <= 40 || cut && len > data.len();
    let message = match payload & 0x3f {
        0 => "ipmi",
        1 => "serial-over-lan",
        2 => "vendor",
        0x10 => "open-session-request",
        0x11 => "open-session-response",
        0x12 => "rakp-1",
        0x13 => "rakp-2",
        0x14 => "rakp-3",
        0x15 => "rakp-4",
        _ => return Verdict::No,
    };
    if !fits {
        return Verdict::No;
    }
    findings.note("class", "ipmi");
    findings.note("authentication", "rmcp+");
    findings.note("message", message);
    // s13.20: behind a tag, the number and a random one: role, then the user's name.
    if payload & 0x3f == 0x12
        && let Some(name) = data.get(27..).and_then(|rest| Reader::new(rest).block8())
    {
        note_user(name, findings);
    }
    Verdict::proven("RMCP+ header that counts what follows", Want::Rest)
}

fn note_authentication(kind: u8, findings: &mut Findings) {
    const NAMES: [&str; 6] = ["none", "md2", "md5", "reserved", "password", "vendor"];
    if let Some(name) = NAMES.get(usize::from(kind)) {
        findings.note("authentication", *name);
    }
}

fn note_user(name: &[u8], findings: &mut Findings) {
    let end = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
    if let Some(name) = name.get(..end).filter(|name| !name.is_empty()) {
        findings.note("user", lossy(name, NAME_MAX));
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(50000, 623, &[(SRC, b"\x06\0\xff\x06\0\0\x11\xbe\x80\0\0\0")]),
        Sample::udp(
            50000,
            623,
            &[(SRC, b"\x06\0\xff\x07\0\0\0\0\0\0\0\0\0\x09\x20\x18\xc8\x81\0\x38\x8e\x04\xb5")],
        ),
        Sample::udp(
            50000,
            1623,
            &[
                (SRC, b"\x06\0\xff\x07\x06\x12\0\0\0\0\0\0\0\0\x20\0\0\0\0\0\xa4\xa3\xa2\xa0\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x14\0\0\x04root"),
                (DST, b"\x06\0\xff\x07\x06\x13\0\0\0\0\0\0\0\0\x08\0\0\x0d\0\0\xa4\xa3\xa2\xa0"),
            ],
        ),
    ],
    near_miss: &[
        Sample::udp(50000, 623, &[(SRC, b"\x06\0\xff\x06\0\0\x11\xbf\x80\0\0\0")]),
        Sample::udp(
            50000,
            623,
            &[(SRC, b"\x06\0\xff\x07\0\0\0\0\0\0\0\0\0\x09\x20\x18\xc9\x81\0\x38\x8e\x04\xb5")],
        ),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Value;
    use crate::testing::{Flow, UDP};

    #[test]
    fn who_logs_in() {
        let mut flow = Flow::new(UDP, 50000, 623);
        flow.src(SAMPLES.positive[2].said[0].1);
        assert!(flow.inspection.facts().details.contains(&("user", Value::from("root"))));
    }
}
