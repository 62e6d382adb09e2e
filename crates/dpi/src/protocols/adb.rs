//! Android debug bridge (AOSP, packages/modules/adb/protocol.txt): the first message and the device's banner.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{TEXT_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "adb",
    category: "remote-access",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'A'..=b'A', b'C'..=b'C', b'O'..=b'O', b'S'..=b'S', b'W'..=b'W'])],
    ports: &[5555],
    bound: false,
    fields: &["banners"],
    head: SHALLOW,
    inspect,
};

/// Messages that can be first, or first seen.
const COMMANDS: [[u8; 4]; 7] = [*b"CNXN", *b"AUTH", *b"OPEN", *b"OKAY", *b"CLSE", *b"WRTE", *b"STLS"];

const HEADER_LEN: usize = 24;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let Some(command) = reader.array().filter(|command| COMMANDS.contains(command)) else {
        let begun = COMMANDS.iter().any(|command| command.starts_with(look.bytes));
        return if begun && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    let mut number = || reader.array().map(u32::from_le_bytes);
    let (_, _, len, _sum, magic) = (number(), number(), number(), number(), number());
    let (Some(len), Some(magic)) = (len, magic) else {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    };
    // protocol.txt: the magic is the command with every bit turned.
    if magic != !u32::from_le_bytes(command) {
        return Verdict::No;
    }
    if command == *b"CNXN" {
        let data = usize::try_from(len).unwrap_or(usize::MAX).min(1024);
        if look.bytes.len() < data.saturating_add(HEADER_LEN) && !look.cut {
            return Verdict::proven("message with its magic", Want::Rest);
        }
        let banner = reader.up_to(data);
        let banner = banner.split(|byte| *byte == 0).next().unwrap_or_default();
        findings.add("banners", lossy(banner, TEXT_MAX));
    }
    Verdict::proven("message with its magic", Want::Reply)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        5555,
        &[(SRC, b"CNXN\x01\0\0\x01\0\0\x10\0\x06\0\0\0\x45\x02\0\0\xbc\xb1\xa7\xb1host::")],
    )],
    near_miss: &[Sample::tcp(
        50000,
        5555,
        &[(SRC, b"CNXN\x01\0\0\x01\0\0\x10\0\x06\0\0\0\x45\x02\0\0\xbc\xb1\xa7\xb2host::")],
    )],
};
