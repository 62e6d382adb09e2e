//! Network Time Protocol (RFC 5905): time, control (RFC 9327) and private messages.

use crate::notation::dotted;
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "ntp",
    category: "network",
    encrypted: false,
    over: &[(Transport::Udp, &[0x08..=0x27, 0x8f..=0xa7, 0xc9..=0xe7])],
    ports: &[123],
    bound: true,
    fields: &["version", "mode", "stratum", "reference", "operation"],
    head: SHALLOW,
    inspect,
};

const MIN_LEN: usize = 48;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some(first) = look.bytes.first() else { return Verdict::No };
    let (version, mode) = (first >> 3 & 7, first & 7);
    if !matches!(version, 1..=4) {
        return Verdict::No;
    }
    let operation = match mode {
        1..=5 if is_time(look, mode) => None,
        // RFC 1059 appendix B: version 1 tells client and server by their ports.
        0 if version == 1 && is_time(look, 3) => None,
        6 if is_control(look) => look.bytes.get(1).map(|second| second & 0x1f),
        7 if is_private(look) => look.bytes.get(3).copied(),
        _ => return Verdict::No,
    };
    findings.note("version", version);
    findings.note("mode", mode_name(mode));
    match operation {
        Some(operation) => findings.note("operation", operation),
        None => note_source(look.bytes, mode, findings),
    }
    let want = if matches!(mode, 2 | 4 | 5) { Want::Nothing } else { Want::Reply };
    Verdict::proven("NTP header", want)
}

/// RFC 5905 s7.3: 48 bytes; extensions and the code behind them come in fours (RFC 7822 s3).
fn is_time(look: &Look<'_>, mode: u8) -> bool {
    let Some((header, rest)) = look.bytes.split_first_chunk::<MIN_LEN>() else { return false };
    if !rest.len().is_multiple_of(4) {
        return false;
    }
    let mut reader = Reader::new(header);
    let (Some(_), Some(stratum), Some(poll), Some(precision), Some(delay), Some(dispersion)) =
        (reader.u8(), reader.u8(), reader.u8(), reader.u8(), reader.u32(), reader.u32())
    else {
        return false;
    };
    // What is in range is not noise: 16 strata, polls up to 36 hours, precisions under a second,
    // and a root within 16 seconds that was heard of less than a day ago.
    let [delay_seconds, dispersion_seconds] = [delay, dispersion].map(|short| short >> 16);
    let in_range = stratum <= 16
        && (poll <= 17 || poll >= 0xf8)
        && (precision == 0 || precision >= 0xd8)
        && !(16..0xfff0).contains(&delay_seconds)
        && dispersion_seconds < 256;
    // RFC 5905 s7.3: a client may leave all but its transmit time at zero, a server must tell it.
    let transmit = reader.take(28).is_some() && reader.take(8).is_some_and(|time| time != [0; 8]);
    in_range && (transmit || mode == 3)
}

/// RFC 9327 s2: 12 bytes and as many as they count, in fours, maybe with a code behind them.
fn is_control(look: &Look<'_>) -> bool {
    let Some((header, rest)) = look.bytes.split_first_chunk::<12>() else { return false };
    let [_, operation, _, _, _, _, _, _, offset_high, _, count_high, count_low] = *header;
    let count = usize::from(u16::from_be_bytes([count_high, count_low]));
    let known = matches!(operation & 0x1f, 1..=12 | 31);
    let request = operation & 0x80 == 0;
    known
        && (!request || (operation & 0x60 == 0 && offset_high == 0))
        && count <= 468
        && (look.cut
            || [0, 16, 20, 24]
                .iter()
                .any(|code| count.next_multiple_of(4) + code == rest.len() || count + code == rest.len()))
}

/// Of the reference implementation (`ntpdc`): items of a size behind 8 bytes. Requests have no
/// item in most cases, but room for one.
fn is_private(look: &Look<'_>) -> bool {
    let Some((header, rest)) = look.bytes.split_first_chunk::<8>() else { return false };
    let [first, _, implementation, _, count_high, count_low, size_high, size_low] = *header;
    let response = first & 0x80 != 0;
    let (error, reserved) = (count_high >> 4, size_high >> 4);
    let count = usize::from(u16::from_be_bytes([count_high & 0xf, count_low]));
    let size = usize::from(u16::from_be_bytes([size_high & 0xf, size_low]));
    let items = count * size;
    matches!(implementation, 0 | 2 | 3)
        && reserved == 0
        && error <= 7
        && size <= 500
        && match response {
            true => items == rest.len() || look.cut,
            // 40 bytes of data, then time, key number and code if it is signed.
            false => {
                error == 0
                    && items <= rest.len()
                    && (matches!(rest.len(), 0 | 40 | 48 | 52 | 128 | 184) || items == rest.len())
            }
        }
}

/// RFC 5905 figure 10.
fn mode_name(mode: u8) -> &'static str {
    const NAMES: [&str; 7] =
        ["symmetric-active", "symmetric-passive", "client", "server", "broadcast", "control", "private"];
    NAMES.get(usize::from(mode).wrapping_sub(1)).copied().unwrap_or("reserved")
}

/// RFC 5905 s7.3: at strata 0 and 1 the reference is four letters, above an address.
fn note_source(bytes: &[u8], mode: u8, findings: &mut Findings) {
    let (Some(stratum), Some(reference)) =
        (bytes.get(1), bytes.get(12..16).and_then(|reference| reference.first_chunk::<4>()))
    else {
        return;
    };
    if mode == 3 {
        return;
    }
    findings.note("stratum", *stratum);
    if *stratum > 1 {
        findings.note("reference", dotted(u32::from_be_bytes(*reference)));
    } else {
        let end = reference.iter().position(|byte| !byte.is_ascii_graphic()).unwrap_or(4);
        findings.note("reference", lossy(reference.get(..end).unwrap_or_default(), NAME_MAX));
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            50000,
            123,
            &[(SRC, b"\x23\0\x06\xec\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xe6\x12\x34\x56\x78\x9a\xbc\xde")],
        ),
        Sample::udp(50000, 123, &[(SRC, b"\x17\0\x03\x2a\0\0\0\0")]),
        Sample::udp(50000, 123, &[(SRC, b"\x16\x02\0\x01\0\0\0\0\0\0\0\0")]),
    ],
    near_miss: &[
        // An hour to the root.
        Sample::udp(
            50000,
            123,
            &[(SRC, b"\x23\0\x06\xec\x0e\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xe6\x12\x34\x56\x78\x9a\xbc\xde")],
        ),
        Sample::udp(50000, 123, &[(SRC, b"\x17\0\x03\x2a\0\x01\0\x48")]),
        Sample::udp(50000, 123, &[(SRC, b"\x16\x02\0\x01\0\0\0\0\0\0\0\x0c")]),
    ],
};
