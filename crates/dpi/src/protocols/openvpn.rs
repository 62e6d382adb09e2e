//! OpenVPN (openvpn.net, network protocol): resets of its control channel, plain, authenticated or encrypted.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "openvpn",
    category: "vpn",
    encrypted: true,
    // TCP has a length in front.
    over: &[(Transport::Tcp, &[0..=5]), (Transport::Udp, &[0x08..=0x17, 0x30..=0x57])],
    ports: &[1194, 1195, 1197, 1198],
    bound: false,
    fields: &["wrapping"],
    head: SHALLOW,
    inspect,
};

/// The upper five bits of a packet's first byte.
mod opcode {
    pub(super) const RESET_CLIENT_V1: u8 = 1;
    pub(super) const RESET_SERVER_V1: u8 = 2;
    pub(super) const DATA_V1: u8 = 6;
    pub(super) const RESET_CLIENT_V2: u8 = 7;
    pub(super) const RESET_SERVER_V2: u8 = 8;
    pub(super) const DATA_V2: u8 = 9;
    pub(super) const RESET_CLIENT_V3: u8 = 10;
}

/// Opcode and session id.
const HEAD: usize = 9;

/// HMACs that `--auth` can give to tls-auth: MD5, SHA-1, SHA-224, SHA-256, SHA-384, SHA-512.
const HMACS: [(usize, &str); 6] = [
    (16, "tls-auth (128 bits)"),
    (20, "tls-auth (160 bits)"),
    (28, "tls-auth (224 bits)"),
    (32, "tls-auth (256 bits)"),
    (48, "tls-auth (384 bits)"),
    (64, "tls-auth (512 bits)"),
];

/// tls-crypt's tag.
const CRYPT_TAG: usize = 32;

/// Set in the packet id by clients that know tls-crypt-v2's resent key.
const EARLY_NEGOTIATION: u32 = 0x0f00_0000;

/// The shortest wrapped client key: tag, keys, length.
const WRAPPED_KEY_MIN: usize = 32 + 256 + 2;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let packet = match look.transport {
        Transport::Udp => look.bytes,
        Transport::Tcp => match framed(look) {
            Ok(packet) => packet,
            Err(verdict) => return verdict,
        },
    };
    let Some(first) = packet.first() else { return Verdict::No };
    let (code, key) = (first >> 3, first & 7);
    match code {
        opcode::RESET_CLIENT_V1 | opcode::RESET_CLIENT_V2 if key == 0 => {
            reset(look, packet, plain(packet, 0).or_else(|| authenticated(packet, 0)), findings)
        }
        opcode::RESET_SERVER_V1 | opcode::RESET_SERVER_V2 if key == 0 => {
            reset(look, packet, plain(packet, 1).or_else(|| authenticated(packet, 1)), findings)
        }
        opcode::RESET_CLIENT_V3 if key == 0 && has_wrapped_key(packet) => {
            findings.note("wrapping", "tls-crypt-v2");
            Verdict::proven("OpenVPN client reset with a wrapped key", Want::Nothing)
        }
        opcode::DATA_V1 | opcode::DATA_V2 if look.hinted => data(look, packet),
        _ => Verdict::No,
    }
}

/// The first packet of a TCP stream.
fn framed<'a>(look: &Look<'a>) -> Result<&'a [u8], Verdict> {
    let mut reader = Reader::new(look.bytes);
    let wait = if look.cut { Verdict::No } else { Verdict::NeedMore };
    let len = usize::from(reader.u16().ok_or(wait)?);
    let resets = [
        opcode::RESET_CLIENT_V1,
        opcode::RESET_CLIENT_V2,
        opcode::RESET_CLIENT_V3,
        opcode::RESET_SERVER_V1,
        opcode::RESET_SERVER_V2,
    ];
    if len < HEAD + 5 || reader.rest().first().is_some_and(|first| !resets.contains(&(first >> 3))) {
        return Err(Verdict::No);
    }
    reader.take(len).ok_or(wait)
}

/// What a reset says of its wrapping decides; without it, it may still be an encrypted one.
fn reset(look: &Look<'_>, packet: &[u8], wrapping: Option<&'static str>, findings: &mut Findings) -> Verdict {
    if let Some(wrapping) = wrapping {
        findings.note("wrapping", wrapping);
        return Verdict::proven("OpenVPN reset of the control channel", Want::Nothing);
    }
    let now = u32::try_from(look.time.secs()).unwrap_or(u32::MAX);
    match encrypted(packet) {
        // Half a year off: captures are replayed, and clocks are wrong.
        Some(time) if time.abs_diff(now) < 180 * 86_400 || look.hinted => {
            findings.note("wrapping", "tls-crypt");
            Verdict::proven("OpenVPN reset, encrypted control channel", Want::Nothing)
        }
        Some(_) => Verdict::likely("OpenVPN reset, encrypted control channel", Want::Rest),
        None => Verdict::No,
    }
}

/// Opcode, session, acknowledgements, packet id 0. A server acknowledges the client's packet 0
/// and repeats its session id.
fn plain(packet: &[u8], acknowledged: u8) -> Option<&'static str> {
    ends_with_packet_0(packet.get(HEAD..)?, acknowledged).then_some("none")
}

/// Between session and acknowledgements an HMAC, a packet id and a time.
fn authenticated(packet: &[u8], acknowledged: u8) -> Option<&'static str> {
    HMACS.into_iter().find_map(|(len, name)| {
        let mut reader = Reader::new(packet.get(HEAD + len..)?);
        let (id, time) = (u32::from_be_bytes(reader.array()?), u32::from_be_bytes(reader.array()?));
        let sound = is_first_id(id) && is_time(time) && ends_with_packet_0(reader.rest(), acknowledged);
        sound.then_some(name)
    })
}

fn ends_with_packet_0(rest: &[u8], acknowledged: u8) -> bool {
    match rest {
        [0, 0, 0, 0, 0] => acknowledged == 0,
        // A server may not acknowledge yet.
        [1, 0, 0, 0, 0, session @ .., 0, 0, 0, 0] => acknowledged == 1 && session.len() == 8,
        _ => false,
    }
}

/// Packet id and time are in clear; what follows the tag has the length of a reset. The time.
fn encrypted(packet: &[u8]) -> Option<u32> {
    let mut reader = Reader::new(packet.get(HEAD..)?);
    let (id, time) = (u32::from_be_bytes(reader.array()?), u32::from_be_bytes(reader.array()?));
    reader.take(CRYPT_TAG)?;
    // Empty, with one acknowledgement, or with the six bytes that offer early negotiation.
    let sound = matches!(reader.rest().len(), 5 | 11 | 17 | 23);
    (sound && is_first_id(id) && is_time(time)).then_some(time)
}

/// The wrapped key ends with its own length.
fn has_wrapped_key(packet: &[u8]) -> bool {
    let Some((_, id)) = packet.get(..HEAD + 4).and_then(|head| head.split_last_chunk()) else { return false };
    let len = packet.last_chunk().map_or(0, |len| usize::from(u16::from_be_bytes(*len)));
    let reset = HEAD + 8 + CRYPT_TAG + 5;
    is_first_id(u32::from_be_bytes(*id))
        && len >= WRAPPED_KEY_MIN
        && packet.len().checked_sub(len).is_some_and(|rest| (reset..reset + 32).contains(&rest))
}

/// Ids count from 1; the first packet may have been lost a few times.
fn is_first_id(id: u32) -> bool {
    (1..=64).contains(&(id & !EARLY_NEGOTIATION)) && matches!(id & !0xff, 0 | EARLY_NEGOTIATION)
}

/// Since 2001, when OpenVPN was written.
fn is_time(time: u32) -> bool {
    time >= 980_000_000
}

/// Two data packets of one side in a row: the same key, and peer, and a counter that goes on.
fn data(look: &Look<'_>, packet: &[u8]) -> Verdict {
    let id_at = if packet.first().is_some_and(|first| first >> 3 == opcode::DATA_V2) { 4 } else { 1 };
    let id = |bytes: &[u8]| Some(u32::from_be_bytes(*bytes.get(id_at..)?.first_chunk()?));
    // Tag and at least one block.
    if look.transport != Transport::Udp || packet.len() < id_at + 4 + 16 + 1 {
        return Verdict::No;
    }
    let goes_on = look.last(true).is_some_and(|before| {
        let step = id(packet).zip(id(&before.start)).map(|(new, old)| new.wrapping_sub(old));
        before.start.get(..id_at) == packet.get(..id_at) && step.is_some_and(|step| (1..=256).contains(&step))
    });
    match goes_on {
        true => Verdict::proven("OpenVPN data in order at its port", Want::Nothing),
        false => Verdict::NeedMore,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            50000,
            1194,
            &[(SRC, b"\x38abcdefgh\0\0\0\0\0"), (DST, b"\x40ABCDEFGH\x01\0\0\0\0abcdefgh\0\0\0\0")],
        ),
        Sample::udp(50000, 443, &[(DST, b"\x40ABCDEFGH\x01\0\0\0\0abcdefgh\0\0\0\0")]),
        Sample::tcp(50000, 443, &[(SRC, b"\0\x0e\x38abcdefgh\0\0\0\0\0")]),
        Sample::tcp(
            50000,
            443,
            &[(SRC, b"\0\x2a\x38abcdefgh0123456789abcdefghij\0\0\0\x01\x65\x53\xf1\0\0\0\0\0\0")],
        ),
        Sample::udp(
            50000,
            443,
            &[(SRC, b"\x38abcdefgh\0\0\0\x01\x65\x53\xf1\x000123456789abcdef0123456789abcdefZZZZZ")],
        ),
        Sample::udp(
            50000,
            1194,
            &[
                (SRC, b"\x48\0\0\x07\0\0\x01\x02abcdefghijklmnopqrstuvwxyz"),
                (SRC, b"\x48\0\0\x07\0\0\x01\x03bcdefghijklmnopqrstuvwxyza"),
            ],
        ),
    ],
    near_miss: &[
        Sample::udp(50000, 1194, &[(SRC, b"\x38abcdefgh\0\0\0\0\x01")]),
        Sample::udp(50000, 1194, &[(SRC, b"\x39abcdefgh\0\0\0\0\0")]),
        Sample::tcp(50000, 1194, &[(SRC, b"\0\x0f\x38abcdefgh\0\0\0\0\0\0")]),
        Sample::udp(
            50000,
            1194,
            &[(SRC, b"\x38abcdefgh\0\0\x01\x01\x65\x53\xf1\x000123456789abcdef0123456789abcdefZZZZZ")],
        ),
        Sample::udp(
            50000,
            1194,
            &[
                (SRC, b"\x48\0\0\x07\0\0\x01\x02abcdefghijklmnopqrstuvwxyz"),
                (SRC, b"\x48\0\0\x07\x30\0\x01\x03bcdefghijklmnopqrstuvwxyza"),
            ],
        ),
    ],
};
