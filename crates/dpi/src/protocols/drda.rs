//! Distributed Relational Database Architecture, DB2 and Derby (DRDA V5, DDM level 7): attributes
//! of the servers, security, databases.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::risk::Risk;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "drda",
    category: "database",
    encrypted: false,
    // The length's high byte.
    over: &[(Transport::Tcp, &[0..=0x7f])],
    ports: &[446, 447, 448, 50000, 1527],
    bound: false,
    fields: &["client", "server_class", "server_release", "server_name", "user", "database"],
    head: SHALLOW,
    inspect,
};

/// Identifies a data stream structure's header.
const MAGIC: u8 = 0xd0;

/// Code points of DDM.
mod code {
    pub(super) const EXTNAM: u16 = 0x115e;
    pub(super) const SRVCLSNM: u16 = 0x1147;
    pub(super) const SRVRLSLV: u16 = 0x115a;
    pub(super) const SRVNAM: u16 = 0x116d;
    pub(super) const USRID: u16 = 0x11a0;
    pub(super) const PASSWORD: u16 = 0x11a1;
    pub(super) const RDBNAM: u16 = 0x2110;
}

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let mut structures = 0_u32;
    while !reader.is_empty() && structures < 16 {
        let (Some(len), Some([magic, format]), Some(_correlation)) =
            (reader.u16(), reader.array(), reader.u16())
        else {
            let fits = look.bytes.get(2).is_none_or(|magic| *magic == MAGIC);
            return ended(look, structures, fits);
        };
        // Types: request, reply, object, communication, request without reply; chaining bits above.
        if magic != MAGIC || !matches!(format & 0xf, 1..=5) || format & 0x80 != 0 || len < 10 {
            return ended(look, structures, false);
        }
        let (Some(inner), Some(point)) = (reader.u16(), reader.u16()) else {
            return ended(look, structures, true);
        };
        // Commands and replies lie in the classes 0x10 to 0x24; the parameter is all there is.
        let extended = inner & 0x8000 != 0;
        if !(0x0010..=0x2fff).contains(&point) || (!extended && usize::from(inner) + 6 > usize::from(len)) {
            return ended(look, structures, false);
        }
        let size = usize::from(len).saturating_sub(10);
        let body = reader.up_to(size);
        if body.len() < size && !look.cut {
            return ended(look, structures, true);
        }
        if usize::from(inner) + 6 == usize::from(len) || structures > 0 {
            structures += 1;
        } else {
            return ended(look, structures, false);
        }
        parameters(body, findings);
    }
    Verdict::proven("DRDA structures", Want::Reply)
}

/// What it is when no further structure could be read.
fn ended(look: &Look<'_>, structures: u32, open: bool) -> Verdict {
    match structures {
        0 if open && !look.cut => Verdict::NeedMore,
        0 => Verdict::No,
        _ if open && !look.cut => Verdict::proven("DRDA structure", Want::Rest),
        _ => Verdict::proven("DRDA structure", Want::Reply),
    }
}

/// Length, code point, value, one after the other.
fn parameters(body: &[u8], findings: &mut Findings) {
    let mut reader = Reader::new(body);
    while let (Some(len), Some(point)) = (reader.u16(), reader.u16()) {
        let value = reader.up_to(usize::from(len).saturating_sub(4));
        let field = match point {
            code::EXTNAM => "client",
            code::SRVCLSNM => "server_class",
            code::SRVRLSLV => "server_release",
            code::SRVNAM => "server_name",
            code::USRID => "user",
            code::RDBNAM => "database",
            code::PASSWORD => {
                findings.risk(Risk::CleartextCredentials);
                continue;
            }
            _ => continue,
        };
        findings.note(field, text(value));
    }
}

/// Text is EBCDIC until the two sides agree on something else.
fn text(value: &[u8]) -> Box<str> {
    // EBCDIC's letters and digits are no UTF-8; its blanks, with which names are filled up, are.
    if std::str::from_utf8(value).is_ok() {
        return lossy(value.trim_ascii(), NAME_MAX);
    }
    let text: String = value.iter().take(NAME_MAX).map(|byte| from_ebcdic(*byte)).collect();
    text.trim().into()
}

/// Code page 500: what names are made of.
fn from_ebcdic(byte: u8) -> char {
    char::from(match byte {
        0x81..=0x89 => byte - 0x81 + b'a',
        0x91..=0x99 => byte - 0x91 + b'j',
        0xa2..=0xa9 => byte - 0xa2 + b's',
        0xc1..=0xc9 => byte - 0xc1 + b'A',
        0xd1..=0xd9 => byte - 0xd1 + b'J',
        0xe2..=0xe9 => byte - 0xe2 + b'S',
        0xf0..=0xf9 => byte - 0xf0 + b'0',
        0x40 => b' ',
        0x4b => b'.',
        0x60 => b'-',
        0x61 => b'/',
        0x6d => b'_',
        0x7a => b':',
        _ => b'?',
    })
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50001,
        446,
        &[(
            SRC,
            b"\0\x1c\xd0\x41\0\x01\0\x16\x10\x41\0\x08\x11\x5e\x84\x82\xf2\x40\0\x0a\x11\x6d\x88\x96\xa2\xa3\x40\x40\
              \0\x0e\xd0\x01\0\x02\0\x08\x10\x6d\x11\xa2\0\x04",
        )],
    )],
    near_miss: &[Sample::tcp(
        50001,
        446,
        &[(SRC, b"\0\x1c\xd1\x41\0\x01\0\x16\x10\x41\0\x08\x11\x5e\x84\x82\xf2\x40\0\x0a\x11\x6d\x88\x96\xa2\xa3\x40\x40")],
    )],
};

#[cfg(test)]
mod tests {
    /// RDBNAM has 18 characters, most of them blanks.
    #[test]
    fn names_that_are_filled_up() {
        assert_eq!(&*super::text(b"\xe3\xc5\xe2\xe3\x40\x40\x40\x40\x40\x40\x40\x40\x40\x40"), "TEST");
        assert_eq!(&*super::text(b"TEST          "), "TEST");
    }
}
