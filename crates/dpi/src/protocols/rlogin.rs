//! Remote login (RFC 1282): users, terminal.

use crate::dialogue::{is_word, number};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "rlogin",
    category: "remote-access",
    encrypted: false,
    over: &[(Transport::Tcp, &[0..=0])],
    ports: &[513],
    bound: false,
    fields: &["local_user", "user", "terminal"],
    head: SHALLOW,
    inspect,
};

/// A zero, two names, terminal and speed, each with a zero after it.
fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut texts = look.bytes.split(|byte| *byte == 0).skip(1);
    let (Some(local), Some(user), Some(terminal)) = (texts.next(), texts.next(), texts.next()) else {
        let begun = look.bytes.len() <= 64
            && look.bytes.iter().skip(1).all(|byte| *byte == 0 || byte.is_ascii_graphic());
        return if begun && look.from_src && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    // RFC 1282: the terminal's type, a slash, its speed in bits a second.
    let mut parts = terminal.split(|byte| *byte == b'/');
    let kind = parts.next().is_some_and(is_word);
    let speed = parts.next().and_then(number).is_some_and(|speed| speed >= 50);
    if !is_word(local) || !is_word(user) || !kind || !speed {
        return Verdict::No;
    }
    findings.note("local_user", lossy(local, NAME_MAX));
    findings.note("user", lossy(user, NAME_MAX));
    findings.note("terminal", lossy(terminal, NAME_MAX));
    Verdict::proven("two names and a terminal's speed", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(1023, 513, &[(SRC, b"\0"), (SRC, b"joe\0root\0xterm/38400\0")])],
    near_miss: &[Sample::tcp(1023, 513, &[(SRC, b"\0joe\0root\0xterm\0")])],
};
