//! Ceph's messenger, versions 1 and 2 (Ceph developer guide): banners.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "ceph",
    category: "file-transfer",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'c'..=b'c'])],
    ports: &[6789, 3300],
    bound: false,
    fields: &["version"],
    head: SHALLOW,
    inspect,
};

const BANNER: &[u8] = b"ceph v";

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    match look.bytes.strip_prefix(BANNER) {
        // `ceph v027` of the first messenger, `ceph v2` and a line's end of the second.
        Some(rest) => match rest.iter().take_while(|byte| byte.is_ascii_digit()).count() {
            digits @ 1..=4 => {
                findings.note("version", lossy(rest.get(..digits).unwrap_or_default(), NAME_MAX));
                Verdict::proven("Ceph banner", Want::Reply)
            }
            0 if rest.is_empty() && !look.cut => Verdict::NeedMore,
            _ => Verdict::No,
        },
        None if BANNER.starts_with(look.bytes) && !look.cut => Verdict::NeedMore,
        None => Verdict::No,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(50000, 6790, &[(DST, b"ceph v027\0\0\0\0"), (SRC, b"ceph v027")]),
        Sample::tcp(50000, 3300, &[(SRC, b"ceph v2\n\x10\0")]),
    ],
    near_miss: &[Sample::tcp(50000, 6789, &[(SRC, b"ceph volume ls\n")])],
};
