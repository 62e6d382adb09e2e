//! Quake's connectionless commands (id Software's engines and their heirs): queries, answers and connects in text.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::risk::Risk;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "quake",
    category: "game",
    encrypted: false,
    over: &[(Transport::Udp, &[0xff..=0xff])],
    ports: &[26000, 27500, 27910, 27960],
    bound: false,
    fields: &["commands", "server", "map", "game", "version", "player"],
    head: SHALLOW,
    inspect,
};

const CONNECTIONLESS: &[u8] = &[0xff; 4];

/// Commands of clients, servers and master servers; what follows is separated by blanks or lines.
const COMMANDS: [&str; 19] = [
    "getstatus",
    "getinfo",
    "getchallenge",
    "getservers",
    "getserversExt",
    "getserversResponse",
    "getserversExtResponse",
    "statusResponse",
    "infoResponse",
    "challengeResponse",
    "connect",
    "connectResponse",
    "disconnect",
    "rcon",
    "print",
    "heartbeat",
    "getKeyAuthorize",
    "ipAuthorize",
    "keyAuthorize",
];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some(text) = look.bytes.strip_prefix(CONNECTIONLESS) else { return Verdict::No };
    let end = text.iter().position(|byte| !byte.is_ascii_alphabetic()).unwrap_or(text.len());
    let Some((command, rest)) = text.split_at_checked(end) else { return Verdict::No };
    if !COMMANDS.iter().any(|known| known.as_bytes() == command) {
        return Verdict::No;
    }
    if !matches!(rest, [] | [b' ' | b'\n' | b'\\' | b'/' | 0, ..]) {
        return Verdict::No;
    }
    findings.add("commands", lossy(command, NAME_MAX));
    if command == b"rcon" {
        findings.risk(Risk::CleartextCredentials);
    }
    let mut parts = rest.split(|byte| matches!(byte, b'\\' | b'\n')).skip(1);
    while let (Some(key), Some(value)) = (parts.next(), parts.next()) {
        match key {
            b"sv_hostname" | b"hostname" => findings.note("server", lossy(value, NAME_MAX)),
            b"mapname" => findings.note("map", lossy(value, NAME_MAX)),
            b"gamename" | b"game" => findings.note("game", lossy(value, NAME_MAX)),
            b"version" => findings.note("version", lossy(value, NAME_MAX)),
            b"name" => findings.note("player", lossy(value, NAME_MAX)),
            _ => {}
        }
    }
    Verdict::proven("connectionless command", if look.from_src { Want::Reply } else { Want::Nothing })
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(50000, 27960, &[
        (SRC, b"\xff\xff\xff\xffgetstatus"),
        (DST, b"\xff\xff\xff\xffstatusResponse\n\\sv_hostname\\An example\\mapname\\q3dm17\\version\\Q3 1.32c\n0 50 \"me\"\n"),
    ]),],
    near_miss: &[Sample::udp(50000, 27960, &[(SRC, b"\xff\xff\xff\xffgetstatuses")]),
    Sample::udp(50000, 27960, &[(SRC, b"\xff\xff\xff\xfegetstatus")]),],
};
