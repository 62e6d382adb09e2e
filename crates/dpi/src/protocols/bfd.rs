//! Bidirectional Forwarding Detection (RFC 5880): control packets with their state, and echoes.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::risk::Risk;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "bfd",
    category: "routing",
    encrypted: false,
    over: &[(Transport::Udp, &[0..=0x3f])],
    // RFC 5881 s4, RFC 5883 s5, RFC 7130 s2.2, RFC 7881 s3.
    ports: &[3784, ECHO, 4784, 6784, 7784],
    bound: true,
    fields: &["version", "state", "diagnostic", "detect_multiplier"],
    head: SHALLOW,
    inspect,
};

const ECHO: u16 = 3785;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if is_control(look) {
        if let [first, flags, multiplier, ..] = look.bytes {
            const STATES: [&str; 4] = ["admin-down", "down", "init", "up"];
            findings.note("version", first >> 5);
            findings.note("diagnostic", first & 0x1f);
            findings.note("detect_multiplier", *multiplier);
            if let Some(state) = STATES.get(usize::from(flags >> 6)) {
                findings.note("state", *state);
            }
        }
        // RFC 5880 s4.2: type 1 is a password.
        if has_authentication(look.bytes) && look.bytes.get(24) == Some(&1) {
            findings.risk(Risk::CleartextCredentials);
        }
        return Verdict::proven("BFD control packet", Want::Nothing);
    }
    // RFC 5880 s5: what an echo has in it is its sender's business. In use are a small number in
    // eight bytes with a counter behind it, and a version, length and discriminator with times.
    let echo = match look.bytes {
        [0, 0, 0, 0, 0, 0, _, _, 0, 0, _, _] => true,
        [1, len, 0, 0, rest @ ..] => usize::from(*len) == look.bytes.len() && rest.len() >= 20,
        _ => false,
    };
    if look.on(ECHO) && echo {
        return Verdict::likely("small number in a datagram at BFD's echo port", Want::Nothing);
    }
    Verdict::No
}

fn has_authentication(bytes: &[u8]) -> bool {
    matches!(bytes, [_, flags, ..] if flags & 0b100 != 0)
}

/// RFC 5880 s6.8.6: what has to hold of a packet that is received.
fn is_control(look: &Look<'_>) -> bool {
    let mut reader = Reader::new(look.bytes);
    let (Some(first), Some(flags), Some(multiplier), Some(len)) =
        (reader.u8(), reader.u8(), reader.u8(), reader.u8())
    else {
        return false;
    };
    let (Some(mine), Some(yours), Some(transmit), Some(receive), Some(echo)) =
        (reader.u32(), reader.u32(), reader.u32(), reader.u32(), reader.u32())
    else {
        return false;
    };
    let (version, diagnostic, multipoint) = (first >> 5, first & 0x1f, flags & 1);
    let len = usize::from(len);
    let whole = len == look.bytes.len() || look.cut && len > look.bytes.len();
    let known_len = if has_authentication(look.bytes) { (27..=52).contains(&len) } else { len == 24 };
    // Both of poll and final are never set; before a peer was heard of there is none to name.
    // Intervals are in microseconds: more than a minute would detect nothing.
    version <= 1
        && diagnostic <= 9
        && multipoint == 0
        && flags & 0x30 != 0x30
        && multiplier != 0
        && mine != 0
        && (yours != 0 || flags >> 6 <= 1)
        && whole
        && known_len
        && [transmit, receive, echo].iter().all(|interval| *interval < 60_000_000)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            49152,
            3784,
            &[(SRC, b"\x20\xc0\x03\x18\0\0\0\x05\0\0\0\x07\0\x04\x93\xe0\0\x04\x93\xe0\0\0\0\0")],
        ),
        Sample::udp(49152, 3785, &[(SRC, b"\0\0\0\0\0\0\0\x05\0\0\0\0")]),
    ],
    near_miss: &[
        Sample::udp(
            49152,
            3784,
            &[(SRC, b"\x20\xc0\0\x18\0\0\0\x05\0\0\0\x07\0\x04\x93\xe0\0\x04\x93\xe0\0\0\0\0")],
        ),
        Sample::udp(49152, 3784, &[(SRC, b"\0\0\0\0\0\0\0\x05\0\0\0\0")]),
    ],
};
