//! Minecraft: Java Edition (minecraft.wiki, "Java Edition protocol"): the handshake, the player, the server's status.

use crate::facts::HostnameSource;
use crate::json;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "minecraft",
    category: "game",
    encrypted: false,
    over: &[(Transport::Tcp, &[6..=0xfe])],
    ports: &[25565],
    bound: false,
    fields: &["protocol_version", "intent", "player", "server_version"],
    head: SHALLOW,
    inspect,
};

/// Of the handshake: status, login, transfer.
const INTENTS: std::ops::RangeInclusive<u32> = 1..=3;

/// Snapshots count from here (minecraft.wiki, "Protocol version").
const SNAPSHOT: u32 = 1 << 30;

/// A ping of versions before 1.7: list, plugin message, "MC|PingHost" in UTF-16.
const LEGACY: &[u8] = b"\xfe\x01\xfa\0\x0b\0M\0C\0|\0P\0i\0n\0g";

/// Longest status that is looked at.
const STATUS_MAX: usize = 32 * 1024;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if look.bytes.first() == Some(&0xfe) {
        return legacy(look);
    }
    let more = if look.cut { Verdict::No } else { Verdict::NeedMore };
    let mut reader = Reader::new(look.bytes);
    let (Some(len), id) = (varint(&mut reader), reader.u8()) else {
        return if look.bytes.len() < 3 { more } else { Verdict::No };
    };
    if id.is_some_and(|id| id != 0) {
        return Verdict::No;
    }
    if look.from_src { handshake(look, reader, len, findings) } else { status(look, reader, len, findings) }
}

fn legacy(look: &Look<'_>) -> Verdict {
    if look.bytes.starts_with(LEGACY) {
        return Verdict::proven("ping of a version before 1.7", Want::Nothing);
    }
    if LEGACY.starts_with(look.bytes) && !look.cut { Verdict::NeedMore } else { Verdict::No }
}

fn handshake(look: &Look<'_>, mut reader: Reader<'_>, len: u32, findings: &mut Findings) -> Verdict {
    if !(7..=300).contains(&len) {
        return Verdict::No;
    }
    // The packet's number is read already.
    let body = usize::try_from(len).unwrap_or_default().saturating_sub(1);
    let whole = reader.take(body);
    let mut body = Reader::new(whole.unwrap_or_else(|| reader.rest()));
    let version = varint(&mut body);
    if version.is_some_and(|version| !(4..=2000).contains(&version) && version < SNAPSHOT) {
        return Verdict::No;
    }
    let host_len = body.u8();
    if host_len.is_some_and(|host_len| u32::from(host_len).saturating_add(6) > len) {
        return Verdict::No;
    }
    if whole.is_none() {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    }
    let (Some(version), Some(host_len)) = (version, host_len) else { return Verdict::No };
    let host = body.take(usize::from(host_len));
    let (Some(host), Some(_port), Some(intent)) = (host, body.u16(), varint(&mut body)) else {
        return Verdict::No;
    };
    // Mod loaders and proxies add to the name after a zero.
    let name = host.split(|byte| *byte == 0).next().unwrap_or_default();
    let of_host = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':');
    if !INTENTS.contains(&intent) || !body.is_empty() || name.is_empty() || !name.iter().all(of_host) {
        return Verdict::No;
    }
    findings.facts.hostname = Some(lossy(name.strip_suffix(b".").unwrap_or(name), NAME_MAX));
    findings.facts.hostname_source = Some(HostnameSource::Protocol);
    findings.note("protocol_version", version);
    findings.note(
        "intent",
        match intent {
            1 => "status",
            2 => "login",
            _ => "transfer",
        },
    );
    if intent != 1 {
        match player(&mut reader) {
            Some(player) => findings.note("player", lossy(player, NAME_MAX)),
            None if !look.cut && reader.rest().len() < 4 => {
                return Verdict::proven("handshake", Want::Rest);
            }
            None => {}
        }
    }
    Verdict::proven("handshake", if intent == 1 { Want::Reply } else { Want::Nothing })
}

/// Login start: number 0, name.
fn player<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let (_len, 0) = (varint(reader)?, reader.u8()?) else { return None };
    reader.block8().filter(|name| (1..=16).contains(&name.len()))
}

/// A JSON object in a string.
fn status(look: &Look<'_>, mut reader: Reader<'_>, len: u32, findings: &mut Findings) -> Verdict {
    let text_len = varint(&mut reader);
    let (Some(text_len), Some(b'{')) = (text_len, reader.u8()) else {
        let begun = text_len.is_none_or(|text_len| text_len < len) && look.bytes.len() < 8;
        return if begun && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    // Number and length of the string are all that the packet has besides it.
    let overhead = len.checked_sub(text_len);
    let sane = usize::try_from(text_len).is_ok_and(|len| (16..STATUS_MAX).contains(&len));
    if !sane || !matches!(overhead, Some(2..=4)) || reader.u8() != Some(b'"') {
        return Verdict::No;
    }
    if let Some(name) = json::text(reader.rest(), "name") {
        findings.note("server_version", lossy(name, NAME_MAX));
    }
    Verdict::proven("status of a server", Want::Nothing)
}

/// Seven bits a byte, the low ones first.
fn varint(reader: &mut Reader<'_>) -> Option<u32> {
    let mut value = 0_u32;
    for shift in [0, 7, 14, 21, 28] {
        let byte = reader.u8()?;
        value |= u32::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            25565,
            &[
                (SRC, b"\x15\0\xff\x05\x0eplay.mc.testly\x63\xdd\x01\x01\0"),
                (DST, b"\x27\0\x25{\"version\":{\"name\":\"1.20\",\"n\":7},1:2}"),
            ],
        ),
        Sample::tcp(50000, 4000, &[(SRC, b"\x13\0\xff\x05\x0cmc.test.orgx\x63\xdd\x02\x05\0\x03Bob")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 25565, &[(SRC, b"\x15\0\xff\x05\x0eplay.mc.testly\x63\xdd\x04\x01\0")]),
        Sample::tcp(50000, 25565, &[(SRC, b"\x15\0\xff\x05\x0fplay.mc.testly\x63\xdd\x01\x01\0")]),
    ],
};
