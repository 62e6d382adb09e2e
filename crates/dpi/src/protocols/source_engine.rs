//! Valve's Source and GoldSrc engines (Valve Developer Community, "Server queries"): queries, answers and connects.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "source-engine",
    category: "game",
    encrypted: false,
    over: &[(Transport::Udp, &[0xff..=0xff])],
    ports: &[27015],
    bound: false,
    fields: &["server", "map", "mod", "game", "players"],
    head: SHALLOW,
    inspect,
};

/// What a datagram outside of any connection begins with.
const CONNECTIONLESS: [u8; 4] = [0xff; 4];

const INFO_REQUEST: &[u8] = b"TSource Engine Query\0";

/// A challenge, which most requests carry.
const CHALLENGE: usize = 4;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some((&CONNECTIONLESS, rest)) = look.bytes.split_first_chunk() else { return Verdict::No };
    match rest {
        [b'T', ..] if rest.starts_with(INFO_REQUEST) => {
            Verdict::proven("server query by its own name", Want::Reply)
        }
        [b'U' | b'V', challenge @ ..] if challenge.len() == CHALLENGE => {
            Verdict::proven("query for players or rules", Want::Reply)
        }
        [b'A', challenge @ ..] if challenge.len() == CHALLENGE => {
            Verdict::proven("challenge of a server", Want::Rest)
        }
        [b'I', _protocol, text @ ..] => server(text, 0, findings),
        // GoldSrc's answer begins with the server's address.
        [b'm', text @ ..] => server(text, 1, findings),
        [b'D', count, players @ ..] if are_players(*count, players) => {
            findings.note("players", *count);
            Verdict::proven("list of players", Want::Nothing)
        }
        [b'E', low, high, rules @ ..] if are_rules(u16::from_le_bytes([*low, *high]), rules) => {
            Verdict::proven("list of rules", Want::Nothing)
        }
        // Asking for a challenge and its answer end with a number in decimal.
        _ if rest.len() >= 16 && rest.ends_with(b"000\0") => {
            match look.last(false).is_some_and(|other| other.start.starts_with(&CONNECTIONLESS)) {
                true => Verdict::proven("challenge to connect and its answer", Want::Nothing),
                false => Verdict::likely("challenge to connect", Want::Reply),
            }
        }
        _ => Verdict::No,
    }
}

/// Name, map, folder and game, each with its zero.
fn server(text: &[u8], skip: usize, findings: &mut Findings) -> Verdict {
    let mut parts = text.split(|byte| *byte == 0).skip(skip);
    let (Some(name), Some(map), Some(folder), Some(game), Some(_)) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Verdict::No;
    };
    let is_file = |name: &[u8]| !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
    if !is_file(map)
        || !is_file(folder)
        || [name, game].iter().any(|text| text.iter().any(u8::is_ascii_control))
    {
        return Verdict::No;
    }
    for (field, text) in [("server", name), ("map", map), ("mod", folder), ("game", game)] {
        findings.note(field, lossy(text, NAME_MAX));
    }
    Verdict::proven("a server's description of itself", Want::Nothing)
}

/// Index, name with its zero, score and time of each.
fn are_players(count: u8, mut bytes: &[u8]) -> bool {
    for _ in 0..count {
        let Some(end) = bytes.iter().skip(1).position(|byte| *byte == 0) else { return false };
        let Some(rest) = bytes.get(end.saturating_add(10)..) else { return false };
        bytes = rest;
    }
    // The Ship adds eight bytes for each.
    bytes.is_empty() || bytes.len() == usize::from(count) * 8
}

/// Name and value of each with their zeros; long lists come in several datagrams.
fn are_rules(count: u16, bytes: &[u8]) -> bool {
    let zeros = bytes.iter().filter(|byte| **byte == 0).count();
    count > 0 && zeros == usize::from(count) * 2 && bytes.ends_with(b"\0")
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(50000, 27015, &[
        (SRC, b"\xff\xff\xff\xffTSource Engine Query\0"),
        (DST, b"\xff\xff\xff\xffI\x11An example\0de_dust2\0cstrike\0Counter-Strike\0\xf0\0\x05\x10\x04dl\0\x01"),
    ]),
    Sample::udp(50000, 27016, &[(SRC, b"\xff\xff\xff\xffU\x12\x34\x56\x78")]),
    Sample::udp(50000, 27016, &[(DST, b"\xff\xff\xff\xffD\x01\0Freeman\0\x05\0\0\0\0\0\x80\x3f")]),
    Sample::udp(50000, 27005, &[
        (SRC, b"\xff\xff\xff\xffq\x12\x34\x56\x780000000000\0"),
        (DST, b"\xff\xff\xff\xffA\x12\x34\x56\x780000000000\0"),
    ]),],
    near_miss: &[Sample::udp(50000, 27015, &[(SRC, b"\xff\xff\xff\xffTSource Engine Quiz\0")]),
    Sample::udp(50000, 27015, &[(SRC, b"\xff\xff\xff\xffU\x12\x34\x56\x78\x9a")]),
    Sample::udp(50000, 27016, &[(DST, b"\xff\xff\xff\xffD\x02\0Freeman\0\x05\0\0\0\0\0\x80\x3f")]),],
};
