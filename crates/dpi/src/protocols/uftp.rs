//! Encrypted UDP-based file transfer with multicast (UFTP 4 and 5): messages, and the files announced.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "uftp",
    category: "file-transfer",
    encrypted: false,
    over: &[(Transport::Udp, &[0x40..=0x40, 0x50..=0x50])],
    ports: &[1044],
    bound: false,
    fields: &["version", "messages"],
    head: SHALLOW,
    inspect,
};

/// Version, function, sequence, source, group, its instance, round trip, size, and a reserved
/// byte; the message behind it repeats its function and has its length in words of four bytes.
fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let [version, function, .., reserved] = look.bytes.first_chunk::<16>().unwrap_or(&[0; 16]);
    let Some([again, words, ..]) = look.bytes.get(16..) else { return Verdict::No };
    let Some(name) = message(*function) else { return Verdict::No };
    let length = usize::from(*words) * 4;
    if *reserved != 0 || again != function || !(4..=look.bytes.len() - 16).contains(&length) {
        return Verdict::No;
    }
    findings.note("version", version >> 4);
    findings.add("messages", name.into());
    if look.hinted {
        Verdict::proven("UFTP header at its port", Want::Reply)
    } else {
        Verdict::likely("UFTP header", Want::Reply)
    }
}

fn message(function: u8) -> Option<&'static str> {
    Some(match function {
        1 => "announce",
        2 => "register",
        3 => "client-key",
        4 => "registration-confirmation",
        5 => "key-info",
        6 => "key-info-ack",
        7 => "file-info",
        8 => "file-info-ack",
        9 => "file-segment",
        10 => "done",
        11 => "status",
        12 => "complete",
        13 => "done-confirmation",
        14 => "heartbeat-request",
        15 => "heartbeat-response",
        16 => "key-request",
        17 => "proxy-key",
        18 => "encrypted",
        19 => "abort",
        20 => "congestion-control",
        21 => "congestion-control-ack",
        _ => return None,
    })
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        1044,
        &[(SRC, b"\x50\x01\0\x01\xc0\xa8\0\x05\x12\x34\x56\x78\0\x64\x03\0\x01\x02\0\0\0\0\0\0")],
    )],
    near_miss: &[Sample::udp(
        50000,
        1044,
        &[(SRC, b"\x50\x01\0\x01\xc0\xa8\0\x05\x12\x34\x56\x78\0\x64\x03\0\x02\x02\0\0\0\0\0\0")],
    )],
};
