//! Steam (Valve): discovery of machines to stream from, the connection to its servers, the list of game servers.

use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "steam",
    category: "game",
    encrypted: false,
    over: &[
        (Transport::Udp, &[b'1'..=b'1', 0x39..=0x39, 0x3a..=0x3a, b'V'..=b'V', 0xff..=0xff]),
        (Transport::Tcp, ANY),
    ],
    ports: &[27017, 27018, 27019, 27030, 27036],
    bound: false,
    fields: &["host"],
    head: SHALLOW,
    inspect,
};

/// CMsgRemoteClientBroadcastHeader follows, with its length.
const DISCOVERY: &[u8] = b"\xff\xff\xff\xff\x21\x4c\x5f\xa0";

/// In CMsgRemoteClientBroadcastStatus: field 4, a string.
const HOST_NAME: u8 = 4 << 3 | 2;

/// The header of the old connection over UDP, and its mark.
const UDP_MARK: &[u8] = b"VS01";
const UDP_HEADER: usize = 36;

/// Over TCP the length comes first.
const TCP_MARK: [u8; 4] = *b"VT01";

/// The master server's answer: addresses with ports, of six bytes each.
const SERVERS: &[u8] = b"\xff\xff\xff\xff\x66\x0a";

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    match (look.transport, look.bytes) {
        (Transport::Tcp, bytes) => framed(bytes, look.cut),
        (_, [0xff, ..]) => discovery(look.bytes, findings),
        (_, [b'V', ..]) => connection(look.bytes),
        (_, [b'1', _region, start @ ..]) => servers_wanted(start),
        (_, [0x39, 0x18, 0, 0]) => Verdict::NeedMore,
        (_, [0x3a, 0x18, 0, 0, _, _, _, _]) if answers(look) => {
            Verdict::proven("ping and its answer", Want::Nothing)
        }
        _ => Verdict::No,
    }
}

fn answers(look: &Look<'_>) -> bool {
    look.last(false).is_some_and(|other| other.len == 4 && other.start.starts_with(&[0x39, 0x18, 0, 0]))
}

fn framed(bytes: &[u8], cut: bool) -> Verdict {
    match (bytes.get(2..4), bytes.get(4..8)) {
        (Some([0, 0]), Some(mark)) if mark == TCP_MARK => {
            Verdict::proven("frame with Steam's mark", Want::Nothing)
        }
        (Some([0, 0]), None) | (None, _)
            if !cut && TCP_MARK.starts_with(bytes.get(4..).unwrap_or_default()) =>
        {
            Verdict::NeedMore
        }
        _ => Verdict::No,
    }
}

fn discovery(bytes: &[u8], findings: &mut Findings) -> Verdict {
    if let Some(list) = bytes.strip_prefix(SERVERS) {
        return match list.len() % 6 {
            0 => Verdict::proven("list of game servers", Want::Nothing),
            _ => Verdict::No,
        };
    }
    let Some(rest) = bytes.strip_prefix(DISCOVERY) else { return Verdict::No };
    let mut reader = Reader::new(rest);
    if block32(&mut reader).is_some()
        && let Some(name) = block32(&mut reader).and_then(host_name)
    {
        findings.note("host", lossy(name, NAME_MAX));
    }
    Verdict::proven("discovery of machines to stream from", Want::Nothing)
}

fn block32<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let len = reader.array().map(u32::from_le_bytes)?;
    reader.take(usize::try_from(len).ok()?)
}

/// Walks over the fields of a protobuf message.
fn host_name(message: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(message);
    loop {
        let key = reader.u8()?;
        match key & 7 {
            0 => while reader.u8()? & 0x80 != 0 {},
            1 => drop(reader.take(8)?),
            2 if key == HOST_NAME => return reader.block8().filter(|name| !name.is_empty()),
            2 => drop(reader.block8()?),
            5 => drop(reader.take(4)?),
            _ => return None,
        }
    }
}

/// Mark, length of what follows the header, kind, flags.
fn connection(bytes: &[u8]) -> Verdict {
    let mut reader = Reader::new(bytes);
    if reader.up_to(UDP_MARK.len()) != UDP_MARK {
        return Verdict::No;
    }
    match (reader.array().map(u16::from_le_bytes), reader.u8()) {
        (Some(len), Some(1..=7)) if usize::from(len).saturating_add(UDP_HEADER) == bytes.len() => {
            Verdict::proven("packet with Steam's mark", Want::Nothing)
        }
        _ => Verdict::No,
    }
}

/// The last address that is known, and a filter, each with its zero.
fn servers_wanted(start: &[u8]) -> Verdict {
    let mut parts = start.split(|byte| *byte == 0);
    let address = parts.next().unwrap_or_default();
    let filter = parts.next();
    let of_address = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'.' | b':');
    let dots = address.iter().filter(|byte| **byte == b'.').count();
    if filter.is_some() && dots == 3 && address.contains(&b':') && address.iter().all(of_address) {
        return Verdict::proven("question for game servers", Want::Nothing);
    }
    Verdict::No
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(27036, 27036, &[(SRC, b"\xff\xff\xff\xff\x21\x4c\x5f\xa0\x05\0\0\0\x08\x12\x10\x01\x18\x0d\0\0\0\x08\x08\x10\x06\x18\x9c\x53\x22\x05attic")]),
    Sample::udp(50000, 27011, &[(SRC, b"1\xff0.0.0.0:0\0\\appid\\10\0")]),
    Sample::udp(50000, 27011, &[(DST, b"\xff\xff\xff\xff\x66\x0a\x7f\0\0\x01\x69\x87")]),
    Sample::udp(50000, 27018, &[(SRC, b"VS01\x04\0\x03\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0abcd")]),
    Sample::tcp(50000, 27018, &[(SRC, b"\x20\0\0\0VT01abcd")]),],
    near_miss: &[Sample::udp(27036, 27036, &[(SRC, b"\xff\xff\xff\xff\x21\x4c\x5f\xa1\x05\0\0\0\x08\x12\x10\x01\x18\x0d\0\0\0\x08")]),
    Sample::udp(50000, 27018, &[(SRC, b"VS01\x05\0\x03\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0abcd")]),
    Sample::tcp(50000, 27018, &[(SRC, b"\x20\0\0\0VT02abcd")]),],
};
