//! Citrix ICA and Common Gateway Protocol: the greetings of both.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "citrix",
    category: "remote-access",
    encrypted: false,
    over: &[(Transport::Tcp, &[0x1a..=0x1a, 0x7f..=0x7f])],
    ports: &[1494, 2598],
    bound: false,
    fields: &["session"],
    head: SHALLOW,
    inspect,
};

/// Greeting, and the session protocol that begins with it.
const GREETINGS: [(&[u8], &str); 2] = [(b"\x7f\x7fICA\0", "ica"), (b"\x1aCGP/01", "cgp")];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    for (greeting, session) in GREETINGS {
        if look.bytes.starts_with(greeting) {
            findings.note("session", session);
            return Verdict::proven("Citrix greeting", Want::Nothing);
        }
        if !look.cut && greeting.starts_with(look.bytes) {
            return Verdict::NeedMore;
        }
    }
    Verdict::No
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(50000, 1494, &[(DST, b"\x7f\x7fICA\0"), (SRC, b"\x7f\x7fICA\0")]),
        Sample::tcp(50000, 40000, &[(SRC, b"\x1aCGP/01\x12\0")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 1494, &[(DST, b"\x7fELF\x02\x01")]),
        Sample::tcp(50000, 2598, &[(SRC, b"\x1aCGP/1")]),
    ],
};
