//! ONC RPC messages (RFC 5531 s9), over TCP behind a record mark (s11).

use crate::protocol::{Look, Transport};
use crate::reader::Reader;

pub(in super::super) struct Message<'a> {
    pub(in super::super) id: u32,
    pub(in super::super) body: Body<'a>,
}

pub(in super::super) enum Body<'a> {
    Call(Call<'a>),
    /// An accepted or a denied one.
    Reply {
        results: &'a [u8],
    },
}

pub(in super::super) struct Call<'a> {
    pub(in super::super) program: u32,
    pub(in super::super) version: u32,
    pub(in super::super) procedure: u32,
    /// AUTH_SYS: machine and user.
    pub(in super::super) unix: Option<(&'a [u8], u32)>,
    pub(in super::super) arguments: &'a [u8],
}

const CALL: u32 = 0;
const REPLY: u32 = 1;
const VERSION: u32 = 2;
const AUTH_SYS: u32 = 1;

impl<'a> Message<'a> {
    /// The first message of the bytes.
    pub(in super::super) fn read(look: &Look<'a>) -> Option<Self> {
        match look.transport {
            Transport::Udp => Self::parse(look.bytes),
            Transport::Tcp => Self::parse(record(look.bytes)?),
        }
    }

    pub(in super::super) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let id = number(&mut reader)?;
        let body = match number(&mut reader)? {
            CALL => Body::Call(call(&mut reader)?),
            REPLY => Body::Reply { results: reply(&mut reader)? },
            _ => return None,
        };
        Some(Self { id, body })
    }
}

fn call<'a>(reader: &mut Reader<'a>) -> Option<Call<'a>> {
    if number(reader)? != VERSION {
        return None;
    }
    let (program, version, procedure) = (number(reader)?, number(reader)?, number(reader)?);
    let (flavor, credentials) = auth(reader)?;
    let unix = (flavor == AUTH_SYS).then(|| {
        let mut reader = Reader::new(credentials);
        let _stamp = number(&mut reader)?;
        Some((block(&mut reader)?, number(&mut reader)?))
    });
    auth(reader)?;
    let fits = procedure < 1024 && version < 1 << 16;
    fits.then(|| Call { program, version, procedure, unix: unix.flatten(), arguments: reader.rest() })
}

fn reply<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    match number(reader)? {
        // Accepted: verifier and how it went.
        0 => {
            auth(reader)?;
            (number(reader)? <= 5).then(|| reader.rest())
        }
        // Denied: version or authentication.
        1 => (number(reader)? <= 1 && number(reader)? <= 14).then_some(&[]),
        _ => None,
    }
}

/// Flavour and opaque body (s8.2): at most 400 bytes.
fn auth<'a>(reader: &mut Reader<'a>) -> Option<(u32, &'a [u8])> {
    let flavor = number(reader)?;
    let len = number(reader)?;
    // The registered flavours, and those that RPCSEC_GSS took for its mechanisms.
    if len > 400
        || !(flavor <= 7 || (300_000..400_000).contains(&flavor) || (390_000..400_000).contains(&flavor))
    {
        return None;
    }
    let len = usize::try_from(len).ok()?;
    Some((flavor, reader.take(len.next_multiple_of(4))?))
}

/// Whether more bytes could make a message of what is there.
pub(in super::super) fn may_become(look: &Look<'_>) -> bool {
    let bytes = match look.transport {
        Transport::Udp => return false,
        Transport::Tcp => look.bytes,
    };
    let kind = bytes.get(8..12).is_none_or(|kind| matches!(kind, [0, 0, 0, 0 | 1]));
    let version =
        bytes.get(8..16).is_none_or(|fields| matches!(fields, [0, 0, 0, 1, ..] | [0, 0, 0, 0, 0, 0, 0, 2]));
    !look.cut && kind && version && bytes.len() < 900 && bytes.get(1).is_none_or(|high| *high <= 0x10)
}

/// The program and version that this is an answer to.
pub(in super::super) fn asked(look: &Look<'_>, id: u32) -> Option<(u32, u32)> {
    let parts = |bytes: &[u8]| {
        let mut reader = Reader::new(bytes);
        let fields = [number(&mut reader)?, number(&mut reader)?, number(&mut reader)?, number(&mut reader)?];
        let version = number(&mut reader)?;
        matches!(fields, [asked, CALL, VERSION, _] if asked == id).then_some((fields[3], version))
    };
    match look.transport {
        Transport::Tcp => parts(look.other.get(4..)?),
        Transport::Udp => {
            let others = look.earlier.iter().rev().filter(|glimpse| glimpse.from_src != look.from_src);
            others.filter_map(|glimpse| parts(&glimpse.start)).next()
        }
    }
}

/// The record behind its mark, as far as it is there.
fn record(bytes: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(bytes);
    let len = number(&mut reader)? & 0x7fff_ffff;
    (24..1 << 24).contains(&len).then(|| reader.up_to(usize::try_from(len).unwrap_or(usize::MAX)))
}

/// Opaque data or a string of variable length (RFC 4506 s4.10), padded to words.
pub(in super::super) fn block<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let len = usize::try_from(number(reader)?).ok().filter(|len| *len <= 1024)?;
    reader.take(len.next_multiple_of(4))?.get(..len)
}

pub(in super::super) fn number(reader: &mut Reader<'_>) -> Option<u32> {
    reader.array().map(u32::from_be_bytes)
}
