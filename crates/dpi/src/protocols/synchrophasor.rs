//! Synchrophasors over TCP and UDP (IEEE C37.118.2): data streams' numbers, frames, stations.

use crate::checksum::crc16_ccitt;
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Starts, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "synchrophasor",
    category: "industrial",
    encrypted: false,
    over: &[(Transport::Tcp, FIRST), (Transport::Udp, FIRST)],
    ports: &[4712, 4713],
    bound: false,
    fields: &["id_code", "frames", "station"],
    head: SHALLOW,
    inspect,
};

const FIRST: Starts = &[0xaa..=0xaa];

/// s6.2: synchronization, size, id, second, fraction, and the check at the end.
const LEAST: usize = 16;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let mut count = 0;
    while let Some((&[sync, kind, high, low, id_high, id_low], _)) = reader.rest().split_first_chunk() {
        let size = usize::from(u16::from_be_bytes([high, low]));
        let (0xaa, Some(name), LEAST..) = (sync, frame_name(kind), size) else {
            return if count > 0 { break } else { Verdict::No };
        };
        let Some(frame) = reader.take(size) else {
            // A configuration can be longer than what is kept.
            if count == 0 && (look.cut || look.transport == Transport::Udp) {
                return Verdict::No;
            }
            break;
        };
        let (checked, check) = frame.split_at_checked(size - 2).unwrap_or_default();
        if check != crc16_ccitt(0xffff, checked).to_be_bytes() {
            return if count > 0 { break } else { Verdict::No };
        }
        count += 1;
        findings.note("id_code", u16::from_be_bytes([id_high, id_low]));
        findings.add("frames", name.into());
        // s6.4: time base and count of units, then the first one's station name.
        if let (0x20 | 0x30, Some(station)) = (kind & 0x70, frame.get(20..36)) {
            findings.note("station", lossy(station.trim_ascii(), NAME_MAX));
        }
    }
    match count {
        0 if look.cut || look.transport == Transport::Udp => Verdict::No,
        0 if matches!(look.bytes, [_, kind, ..] if frame_name(*kind).is_none()) => Verdict::No,
        0 => Verdict::NeedMore,
        _ => Verdict::proven("C37.118 frame with a correct CRC", Want::Reply),
    }
}

/// Table 2: reserved bit, type, and a version that is 1, 2 or 3.
fn frame_name(kind: u8) -> Option<&'static str> {
    if !(1..=3).contains(&(kind & 0x0f)) {
        return None;
    }
    Some(match kind >> 4 {
        0 => "data",
        1 => "header",
        2 => "configuration-1",
        3 => "configuration-2",
        4 => "command",
        5 => "configuration-3",
        _ => return None,
    })
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(50000, 4712, &[(SRC, COMMAND)]), Sample::udp(50000, 4713, &[(SRC, COMMAND)])],
    near_miss: &[Sample::tcp(
        50000,
        4712,
        &[(SRC, b"\xaa\x41\0\x12\0\x07\x60\x01\x02\x03\0\0\0\0\0\x05\xff\xff")],
    )],
};

#[cfg(test)]
const COMMAND: &[u8] = b"\xaa\x41\0\x12\0\x07\x60\x01\x02\x03\0\0\0\0\0\x05\xe3\x0c";

#[cfg(test)]
mod tests {
    use crate::testing::{Flow, TCP};

    /// A broken frame behind a sound one does not unsay it.
    #[test]
    fn a_broken_second_frame() {
        let mut stream = super::COMMAND.to_vec();
        stream.extend_from_slice(super::COMMAND);
        *stream.last_mut().unwrap() ^= 1;
        let mut flow = Flow::new(TCP, 50000, 4712);
        flow.src(&stream);
        assert_eq!(flow.name(), Some("synchrophasor"));
    }
}
