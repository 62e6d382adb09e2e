//! Cloudflare WARP: WireGuard with changed message types and a client's number where that has zeros.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "cloudflare-warp",
    category: "vpn",
    encrypted: true,
    over: &[(Transport::Udp, &[1..=4, CHANGED + 1..=CHANGED + 4])],
    // developers.cloudflare.com/cloudflare-one: WARP with firewall, WireGuard's ports.
    ports: &[2408, 500, 1701, 4500],
    bound: true,
    fields: &[],
    head: SHALLOW,
    inspect,
};

/// Added to WireGuard's message types by newer clients.
const CHANGED: u8 = 0xc0;

const INITIATION: u8 = 1;
const RESPONSE: u8 = 2;
const DATA: u8 = 4;

/// WireGuard's handshakes are at least this long, those with a post-quantum key longer.
const INITIATION_MIN: usize = 148;
const RESPONSE_MIN: usize = 92;
const DATA_MIN: usize = 32;

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let Some([kind, client @ ..]) = reader.array::<4>() else { return Verdict::No };
    let (changed, numbered) = (kind > CHANGED, client != [0; 3]);
    // That is WireGuard itself.
    if !changed && !numbered {
        return Verdict::No;
    }
    let len = look.bytes.len();
    match kind & !CHANGED {
        // QUIC 1 begins so too (RFC 9000 s17.2).
        INITIATION if changed && look.bytes.get(..5) == Some(&[CHANGED + INITIATION, 0, 0, 0, 1]) => {
            Verdict::No
        }
        // The number comes with the answer.
        INITIATION if changed && !numbered && len >= INITIATION_MIN => {
            Verdict::proven("WARP handshake initiation", Want::Nothing)
        }
        INITIATION if !changed && len == INITIATION_MIN => {
            Verdict::likely("WireGuard handshake with a client number", Want::Rest)
        }
        RESPONSE if len >= RESPONSE_MIN => match look.last(false) {
            Some(before) if before.start.starts_with(&[kind.wrapping_sub(1)]) => {
                Verdict::proven("WARP handshake", Want::Nothing)
            }
            _ => Verdict::NeedMore,
        },
        DATA if len >= DATA_MIN => data(look, &mut reader),
        _ => Verdict::No,
    }
}

/// Receiver and counter are WireGuard's.
fn data(look: &Look<'_>, reader: &mut Reader<'_>) -> Verdict {
    let _receiver = reader.array::<4>();
    let Some(counter) = reader.array().map(u64::from_le_bytes).filter(|counter| counter >> 32 == 0) else {
        return Verdict::No;
    };
    let goes_on = look.last(true).is_some_and(|before| {
        let old =
            before.start.get(8..).and_then(|rest| rest.first_chunk()).map(|old| u64::from_le_bytes(*old));
        before.start.get(..8) == look.bytes.get(..8) && old.is_some_and(|old| old.abs_diff(counter) < 1 << 16)
    });
    match goes_on {
        true => Verdict::proven("WARP data with one receiver and a counter", Want::Nothing),
        false => Verdict::likely("WARP data", Want::Rest),
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            50000,
            2408,
            &[
                (SRC, b"\xc4\x02\x78\0\x68\x84\xee\0\x01\0\0\0\0\0\0\0\x77\xf5\x97\xb9\x66\xc0\xce\xbe\x77\xf5\x97\xb9\x66\xc0\xce\xbe"),
                (SRC, b"\xc4\x02\x78\0\x68\x84\xee\0\x02\0\0\0\0\0\0\0\x5b\xd7\xc4\x5d\x81\x9d\x85\x3d\x77\xf5\x97\xb9\x66\xc0\xce\xbe"),
            ],
        ),
        Sample::udp(
            2408,
            50000,
            &[(DST, b"\x04\x02\x78\0\x68\x84\xee\0\x01\0\0\0\0\0\0\0\x77\xf5\x97\xb9\x66\xc0\xce\xbe\x77\xf5\x97\xb9\x66\xc0\xce\xbe")],
        ),
    ],
    near_miss: &[Sample::udp(
        50000,
        2408,
        &[(SRC, b"\xc4\x02\x78\0\x68\x84\xee\0\x01\0\0\0\0\0\0\x01\x77\xf5\x97\xb9\x66\xc0\xce\xbe\x77\xf5\x97\xb9\x66\xc0\xce\xbe")],
    )],
};
