//! World of Warcraft (no public specification): the greeting of its game servers, the login.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "world-of-warcraft",
    category: "game",
    encrypted: false,
    over: &[(Transport::Tcp, &[0..=0, b'0'..=b'0', 0x40..=0x40, b'W'..=b'W'])],
    ports: &[3724, 4000, 6112, 6113, 6114, 1119],
    bound: false,
    fields: &["version", "account"],
    head: SHALLOW,
    inspect,
};

const GREETING: &[u8] = b"WORLD OF WARCRAFT CONNECTION";
const GAME: [u8; 4] = *b"WoW\0";

/// The server's challenge, behind its length in 16 bits; a number more in later versions.
const CHALLENGE: [u8; 2] = [0xec, 0x01];

/// Login to Battle.net for this game.
const BATTLE_NET: [u8; 8] = [0x40, 0x00, 0x0a, 0xed, 0xea, 0x07, 0x0a, 0xed];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let bytes = look.bytes;
    // Behind its length, or since version 6 without one.
    let text = match bytes {
        [b'W', ..] => bytes,
        [b'0', rest @ ..] => rest.get(1..).unwrap_or_default(),
        _ => return if look.hinted { at_its_ports(look, findings) } else { login(look, findings) },
    };
    if text.starts_with(GREETING) {
        return Verdict::proven("greeting of its connection", Want::Nothing);
    }
    if GREETING.starts_with(text) && !look.cut { Verdict::NeedMore } else { Verdict::No }
}

fn at_its_ports(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let challenge = look.bytes.get(2..).unwrap_or_default();
    if look.bytes.len() < 8 && !look.cut && challenge.iter().zip(&CHALLENGE).all(|(a, b)| a == b) {
        return Verdict::NeedMore;
    }
    let proven = match look.bytes {
        [0, 6, rest @ ..] => rest.starts_with(&CHALLENGE) && look.bytes.len() == 8,
        [high, low, rest @ ..] if rest.starts_with(&CHALLENGE) => {
            let len = usize::from(u16::from_be_bytes([*high, *low]));
            len.checked_add(2) == Some(look.bytes.len()) && rest.get(2..6) == Some(&[1, 0, 0, 0][..])
        }
        _ => look.bytes.starts_with(&BATTLE_NET),
    };
    if proven {
        return Verdict::proven("challenge of a game server at its port", Want::Nothing);
    }
    login(look, findings)
}

/// Challenge of the logon server: command 0, version, length, game, its version, build, platform,
/// system, language, time zone, address, account.
fn login(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let (Some([0, protocol]), len) = (reader.array(), reader.array()) else {
        let begun = look.bytes == [0] && !look.cut;
        return if begun { Verdict::NeedMore } else { Verdict::No };
    };
    let Some(len) = len.map(u16::from_le_bytes) else {
        return if look.cut || !(2..=16).contains(&protocol) { Verdict::No } else { Verdict::NeedMore };
    };
    if !(30..=64).contains(&len) || !(2..=16).contains(&protocol) {
        return Verdict::No;
    }
    let Some(mut body) = reader.take(usize::from(len)).map(Reader::new) else {
        let begun = reader.rest().iter().zip(&GAME).all(|(a, b)| a == b);
        return if begun && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    if body.array() != Some(GAME) {
        return Verdict::No;
    }
    if let (Some([major, minor, patch]), Some(build)) = (body.array(), body.array().map(u16::from_le_bytes)) {
        findings.note("version", format!("{major}.{minor}.{patch}.{build}"));
    }
    body.up_to(20);
    if let Some(account) = body.block8().filter(|account| !account.is_empty()) {
        findings.note("account", lossy(account, NAME_MAX));
    }
    Verdict::proven("logon challenge", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(50000, 3724, &[(DST, b"0\0WORLD OF WARCRAFT CONNECTION - SERVER TO CLIENT\0")]),
        Sample::tcp(50000, 8085, &[(DST, b"WORLD OF WARCRAFT CONNECTION - SERVER TO CLIENT - V2\n")]),
        Sample::tcp(
            50000,
            3724,
            &[(SRC, b"\0\x08\x21\0WoW\0\x03\x03\x05\x34\x3068x\0niW\0SUne\x3c\0\0\0\x7f\0\0\x01\x03BOB")],
        ),
        Sample::tcp(50000, 3724, &[(DST, b"\0\x06\xec\x01\x12\x34\x56\x78")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 3724, &[(DST, b"0\0WORLD OF WARFARE CONNECTION - SERVER TO CLIENT\0")]),
        Sample::tcp(
            50000,
            3724,
            &[(SRC, b"\0\x08\x21\0WoT\0\x03\x03\x05\x34\x3068x\0niW\0SUne\x3c\0\0\0\x7f\0\0\x01\x03BOB")],
        ),
    ],
};
