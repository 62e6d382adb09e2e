//! GDB remote serial protocol (GDB manual, appendix E): a packet with its checksum.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "gdb-remote",
    category: "remote-access",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'$'..=b'$', b'+'..=b'+'])],
    ports: &[1234, 2345, 3333, 9000],
    bound: false,
    fields: &["packets"],
    head: SHALLOW,
    inspect,
};

/// Packets with which a debugger or its stub begins (appendix E.3 and E.5).
const FIRST: [&[u8]; 7] =
    [b"qSupported", b"QStartNoAckMode", b"vMustReplyEmpty", b"vCont?", b"qC", b"Hg0", b"PacketSize="];

/// Longest that is waited for.
const MAX: usize = 2048;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    // A lone "+" acknowledges what was before.
    let acknowledged = look.bytes.iter().take_while(|byte| **byte == b'+').count();
    let rest = look.bytes.get(acknowledged..).unwrap_or_default();
    let more = if look.cut || acknowledged > 2 { Verdict::No } else { Verdict::NeedMore };
    let [b'$', text @ ..] = rest else {
        return if rest.is_empty() { more } else { Verdict::No };
    };
    let known = FIRST.iter().any(|first| text.iter().zip(*first).all(|(a, b)| a == b));
    if !known {
        return Verdict::No;
    }
    let mut parts = text.splitn(2, |byte| *byte == b'#');
    let (Some(data), Some([high, low, ..])) = (parts.next(), parts.next()) else {
        return if text.len() < MAX { more } else { Verdict::No };
    };
    let sum = data.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let (Some(high), Some(low)) = (digit(high), digit(low)) else { return Verdict::No };
    if high << 4 | low != u32::from(sum) {
        return Verdict::No;
    }
    findings.add("packets", lossy(data, NAME_MAX));
    Verdict::proven("packet with its checksum", Want::Reply)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(50000, 3333, &[(SRC, b"+$qSupported:multiprocess+#c6")])],
    near_miss: &[Sample::tcp(50000, 3333, &[(SRC, b"+$qSupported:multiprocess+#c7")])],
};
