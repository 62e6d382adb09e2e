//! Train real-time data protocol (IEC 61375-2-3 annex A): process data, message data, their communication ids.

use crate::checksum::crc32;
use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "trdp",
    category: "industrial",
    encrypted: false,
    over: &[(Transport::Udp, ANY), (Transport::Tcp, ANY)],
    ports: &[17224, 17225],
    bound: false,
    fields: &["message", "com_id", "source", "destination"],
    head: SHALLOW,
    inspect,
};

/// Headers with the check sequence at their end.
const PROCESS_LEN: usize = 40;
const MESSAGE_LEN: usize = 116;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    // Sequence counter, version, type, communication id.
    let Some((&[_, _, _, _, version, _, kind, sort, a, b, c, d], _)) = look.bytes.split_first_chunk() else {
        let partial = look.transport == Transport::Tcp
            && !look.cut
            && !matches!(look.bytes, [_, _, _, _, 0 | 3..=255, ..]);
        return if partial && look.hinted { Verdict::NeedMore } else { Verdict::No };
    };
    let (1 | 2, Some((name, length))) = (version, message(kind, sort)) else { return Verdict::No };
    let Some((header, check)) = look.bytes.get(..length).and_then(|header| header.split_last_chunk::<4>())
    else {
        let partial = look.transport == Transport::Tcp && !look.cut;
        return if partial { Verdict::NeedMore } else { Verdict::No };
    };
    if crc32(header) != u32::from_le_bytes(*check) {
        return Verdict::No;
    }
    findings.note("message", name);
    findings.note("com_id", u32::from_be_bytes([a, b, c, d]));
    // Session, timeout and reply status come before the URIs of message data.
    for (field, from) in [("source", 48), ("destination", 80)] {
        if let Some(uri) =
            header.get(from..from + 32).filter(|uri| uri.first().is_some_and(|byte| *byte != 0))
        {
            let end = uri.iter().position(|byte| *byte == 0).unwrap_or(uri.len());
            findings.note(field, lossy(uri.get(..end).unwrap_or_default(), NAME_MAX));
        }
    }
    Verdict::proven("TRDP header with a correct check sequence", Want::Nothing)
}

fn message(kind: u8, sort: u8) -> Option<(&'static str, usize)> {
    Some(match (kind, sort) {
        (b'P', b'd') => ("process-data", PROCESS_LEN),
        (b'P', b'p') => ("process-reply", PROCESS_LEN),
        (b'P', b'r') => ("process-request", PROCESS_LEN),
        (b'P', b'e') => ("process-error", PROCESS_LEN),
        (b'M', b'n') => ("notification", MESSAGE_LEN),
        (b'M', b'r') => ("request", MESSAGE_LEN),
        (b'M', b'p') => ("reply", MESSAGE_LEN),
        (b'M', b'q') => ("reply-query", MESSAGE_LEN),
        (b'M', b'c') => ("confirm", MESSAGE_LEN),
        (b'M', b'e') => ("error", MESSAGE_LEN),
        _ => return None,
    })
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        17224,
        17224,
        &[(SRC, b"\0\0\0\x01\x01\0Pd\0\0\x07\xd0\0\0\0\0\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\x1e\x31\xe6\x64\x01\x02\x03\x04")],
    )],
    near_miss: &[Sample::udp(
        17224,
        17224,
        &[(SRC, b"\0\0\0\x01\x01\0Pd\0\0\x07\xd0\0\0\0\0\0\0\0\0\0\0\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\x01\x02\x03\x04\x01\x02\x03\x04")],
    )],
};
