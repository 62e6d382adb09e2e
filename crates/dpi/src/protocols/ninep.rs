//! 9P2000 and its variants (Plan 9 manual, section 5): version, user, tree.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "9p",
    category: "file-transfer",
    encrypted: false,
    // The size's low byte.
    over: &[(Transport::Tcp, &[0x13..=0x20])],
    ports: &[564],
    bound: false,
    fields: &["version", "user", "tree"],
    head: SHALLOW,
    inspect,
};

/// Messages: Tversion, Rversion, Tattach.
const VERSION: [u8; 2] = [100, 101];
const ATTACH: u8 = 104;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    // Size, type, no tag, largest message, the version's name.
    let (Some([_, 0, 0, 0, kind, 0xff, 0xff]), Some(_most)) = (reader.array(), reader.array::<4>()) else {
        let begun =
            look.bytes.len() < 11 && look.bytes.get(1..4).unwrap_or_default().iter().all(|byte| *byte == 0);
        return if begun && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    if !VERSION.contains(&kind) {
        return Verdict::No;
    }
    let Some(version) = string(&mut reader) else {
        return if look.bytes.len() < 32 && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    if !version.starts_with(b"9P") && version != b"unknown" {
        return Verdict::No;
    }
    findings.note("version", lossy(version, NAME_MAX));
    if let (Some([_, _, _, _, ATTACH, _, _]), Some(_ids)) = (reader.array(), reader.array::<8>()) {
        for field in ["user", "tree"] {
            if let Some(text) = string(&mut reader).filter(|text| !text.is_empty()) {
                findings.note(field, lossy(text, NAME_MAX));
            }
        }
        return Verdict::proven("9P version and attach", Want::Reply);
    }
    Verdict::proven("9P version", if kind == VERSION[0] && !look.cut { Want::Rest } else { Want::Reply })
}

fn string<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let len = reader.array().map(u16::from_le_bytes)?;
    reader.take(usize::from(len))
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        565,
        &[
            (SRC, b"\x15\0\0\0\x64\xff\xff\0\0\x01\0\x08\x009P2000.L"),
            (SRC, b"\x19\0\0\0\x68\0\0\x01\0\0\0\xff\xff\xff\xff\x03\0pam\x03\0srv"),
        ],
    )],
    near_miss: &[Sample::tcp(50000, 564, &[(SRC, b"\x15\0\0\0\x64\xff\xfe\0\0\x01\0\x08\x009P2000.L")])],
};
