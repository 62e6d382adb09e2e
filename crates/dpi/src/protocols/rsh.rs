//! Remote shell and remote execution (BSD rsh and rexec, ports 514 and 512): users and command.

use crate::dialogue::{is_text, is_word, number};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::risk::Risk;
use crate::text::{NAME_MAX, TEXT_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "rsh",
    category: "remote-access",
    encrypted: false,
    over: &[(Transport::Tcp, &[0..=0, b'0'..=b'9'])],
    ports: &[512, 514],
    bound: false,
    fields: &["local_user", "user", "command"],
    head: SHALLOW,
    inspect,
};

/// rexec's port: there the second text is a password.
const EXEC: u16 = 512;

/// The port for errors in decimal, two names, the command, each with a zero after it.
fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if !look.from_src {
        // The server says a zero, then the command's output.
        return if look.bytes == [0] && !look.cut { Verdict::NeedMore } else { Verdict::No };
    }
    let mut texts = look.bytes.split(|byte| *byte == 0);
    let port = texts.next().unwrap_or_default();
    let whole = look.bytes.iter().filter(|byte| **byte == 0).count();
    let digits = port.len() <= 5 && port.iter().all(u8::is_ascii_digit);
    if !digits || (whole > 0 && !port.is_empty() && number(port).is_none_or(|port| port > 0xffff)) {
        return Verdict::No;
    }
    let (Some(first), Some(second), Some(command)) = (texts.next(), texts.next(), texts.next()) else {
        let plausible = look.bytes.len() <= 64 && look.bytes.split(|byte| *byte == 0).all(is_text);
        return if plausible && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    // Systems' names have two letters at least.
    if first.len() < 2 || second.len() < 2 {
        return Verdict::No;
    }
    // rlogin has the same layout without the port, and a terminal's speed last.
    if !is_word(first) || !is_word(second) || command.is_empty() || !is_text(command) || port.is_empty() {
        return Verdict::No;
    }
    if whole < 4 {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    }
    findings.risk(Risk::CleartextCredentials);
    if look.on(EXEC) {
        findings.note("user", lossy(first, NAME_MAX));
    } else {
        findings.note("local_user", lossy(first, NAME_MAX));
        findings.note("user", lossy(second, NAME_MAX));
    }
    findings.note("command", lossy(command, TEXT_MAX));
    Verdict::proven("error port, two names and a command", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(1023, 514, &[(SRC, b"1022\0"), (SRC, b"joe\0root\0ls -l /tmp\0")])],
    near_miss: &[
        Sample::tcp(1023, 514, &[(SRC, b"1022\0joe\0\x01\x02\0ls\0")]),
        Sample::tcp(1023, 514, &[(SRC, b"99999\0joe\0root\0ls\0")]),
    ],
};
