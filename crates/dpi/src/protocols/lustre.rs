//! Lustre's network, LNet over TCP (lnet-idl.h, socklnd.h): acceptor, hello, messages.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "lustre",
    category: "file-transfer",
    encrypted: false,
    over: &[(Transport::Tcp, &[0..=0, 0x63..=0x63, 0xc0..=0xc1])],
    ports: &[988],
    bound: false,
    fields: &["message", "source", "destination"],
    head: SHALLOW,
    inspect,
};

/// LNET_PROTO_ACCEPTOR_MAGIC, LNET_PROTO_TCP_MAGIC; on the wire in the sender's byte order.
const ACCEPTOR: u32 = 0xacce_7100;
const HELLO: u32 = 0x4572_6963;

/// KSOCK_MSG_NOOP and KSOCK_MSG_LNET.
const NOOP: u32 = 0xc0;
const LNET: u32 = 0xc1;

/// Types of LNet messages.
const MESSAGES: [&str; 5] = ["ack", "put", "get", "reply", "hello"];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let Some(magic) = u32_le(&mut reader) else {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    };
    match magic {
        ACCEPTOR => {
            let Some(version) = u32_le(&mut reader) else {
                return Verdict::proven("Lustre acceptor's magic number", Want::Rest);
            };
            if version > 16 {
                return Verdict::No;
            }
            note(&mut reader, "destination", findings);
            Verdict::proven("Lustre acceptor's request", Want::Reply)
        }
        HELLO => {
            if reader.array::<4>().is_some() {
                note(&mut reader, "source", findings);
                note(&mut reader, "destination", findings);
            }
            Verdict::proven("Lustre hello", Want::Reply)
        }
        NOOP | LNET => message(look, magic, &mut reader, findings),
        _ => Verdict::No,
    }
}

/// Checksum and two cookies, then LNet's header: nodes, processes, type, length.
fn message(look: &Look<'_>, kind: u32, reader: &mut Reader<'_>, findings: &mut Findings) -> Verdict {
    let Some([_, _, _, _, cookies @ ..]) = reader.array::<20>() else {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    };
    if kind == NOOP {
        return if look.hinted && cookies != [0; 16] { Verdict::NeedMore } else { Verdict::No };
    }
    let header = reader.rest();
    if header.len() < 32 {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    }
    // Networks over TCP have type 2 in the identifier's highest half.
    let mut at = Reader::new(header);
    let (Some(destination), Some(source)) = (node(&mut at), node(&mut at)) else { return Verdict::No };
    let (Some(_), Some(number)) = (at.array::<8>(), u32_le(&mut at)) else { return Verdict::No };
    let Some(name) = usize::try_from(number).ok().and_then(|number| MESSAGES.get(number)) else {
        return Verdict::No;
    };
    findings.note("message", *name);
    findings.note("destination", destination);
    findings.note("source", source);
    Verdict::proven("LNet message over TCP", Want::Reply)
}

fn note(reader: &mut Reader<'_>, field: &'static str, findings: &mut Findings) {
    if let Some(node) = node(reader) {
        findings.note(field, node);
    }
}

/// A node's identifier as it is written: address and network.
fn node(reader: &mut Reader<'_>) -> Option<String> {
    let [d, c, b, a] = reader.array()?;
    match u32_le(reader)? {
        network @ 0x2_0000..=0x2_ffff => Some(format!("{a}.{b}.{c}.{d}@tcp{}", network & 0xffff)),
        _ => None,
    }
}

fn u32_le(reader: &mut Reader<'_>) -> Option<u32> {
    reader.array().map(u32::from_le_bytes)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(1022, 989, &[(SRC, b"\0\x71\xce\xac\x01\0\0\0\x05\0\0\x0a\0\0\x02\0")]),
        Sample::tcp(
            1022,
            988,
            &[(
                SRC,
                b"\xc1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x05\0\0\x0a\0\0\x02\0\x06\0\0\x0a\0\0\x02\0\
                  \x39\x30\0\0\x39\x30\0\0\x01\0\0\0\x08\x02\0\0",
            )],
        ),
    ],
    near_miss: &[Sample::tcp(
        1022,
        988,
        &[(
            SRC,
            b"\xc1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x05\0\0\x0a\0\0\x05\0\x06\0\0\x0a\0\0\x02\0\
              \x39\x30\0\0\x39\x30\0\0\x01\0\0\0\x08\x02\0\0",
        )],
    )],
};
