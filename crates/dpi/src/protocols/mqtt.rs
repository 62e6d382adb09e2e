//! MQTT 3.1, 3.1.1 and 5 (OASIS): client id, user, topics; also connections joined mid-stream.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::risk::Risk;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "mqtt",
    category: "message-queue",
    encrypted: false,
    // Type and flags; connections begin with 0x10 and 0x20.
    over: &[(
        Transport::Tcp,
        &[
            0x10..=0x10,
            0x20..=0x20,
            0x30..=0x3d,
            0x40..=0x40,
            0x50..=0x50,
            0x62..=0x62,
            0x70..=0x70,
            0x82..=0x82,
            0x90..=0x90,
            0xa2..=0xa2,
            0xb0..=0xb0,
            0xc0..=0xc0,
            0xd0..=0xd0,
            0xe0..=0xe0,
        ],
    )],
    ports: &[1883],
    bound: false,
    fields: &["version", "client_id", "user", "will_topic", "topic", "return_code"],
    head: SHALLOW,
    inspect,
};

/// Bits of evidence from which packets mid-stream are believed, at MQTT's port and elsewhere.
const ENOUGH_HERE: u32 = 20;
const ENOUGH: u32 = 32;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let mut bits = 0_u32;
    let mut open = false;
    while let Some(head) = reader.u8() {
        let Some(len) = remaining_length(&mut reader) else {
            if reader.rest().len() >= 4 {
                return if bits >= ENOUGH {
                    Verdict::proven("MQTT packets", Want::Nothing)
                } else {
                    Verdict::No
                };
            }
            open = true;
            break;
        };
        if head == 0x10 && bits == 0 {
            return connect(look, len, reader.rest(), findings);
        }
        let body = reader.up_to(len);
        let whole = body.len() == len;
        match packet(head, len, body, findings) {
            Some(found) if whole => bits += found,
            Some(found) => {
                bits += found;
                open = true;
                break;
            }
            None if bits >= ENOUGH => break,
            None => return Verdict::No,
        }
    }
    let answered = matches!(
        (look.bytes, look.other.get(..2)),
        ([0xd0, 0], Some([0xc0, 0])) | ([0xc0, 0], Some([0xd0, 0]))
    );
    match bits {
        ENOUGH.. => Verdict::proven("MQTT packets", Want::Reply),
        ENOUGH_HERE.. if look.hinted => Verdict::proven("MQTT packets at their port", Want::Reply),
        24.. => Verdict::likely("MQTT packet", Want::Rest),
        _ if answered => Verdict::likely("MQTT ping and its response", Want::Rest),
        _ if look.cut => Verdict::No,
        _ if open || bits > 0 => Verdict::NeedMore,
        _ => Verdict::NeedMore,
    }
}

/// MQTT 5 s1.5.5: seven bits a byte, at most four bytes, no more than needed.
fn remaining_length(reader: &mut Reader<'_>) -> Option<usize> {
    let mut len = 0;
    let mut ahead = *reader;
    for shift in [0, 7, 14, 21] {
        let byte = ahead.u8()?;
        len |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            if byte == 0 && shift > 0 {
                return None;
            }
            *reader = ahead;
            return Some(len);
        }
    }
    None
}

/// How many bits of the packet are as they must be; none if one is not.
fn packet(head: u8, len: usize, body: &[u8], findings: &mut Findings) -> Option<u32> {
    let mut reader = Reader::new(body);
    match head {
        // CONNACK: session present, code, with MQTT 5 properties.
        0x20 if len >= 2 => {
            let [session, code] = reader.array()?;
            findings.note("return_code", code);
            (session <= 1 && (code <= 5 || code >= 0x80) && (len == 2 || len <= 512)).then_some(if len == 2 {
                24
            } else {
                12
            })
        }
        0x30..=0x3d => publish(head, &mut reader, findings),
        // Acknowledgements: the packet's id; MQTT 5 may add a reason and properties.
        0x40 | 0x50 | 0x62 | 0x70 | 0xb0 if len >= 2 => {
            (reader.u16()? != 0 && len <= 64).then_some(if len == 2 { 8 } else { 2 })
        }
        0x82 | 0xa2 if len >= 5 => {
            reader.u16().filter(|id| *id != 0)?;
            // MQTT 5: the properties' length in front of the topics, mostly zero; no topic is empty.
            if matches!(reader.rest(), [0, 0, 1..=255, ..]) {
                reader.u8();
            }
            let topic = reader.block16().filter(|topic| is_topic(topic))?;
            findings.note("topic", lossy(topic, NAME_MAX));
            (head == 0xa2 || matches!(reader.u8(), Some(0..=0x2e))).then_some(24)
        }
        0x90 if (3..=64).contains(&len) => {
            reader.u16().filter(|id| *id != 0)?;
            reader.rest().iter().all(|code| matches!(code, 0..=2 | 0x80..=0xa2)).then_some(8)
        }
        0xc0 | 0xd0 => (len == 0).then_some(12),
        0xe0 => (len <= 2).then_some(6),
        _ => None,
    }
}

fn publish(head: u8, reader: &mut Reader<'_>, findings: &mut Findings) -> Option<u32> {
    // Quality of service 3 does not exist, and 0 is never sent twice.
    if head & 6 == 6 || head & 0xe == 8 {
        return None;
    }
    let topic = reader
        .block16()
        .filter(|topic| is_topic(topic) && !topic.iter().any(|byte| matches!(byte, b'#' | b'+')))?;
    if head & 6 != 0 && reader.u16()? == 0 {
        return None;
    }
    findings.note("topic", lossy(topic, NAME_MAX));
    // Every printable character is worth more than a bit.
    Some(u32::try_from(topic.len()).unwrap_or(32).min(24) + 8)
}

fn is_topic(topic: &[u8]) -> bool {
    !topic.is_empty()
        && topic.iter().all(|byte| matches!(byte, b' '..=b'~' | 0x80..=0xf4))
        && std::str::from_utf8(topic).is_ok()
}

/// CONNECT (MQTT 5 s3.1).
fn connect(look: &Look<'_>, len: usize, bytes: &[u8], findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(bytes.get(..len).unwrap_or(bytes));
    let Some(name) = reader.block16() else {
        let fits = bytes.first().is_none_or(|byte| *byte == 0)
            && bytes.get(1).is_none_or(|byte| matches!(byte, 4 | 6));
        return if fits && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    if !matches!(name, b"MQTT" | b"MQIsdp") {
        return Verdict::No;
    }
    if bytes.len() < len && !look.cut {
        return Verdict::proven("MQTT CONNECT", Want::Rest);
    }
    let (Some(level), Some(flags), Some(_keep_alive)) = (reader.u8(), reader.u8(), reader.u16()) else {
        return Verdict::No;
    };
    // Bridges set the highest bit.
    let level = level & 0x7f;
    if !(3..=5).contains(&level) {
        return Verdict::No;
    }
    findings.note(
        "version",
        if level == 3 {
            "3.1"
        } else if level == 4 {
            "3.1.1"
        } else {
            "5"
        },
    );
    let properties = |reader: &mut Reader<'_>| {
        level < 5 || remaining_length(reader).is_some_and(|len| reader.take(len).is_some())
    };
    if properties(&mut reader)
        && let Some(client) = reader.block16()
    {
        findings.note("client_id", lossy(client, NAME_MAX));
        let mut go_on = true;
        if flags & 4 != 0 {
            go_on = properties(&mut reader);
            match (reader.block16(), reader.block16()) {
                (Some(topic), Some(_message)) => findings.note("will_topic", lossy(topic, NAME_MAX)),
                _ => go_on = false,
            }
        }
        if go_on
            && flags & 0x80 != 0
            && let Some(user) = reader.block16()
        {
            findings.note("user", lossy(user, NAME_MAX));
        }
    }
    if flags & 0x40 != 0 {
        findings.risk(Risk::CleartextCredentials);
    }
    Verdict::proven("MQTT CONNECT", Want::Reply)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            1884,
            &[
                (SRC, b"\x10\x18\0\x04MQTT\x04\xc2\0\x3c\0\x03abc\0\x03pam\0\x02pw"),
                (DST, b"\x20\x02\0\0"),
                (SRC, b"\x82\x0a\0\x01\0\x05a/b/#\0"),
            ],
        ),
        Sample::tcp(
            50000,
            17501,
            &[(SRC, b"\xc0\0"), (DST, b"\xd0\0"), (SRC, b"\x32\x16\0\x0bsensors/abc\0\x07\x7b\x22t\x22:12}")],
        ),
    ],
    near_miss: &[
        Sample::tcp(50000, 1883, &[(SRC, b"\x10\x0f\0\x04MQTX\x04\xc2\0\x3c\0\x03abc")]),
        Sample::tcp(50000, 1883, &[(SRC, b"\x36\x14\0\x0bsensors/abc\0\x07\x7b\x22t\x22:12}")]),
    ],
};

#[cfg(test)]
mod tests {
    use crate::facts::Value;
    use crate::risk::Risk;
    use crate::testing::{Flow, TCP};

    #[test]
    fn a_login_in_clear() {
        let mut flow = Flow::new(TCP, 50000, 1883);
        let (_, login) = super::SAMPLES.positive[0].said[0];
        login.chunks(3).for_each(|piece| _ = flow.src(piece));
        let facts = flow.inspection.facts();
        assert!(facts.details.contains(&("user", Value::Text("pam".into()))));
        assert!(facts.details.contains(&("client_id", Value::Text("abc".into()))));
        assert!(facts.risks.contains(Risk::CleartextCredentials));
    }

    #[test]
    fn what_turns_out_to_be_another_leaves_nothing() {
        let mut flow = Flow::new(TCP, 50000, 5000);
        flow.src(b"\x30\x07\0\x03a/bhi\xff\xff\xff\xff\xff\xff");
        assert_eq!((flow.name(), flow.inspection.facts().details.len()), (None, 0));
    }
}
