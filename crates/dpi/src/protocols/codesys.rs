//! CODESYS runtimes, version 3's blocks and version 2's messages over TCP.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "codesys",
    category: "industrial",
    encrypted: false,
    over: &[(Transport::Tcp, &[0..=0, 0xbb..=0xbb])],
    ports: &[1200, 2455, 11740, 11741, 11742, 11743],
    bound: false,
    fields: &["version"],
    head: SHALLOW,
    inspect,
};

/// The block driver's magic number.
const BLOCK: [u8; 4] = [0x00, 0x01, 0x17, 0xe8];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let (version, verdict) = match look.bytes {
        // Length of the whole; a datagram within is at most 512 bytes.
        [0x00, 0x01, 0x17, 0xe8, low, high, 0, 0, ..]
            if (8..=4096).contains(&u16::from_le_bytes([*low, *high])) =>
        {
            (3_u8, Verdict::proven("CODESYS 3 block", Want::Nothing))
        }
        // Length of either byte order, in the message that opens a session one byte.
        [0xbb, 0xbb, 1, 0, 0, 0, _, ..] | [0xbb, 0xbb, 0, 0, 0, 1, _, ..] if look.hinted => {
            (2, Verdict::proven("CODESYS 2 message at its port", Want::Nothing))
        }
        bytes if bytes.len() < 8 && !look.cut && (BLOCK.starts_with(bytes) || bytes.starts_with(&BLOCK)) => {
            return Verdict::NeedMore;
        }
        bytes
            if bytes.len() < 7
                && !look.cut
                && look.hinted
                && (b"\xbb\xbb".starts_with(bytes) || bytes.starts_with(b"\xbb\xbb")) =>
        {
            return Verdict::NeedMore;
        }
        _ => return Verdict::No,
    };
    findings.note("version", version);
    verdict
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(50000, 11740, &[(SRC, b"\0\x01\x17\xe8\x18\0\0\0\xc5\x6b\x40\x03\0\x32\x80\x11")]),
        Sample::tcp(50000, 2455, &[(SRC, b"\xbb\xbb\x01\0\0\0\x01")]),
    ],
    near_miss: &[Sample::tcp(
        50000,
        11740,
        &[(SRC, b"\0\x01\x17\xe9\x18\0\0\0\xc5\x6b\x40\x03\0\x32\x80\x11")],
    )],
};
