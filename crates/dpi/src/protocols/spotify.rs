//! Spotify: its search for players in the local network, and the hello to its access points.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "spotify",
    category: "streaming",
    encrypted: true,
    over: &[(Transport::Udp, &[b'S'..=b'S']), (Transport::Tcp, &[0..=0])],
    ports: &[57621, 4070],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

const SEARCH: &[u8] = b"SpotUdp";

fn inspect(look: &Look<'_>, _: &mut Findings) -> Verdict {
    match look.transport {
        Transport::Udp if look.bytes.starts_with(SEARCH) => {
            Verdict::proven("Spotify's search in the local network", Want::Nothing)
        }
        Transport::Udp => Verdict::No,
        Transport::Tcp => hello(look),
    }
}

/// Two bytes of version, the whole length, and a protobuf message that begins with the client's
/// build: field 10 is a message whose field 10 says which product it is.
fn hello(look: &Look<'_>) -> Verdict {
    let &[0, 4, 0, 0, high, low, ref message @ ..] = look.bytes else {
        let begun =
            !look.cut && look.bytes.len() < 6 && [0, 4, 0, 0].iter().zip(look.bytes).all(|(a, b)| a == b);
        return if begun { Verdict::NeedMore } else { Verdict::No };
    };
    let len = usize::from(u16::from_be_bytes([high, low]));
    match message {
        &[0x52, build, 0x50, ..] if (2..=64).contains(&build) && len > 128 && look.bytes.len() <= len => {
            Verdict::proven("hello to a Spotify access point", Want::Nothing)
        }
        [] | [0x52] | [0x52, _] if !look.cut => Verdict::NeedMore,
        _ => Verdict::No,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(57621, 57621, &[(SRC, b"SpotUdp0\x01\x02\x03\x04\x05\x06\x07\x08\0\x01\0\x04abcd")]),
        Sample::tcp(50000, 4070, &[(SRC, b"\0\x04\0\0\x01\x49R\x0eP\x01\xf0\x01\x02 and so on")]),
    ],
    near_miss: &[
        Sample::udp(57621, 57621, &[(SRC, b"SpotTcp0\x01\x02\x03\x04")]),
        Sample::tcp(50000, 4070, &[(SRC, b"\0\x04\0\0\x01\x49R\x0eQ\x01\xf0\x01\x02 and so on")]),
    ],
};
