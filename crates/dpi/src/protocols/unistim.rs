//! UNIStim of Nortel's telephones: reliable UDP packets and the commands in them.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "unistim",
    category: "voip",
    encrypted: false,
    // Sequence numbers count from zero or from all ones; the high half changes late.
    over: &[(Transport::Udp, &[0..=0, 0xff..=0xff])],
    ports: &[5000, 5100, 5105],
    bound: true,
    fields: &[],
    head: SHALLOW,
    inspect,
};

/// Sequence number, then: refused, acknowledged, sent.
const NAK: u8 = 0;
const ACK: u8 = 1;
const PAYLOAD: u8 = 2;

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let (Some(high), Some(_low), Some(kind)) = (reader.u16(), reader.u16(), reader.u8()) else {
        return Verdict::No;
    };
    if !matches!(high, 0 | 0xffff) {
        return Verdict::No;
    }
    match kind {
        // Of the telephone with its number, and of the switch without.
        ACK | NAK if reader.is_empty() || reader.rest().len() == 4 => match acknowledged(look) {
            true => Verdict::proven("UNIStim packet and its acknowledgement", Want::Nothing),
            false => Verdict::NeedMore,
        },
        PAYLOAD => match reader.u8() {
            // 1 of the telephone, with its number; 2 of the switch; 0 where it has none yet.
            Some(1) if reader.take(4).is_some() && are_commands(reader.rest()) => commands(look),
            Some(0 | 2) if are_commands(reader.rest()) => commands(look),
            _ => Verdict::No,
        },
        _ => Verdict::No,
    }
}

fn commands(look: &Look<'_>) -> Verdict {
    match acknowledged(look) {
        true => Verdict::proven("UNIStim packet and its acknowledgement", Want::Nothing),
        false => Verdict::likely("UNIStim commands of consistent lengths", Want::Reply),
    }
}

/// The other side's last packet has this number.
fn acknowledged(look: &Look<'_>) -> bool {
    look.last(false).is_some_and(|last| {
        last.start.get(..4) == look.bytes.get(..4) && matches!(last.start.get(4), Some(&(ACK | PAYLOAD)))
    })
}

/// Address, length of the whole, command ...; at least one, and nothing after the last.
fn are_commands(bytes: &[u8]) -> bool {
    let mut reader = Reader::new(bytes);
    while !reader.is_empty() {
        let (Some(address), Some(len @ 3..)) = (reader.u8(), reader.u8()) else { return false };
        // Managers of broadcast, audio, display, network, keys and phone, to both sides.
        let known = matches!(address, 0x10..=0x1f | 0x90..=0x9f | 0x89 | 0x09 | 0xff);
        if !known || reader.take(usize::from(len) - 2).is_none() {
            return false;
        }
    }
    !bytes.is_empty()
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        5000,
        5100,
        &[(SRC, b"\0\0\0\x01\x02\x02\x16\x04\x1a\x07"), (DST, b"\0\0\0\x01\x01\x12\x34\x56\x78")],
    )],
    near_miss: &[
        Sample::udp(
            5000,
            5100,
            &[(SRC, b"\0\0\0\x01\x02\x02\x16\x05\x1a\x07"), (DST, b"\0\0\0\x01\x01\x12\x34\x56\x78")],
        ),
        Sample::udp(5000, 5100, &[(SRC, b"\0\0\0\x01\x01\x12\x34\x56\x78")]),
    ],
};
