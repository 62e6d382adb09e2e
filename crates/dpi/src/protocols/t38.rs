//! Fax over UDP (ITU-T T.38) in UDPTL packets: three in a row with consistent lengths.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Glimpse, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "t38",
    category: "voip",
    encrypted: false,
    // Sequence numbers begin with zero, and a page has fewer than 1,024 packets.
    over: &[(Transport::Udp, &[0..=3])],
    ports: &[],
    bound: false,
    fields: &["indicator"],
    head: SHALLOW,
    inspect,
};

/// T.38 annex A: packets of an indicator have this form, without earlier ones repeated.
fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some((number, packet)) = Packet::read(look.bytes) else { return Verdict::No };
    let before = |glimpse: &Glimpse| {
        let len = usize::from(glimpse.len).min(Glimpse::LEN);
        let (earlier, _) = Packet::read_start(glimpse.start.get(..len)?)?;
        // Of the last three; packets are sent again, for want of acknowledgements.
        (number.wrapping_sub(earlier) <= 3).then_some(())
    };
    let mut same = look.earlier.iter().rev().filter(|glimpse| glimpse.from_src == look.from_src);
    let agreed = same.by_ref().take(3).filter_map(before).count();
    if agreed < 2 {
        return Verdict::NeedMore;
    }
    if let Packet::Indicator(indicator) = packet {
        findings.note("indicator", indicator);
    }
    Verdict::likely("UDPTL packets of consistent lengths, their numbers rising", Want::Nothing)
}

enum Packet {
    Indicator(&'static str),
    Data,
}

impl Packet {
    /// The whole of a packet: number, length of the first message, the message, its correction.
    fn read(bytes: &[u8]) -> Option<(u16, Self)> {
        let (number, packet) = Self::read_start(bytes)?;
        let mut reader = Reader::new(bytes.get(2..)?);
        let message = reader.block8()?;
        if let Self::Data = packet {
            // PER: the data's type, a count of fields, and for each its type at least.
            (message.len() >= 3).then_some(())?;
        }
        // T.38 s9.1.3: either earlier messages, as many as counted, or parity.
        match reader.u8()? {
            0 => {
                for _ in 0..reader.u8()? {
                    reader.block8()?;
                }
            }
            0x80 => {
                let span = reader.block8()?;
                (span.len() == 1).then_some(())?;
                for _ in 0..reader.u8()? {
                    reader.block8()?;
                }
            }
            _ => return None,
        }
        reader.is_empty().then_some((number, packet))
    }

    fn read_start(bytes: &[u8]) -> Option<(u16, Self)> {
        let mut reader = Reader::new(bytes);
        let number = reader.u16()?;
        let len = reader.u8()?;
        let first = reader.u8()?;
        let packet = match (len, first) {
            // T.38 annex A in PER: has fields, is data, extension, then the type, of which there
            // are 16 indicators and 9 kinds of data.
            (1, 0..=0x1e) if first & 1 == 0 => Self::Indicator(indicator(first >> 1)),
            (2.., 0xc0..=0xd0) if first & 1 == 0 => Self::Data,
            _ => return None,
        };
        Some((number, packet))
    }
}

fn indicator(number: u8) -> &'static str {
    match number {
        0 => "no-signal",
        1 => "cng",
        2 => "ced",
        3 => "v21-preamble",
        4 | 5 => "v27-training",
        6 | 7 => "v29-training",
        _ => "v17-training",
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        4000,
        4002,
        &[
            (SRC, b"\0\0\x01\0\0\0"),
            (DST, b"\0\0\x01\x04\0\0"),
            (SRC, b"\0\x01\x01\x02\0\x01\x01\0"),
            (SRC, b"\0\x02\x01\x06\0\x02\x01\x02\x01\0"),
        ],
    )],
    near_miss: &[Sample::udp(
        4000,
        4002,
        &[
            (SRC, b"\0\0\x01\0\0\0"),
            (SRC, b"\0\x01\x01\x02\0\x01\x01\0"),
            (SRC, b"\0\x02\x01\x06\0\x02\x01\x02\x02\0"),
        ],
    )],
};
