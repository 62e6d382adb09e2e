//! Diameter (RFC 6733): command, application, origin host and realm, user.

use crate::facts::HostnameSource;
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "diameter",
    category: "authentication",
    encrypted: false,
    over: &[(Transport::Tcp, &[1..=1]), (Transport::Udp, &[1..=1])],
    ports: &[3868],
    bound: false,
    fields: &["command", "application", "origin_host", "origin_realm", "product", "user"],
    head: SHALLOW,
    inspect,
};

const HEADER: usize = 20;
/// Flags of a message (RFC 6733 s3) and of an attribute (s4.1) that are reserved.
const RESERVED: u8 = 0x0f;
const RESERVED_AVP: u8 = 0x1f;
const VENDOR: u8 = 0x80;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let (Some(1), Some(len), Some(flags), Some(command)) =
        (reader.u8(), reader.u24(), reader.u8(), reader.u24())
    else {
        return short(look);
    };
    let mut word = || reader.array().map(u32::from_be_bytes);
    let (Some(application), Some(_), Some(_)) = (word(), word(), word()) else { return short(look) };
    // An error is an answer: bits E and R exclude each other.
    let fits =
        len % 4 == 0 && (HEADER..=1 << 16).contains(&len) && flags & RESERVED == 0 && flags & 0xa0 != 0xa0;
    if !fits || command == 0 {
        return Verdict::No;
    }
    let body = reader.up_to(len - HEADER);
    let mut attributes = Reader::new(body);
    match attribute(&mut attributes) {
        Some(first) if first.fits => {}
        None if body.len() < len - HEADER => return short(look),
        None if body.is_empty() && look.hinted => {}
        _ => return Verdict::No,
    }
    if look.transport == Transport::Udp && body.len() < len - HEADER && !look.cut {
        return Verdict::No;
    }
    findings.note("command", u32::try_from(command).unwrap_or_default());
    findings.note("application", application);
    let mut attributes = Reader::new(body);
    while let Some(attribute) = attribute(&mut attributes).filter(|attribute| attribute.fits) {
        let field = match attribute.code {
            1 => "user",
            264 => "origin_host",
            269 => "product",
            296 => "origin_realm",
            _ => continue,
        };
        findings.note(field, lossy(attribute.value, NAME_MAX));
        if attribute.code == 264 && findings.facts.hostname.is_none() {
            findings.facts.hostname = Some(lossy(attribute.value, NAME_MAX));
            findings.facts.hostname_source = Some(HostnameSource::Protocol);
        }
    }
    Verdict::proven("Diameter header and attributes", Want::Reply)
}

struct Attribute<'a> {
    code: u32,
    value: &'a [u8],
    /// Reserved flags are clear and the length is possible.
    fits: bool,
}

fn attribute<'a>(reader: &mut Reader<'a>) -> Option<Attribute<'a>> {
    let (code, flags, len) = (reader.array().map(u32::from_be_bytes)?, reader.u8()?, reader.u24()?);
    let mut rest = len.checked_sub(8);
    if flags & VENDOR != 0 {
        reader.array::<4>()?;
        rest = rest.and_then(|rest| rest.checked_sub(4));
    }
    let Some(rest) = rest.filter(|_| flags & RESERVED_AVP == 0 && code != 0) else {
        return Some(Attribute { code, value: &[], fits: false });
    };
    let value = reader.take(rest)?;
    reader.up_to(rest.next_multiple_of(4) - rest);
    Some(Attribute { code, value, fits: true })
}

fn short(look: &Look<'_>) -> Verdict {
    let begun = look.bytes.first() == Some(&1) && look.bytes.get(1).is_none_or(|high| *high == 0);
    if begun && look.transport == Transport::Tcp && !look.cut { Verdict::NeedMore } else { Verdict::No }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        3868,
        &[(SRC, b"\x01\0\0\x30\x80\0\x01\x01\0\0\0\0\0\0\0\x07\0\0\0\x08\0\0\x01\x08\x40\0\0\x0caaa1\0\0\x01\x28\x40\0\0\x0dreal1\0\0\0")],
    )],
    near_miss: &[Sample::tcp(
        50000,
        3868,
        &[(SRC, b"\x01\0\0\x2c\x81\0\x01\x01\0\0\0\0\0\0\0\x07\0\0\0\x08\0\0\x01\x08\x40\0\0\x0caaa1\0\0\x01\x28\x40\0\0\x0creal")],
    )],
};
