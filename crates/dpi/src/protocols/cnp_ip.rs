//! Control network protocol over IP, LonTalk's (ISO/IEC 14908-4, EIA-852): packet types and sessions.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "cnp-ip",
    category: "industrial",
    encrypted: false,
    over: &[(Transport::Udp, &[0..=5]), (Transport::Tcp, &[0..=5])],
    ports: &[1628, 1629],
    bound: false,
    fields: &["packet", "vendor_code", "session"],
    head: SHALLOW,
    inspect,
};

/// The header without its extension.
const HEADER_LEN: usize = 20;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    // Length, version, type, extension's length in words, flags, vendor, session, sequence, time.
    let Some([high, low, version @ 0..=1, kind, extension, flags, vendor_high, vendor_low]) = reader.array()
    else {
        let begun = look.transport == Transport::Tcp && !look.cut && look.bytes.len() < 8;
        return if begun && look.hinted { Verdict::NeedMore } else { Verdict::No };
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    let (Some(session), Some(name)) = (reader.array().map(u32::from_be_bytes), packet(kind)) else {
        return Verdict::No;
    };
    if length < HEADER_LEN + usize::from(extension) * 4 || flags & 0x1f > 2 {
        return Verdict::No;
    }
    if length != look.bytes.len() && look.transport == Transport::Udp && !look.cut {
        return Verdict::No;
    }
    // What follows in a stream is another packet of the same session.
    if look.transport == Transport::Tcp {
        let Some(next) = look.bytes.get(length..) else {
            return if look.cut || length > SHALLOW { Verdict::No } else { Verdict::NeedMore };
        };
        let agrees = next
            .iter()
            .zip(look.bytes)
            .enumerate()
            .all(|(at, (own, first))| own == first || !matches!(at, 2 | 6..=11));
        if !agrees {
            return Verdict::No;
        }
    }
    // A session's packets agree in everything but type and sequence.
    let again = look.earlier.iter().any(|glimpse| {
        let [_, _, before, _, _, _, high, low, a, b, c, d, ..] = glimpse.start;
        (before, high, low, u32::from_be_bytes([a, b, c, d])) == (version, vendor_high, vendor_low, session)
    });
    if !look.hinted && !again {
        return if kind == 1 && look.transport == Transport::Udp { Verdict::NeedMore } else { Verdict::No };
    }
    findings.note("packet", name);
    findings.note("vendor_code", u16::from_be_bytes([vendor_high, vendor_low]));
    findings.note("session", session);
    if look.hinted {
        Verdict::proven("CNP/IP header at its port", Want::Nothing)
    } else {
        Verdict::likely("two CNP/IP headers of one session", Want::Nothing)
    }
}

/// EIA-852 s8.
fn packet(kind: u8) -> Option<&'static str> {
    Some(match kind {
        0x01 => "data",
        0x03 => "device-registration",
        0x04 => "channel-membership",
        0x06 => "send-list",
        0x07 => "acknowledge",
        0x08 => "channel-routing",
        0x60 => "status-request",
        0x63 => "device-configuration-request",
        0x64 => "channel-membership-request",
        0x66 => "send-list-request",
        0x68 => "channel-routing-request",
        0x70 => "status-response",
        0x71 => "device-configuration",
        0x7f => "segment",
        _ => return None,
    })
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            1628,
            1628,
            &[(SRC, b"\0\x18\x01\x01\0\0\0\0\x12\x34\x56\x78\0\0\0\x01\0\0\0\0\x01\x02\x03\x04")],
        ),
        Sample::udp(
            1700,
            1701,
            &[
                (SRC, b"\0\x18\x01\x01\0\0\0\0\x12\x34\x56\x78\0\0\0\x01\0\0\0\0\x01\x02\x03\x04"),
                (DST, b"\0\x16\x01\x01\0\0\0\0\x12\x34\x56\x78\0\0\0\x01\0\0\0\0\x01\x02"),
            ],
        ),
    ],
    near_miss: &[Sample::udp(
        1628,
        1628,
        &[(SRC, b"\0\x19\x01\x01\0\0\0\0\x12\x34\x56\x78\0\0\0\x01\0\0\0\0\x01\x02\x03\x04")],
    )],
};
