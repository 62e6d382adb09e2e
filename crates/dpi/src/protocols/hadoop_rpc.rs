//! Hadoop RPC (Apache Hadoop, RpcConstants): the connection header.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "hadoop-rpc",
    category: "database",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'h'..=b'h'])],
    ports: &[8020, 8032, 9000, 8485],
    bound: false,
    fields: &["version", "authentication"],
    head: SHALLOW,
    inspect,
};

const MAGIC: &[u8] = b"hrpc";
const HEADER_LEN: usize = 7;

/// From Hadoop 0.20 on.
const VERSIONS: std::ops::RangeInclusive<u8> = 4..=10;

/// AuthProtocol: none, and SASL, which is -33.
const NONE: u8 = 0;
const SASL: u8 = 0xdf;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    if !MAGIC.starts_with(reader.up_to(MAGIC.len())) {
        return Verdict::No;
    }
    let Some([version, _class, authentication]) = reader.array() else {
        let short = look.bytes.len() < HEADER_LEN;
        return if short && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    if !VERSIONS.contains(&version) {
        return Verdict::No;
    }
    findings.note("version", version);
    if version >= 9 {
        findings.note(
            "authentication",
            match authentication {
                NONE => "none",
                SASL => "sasl",
                _ => return Verdict::No,
            },
        );
    }
    Verdict::proven("connection header", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(50000, 8020, &[(SRC, b"hrpc\x09\0\xdf\0\0\0\x10")])],
    near_miss: &[Sample::tcp(50000, 8020, &[(SRC, b"hrpc\x39\0\xdf\0\0\0\x10")])],
};
