//! Network data management protocol, backups of file servers (versions 2 to 4): messages.

#[cfg(test)]
use crate::protocol::{DST, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "ndmp",
    category: "file-transfer",
    encrypted: false,
    over: &[(Transport::Tcp, &[0x80..=0x80])],
    ports: &[10000],
    bound: false,
    fields: &["messages", "version"],
    head: SHALLOW,
    inspect,
};

/// Record mark, sequence, time, kind, message, the sequence answered, error.
fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    // The last fragment of a record that is not long (RFC 5531 s11).
    if matches!(look.bytes, [_, high, ..] if *high != 0) {
        return Verdict::No;
    }
    let (Some([0x80, 0, high, low]), Some([_, _, _, _, _, _, _, _]), Some([0, 0, 0, kind @ 0..=1])) =
        (reader.array(), reader.array(), reader.array())
    else {
        return if look.bytes.len() < 16 && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    let Some([0, 0, group, number]) = reader.array() else {
        return if look.bytes.len() < 20 && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    let Some(name) = message(group, number) else { return Verdict::No };
    // Reply sequence and error: a request has neither.
    let fits = match reader.array::<8>() {
        Some(zeros) => kind == 1 || zeros == [0; 8],
        None => return if look.cut { Verdict::No } else { Verdict::NeedMore },
    };
    if !fits || u16::from_be_bytes([high, low]) < 24 {
        return Verdict::No;
    }
    findings.add("messages", name.into());
    if group == 9
        && number == 0
        && kind == 0
        && let Some([0, 0, 0, version @ 1..=5]) = reader.array()
    {
        findings.note("version", version);
    }
    Verdict::proven("NDMP header", Want::Reply)
}

fn message(group: u8, number: u8) -> Option<&'static str> {
    Some(match (group, number) {
        (1, 0..=0x0c) => "config",
        (2, 0..=6) => "scsi",
        (3, 0..=8) => "tape",
        (4, 0..=0x0b) => "data",
        (5, 2) => "notify-connection-status",
        (5, 0..=8) => "notify",
        (6, 0..=8) => "log",
        (7, 0..=8) => "file-history",
        (9, 0) => "connect-open",
        (9, 1) => "connect-client-authenticate",
        (9, 2) => "connect-close",
        (9, 3) => "connect-server-authenticate",
        (0x0a, 0..=0x0c) => "mover",
        _ => return None,
    })
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        10000,
        &[(DST, b"\x80\0\0\x24\0\0\0\x01\x4b\x12\x34\x56\0\0\0\0\0\0\x05\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x04\0\0\0\0")],
    )],
    near_miss: &[Sample::tcp(
        50000,
        10000,
        &[(DST, b"\x80\0\0\x24\0\0\0\x01\x4b\x12\x34\x56\0\0\0\0\0\0\x08\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x04\0\0\0\0")],
    )],
};
