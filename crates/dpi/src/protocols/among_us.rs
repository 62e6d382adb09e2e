//! Among Us (Hazel networking, no public specification): the hello with which a client connects.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "among-us",
    category: "game",
    encrypted: false,
    over: &[(Transport::Udp, &[0x08..=0x08])],
    ports: &[22023, 22123, 22223, 22323, 22423, 22523, 22623, 22723, 22823, 22923],
    bound: false,
    fields: &["version", "player"],
    head: SHALLOW,
    inspect,
};

/// A reliable hello, the first message of its connection, Hazel version 0.
const HELLO: [u8; 4] = [8, 0, 1, 0];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    if reader.array() != Some(HELLO) {
        return Verdict::No;
    }
    let Some((year, month, day)) = reader.array().map(u32::from_le_bytes).and_then(date) else {
        return Verdict::No;
    };
    findings.note("version", format!("{year}.{month}.{day}"));
    if let Some(name) =
        reader.block8().filter(|name| !name.is_empty() && !name.iter().any(u8::is_ascii_control))
    {
        findings.note("player", lossy(name, NAME_MAX));
    }
    Verdict::proven("Hazel hello with a game version that is a date", Want::Nothing)
}

/// Clients count their versions as years of 25,000, months of 1,800 and days of 50.
fn date(version: u32) -> Option<(u32, u32, u32)> {
    let (year, rest) = (version / 25_000, version % 25_000);
    let (month, day) = (rest / 1_800, rest % 1_800 / 50);
    ((2018..2060).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day))
        .then_some((year, month, day))
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(50000, 22023, &[(SRC, b"\x08\0\x01\0\x80\xd9\x02\x03\x05Green")])],
    near_miss: &[Sample::udp(50000, 22023, &[(SRC, b"\x08\0\x01\0\x80\xd9\x02\x33\x05Green")])],
};
