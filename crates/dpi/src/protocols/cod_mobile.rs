//! Call of Duty: Mobile (no public specification): latency probes and the loadout message.

use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::text::holds;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "cod-mobile",
    category: "game",
    encrypted: false,
    over: &[(Transport::Udp, ANY)],
    ports: &[7500],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

const PROBE_PORT: u16 = 7500;
const LOADOUT: &[u8] = b"LOC_PREFAB_LOADOUTNAME_1";

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    match look.bytes {
        [_, _, _, _, _, _, _, _, b'p', b'i', b'n', b'g'] if look.on(PROBE_PORT) => {
            Verdict::proven("latency probe at its port", Want::Nothing)
        }
        [0xce, ..] if look.bytes.len() > 350 => {
            if holds(look.bytes, LOADOUT) {
                Verdict::proven("names of loadouts", Want::Nothing)
            } else if look.earlier.len() < 3 {
                Verdict::NeedMore
            } else {
                Verdict::No
            }
        }
        _ => Verdict::No,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(50000, 7500, &[(SRC, b"\x01\0\0\0\x77\x66\x55\x44ping")])],
    near_miss: &[
        Sample::udp(50000, 7500, &[(SRC, b"\x01\0\0\0\x77\x66\x55\x44pong")]),
        Sample::udp(50000, 7501, &[(SRC, b"\x01\0\0\0\x77\x66\x55\x44ping")]),
    ],
};
