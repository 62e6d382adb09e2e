//! Mitsubishi's MELSEC and SLMP (SH-080008, frames 3E and 4E in binary): stations, commands, the CPU's name.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Starts, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "melsec",
    category: "industrial",
    encrypted: false,
    over: &[(Transport::Tcp, FIRST), (Transport::Udp, FIRST)],
    ports: &[5000, 5001, 5002, 5006, 5007, 5010, 5560, 5562, 1025, 2000],
    bound: false,
    fields: &["network", "station", "commands", "end_code", "model"],
    head: SHALLOW,
    inspect,
};

/// Requests and responses, without and with a serial number.
const FIRST: Starts = &[0x50..=0x50, 0x54..=0x54, 0xd0..=0xd0, 0xd4..=0xd4];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let partial = if look.cut || look.transport == Transport::Udp { Verdict::No } else { Verdict::NeedMore };
    let mut reader = Reader::new(look.bytes);
    let Some([kind, zero]) = reader.array() else { return partial };
    if zero != 0 || (kind & 4 != 0 && !matches!(reader.array(), Some([_, _, 0, 0]) | None)) {
        return Verdict::No;
    }
    // Network, station, the module's I/O number, multidrop station, length from the timer on.
    let Some([network, station, io_low, io_high, _, low, high]) = reader.array() else { return partial };
    let length = usize::from(u16::from_le_bytes([low, high]));
    if io_high != 3 || !(0xd0..=0xff).contains(&io_low) || length < 2 {
        return Verdict::No;
    }
    let Some(body) = reader.take(length) else { return if length > 2000 { Verdict::No } else { partial } };
    if look.transport == Transport::Udp && !reader.is_empty() {
        return Verdict::No;
    }
    if kind & 0x80 == 0 {
        let [_, _, low, high, _, sub_high, ..] = body else { return Verdict::No };
        let Some(name) = command(u16::from_le_bytes([*low, *high])) else { return Verdict::No };
        if *sub_high > 1 {
            return Verdict::No;
        }
        findings.add("commands", name.into());
    } else if let [low, high, data @ ..] = body {
        findings.note("end_code", format!("{:04x}", u16::from_le_bytes([*low, *high])));
        // The answer to "read type name": 16 characters and a code.
        if (*low, *high) == (0, 0)
            && let Some((name, [_, _])) = data.split_at_checked(16)
            && name.iter().all(|byte| matches!(byte, b' '..=b'~'))
        {
            findings.note("model", lossy(name.trim_ascii(), NAME_MAX));
        }
    }
    findings.note("network", network);
    findings.note("station", station);
    Verdict::proven("MELSEC frame and its length", Want::Reply)
}

fn command(code: u16) -> Option<&'static str> {
    Some(match code {
        0x0101 => "read-type-name",
        0x0401 => "batch-read",
        0x0403 => "random-read",
        0x0406 => "multiple-block-read",
        0x0601 => "extend-unit-read",
        0x0613 => "memory-read",
        0x0619 => "self-test",
        0x0801 => "monitor-register",
        0x0802 => "monitor",
        0x1001 => "remote-run",
        0x1002 => "remote-stop",
        0x1003 => "remote-pause",
        0x1005 => "remote-latch-clear",
        0x1006 => "remote-reset",
        0x1401 => "batch-write",
        0x1402 => "random-write",
        0x1406 => "multiple-block-write",
        0x1613 => "memory-write",
        0x1617 => "clear-error",
        0x1630 => "remote-password-unlock",
        0x1631 => "remote-password-lock",
        0x1810 => "file-directory",
        0x1827..=0x182a => "file",
        0x0e30 => "node-search",
        _ => return None,
    })
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        5007,
        &[
            (SRC, b"\x50\0\0\xff\xff\x03\0\x0c\0\x10\0\x01\x04\0\0\x64\0\0\xa8\x03\0"),
            (DST, b"\xd0\0\0\xff\xff\x03\0\x08\0\0\0\x01\0\x02\0\x03\0"),
        ],
    )],
    near_miss: &[Sample::tcp(
        50000,
        5007,
        &[(SRC, b"\x50\0\0\xff\xff\x04\0\x0c\0\x10\0\x01\x04\0\0\x64\0\0\xa8\x03\0")],
    )],
};
