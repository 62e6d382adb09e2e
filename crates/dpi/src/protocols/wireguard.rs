//! WireGuard (wireguard.com/protocol): handshakes by length and indices, data by its counters.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "wireguard",
    category: "vpn",
    encrypted: true,
    over: &[(Transport::Udp, &[INITIATION..=DATA])],
    ports: &[51820, 51821],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

/// Message types (s5.4), each followed by three zero bytes.
const INITIATION: u8 = 1;
const RESPONSE: u8 = 2;
const COOKIE: u8 = 3;
const DATA: u8 = 4;

/// All but data have one length only.
const INITIATION_LEN: usize = 148;
const RESPONSE_LEN: usize = 92;
const COOKIE_LEN: usize = 64;
/// Header and tag around no data: a keep-alive.
const DATA_MIN: usize = 32;

/// mac2 at the end of handshakes: zeros unless the responder is under load.
const MAC2_LEN: usize = 16;

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let Some([kind, 0, 0, 0]) = reader.array() else { return Verdict::No };
    let Some(index) = reader.array::<4>() else { return Verdict::No };
    let len = look.bytes.len();
    match (kind, len) {
        (INITIATION, INITIATION_LEN) if mac2_is_zero(look.bytes) => {
            Verdict::proven("WireGuard handshake initiation", Want::Nothing)
        }
        (INITIATION, INITIATION_LEN) => Verdict::likely("WireGuard handshake initiation", Want::Rest),
        (RESPONSE, RESPONSE_LEN) => {
            let receiver = reader.array::<4>();
            match receiver.is_some_and(|receiver| initiated(look, receiver)) || mac2_is_zero(look.bytes) {
                true => Verdict::proven("WireGuard handshake response", Want::Nothing),
                false => Verdict::likely("WireGuard handshake response", Want::Rest),
            }
        }
        (COOKIE, COOKIE_LEN) => match initiated(look, index) {
            true => Verdict::proven("WireGuard cookie reply", Want::Nothing),
            false => Verdict::likely("WireGuard cookie reply", Want::Rest),
        },
        // Packets are padded to a multiple of 16 (s5.4.6).
        (DATA, DATA_MIN..) if look.cut || len.is_multiple_of(16) => data(look, &mut reader),
        _ => Verdict::No,
    }
}

fn mac2_is_zero(bytes: &[u8]) -> bool {
    bytes.last_chunk::<MAC2_LEN>().is_some_and(|mac| *mac == [0; MAC2_LEN])
}

/// The other side initiated a handshake under this index.
fn initiated(look: &Look<'_>, index: [u8; 4]) -> bool {
    let [a, b, c, d] = index;
    look.last(false).is_some_and(|glimpse| glimpse.start.starts_with(&[INITIATION, 0, 0, 0, a, b, c, d]))
}

/// The same side keeps its receiver index and counts upwards: a key lasts three minutes (s6.1),
/// which are no 2^32 packets.
fn data(look: &Look<'_>, reader: &mut Reader<'_>) -> Verdict {
    let Some(counter) = reader.array().map(u64::from_le_bytes).filter(|counter| counter >> 32 == 0) else {
        return Verdict::No;
    };
    // Indices are random (s5.4.2): one with zeros is as rare as others' small numbers are common.
    let random = look.bytes.get(4..8).is_some_and(|index| !index.contains(&0));
    if !random && look.last(true).is_none() {
        return Verdict::NeedMore;
    }
    let Some(before) = look.last(true) else {
        return Verdict::likely("WireGuard data", Want::Rest);
    };
    let goes_on = before.start.get(..8) == look.bytes.get(..8)
        && before
            .start
            .get(8..)
            .and_then(|rest| rest.first_chunk())
            .is_some_and(|old| u64::from_le_bytes(*old).abs_diff(counter) < 1 << 16);
    match goes_on {
        true => Verdict::proven("WireGuard data with one receiver and a counter", Want::Nothing),
        false if !random => Verdict::NeedMore,
        false => Verdict::likely("WireGuard data", Want::Rest),
    }
}

#[cfg(test)]
const DATA_0: &[u8] =
    b"\x04\0\0\0\x06\xf4\x7d\xab\0\0\0\0\0\0\0\0\xa4\xeb\xc1\x2e\xe3\xf9\x90\xda\x18\x03\x3a\x6b\x50\x71\x0c\x99";
#[cfg(test)]
const DATA_1: &[u8] =
    b"\x04\0\0\0\x06\xf4\x7d\xab\x01\0\0\0\0\0\0\0\x7c\xcd\x28\x24\xa2\x29\xfc\xcd\x16\x85\x3a\x6b\x50\x71\x0c\x99";

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(50000, 40000, &[(SRC, include_bytes!("../../tests/data/wireguard_initiation.bin"))]),
        Sample::udp(50000, 51820, &[(SRC, DATA_0), (SRC, DATA_1)]),
        Sample::udp(51820, 50000, &[(DST, DATA_1)]),
    ],
    near_miss: &[
        Sample::udp(50000, 51820, &[(SRC, b"\x04\0\0\x01\x06\xf4\x7d\xab\0\0\0\0\0\0\0\0\xa4\xeb\xc1\x2e\xe3\xf9\x90\xda\x18\x03\x3a\x6b\x50\x71\x0c\x99")]),
        Sample::udp(50000, 51820, &[(SRC, b"\x04\0\0\0\x06\xf4\x7d\xab\0\0\0\0\0\0\0\x01\xa4\xeb\xc1\x2e\xe3\xf9\x90\xda\x18\x03\x3a\x6b\x50\x71\x0c\x99")]),
        Sample::udp(50000, 51820, &[(SRC, b"\x01\0\0\0\x06\xf4\x7d\xab\0\0\0\0\0\0\0\0\xa4\xeb\xc1\x2e\xe3\xf9\x90\xda\x18\x03\x3a\x6b\x50\x71\x0c\x99")]),
    ],
};
