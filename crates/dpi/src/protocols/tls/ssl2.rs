//! SSL 2.0 (draft-hickman-netscape-ssl-00): its hellos, of which SSL 3.0 clients sent one too
//! (RFC 6101 appendix E).

use std::ops::RangeInclusive;

use super::risks;
use crate::protocol::{Findings, Look, Verdict, Want};
use crate::reader::Reader;

/// A header of two bytes with a length below 4096.
pub(super) const STARTS: RangeInclusive<u8> = 0x80..=0x8f;

const SSL_2: u16 = 0x0002;

/// s4.4.
const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 4;

pub(super) fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let Some(len) = reader.u16().map(|len| usize::from(len & 0x7fff)) else {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    };
    let head = reader.rest();
    let verdict = match reader.u8() {
        Some(CLIENT_HELLO) => client(&mut reader, len, findings),
        Some(SERVER_HELLO) => server(&mut reader, len, findings),
        Some(_) => return Verdict::No,
        None => None,
    };
    verdict.unwrap_or(if look.cut || head.len() >= 11 { Verdict::No } else { Verdict::NeedMore })
}

/// Version, and lengths of ciphers, session and challenge that add up.
fn client(reader: &mut Reader<'_>, len: usize, findings: &mut Findings) -> Option<Verdict> {
    let version = reader.u16()?;
    let [ciphers, session, challenge] = [reader.u16()?, reader.u16()?, reader.u16()?].map(usize::from);
    let sound = matches!(version, SSL_2 | 0x0300..=0x0303)
        && ciphers > 0
        && ciphers.is_multiple_of(3)
        && matches!(session, 0 | 16)
        && (16..=32).contains(&challenge)
        && 9 + ciphers + session + challenge == len;
    if !sound {
        return Some(Verdict::No);
    }
    let tls = findings.facts.tls.get_or_insert_default();
    if tls.cipher.is_none() {
        tls.version.get_or_insert(version);
    }
    Some(Verdict::proven("SSL 2.0 client hello", Want::Reply))
}

/// Session hit, certificate type, version, and lengths of certificate, ciphers and connection
/// that add up.
fn server(reader: &mut Reader<'_>, len: usize, findings: &mut Findings) -> Option<Verdict> {
    let [hit, certificate_type] = reader.array()?;
    let version = reader.u16()?;
    let [certificate, ciphers, connection] = [reader.u16()?, reader.u16()?, reader.u16()?].map(usize::from);
    let sound = version == SSL_2
        && hit <= 1
        && certificate_type <= 1
        && ciphers.is_multiple_of(3)
        && (1..=32).contains(&connection)
        && 11 + certificate + ciphers + connection == len;
    if !sound {
        return Some(Verdict::No);
    }
    findings.facts.tls.get_or_insert_default().version = Some(SSL_2);
    risks::of_choice(SSL_2, 0x1301, &mut findings.facts.risks);
    Some(Verdict::proven("SSL 2.0 server hello", Want::Reply))
}
