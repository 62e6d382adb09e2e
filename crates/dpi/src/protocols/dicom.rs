//! DICOM's upper layer (PS3.8): titles of the applications, what implements them, why one refused.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "dicom",
    category: "file-transfer",
    encrypted: false,
    over: &[(Transport::Tcp, &[1..=3])],
    ports: &[104, 11112, 4242, 2761, 2762],
    bound: false,
    fields: &["called_ae", "calling_ae", "implementation", "rejected"],
    head: SHALLOW,
    inspect,
};

/// Up to the first item (s9.3.2): version, two titles, 32 reserved bytes.
const FIXED_LEN: usize = 74;

/// The application context that every association has (PS3.7 annex A).
const CONTEXT: &[u8] = b"1.2.840.10008.3.1.1.1";

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let partial = if look.cut { Verdict::No } else { Verdict::NeedMore };
    if matches!(look.bytes, [_, reserved, ..] if *reserved != 0)
        || matches!(look.bytes, [_, _, high, ..] if *high != 0)
    {
        return Verdict::No;
    }
    match look.bytes {
        [3, 0, 0, 0, 0, 4, 0, result @ 1..=2, source @ 1..=3, reason @ 1..=10]
            if look.hinted && !look.from_src =>
        {
            findings.note("rejected", format!("{result}.{source}.{reason}"));
            return Verdict::proven("DICOM association refused", Want::Nothing);
        }
        [3, ..] => return if look.bytes.len() < 10 { partial } else { Verdict::No },
        [_, 0, 0, _, _, _, version, bits, r0, r1, ..]
            if (*version, *r0, *r1) != (0, 0, 0) || bits & 1 == 0 =>
        {
            return Verdict::No;
        }
        _ => {}
    }
    let Some((fixed, items)) = look.bytes.split_first_chunk::<FIXED_LEN>() else { return partial };
    let title = |from: usize| fixed.get(from..from + 16).unwrap_or_default();
    let [called, calling] = [title(10), title(26)];
    if [called, calling].iter().any(|title| !title.iter().all(|byte| matches!(byte, b' '..=b'~' | 0))) {
        return Verdict::No;
    }
    let mut reader = Reader::new(items);
    let Some([0x10, _]) = reader.array() else { return if items.len() < 2 { partial } else { Verdict::No } };
    let Some(context) = reader.block16() else { return partial };
    if !context.starts_with(CONTEXT) {
        return Verdict::No;
    }
    findings.note("called_ae", trimmed(called));
    findings.note("calling_ae", trimmed(calling));
    implementation(reader, findings);
    Verdict::proven("DICOM association", Want::Reply)
}

fn trimmed(title: &[u8]) -> Box<str> {
    let end = title.iter().position(|byte| *byte == 0).unwrap_or(title.len());
    lossy(title.get(..end).unwrap_or_default().trim_ascii(), NAME_MAX)
}

/// User information (item 0x50) has the implementation's version name (0x55) in it.
fn implementation(mut items: Reader<'_>, findings: &mut Findings) -> Option<()> {
    loop {
        let [kind, _] = items.array()?;
        let item = items.block16()?;
        if kind != 0x50 {
            continue;
        }
        let mut reader = Reader::new(item);
        while let Some([kind, _]) = reader.array() {
            let value = reader.block16()?;
            if kind == 0x55 {
                findings.note("implementation", trimmed(value));
            }
        }
    }
}

#[cfg(test)]
const ASSOCIATE: &[u8] = b"\x01\0\0\0\0\x6c\0\x01\0\0ARCHIVE         MODALITY7       \
    \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x10\0\0\x151.2.840.10008.3.1.1.1\
    \x50\0\0\x0b\x55\0\0\x07MAKER_3";

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(50000, 4006, &[(SRC, ASSOCIATE)]),
        Sample::tcp(50000, 104, &[(DST, b"\x03\0\0\0\0\x04\0\x01\x01\x07")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 104, &[(SRC, b"\x01\0\0\0\0\x6c\0\x02\0\0ARCHIVE         MODALITY7       ")]),
        Sample::tcp(50000, 104, &[(DST, b"\x03\0\0\0\0\x04\0\x05\x01\x07")]),
    ],
};
