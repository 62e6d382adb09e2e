//! Network block device (the NBD project's protocol): the export's name.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Starts, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "nbd",
    category: "file-transfer",
    encrypted: false,
    over: &[(Transport::Tcp, FIRST)],
    ports: &[10809],
    bound: false,
    fields: &["export"],
    head: SHALLOW,
    inspect,
};

/// The greeting; the client's flags; a request and a reply in a connection that was joined late.
const FIRST: Starts = &[b'N'..=b'N', 0x00..=0x00, 0x25..=0x25, 0x67..=0x67];

const GREETING: &[u8] = b"NBDMAGIC";
const OPTION: &[u8] = b"IHAVEOPT";

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    match look.bytes {
        [b'N', ..] if look.bytes.starts_with(GREETING) => Verdict::proven("NBD greeting", Want::Reply),
        // Four bytes of flags, of which the lowest two are in use.
        [0, 0, 0, 0..=3, rest @ ..] if rest.starts_with(OPTION) => {
            let mut reader = Reader::new(rest.get(OPTION.len()..).unwrap_or_default());
            if let (Some([0, 0, 0, option]), Some([0, 0, high, low])) = (reader.array(), reader.array()) {
                let data = reader.up_to(usize::from(u16::from_be_bytes([high, low])));
                // NBD_OPT_EXPORT_NAME, NBD_OPT_INFO and NBD_OPT_GO.
                let name = match option {
                    1 => Some(data),
                    6 | 7 => data.split_first_chunk().and_then(|(length, rest)| {
                        rest.get(..usize::try_from(u32::from_be_bytes(*length)).ok()?)
                    }),
                    _ => None,
                };
                if let Some(name) = name {
                    findings.note("export", lossy(name, NAME_MAX));
                }
            }
            Verdict::proven("NBD option", Want::Reply)
        }
        // Magic, flags, and a type of the few there are.
        [0x25, 0x60, 0x95, 0x13, 0, _, 0, 0..=8, ..] => Verdict::proven("NBD request", Want::Nothing),
        [0x67, 0x44, 0x66, 0x98, 0, 0, 0, _, ..] => Verdict::proven("NBD reply", Want::Nothing),
        bytes
            if !look.cut
                && bytes.len() < 12
                && (GREETING.starts_with(bytes)
                    || (look.hinted && matches!(bytes, [0] | [0, 0] | [0, 0, 0] | [0, 0, 0, 0..=3, ..]))
                    || b"\x25\x60\x95\x13\0".starts_with(bytes)
                    || b"\x67\x44\x66\x98\0\0\0".starts_with(bytes)) =>
        {
            Verdict::NeedMore
        }
        _ => Verdict::No,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            10809,
            &[(DST, b"NBDMAGICIHAVEOPT\0\x03"), (SRC, b"\0\0\0\x03IHAVEOPT\0\0\0\x01\0\0\0\x05disk1")],
        ),
        Sample::tcp(50000, 10810, &[(DST, b"\x67\x44\x66\x98\0\0\0\0\x01\x02\x03\x04\x05\x06\x07\x08")]),
    ],
    near_miss: &[Sample::tcp(50000, 10809, &[(DST, b"NBDMAGIKIHAVEOPT\0\x03")])],
};
