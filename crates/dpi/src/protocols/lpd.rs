//! Line Printer Daemon protocol (RFC 1179): command and queue.

use crate::dialogue::{is_word, line, word};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "lpd",
    category: "file-transfer",
    encrypted: false,
    over: &[(Transport::Tcp, &[0..=5])],
    ports: &[515],
    bound: true,
    fields: &["command", "queue"],
    head: SHALLOW,
    inspect,
};

/// By the first byte, from 1 (RFC 1179 s5).
const COMMANDS: [&str; 5] = ["print", "receive-job", "short-state", "long-state", "remove-jobs"];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some((code, rest)) = look.bytes.split_first() else { return Verdict::No };
    let Some(command) = usize::from(*code).checked_sub(1).and_then(|place| COMMANDS.get(place)) else {
        // The printer says a zero to everything.
        return if look.bytes == [0] && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    let Some((operands, _)) = line(rest) else {
        let begun = rest.len() < 128 && rest.iter().all(|byte| matches!(byte, b' '..=b'~'));
        return if begun && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    let (queue, list) = word(operands);
    let printable = list.iter().all(|byte| matches!(byte, b' '..=b'~'));
    if !is_word(queue) || queue.len() < 2 || !printable {
        return Verdict::No;
    }
    findings.note("command", *command);
    findings.note("queue", lossy(queue, NAME_MAX));
    Verdict::proven("LPD command and queue", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(721, 515, &[(SRC, b"\x02laser1\n")])],
    near_miss: &[Sample::tcp(721, 515, &[(SRC, b"\x02\x80laser1\n")])],
};
