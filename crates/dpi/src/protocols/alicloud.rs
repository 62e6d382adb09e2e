//! Alibaba Cloud's agents: a magic number and the length of an encrypted message.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "alicloud",
    category: "cloud",
    encrypted: true,
    over: &[(Transport::Tcp, &[0xce..=0xce])],
    ports: &[8999],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

/// 0xbebaface in little endian.
const MAGIC: [u8; 4] = [0xce, 0xfa, 0xbe, 0xba];

/// Ciphertext in blocks.
const BLOCK: u32 = 8;

fn inspect(look: &Look<'_>, _: &mut Findings) -> Verdict {
    if !look.bytes.iter().zip(&MAGIC).all(|(a, b)| a == b) {
        return Verdict::No;
    }
    let mut reader = Reader::new(look.bytes);
    let (Some(_), Some(len)) = (reader.array::<4>(), reader.array().map(u32::from_le_bytes)) else {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    };
    let rest = reader.rest().get(usize::try_from(len).unwrap_or(usize::MAX)..).unwrap_or_default();
    let next = rest.iter().zip(&MAGIC).all(|(a, b)| a == b);
    if len > 1 << 24 || len % BLOCK != 0 || !next {
        return Verdict::No;
    }
    Verdict::proven("magic number and length of Alibaba Cloud's agents", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(50000, 8999, &[(SRC, b"\xce\xfa\xbe\xba\x80\0\0\0")]),
        Sample::tcp(50000, 9000, &[(DST, b"\xce\xfa\xbe\xba\x08\0\0\0abcdefgh\xce\xfa\xbe\xba")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 8999, &[(SRC, b"\xce\xfa\xbe\xba\x80\0\0\x80")]),
        Sample::tcp(50000, 8999, &[(SRC, b"\xce\xfa\xed\xfe\x07\0\0\x01")]),
    ],
};
