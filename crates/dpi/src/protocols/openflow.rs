//! `OpenFlow` (ONF TS-025): between a switch and its controller, from their hellos.

use crate::notation::hexadecimal;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "openflow",
    category: "management",
    encrypted: false,
    over: &[(Transport::Tcp, &[1..=MAX_VERSION])],
    ports: &[6633, 6653],
    bound: false,
    fields: &["version", "datapath"],
    head: SHALLOW,
    inspect,
};

/// OpenFlow 1.5 is 6 on the wire.
const MAX_VERSION: u8 = 6;
const HEADER_LEN: usize = 8;
const HELLO: u8 = 0;
const ERROR: u8 = 1;
const FEATURES_REPLY: u8 = 6;

/// The highest type of version 1.5.
const MAX_TYPE: u8 = 35;

/// Messages of a head that are looked at.
const MOST: usize = 16;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let (version, kind, len) = (reader.u8(), reader.u8(), reader.u16());
    let (Some(version), Some(kind), Some(len)) = (version, kind, len) else {
        let possible = kind.is_none_or(|kind| kind <= MAX_TYPE) && !look.cut;
        return if possible { Verdict::NeedMore } else { Verdict::No };
    };
    let len = usize::from(len);
    if !(1..=MAX_VERSION).contains(&version) || kind > MAX_TYPE || len < HEADER_LEN {
        return Verdict::No;
    }
    if kind == HELLO {
        return hello(look, version, len, findings);
    }
    // In the middle of a session: messages of one version, of which the last ends the segment.
    match chain(look.bytes, version) {
        Some(count) if look.hinted && count > 0 && (count > 1 || len <= 64) => {
            findings.note("version", version_name(version));
            Verdict::likely("OpenFlow messages that count what follows", Want::Nothing)
        }
        _ => Verdict::No,
    }
}

/// TS-025 s7.5.1: a hello may have elements: their type, length, and versions as bits.
fn hello(look: &Look<'_>, version: u8, len: usize, findings: &mut Findings) -> Verdict {
    let Some(elements) = look.bytes.get(HEADER_LEN..len) else {
        return if len <= 64 && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    let bitmap = elements.starts_with(&[0, 1, 0, 8]);
    if !elements.is_empty() && !bitmap {
        return Verdict::No;
    }
    let answered = matches!(look.other, [1..=MAX_VERSION, HELLO, 0, 8 | 16, ..]);
    if !look.hinted && !bitmap && !answered {
        return Verdict::NeedMore;
    }
    findings.note("version", version_name(version));
    note_datapath(look.bytes.get(len..).unwrap_or_default(), findings);
    // The switch tells its number in answer to the controller's question.
    let known = findings.noted("datapath").is_some();
    Verdict::proven("OpenFlow hello", if known { Want::Nothing } else { Want::Rest })
}

/// How many whole messages there are; nothing if there is something else between them.
fn chain(bytes: &[u8], version: u8) -> Option<usize> {
    let mut reader = Reader::new(bytes);
    for count in 0..MOST {
        let rest = reader.rest();
        let [first, kind, high, low, ..] = rest else { return rest.is_empty().then_some(count) };
        let len = usize::from(u16::from_be_bytes([*high, *low]));
        if *first != version || *kind > MAX_TYPE || len < HEADER_LEN {
            return None;
        }
        // TS-025 s7.5.4: 18 types of errors, and one of experiments.
        let message = reader.take(len)?;
        let sound = *kind != ERROR || matches!(message.get(8..10), Some([0, 0..=17] | [0xff, 0xff]));
        if !sound {
            return None;
        }
    }
    Some(MOST)
}

/// TS-025 s7.3.1: behind the header of the reply.
fn note_datapath(bytes: &[u8], findings: &mut Findings) {
    let mut reader = Reader::new(bytes);
    for _ in 0..MOST {
        let [_, kind, high, low, ..] = reader.rest() else { return };
        let (kind, len) = (*kind, usize::from(u16::from_be_bytes([*high, *low])));
        let Some(message) = reader.take(len.max(HEADER_LEN)) else { return };
        if kind == FEATURES_REPLY
            && let Some(datapath) = message.get(8..16)
        {
            return findings.note("datapath", hexadecimal(datapath, 8));
        }
    }
}

fn version_name(version: u8) -> String {
    format!("1.{}", version.saturating_sub(1))
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(50000, 6653, &[(SRC, b"\x04\0\0\x08\0\0\0\x01"), (DST, b"\x04\0\0\x08\0\0\0\x02")]),
        Sample::tcp(50000, 16653, &[(SRC, b"\x04\0\0\x10\0\0\0\x01\0\x01\0\x08\0\0\0\x10")]),
        Sample::tcp(50000, 6633, &[(SRC, b"\x01\x02\0\x08\0\0\0\x07")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 6653, &[(SRC, b"\x04\0\0\x10\0\0\0\x01\0\x07\0\x08\0\0\0\x10")]),
        Sample::tcp(50000, 6653, &[(SRC, b"\x04\x05\0\x07\0\0\0\x01")]),
    ],
};
