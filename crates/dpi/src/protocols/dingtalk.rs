//! DingTalk's long connection: the client's hello in tags and lengths; no specification is public.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "dingtalk",
    category: "chat",
    encrypted: true,
    over: &[(Transport::Tcp, &[0x10..=0x10])],
    ports: &[443, 80],
    bound: false,
    fields: &["client"],
    head: SHALLOW,
    inspect,
};

/// After the first two bytes: version, one value of one byte, one of two.
const HELLO: &[u8] = &[0x87, 0x80, 1, 0, 1, 0, 2, 0, 2, b'd', b'k', 3, 0, 0x20];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let body = look.bytes.get(2..).unwrap_or_default();
    let Some((known, rest)) = body.split_at_checked(HELLO.len()) else {
        return if HELLO.starts_with(body) && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    // The second value names the kind of client in two letters.
    if known.get(..9) != HELLO.get(..9) || known.get(10..) != HELLO.get(10..) {
        return Verdict::No;
    }
    let mut reader = Reader::new(rest.get(32..).unwrap_or_default());
    while let Some(value) = reader.u8().and_then(|_| reader.block16()) {
        if value.len() > 6 && value.iter().all(u8::is_ascii_graphic) && value.contains(&b'/') {
            findings.note("client", lossy(value, NAME_MAX));
        }
    }
    Verdict::proven("DingTalk hello", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        8443,
        &[(SRC, b"\x10\x64\x87\x80\x01\0\x01\0\x02\0\x02dk\x03\0\x20aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\x04\0\x0aandroid/3.")],
    )],
    near_miss: &[Sample::tcp(
        50000,
        443,
        &[(SRC, b"\x10\x64\x87\x80\x01\0\x01\0\x02\0\x02dk\x03\0\x21aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\x04\0\x0aandroid/3.")],
    )],
};
