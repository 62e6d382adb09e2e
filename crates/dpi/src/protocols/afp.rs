//! Apple Filing Protocol over Data Stream Interface (AFP 2.1 to 3.4): commands, server, user's
//! version and authentication.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::risk::Risk;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "afp",
    category: "file-transfer",
    encrypted: false,
    over: &[(Transport::Tcp, &[0..=1])],
    ports: &[548],
    bound: false,
    fields: &["command", "server", "machine", "version", "authentication", "user"],
    head: SHALLOW,
    inspect,
};

const COMMANDS: [&str; 8] =
    ["CloseSession", "Command", "GetStatus", "OpenSession", "Tickle", "Write", "Reserved", "Attention"];
const CLOSE: u8 = 1;
const COMMAND: u8 = 2;
const GET_STATUS: u8 = 3;
const OPEN: u8 = 4;
const TICKLE: u8 = 5;
const WRITE: u8 = 6;
const ATTENTION: u8 = 8;

/// FPLogin and FPLoginExt.
const LOGIN: u8 = 18;
const LOGIN_EXT: u8 = 63;

/// A user's name in UTF-8, of AFP 3.
const UTF_8: u8 = 3;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let more = if look.cut { Verdict::No } else { Verdict::NeedMore };
    let Some([reply @ 0..=1, command @ 1..=8]) = reader.array() else {
        return if look.bytes.len() < 2 { more } else { Verdict::No };
    };
    let (Some(_id), Some(code), Some(len), Some(reserved)) =
        (reader.u16(), reader.array::<4>(), reader.array::<4>(), reader.array::<4>())
    else {
        return more;
    };
    let size = u32::from_be_bytes(len);
    // Nothing but writing sends much, and its offset says where the data begin.
    if reserved != [0; 4] || size > 1 << 20 || command == 7 {
        return Verdict::No;
    }
    let len = usize::try_from(size).unwrap_or(usize::MAX);
    let body = reader.up_to(len);
    let asks = reply == 0;
    let fits = match command {
        CLOSE | TICKLE => asks && size == 0 && code == [0; 4],
        GET_STATUS if asks => size == 0 && code == [0; 4],
        GET_STATUS => code == [0; 4] && size >= 16,
        OPEN => code == [0; 4] && matches!(body, [] | [0..=2, 4, _, _, _, _, ..]),
        COMMAND if asks => code == [0; 4] && size > 0,
        COMMAND | WRITE if !asks => matches!(code, [0, 0, 0, 0] | [0xff, 0xff, 0xeb | 0xec, _]),
        WRITE => code != [0; 4] && size > 0,
        ATTENTION => asks && size == 2,
        _ => false,
    };
    if !fits {
        return Verdict::No;
    }
    if body.len() < len && !look.cut && body.len() < 512 {
        return Verdict::NeedMore;
    }
    findings
        .note("command", COMMANDS.get(usize::from(command.saturating_sub(1))).copied().unwrap_or("other"));
    let telling = match (command, asks) {
        (GET_STATUS, false) => status(body, findings).is_some(),
        (COMMAND, true) => login(body, findings).is_some(),
        (OPEN, _) => !body.is_empty(),
        _ => false,
    };
    let exchanged = look.other.first() != look.bytes.first()
        && look.other.get(1..4).is_some_and(|other| Some(other) == look.bytes.get(1..4));
    if telling || exchanged {
        Verdict::proven("DSI header and what belongs to it", Want::Reply)
    } else if look.hinted && reader.is_empty() {
        Verdict::likely("DSI header at AFP's port", Want::Rest)
    } else if look.cut {
        Verdict::No
    } else {
        Verdict::NeedMore
    }
}

/// FPGetSrvrInfo's block: offsets, flags, then the server's name.
fn status(body: &[u8], findings: &mut Findings) -> Option<()> {
    let mut reader = Reader::new(body);
    let machine = reader.u16()?;
    reader.array::<8>()?;
    let name = reader.block8()?;
    let machine = Reader::new(body.get(usize::from(machine)..)?).block8()?;
    if name.is_empty() || !machine.iter().all(|byte| (b' '..=b'~').contains(byte)) {
        return None;
    }
    findings.note("server", lossy(name, NAME_MAX));
    findings.note("machine", lossy(machine, NAME_MAX));
    Some(())
}

/// FPLogin: version and authentication method by name, then the method's own.
fn login(body: &[u8], findings: &mut Findings) -> Option<()> {
    let mut reader = Reader::new(body);
    let command = reader.u8()?;
    match command {
        LOGIN => {}
        // Padding and flags.
        LOGIN_EXT => _ = reader.array::<3>()?,
        _ => return None,
    }
    let (version, method) = (reader.block8()?, reader.block8()?);
    if !version.starts_with(b"AFP") {
        return None;
    }
    findings.note("version", lossy(version, NAME_MAX));
    findings.note("authentication", lossy(method, NAME_MAX));
    if method == b"Cleartxt Passwrd" {
        findings.risk(Risk::CleartextCredentials);
    }
    let user = match command {
        LOGIN => reader.block8(),
        // The kind of name is UTF-8, with a longer length.
        _ => reader.u8().filter(|kind| *kind == UTF_8).and_then(|_| reader.block16()),
    };
    if let Some(user) = user.filter(|user| !user.is_empty()) {
        findings.note("user", lossy(user, NAME_MAX));
    }
    Some(())
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        549,
        &[
            (SRC, b"\0\x04\0\x01\0\0\0\0\0\0\0\x06\0\0\0\0\x01\x04\0\0\x04\0"),
            (DST, b"\x01\x04\0\x01\0\0\0\0\0\0\0\x06\0\0\0\0\0\x04\0\x10\0\0"),
            (SRC, b"\0\x02\0\x02\0\0\0\0\0\0\0\x1b\0\0\0\0\x12\x06AFP3.4\x04DHX2\x03pam\0\0\0\0\0\0\0\0\0\0"),
        ],
    )],
    near_miss: &[Sample::tcp(
        50000,
        548,
        &[(SRC, b"\0\x04\0\x01\0\0\0\0\0\0\0\x06\0\0\0\x01\x01\x04\0\0\x04\0")],
    )],
};

#[cfg(test)]
mod tests {
    use crate::facts::Value;
    use crate::testing::{Flow, TCP};

    #[test]
    fn users_of_both_logins() {
        let mut login = b"\0\x02\0\x02\0\0\0\0\0\0\0\x17\0\0\0\0".to_vec();
        login.extend_from_slice(b"\x3f\0\0\0\x06AFP3.4\x04DHX2\x03\0\x03pam\0");
        login[11] = u8::try_from(login.len() - 16).unwrap();
        for login in [&login, super::SAMPLES.positive[0].said[2].1] {
            let mut flow = Flow::new(TCP, 50000, 548);
            flow.src(login);
            assert!(flow.inspection.facts().details.contains(&("user", Value::from("pam"))));
        }
    }
}
