//! NetWare Core Protocol over TCP and UDP (Novell): requests and replies, functions.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "ncp",
    category: "file-transfer",
    encrypted: false,
    over: &[
        (Transport::Tcp, &[b'D'..=b'D', b't'..=b't']),
        (Transport::Udp, &[0x11..=0x11, 0x22..=0x22, 0x33..=0x33, 0x55..=0x55, 0x77..=0x77, 0x99..=0x99]),
    ],
    ports: &[524],
    bound: false,
    fields: &["message", "function"],
    head: SHALLOW,
    inspect,
};

/// Signatures of requests and replies over TCP.
const REQUEST: &[u8] = b"DmdT";
const REPLY: &[u8] = b"tNcP";

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    if look.transport == Transport::Udp {
        // Without a signature the type is all there is.
        return match kind(&mut reader) {
            Some(name) if look.hinted && look.bytes.len() >= 7 => {
                findings.note("message", name);
                Verdict::likely("NCP message type at its port", Want::Reply)
            }
            _ => Verdict::No,
        };
    }
    let Some(signature) = reader.array::<4>() else {
        let begun = REQUEST.starts_with(look.bytes) || REPLY.starts_with(look.bytes);
        return if begun && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    if signature != REQUEST && signature != REPLY {
        return Verdict::No;
    }
    reader.array::<4>();
    if signature == REQUEST {
        // Version and the size of the reply that there is room for.
        reader.array::<8>();
    }
    if reader.rest().len() < 7 && !look.cut {
        return Verdict::NeedMore;
    }
    let Some(name) = kind(&mut reader) else { return Verdict::No };
    findings.note("message", name);
    if let ("request", Some([.., function])) = (name, reader.array::<5>()) {
        findings.note("function", function);
    }
    Verdict::proven("NCP signature", Want::Reply)
}

fn kind(reader: &mut Reader<'_>) -> Option<&'static str> {
    Some(match reader.u16()? {
        0x1111 => "create connection",
        0x2222 => "request",
        0x3333 => "reply",
        0x5555 => "destroy connection",
        0x7777 => "burst",
        0x9999 => "busy",
        _ => return None,
    })
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        525,
        &[
            (SRC, b"DmdT\0\0\0\x17\0\0\0\x01\0\0\0\0\x11\x11\0\xff\x01\xff\0"),
            (DST, b"tNcP\0\0\0\x10\x33\x33\0\x01\x01\0\0\0"),
        ],
    )],
    near_miss: &[Sample::tcp(
        50000,
        524,
        &[(SRC, b"DmdT\0\0\0\x17\0\0\0\x01\0\0\0\0\x11\x12\0\xff\x01\xff\0")],
    )],
};
