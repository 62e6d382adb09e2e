//! Apache Dubbo 2 (dubbo.apache.org, "Dubbo2 protocol"): the header, service and method of a request.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "dubbo",
    category: "database",
    encrypted: false,
    over: &[(Transport::Tcp, &[0xda..=0xda])],
    ports: &[20880],
    bound: false,
    fields: &["version", "service", "service_version", "method"],
    head: SHALLOW,
    inspect,
};

const MAGIC: [u8; 2] = [0xda, 0xbb];

/// Flags: request, an answer is wanted, event; the rest says how the body is encoded.
const REQUEST: u8 = 0x80;
const EVENT: u8 = 0x20;
const SERIALIZATION: u8 = 0x1f;
const HESSIAN: u8 = 2;

/// Statuses of responses; a request has none.
const STATUSES: [u8; 11] = [0, 20, 30, 31, 40, 50, 60, 70, 80, 90, 100];

const BODY_MAX: u32 = 16 << 20;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let more = if look.cut { Verdict::No } else { Verdict::NeedMore };
    let mut reader = Reader::new(look.bytes);
    let Some(magic) = reader.array() else { return more };
    if magic != MAGIC {
        return Verdict::No;
    }
    let (Some([flags, status]), Some(_id), Some(len)) =
        (reader.array(), reader.array::<8>(), reader.array().map(u32::from_be_bytes))
    else {
        return more;
    };
    if !STATUSES.contains(&status) || len > BODY_MAX || flags & SERIALIZATION == 0 {
        return Verdict::No;
    }
    // Version of the protocol, service, its version, method: strings with their lengths.
    if flags & REQUEST != 0 && flags & EVENT == 0 && flags & SERIALIZATION == HESSIAN {
        for field in ["version", "service", "service_version", "method"] {
            match reader.u8() {
                Some(len @ 0..=31) => match reader.take(usize::from(len)) {
                    Some(text) => findings.note(field, lossy(text, NAME_MAX)),
                    None => break,
                },
                // Longer ones begin with a mark and have two bytes of length.
                Some(mark @ 0x30..=0x33) => {
                    let len = reader.u8().map(|low| usize::from(mark & 3) << 8 | usize::from(low));
                    match len.and_then(|len| reader.take(len)) {
                        Some(text) => findings.note(field, lossy(text, NAME_MAX)),
                        None => break,
                    }
                }
                _ => break,
            }
        }
    }
    Verdict::proven("header", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        20880,
        &[(SRC, b"\xda\xbb\xc2\0\0\0\0\0\0\0\0\x01\0\0\0\x20\x052.0.2\x0borg.example\x00\x05hello")],
    )],
    near_miss: &[Sample::tcp(
        50000,
        20880,
        &[(SRC, b"\xda\xbb\xc2\x07\0\0\0\0\0\0\0\x01\0\0\0\x20\x052.0.2\x0borg.example\x00\x05hello")],
    )],
};
