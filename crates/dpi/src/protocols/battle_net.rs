//! Battle.net's classic chat protocol (bnetdocs.org): the first message, with platform and game.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "battle-net",
    category: "game",
    encrypted: false,
    over: &[(Transport::Tcp, &[1..=1, 0xff..=0xff])],
    ports: &[6112],
    bound: false,
    fields: &["game", "version"],
    head: SHALLOW,
    inspect,
};

/// A client says first which protocol it speaks: 1 is the game's.
const GAME: u8 = 1;

/// Mark and number of SID_AUTH_INFO.
const AUTHENTICATION: [u8; 2] = [0xff, 0x50];
const LENGTHS: std::ops::RangeInclusive<u16> = 32..=128;

/// Written backwards.
const PLATFORMS: [[u8; 4]; 3] = [*b"68XI", *b"CAMP", *b"XAMX"];
const GAMES: [([u8; 4], &str); 10] = [
    (*b"RATS", "StarCraft"),
    (*b"PXES", "StarCraft: Brood War"),
    (*b"NB2W", "Warcraft II"),
    (*b"3RAW", "Warcraft III"),
    (*b"PX3W", "Warcraft III: The Frozen Throne"),
    (*b"VD2D", "Diablo II"),
    (*b"PX2D", "Diablo II: Lord of Destruction"),
    (*b"LTRD", "Diablo"),
    (*b"RHSD", "Diablo shareware"),
    (*b"RHSS", "StarCraft shareware"),
];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let bytes = match look.bytes {
        [GAME, rest @ ..] => rest,
        bytes => bytes,
    };
    let more = if look.cut { Verdict::No } else { Verdict::NeedMore };
    if !bytes.iter().zip(&AUTHENTICATION).all(|(a, b)| a == b) {
        return Verdict::No;
    }
    let mut reader = Reader::new(bytes);
    reader.up_to(AUTHENTICATION.len());
    let Some(len) = reader.array().map(u16::from_le_bytes) else { return more };
    if !LENGTHS.contains(&len) {
        return Verdict::No;
    }
    let (Some([0, 0, 0, 0]), Some(platform), Some(game)) = (reader.array(), reader.array(), reader.array())
    else {
        return if reader.is_empty() { more } else { Verdict::No };
    };
    let Some((_, name)) = GAMES.iter().find(|(known, _)| *known == game) else { return Verdict::No };
    if !PLATFORMS.contains(&platform) {
        return Verdict::No;
    }
    findings.note("game", *name);
    if let Some(version) = reader.array().map(u32::from_le_bytes) {
        findings.note("version", version);
    }
    Verdict::proven("authentication with platform and game", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(50000, 6112, &[(SRC, b"\x01\xff\x50\x3a\0\0\0\0\x0068XIPX3W\x1a\0\0\0SUne\xc0\xa8\0\x01\x88\xff\xff\xff\x09\x04\0\0\x09\x04\0\0USA\0United States\0")]),],
    near_miss: &[Sample::tcp(50000, 6112, &[(SRC, b"\x01\xff\x50\x3a\0\0\0\0\x0068XIPX4W\x1a\0\0\0SUne\xc0\xa8\0\x01\x88\xff\xff\xff\x09\x04\0\0")]),],
};
