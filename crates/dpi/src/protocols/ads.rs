//! Beckhoff's automation device specification over AMS/TCP, and the discovery over UDP: net ids, commands, devices.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::risk::Risk;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "ads",
    category: "industrial",
    encrypted: false,
    over: &[(Transport::Tcp, &[0..=0]), (Transport::Udp, &[3..=3])],
    ports: &[48898, 48899],
    bound: false,
    fields: &["target", "source", "commands", "device", "version", "hostname", "user", "route"],
    head: SHALLOW,
    inspect,
};

/// AMS/TCP header and AMS header.
const HEADERS_LEN: usize = 6 + 32;

/// Messages after which a direction has said what it does.
const ENOUGH: usize = 8;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if look.transport == Transport::Udp {
        return discovery(look.bytes, findings).unwrap_or(Verdict::No);
    }
    let mut reader = Reader::new(look.bytes);
    let mut count = 0;
    while let Some((headers, _)) = reader.rest().split_first_chunk::<HEADERS_LEN>() {
        if !is_header(headers) {
            return Verdict::No;
        }
        let [_, _, length @ .., _, _, _, _] = headers.first_chunk::<10>().unwrap_or(&[0; 10]);
        let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
        let message = reader.up_to(length.saturating_add(6));
        note(headers, message.get(HEADERS_LEN..).unwrap_or_default(), findings);
        count += 1;
    }
    match count {
        0 if look.cut => Verdict::No,
        // Reserved, and a length that does not reach to its highest byte.
        0 if matches!(
            look.bytes,
            [0] | [0, 0] | [0, 0, _] | [0, 0, _, _] | [0, 0, _, _, _] | [0, 0, _, _, _, 0, ..]
        ) =>
        {
            Verdict::NeedMore
        }
        0 => Verdict::No,
        1..ENOUGH => Verdict::proven("AMS header whose lengths agree", Want::Rest),
        _ => Verdict::proven("AMS header whose lengths agree", Want::Reply),
    }
}

/// Target and source (net id and port), command, state flags, length, error, invocation.
fn is_header(headers: &[u8; HEADERS_LEN]) -> bool {
    let mut reader = Reader::new(headers);
    let (Some([0, 0]), Some(length)) = (reader.array(), reader.array().map(u32::from_le_bytes)) else {
        return false;
    };
    reader.up_to(16);
    let (Some([command, 0]), Some([flags, 0]), Some(data)) =
        (reader.array(), reader.array(), reader.array().map(u32::from_le_bytes))
    else {
        return false;
    };
    // Bit 2 marks an ADS command, bit 0 a response; bit 1 is a command without answer.
    command <= 9 && flags & 0xfc == 4 && data.checked_add(32) == Some(length)
}

fn note(headers: &[u8; HEADERS_LEN], data: &[u8], findings: &mut Findings) -> Option<()> {
    let mut reader = Reader::new(headers);
    reader.take(6)?;
    let target = endpoint(&mut reader)?;
    let source = endpoint(&mut reader)?;
    findings.note("target", target);
    findings.note("source", source);
    let [command, _] = reader.array()?;
    let [flags, _] = reader.array()?;
    findings.add(
        "commands",
        match command {
            1 => "read-device-info",
            2 => "read",
            3 => "write",
            4 => "read-state",
            5 => "write-control",
            6 => "add-notification",
            7 => "delete-notification",
            8 => "notification",
            9 => "read-write",
            _ => "invalid",
        }
        .into(),
    );
    if (command, flags & 1) == (1, 1) {
        let mut reader = Reader::new(data);
        let [0, 0, 0, 0, major, minor, low, high] = reader.array()? else { return None };
        findings.note("version", format!("{major}.{minor}.{}", u16::from_le_bytes([low, high])));
        findings.note("device", text(reader.take(16)?));
    }
    Some(())
}

fn endpoint(reader: &mut Reader<'_>) -> Option<String> {
    let [a, b, c, d, e, f] = reader.array()?;
    let port = reader.array().map(u16::from_le_bytes)?;
    Some(format!("{a}.{b}.{c}.{d}.{e}.{f}:{port}"))
}

fn text(bytes: &[u8]) -> Box<str> {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    lossy(bytes.get(..end).unwrap_or_default(), NAME_MAX)
}

/// Port 48899: magic, invocation, service, sender, and tagged values.
fn discovery(bytes: &[u8], findings: &mut Findings) -> Option<Verdict> {
    let mut reader = Reader::new(bytes);
    let [0x03, 0x66, 0x14, 0x71] = reader.array()? else { return None };
    reader.take(4)?;
    let [service @ 0..=16, 0, 0, 0 | 0x80] = reader.array()? else { return None };
    findings.note("source", endpoint(&mut reader)?);
    findings.add(
        "commands",
        match service {
            1 => "server-info",
            6 => "add-route",
            _ => "other",
        }
        .into(),
    );
    let count = reader.array().map(u32::from_le_bytes)?;
    for _ in 0..count.min(16) {
        let Some((tag, length)) =
            reader.array().map(u16::from_le_bytes).zip(reader.array().map(u16::from_le_bytes))
        else {
            break;
        };
        let value = reader.up_to(usize::from(length));
        match tag {
            2 => findings.risk(Risk::CleartextCredentials),
            5 => findings.note("hostname", text(value)),
            12 => findings.note("route", text(value)),
            13 => findings.note("user", text(value)),
            _ => {}
        }
    }
    Some(Verdict::proven("AMS discovery", Want::Reply))
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            48898,
            &[
                (SRC, b"\0\0\x20\0\0\0\x05\x01\x02\x03\x01\x01\x10\x27\xc0\xa8\x01\x02\x01\x01\x01\x80\x01\0\x04\0\0\0\0\0\0\0\0\0\x05\0\0\0"),
                (DST, b"\0\0\x38\0\0\0\xc0\xa8\x01\x02\x01\x01\x01\x80\x05\x01\x02\x03\x01\x01\x10\x27\x01\0\x05\0\x18\0\0\0\0\0\0\0\x05\0\0\0\0\0\0\0\x03\x01\xb6\x0fPlc30 App\0\0\0\0\0\0\0"),
            ],
        ),
        Sample::udp(
            50000,
            48899,
            &[(SRC, b"\x03\x66\x14\x71\0\0\0\0\x06\0\0\0\xc0\xa8\x01\x02\x01\x01\x10\x27\x01\0\0\0\x0d\0\x06\0Admin\0")],
        ),
    ],
    near_miss: &[Sample::tcp(
        50000,
        48898,
        &[(SRC, b"\0\0\x20\0\0\0\x05\x01\x02\x03\x01\x01\x10\x27\xc0\xa8\x01\x02\x01\x01\x01\x80\x01\0\x04\0\x01\0\0\0\0\0\0\0\x05\0\0\0")],
    )],
};
