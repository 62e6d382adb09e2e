//! GDB's remote serial protocol over TCP: packets and their checksums.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "gdb-remote",
    category: "remote-access",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'$'..=b'$', b'+'..=b'+'])],
    ports: &[2345, 3333, 1234, 2331],
    bound: false,
    fields: &["packet"],
    head: SHALLOW,
    inspect,
};

/// Longest packet that is waited for.
const MOST: usize = 1024;

/// A dollar sign, data, a number sign, two digits of checksum; in front the other side's
/// packet may be acknowledged.
fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let partial = if look.cut || look.bytes.len() > MOST { Verdict::No } else { Verdict::NeedMore };
    let start = look.bytes.iter().take_while(|byte| **byte == b'+').count();
    let Some([b'$', packet @ ..]) = look.bytes.get(start..).filter(|rest| !rest.is_empty()) else {
        return if start == look.bytes.len() && start < 3 { partial } else { Verdict::No };
    };
    if start > 2 {
        return Verdict::No;
    }
    let Some(end) = packet.iter().position(|byte| *byte == b'#') else {
        return if packet.first().is_none_or(|byte| byte.is_ascii_graphic()) { partial } else { Verdict::No };
    };
    let (data, rest) = packet.split_at_checked(end).unwrap_or_default();
    let Some(digits) = rest.get(1..3) else { return partial };
    let sum = data.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    let expected = std::str::from_utf8(digits).ok().and_then(|digits| u8::from_str_radix(digits, 16).ok());
    // Of an empty packet, which means "not supported", the checksum says little.
    if expected != Some(sum) || data.len() < 2 {
        return Verdict::No;
    }
    let name = data.split(|byte| matches!(byte, b':' | b';' | b',')).next().unwrap_or(data);
    findings.note("packet", lossy(name, NAME_MAX));
    Verdict::proven("packet with a correct checksum", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(50000, 3333, &[(SRC, b"+$qSupported:multiprocess+#c6")])],
    near_miss: &[Sample::tcp(50000, 3333, &[(SRC, b"+$qSupported:multiprocess+#00")])],
};
