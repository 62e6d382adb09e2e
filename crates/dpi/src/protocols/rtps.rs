//! Real-time publish-subscribe, the wire protocol of DDS (OMG DDSI-RTPS): vendor, participant, its names and topics.

use crate::fingerprints::hex;
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Starts, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "rtps",
    category: "industrial",
    encrypted: false,
    over: &[(Transport::Udp, FIRST), (Transport::Tcp, FIRST)],
    ports: &[7400, 7401, 7410, 7411, 7412, 7413],
    bound: false,
    fields: &["version", "vendor", "guid_prefix", "participant", "topics"],
    head: SHALLOW,
    inspect,
};

const FIRST: Starts = &[b'R'..=b'R'];

/// s9.4.4: magic, version, vendor, the sender's prefix; RTPX is of the time before the standard.
fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some((
        &[b'R', b'T', b'P', b'S' | b'X', major @ 1..=2, minor, vendor_high, vendor_low, ref prefix @ ..],
        rest,
    )) = look.bytes.split_first_chunk::<20>()
    else {
        return short(look, findings);
    };
    if minor > 9 {
        return Verdict::No;
    }
    note(major, minor, [vendor_high, vendor_low], findings);
    findings.note("guid_prefix", hex(prefix));
    submessages(rest, findings);
    Verdict::proven("RTPS header", Want::Reply)
}

/// A probe for the presence of a peer can end after the vendor.
fn short(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    match look.bytes {
        [b'R', b'T', b'P', b'S' | b'X', major @ 1..=2, minor @ 0..=9, a, b, ..]
            if look.transport == Transport::Udp && look.bytes.len() >= 16 =>
        {
            note(*major, *minor, [*a, *b], findings);
            Verdict::proven("RTPS header", Want::Reply)
        }
        bytes
            if look.transport == Transport::Tcp
                && !look.cut
                && (b"RTPS".starts_with(bytes) || bytes.starts_with(b"RTPS"))
                && bytes.len() < 20 =>
        {
            Verdict::NeedMore
        }
        _ => Verdict::No,
    }
}

fn note(major: u8, minor: u8, vendor: [u8; 2], findings: &mut Findings) {
    findings.note("version", format!("{major}.{minor}"));
    let known = match vendor {
        [1, 0x01] => Some("RTI Connext"),
        [1, 0x02] => Some("OpenSplice"),
        [1, 0x03] => Some("OpenDDS"),
        [1, 0x06] => Some("CoreDX"),
        [1, 0x0a] => Some("RTI Connext Micro"),
        [1, 0x0f] => Some("Fast DDS"),
        [1, 0x10] => Some("Cyclone DDS"),
        [1, 0x12] => Some("RustDDS"),
        _ => None,
    };
    let [a, b] = vendor;
    findings.note("vendor", known.map_or_else(|| format!("{a:02x}{b:02x}").into(), Box::from));
}

/// s9.4.5: kind, flags, length; data of discovery carries a list of parameters (s9.4.2.11).
fn submessages(bytes: &[u8], findings: &mut Findings) -> Option<()> {
    let mut reader = Reader::new(bytes);
    for _ in 0..16 {
        let [kind, flags] = reader.array()?;
        let little = flags & 1 != 0;
        let length = usize::from(number(reader.array()?, little));
        let body = if length == 0 { reader.rest() } else { reader.take(length)? };
        // DATA with serialized payload, which the flag D says.
        if kind == 0x15 && flags & 0x04 != 0 {
            let mut data = Reader::new(body);
            data.take(2)?;
            let to_qos = usize::from(number(data.array()?, little));
            data.take(to_qos)?;
            if flags & 0x02 == 0 {
                parameters(data, findings);
            }
        }
        if length == 0 {
            break;
        }
    }
    Some(())
}

/// s9.4.2.11: after the encapsulation (PL_CDR, big or little endian), id, length, value.
fn parameters(mut reader: Reader<'_>, findings: &mut Findings) -> Option<()> {
    let [0, encapsulation @ (2 | 3), _, _] = reader.array()? else { return None };
    let little = encapsulation == 3;
    loop {
        let id = number(reader.array()?, little) & 0x3fff;
        let value = usize::from(number(reader.array()?, little));
        let value = reader.take(value)?;
        match id {
            // PID_SENTINEL ends the list; table 9.12 for the others.
            0x01 => return Some(()),
            0x05 => findings.add("topics", string(value)?),
            0x62 => findings.note("participant", string(value)?),
            _ => {}
        }
    }
}

/// A length of four bytes that counts a final zero.
fn string(value: &[u8]) -> Option<Box<str>> {
    let text = value.get(4..)?;
    let end = text.iter().position(|byte| *byte == 0)?;
    (end > 0).then(|| lossy(text.get(..end).unwrap_or_default(), NAME_MAX))
}

fn number(bytes: [u8; 2], little: bool) -> u16 {
    if little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        7410,
        &[(SRC, b"RTPS\x02\x03\x01\x0f\x01\x0f\x12\x34\0\0\0\x01\0\0\0\0\x15\x05\0\0\0\0\x10\0\0\0\0\0\0\x01\0\xc2\0\0\0\0\x01\0\0\0\0\x03\0\0\x62\0\x0c\0\x06\0\0\0robot\0\0\0\x01\0\0\0")],
    )],
    near_miss: &[Sample::udp(50000, 7410, &[(SRC, b"RTPS/1.0 something else entirely")])],
};

#[cfg(test)]
mod tests {
    use super::SAMPLES;
    use crate::facts::Value;
    use crate::testing::{Flow, UDP};

    #[test]
    fn a_participant() {
        let mut flow = Flow::new(UDP, 50000, 7410);
        flow.src(SAMPLES.positive[0].said[0].1);
        let details = &flow.inspection.facts().details;
        for (field, text) in [("vendor", "Fast DDS"), ("version", "2.3"), ("participant", "robot")] {
            assert!(details.contains(&(field, Value::Text(text.into()))), "{field} {details:?}");
        }
    }
}
