//! Soulseek (nicotine-plus.org, SLSKPROTOCOL): login to the server, and peers' first messages.

use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::risk::Risk;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "soulseek",
    category: "p2p",
    encrypted: false,
    over: &[(Transport::Tcp, ANY)],
    ports: &[2234, 2240, 2242, 2271, 2416],
    bound: false,
    fields: &["user", "version"],
    head: SHALLOW,
    inspect,
};

/// Server messages: login.
const LOGIN: u32 = 1;

/// Between peers, in one byte: pierce a firewall, say who one is.
const PEER_INIT: u8 = 1;

/// Peer-to-peer, file transfer, distributed network.
const KINDS: [&[u8]; 3] = [b"P", b"F", b"D"];

const LENGTHS: std::ops::RangeInclusive<u32> = 12..=512;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let more = if look.cut { Verdict::No } else { Verdict::NeedMore };
    let mut reader = Reader::new(look.bytes);
    let Some(len) = reader.array().map(u32::from_le_bytes) else { return more };
    if !LENGTHS.contains(&len) {
        return Verdict::No;
    }
    if !matches!(reader.rest(), [] | [PEER_INIT, ..]) {
        return Verdict::No;
    }
    let Some(message) = usize::try_from(len).ok().and_then(|len| reader.take(len)) else { return more };
    login(message, findings).or_else(|| peer_init(message, findings)).unwrap_or(Verdict::No)
}

/// Name, password, version, MD5 of both in hexadecimal, minor version.
fn login(message: &[u8], findings: &mut Findings) -> Option<Verdict> {
    let mut reader = Reader::new(message);
    let code = reader.array().map(u32::from_le_bytes)?;
    let (name, password) = (string(&mut reader)?, string(&mut reader)?);
    let version = reader.array().map(u32::from_le_bytes)?;
    let hash = string(&mut reader)?;
    let is_hash = hash.len() == 32 && hash.iter().all(u8::is_ascii_hexdigit);
    if code != LOGIN || !is_name(name) || !is_hash || version > 1000 {
        return None;
    }
    findings.note("user", lossy(name, NAME_MAX));
    findings.note("version", version);
    if !password.is_empty() {
        findings.risk(Risk::CleartextCredentials);
    }
    Some(Verdict::proven("login", Want::Nothing))
}

/// Name, kind of connection, token.
fn peer_init(message: &[u8], findings: &mut Findings) -> Option<Verdict> {
    let mut reader = Reader::new(message);
    let code = reader.u8()?;
    let (name, kind) = (string(&mut reader)?, string(&mut reader)?);
    let _token = reader.take(4)?;
    if code != PEER_INIT || !is_name(name) || !KINDS.contains(&kind) || !reader.is_empty() {
        return None;
    }
    findings.note("user", lossy(name, NAME_MAX));
    Some(Verdict::proven("greeting of a peer", Want::Nothing))
}

fn string<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let len = reader.array().map(u32::from_le_bytes)?;
    reader.take(usize::try_from(len).ok()?)
}

/// Names have at most 30 letters, all of ASCII.
fn is_name(name: &[u8]) -> bool {
    (1..=30).contains(&name.len()) && name.iter().all(|byte| (b' '..=b'~').contains(byte))
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(50000, 2242, &[(SRC, b"\x40\0\0\0\x01\0\0\0\x03\0\0\0bob\x05\0\0\0abcde\xa0\0\0\0\x20\0\0\x000123456789abcdef0123456789abcdef\x11\0\0\0")]),
    Sample::tcp(50000, 2234, &[(SRC, b"\x11\0\0\0\x01\x03\0\0\0bob\x01\0\0\0P\x12\x34\x56\x78")]),],
    near_miss: &[Sample::tcp(50000, 2234, &[(SRC, b"\x11\0\0\0\x01\x03\0\0\0bob\x01\0\0\0Q\x12\x34\x56\x78")]),],
};
