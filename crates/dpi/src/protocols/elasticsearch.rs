//! Elasticsearch's and OpenSearch's transport between nodes: message headers.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "elasticsearch",
    category: "database",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'E'..=b'E'])],
    ports: &[9300],
    bound: false,
    fields: &["version", "action"],
    head: SHALLOW,
    inspect,
};

/// OpenSearch flips this bit to tell its versions from Elasticsearch's.
const OPENSEARCH: u32 = 0x0800_0000;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if !look.bytes.iter().zip(b"ES").all(|(a, b)| a == b) {
        return Verdict::No;
    }
    let mut reader = Reader::new(look.bytes.get(2..).unwrap_or_default());
    let begun = if look.cut { Verdict::No } else { Verdict::NeedMore };
    let Some(len) = reader.array().map(u32::from_be_bytes) else { return begun };
    if len == u32::MAX {
        return Verdict::proven("Elasticsearch's ping", Want::Rest);
    }
    let (id, status, version) = (reader.array::<8>(), reader.u8(), reader.array().map(u32::from_be_bytes));
    let (Some(_), Some(status), Some(version)) = (id, status, version) else { return begun };
    let number = version & !OPENSEARCH;
    // Request or response, error, compressed, handshake; versions count from 0.x to 10 and up.
    if !(13..=1 << 30).contains(&len) || status > 0x0f || !(20_000..20_000_000).contains(&number) {
        return Verdict::No;
    }
    findings.note("version", name(number, version & OPENSEARCH != 0));
    let action = look
        .bytes
        .windows(9)
        .take(512)
        .position(|text| matches!(text, b"internal:" | b"cluster:m" | b"indices:d" | b"indices:a"));
    if let Some(at) = action {
        let text = look.bytes.get(at..).unwrap_or_default();
        let end = text.iter().position(
            |byte| !matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'/' | b':' | b'[' | b']' | b'*'),
        );
        findings.note("action", lossy(text.get(..end.unwrap_or(text.len())).unwrap_or_default(), NAME_MAX));
    }
    Verdict::proven("Elasticsearch's transport header", Want::Nothing)
}

/// 7100099 is 7.10.0.
fn name(number: u32, opensearch: bool) -> String {
    let text = format!("{}.{}.{}", number / 1_000_000, number / 10_000 % 100, number / 100 % 100);
    if opensearch { format!("OpenSearch {text}") } else { text }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(50000, 9300, &[(SRC, b"ES\0\0\0\x2f\0\0\0\0\0\0\0\x01\x08\0\x67\xae\x63\0\0\0\x1a\0\0\0\x16internal:tcp/handshake\0")]),
        Sample::tcp(50000, 9301, &[(SRC, b"ES\xff\xff\xff\xff")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 9300, &[(SRC, b"ES\0\0\0\x2f\0\0\0\0\0\0\0\x01\x48\0\x67\xae\x63")]),
        Sample::tcp(50000, 9300, &[(SRC, b"ESTABLISHED connections are many")]),
    ],
};
