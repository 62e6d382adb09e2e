//! ASTERIX, surveillance data of air traffic (EUROCONTROL SPEC-0149) over UDP: categories and sources.

use crate::protocol::{Findings, Glimpse, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "asterix",
    category: "industrial",
    encrypted: false,
    over: &[(Transport::Udp, &[1..=65, 129..=129, 150..=150, 205..=205, 238..=240, 247..=247])],
    ports: &[8600],
    bound: true,
    fields: &["categories", "source"],
    head: SHALLOW,
    inspect,
};

/// Data blocks: category, length of the whole, records that begin with their field
/// specification, whose lowest bits tell whether it goes on.
fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let mut count = 0;
    while let Some([category, high, low]) = reader.array() {
        let body = usize::from(u16::from_be_bytes([high, low]))
            .checked_sub(3)
            .and_then(|length| reader.take(length));
        let Some(body @ [specification, ..]) = body else { return Verdict::No };
        let extensions = body.iter().take_while(|byte| **byte & 1 != 0).count();
        if *specification == 0 || extensions > 6 {
            return Verdict::No;
        }
        count += 1;
        findings.add("categories", category.to_string().into());
        // The data source identifier is the first item of all of these.
        if specification & 0x80 != 0
            && let Some([area, code]) = body.get(extensions + 1..extensions + 3)
        {
            findings.note("source", format!("{area}/{code}"));
        }
    }
    let before = |glimpse: &Glimpse| {
        let [category, high, low, ..] = glimpse.start;
        glimpse.from_src == look.from_src
            && look.bytes.first() == Some(&category)
            && u16::from_be_bytes([high, low]) == glimpse.len
    };
    match count {
        0 => Verdict::No,
        _ if !reader.is_empty() => Verdict::No,
        1 if !look.earlier.iter().any(before) => {
            Verdict::likely("ASTERIX block that fills its datagram", Want::Rest)
        }
        _ => Verdict::proven("ASTERIX blocks that fill their datagrams", Want::Nothing),
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(50000, 8600, &[(SRC, b"\x30\0\x0a\xc0\x19\xc9\x35\x6d\x4d\xa0")])],
    near_miss: &[Sample::udp(50000, 8600, &[(SRC, b"\x30\0\x0b\xc0\x19\xc9\x35\x6d\x4d\xa0")])],
};
