//! Nano's node protocol (Nano developer documentation): network, version, message.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "nano",
    category: "p2p",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'R'..=b'R'])],
    ports: &[7075, 54000, 17075],
    bound: false,
    fields: &["network", "version", "message"],
    head: SHALLOW,
    inspect,
};

/// By type; what is left out is not in use.
const MESSAGES: [(u8, &str); 13] = [
    (0x02, "keepalive"),
    (0x03, "publish"),
    (0x04, "confirm_req"),
    (0x05, "confirm_ack"),
    (0x06, "bulk_pull"),
    (0x07, "bulk_push"),
    (0x08, "frontier_req"),
    (0x0a, "node_id_handshake"),
    (0x0b, "bulk_pull_account"),
    (0x0c, "telemetry_req"),
    (0x0d, "telemetry_ack"),
    (0x0e, "asc_pull_req"),
    (0x0f, "asc_pull_ack"),
];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some([b'R', network @ b'A'..=b'D' | network @ b'X', highest, using, lowest, kind, ..]) =
        look.bytes.first_chunk::<8>()
    else {
        let fits = look.bytes.len() < 8 && matches!(look.bytes, [_] | [_, b'A'..=b'D' | b'X', ..]);
        return if fits && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    let ordered = (10..=40).contains(lowest) && lowest <= using && using <= highest && *highest <= 40;
    let Some((_, name)) = MESSAGES.iter().find(|(known, _)| known == kind).filter(|_| ordered) else {
        return Verdict::No;
    };
    let network = match network {
        b'C' => "live",
        b'B' => "beta",
        b'X' => "test",
        _ => "development",
    };
    findings.note("network", network);
    findings.note("version", *using);
    findings.note("message", *name);
    Verdict::proven("Nano message header", Want::Reply)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        7076,
        &[(SRC, b"RC\x14\x14\x12\x0a\x05\0\xf0\x26\x9f\x5e\x01\x10\xda\x0f")],
    )],
    near_miss: &[Sample::tcp(
        50000,
        7075,
        &[(SRC, b"RC\x14\x12\x14\x0a\x05\0\xf0\x26\x9f\x5e\x01\x10\xda\x0f")],
    )],
};
