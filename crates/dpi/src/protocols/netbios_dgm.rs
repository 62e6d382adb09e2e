//! NetBIOS datagram service (RFC 1002 s4.4): names of both ends, and what the browser service
//! ([MS-BRWS]) announces in it.

use super::netbios_ns::decode;
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, find, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "netbios-dgm",
    category: "network",
    encrypted: false,
    over: &[(Transport::Udp, &[0x10..=0x16])],
    ports: &[138],
    bound: false,
    fields: &["source_name", "destination_name", "mailslot", "announced", "comment", "os_version"],
    head: SHALLOW,
    inspect,
};

/// Types that carry data: to a name, to a group, to all.
const DATA: std::ops::RangeInclusive<u8> = 0x10..=0x12;
const ERROR: u8 = 0x13;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let (Some([kind, flags]), Some([_, _, _, _, _, _, port @ ..])) = (reader.array(), reader.array::<8>())
    else {
        return Verdict::No;
    };
    if flags & 0xf0 != 0 {
        return Verdict::No;
    }
    // The header repeats address and port of its sender.
    let at_port = u16::from_be_bytes(port) == 138;
    if kind == ERROR {
        let fits = look.hinted && at_port && matches!(reader.rest(), [0x82..=0x84]);
        return if fits { Verdict::proven("NetBIOS datagram error", Want::Nothing) } else { Verdict::No };
    }
    if DATA.contains(&kind) && reader.array::<4>().is_none() {
        return Verdict::No;
    }
    let names = [DATA.contains(&kind).then_some("source_name"), Some("destination_name")];
    for field in names.into_iter().flatten() {
        let (Some([32, name @ ..]), Some(0)) = (reader.array::<33>(), reader.u8()) else {
            return Verdict::No;
        };
        let Some((name, _)) = decode(&name) else { return Verdict::No };
        findings.note(field, name);
    }
    mailslot(reader.rest(), findings);
    Verdict::proven("NetBIOS datagram between encoded names", Want::Nothing)
}

/// An SMB transaction on a mailslot; its name ends with a zero, the data follow it.
fn mailslot(bytes: &[u8], findings: &mut Findings) {
    const PREFIX: &[u8] = b"\\MAILSLOT\\";
    if !bytes.starts_with(b"\xffSMB\x25") {
        return;
    }
    let Some(at) = find(bytes, PREFIX) else { return };
    let name = bytes.get(at..).unwrap_or_default();
    let Some(len) = name.iter().position(|byte| *byte == 0) else { return };
    let (name, data) = name.split_at_checked(len).unwrap_or_default();
    findings.note("mailslot", lossy(name, NAME_MAX));
    // Host, domain and local master announcements ([MS-BRWS] s2.2.1): command, count, period,
    // name, version, type, more, comment.
    if let (true, Some([_, 1 | 12 | 15, rest @ ..])) =
        (name.ends_with(b"BROWSE"), data.get(..).filter(|data| data.len() > 34))
    {
        let mut reader = Reader::new(rest.get(5..).unwrap_or_default());
        let (Some(server), Some([major, minor])) = (reader.take(16), reader.array()) else { return };
        let server = server.split(|byte| *byte == 0).next().unwrap_or_default();
        findings.note("announced", lossy(server, NAME_MAX));
        findings.note("os_version", format!("{major}.{minor}"));
        reader.array::<8>();
        let comment = reader.rest().split(|byte| *byte == 0).next().unwrap_or_default();
        if !comment.is_empty() {
            findings.note("comment", lossy(comment, NAME_MAX));
        }
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        138,
        138,
        &[(
            SRC,
            b"\x11\x0a\x12\x34\x0a\0\0\x05\0\x8a\0\xbb\0\0\x20EOEFFECACACACACACACACACACACACAAA\0\
              \x20FHEPFCELEHFCEPFFFACACACACACACABN\0\xffSMB\x25",
        )],
    )],
    near_miss: &[Sample::udp(
        138,
        138,
        &[(
            SRC,
            b"\x11\x0a\x12\x34\x0a\0\0\x05\0\x8a\0\xbb\0\0\x20eOEFFECACACACACACACACACACACACAAA\0\
              \x20FHEPFCELEHFCEPFFFACACACACACACABN\0\xffSMB\x25",
        )],
    )],
};
