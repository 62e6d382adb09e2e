//! OPC unified architecture over TCP (OPC 10000-6 s7.1): endpoint, security policy, errors.

use crate::facts::HostnameSource;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Starts, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "opc-ua",
    category: "industrial",
    encrypted: false,
    over: &[(Transport::Tcp, FIRST)],
    ports: &[4840],
    bound: false,
    fields: &["endpoint", "security_policy", "error", "reason"],
    head: SHALLOW,
    inspect,
};

const FIRST: Starts =
    &[b'A'..=b'A', b'C'..=b'C', b'E'..=b'E', b'H'..=b'H', b'M'..=b'M', b'O'..=b'O', b'R'..=b'R'];

/// s7.1.2.2: the type, then for all but chunks of a longer message an F.
const TYPES: [&[u8; 3]; 7] = [b"HEL", b"ACK", b"ERR", b"RHE", b"OPN", b"MSG", b"CLO"];

/// Messages until the secure channel is open, and one more.
const ENOUGH: usize = 3;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let mut count = 0;
    while let Some(([a, b, c, chunk], rest)) = reader.rest().split_first_chunk() {
        let kind = [*a, *b, *c];
        if !TYPES.contains(&&kind) || !matches!((&kind, chunk), (_, b'F') | (b"MSG", b'C' | b'A')) {
            if count > 0 {
                break;
            }
            return Verdict::No;
        }
        let Some((length, _)) = rest.split_first_chunk() else { break };
        let length = u32::from_le_bytes(*length);
        // Part 6 lets a message have as many chunks as both agree on, but none over 16 MiB is known.
        if !(12..1 << 24).contains(&length) || !matches_type(&kind, length, rest) {
            return Verdict::No;
        }
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let message = reader.up_to(length);
        let whole = message.len() == length;
        // What is noted comes early in its message.
        if !whole && message.len() < 512 && !look.cut {
            break;
        }
        count += 1;
        note(&kind, message.get(8..).unwrap_or_default(), findings);
    }
    match count {
        0 if look.cut && look.bytes.len() < 12 => Verdict::No,
        0 if look.bytes.len() < 4 && !TYPES.iter().any(|kind| kind.starts_with(look.bytes)) => Verdict::No,
        0 if look.cut => Verdict::No,
        0 => Verdict::NeedMore,
        1..ENOUGH => Verdict::proven("OPC UA message header", Want::Rest),
        _ => Verdict::proven("OPC UA message header", Want::Reply),
    }
}

/// Messages of one length have it (s7.1.2.4), others begin with a version or channel.
fn matches_type(kind: &[u8; 3], length: u32, rest: &[u8]) -> bool {
    match kind {
        b"ACK" => length == 28,
        b"HEL" => length >= 32 && !matches!(rest, [_, _, _, _, version, ..] if *version != 0),
        b"ERR" => length >= 16,
        _ => true,
    }
}

fn note(kind: &[u8; 3], body: &[u8], findings: &mut Findings) -> Option<()> {
    let mut reader = Reader::new(body);
    match kind {
        b"HEL" => {
            // Version, two buffer sizes, two limits.
            reader.take(20)?;
            endpoint(string(&mut reader)?, findings);
        }
        b"RHE" => {
            string(&mut reader)?;
            endpoint(string(&mut reader)?, findings);
        }
        b"OPN" => {
            reader.take(4)?;
            let policy = string(&mut reader)?;
            let name = policy.rsplit(|byte| *byte == b'#').next().unwrap_or(policy);
            findings.note("security_policy", lossy(name, NAME_MAX));
        }
        b"ERR" => {
            let code = reader.array().map(u32::from_le_bytes)?;
            findings.note("error", format!("{code:08x}"));
            findings.note("reason", lossy(string(&mut reader)?, NAME_MAX));
        }
        _ => {}
    }
    Some(())
}

/// A length of four bytes, -1 for none, and text (s5.2.2.4).
fn string<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let length = reader.array().map(i32::from_le_bytes)?;
    usize::try_from(length).map_or(Some(&[]), |length| reader.take(length))
}

/// "opc.tcp://host:port/path": what the client asked for.
fn endpoint(url: &[u8], findings: &mut Findings) {
    findings.note("endpoint", lossy(url, NAME_MAX));
    if let Some(rest) = url.strip_prefix(b"opc.tcp://") {
        let host = rest.split(|byte| matches!(byte, b':' | b'/')).next().unwrap_or_default();
        if !host.is_empty() && !host.starts_with(b"[") {
            findings.facts.hostname = Some(lossy(host, NAME_MAX));
            findings.facts.hostname_source = Some(HostnameSource::Protocol);
        }
    }
}

#[cfg(test)]
const HELLO: &[u8] =
    b"HELF\x36\0\0\0\0\0\0\0\0\0\x01\0\0\0\x01\0\0\0\0\0\0\0\0\0\x16\0\0\0opc.tcp://plc.lan:4840";

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            48010,
            &[(SRC, HELLO), (DST, b"ACKF\x1c\0\0\0\0\0\0\0\0\0\x01\0\0\0\x01\0\0\0\0\0\0\0\0\0")],
        ),
        Sample::tcp(
            50000,
            4840,
            &[(SRC, b"OPNF\x43\0\0\0\0\0\0\0\x2f\0\0\0http://opcfoundation.org/UA/SecurityPolicy#None\xff\xff\xff\xff")],
        ),
    ],
    near_miss: &[
        Sample::tcp(50000, 4840, &[(SRC, b"HELO mail.example.org, I am another protocol\r\n")]),
        Sample::tcp(50000, 4840, &[(DST, b"ACKF\x1d\0\0\0\0\0\0\0\0\0\x01\0\0\0\x01\0\0\0\0\0\0\0\0\0\0")]),
    ],
};

#[cfg(test)]
mod tests {
    use super::HELLO;
    use crate::facts::Value;
    use crate::testing::{Flow, TCP};

    #[test]
    fn endpoint_and_policy() {
        let mut flow = Flow::new(TCP, 50000, 4840);
        flow.src(HELLO);
        flow.src(b"OPNF\x3f\0\0\0\0\0\0\0\x2f\0\0\0http://opcfoundation.org/UA/SecurityPolicy#None");
        let facts = flow.inspection.facts();
        assert_eq!(facts.hostname.as_deref(), Some("plc.lan"));
        assert!(facts.details.contains(&("security_policy", Value::Text("None".into()))), "{facts:?}");
    }
}
