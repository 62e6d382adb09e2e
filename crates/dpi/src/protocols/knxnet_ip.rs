//! KNXnet/IP (EN 13321-2, ISO 22510): services, and the name and address that devices announce.

use crate::fingerprints::hex;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Starts, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "knxnet-ip",
    category: "industrial",
    encrypted: false,
    over: &[(Transport::Tcp, FIRST), (Transport::Udp, FIRST)],
    ports: &[3671],
    bound: false,
    fields: &["services", "device", "address", "serial"],
    head: SHALLOW,
    inspect,
};

/// The header's length.
const FIRST: Starts = &[6..=6];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let mut count = 0;
    while let Some(([6, 0x10, family, service, high, low], _)) = reader.rest().split_first_chunk() {
        let Some(name) = service_name(*family, *service) else { return Verdict::No };
        let length @ 6..=2048 = usize::from(u16::from_be_bytes([*high, *low])) else { return Verdict::No };
        let message = reader.up_to(length);
        if message.len() < length && !look.cut {
            if look.transport == Transport::Udp {
                return Verdict::No;
            }
            break;
        }
        count += 1;
        findings.add("services", name.into());
        if matches!((family, service), (2, 2 | 4 | 0x0c)) {
            description(message, *service, findings);
        }
    }
    match count {
        0 if look.cut || look.transport == Transport::Udp => Verdict::No,
        0 if matches!(look.bytes, [_, version, ..] if *version != 0x10) => Verdict::No,
        0 if look.bytes.len() >= 6 && !look.bytes.starts_with(&[6, 0x10]) => Verdict::No,
        0 => Verdict::NeedMore,
        _ if look.transport == Transport::Udp && !reader.is_empty() => Verdict::No,
        _ => Verdict::proven("KNXnet/IP header of a known service", Want::Reply),
    }
}

/// ISO 22510 s5.2.
fn service_name(family: u8, service: u8) -> Option<&'static str> {
    Some(match (family, service) {
        (2, 1) => "search-request",
        (2, 2) => "search-response",
        (2, 3) => "description-request",
        (2, 4) => "description-response",
        (2, 5) => "connect-request",
        (2, 6) => "connect-response",
        (2, 7) => "connection-state-request",
        (2, 8) => "connection-state-response",
        (2, 9) => "disconnect-request",
        (2, 0x0a) => "disconnect-response",
        (2, 0x0b) => "extended-search-request",
        (2, 0x0c) => "extended-search-response",
        (3, 0x10) => "configuration-request",
        (3, 0x11) => "configuration-ack",
        (4, 0x20) => "tunnelling-request",
        (4, 0x21) => "tunnelling-ack",
        (4, 0x22) => "feature-get",
        (4, 0x23) => "feature-response",
        (4, 0x24) => "feature-set",
        (4, 0x25) => "feature-info",
        (5, 0x30) => "routing-indication",
        (5, 0x31) => "routing-lost-message",
        (5, 0x32) => "routing-busy",
        (5, 0x33) => "routing-system-broadcast",
        (7, 0x40) => "diagnostic-request",
        (7, 0x41) => "diagnostic-response",
        (7, 0x42) => "basic-configuration",
        (7, 0x43) => "reset-request",
        (9, 0x50) => "secure-wrapper",
        (9, 0x51) => "session-request",
        (9, 0x52) => "session-response",
        (9, 0x53) => "session-authenticate",
        (9, 0x54) => "session-status",
        (9, 0x55) => "timer-notify",
        _ => return None,
    })
}

/// Device information block (s7.5.4.2): medium, status, individual address, project, serial
/// number, multicast address, MAC address, name. Before it a search's answer has an endpoint.
fn description(message: &[u8], service: u8, findings: &mut Findings) -> Option<()> {
    let mut reader = Reader::new(message.get(6..)?);
    if service != 4 {
        reader.take(8)?;
    }
    let [0x36, 0x01, _, _, high, low] = reader.array()? else { return None };
    findings.note("address", format!("{}.{}.{low}", high >> 4, high & 0x0f));
    reader.take(2)?;
    findings.note("serial", hex(reader.take(6)?));
    reader.take(4 + 6)?;
    let name = reader.take(30)?;
    let end = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
    findings.note("device", lossy(name.get(..end)?, NAME_MAX));
    Some(())
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            50000,
            3671,
            &[
                (SRC, b"\x06\x10\x02\x03\0\x0e\x08\x01\xc0\xa8\0\x05\xc3\x50"),
                (DST, b"\x06\x10\x02\x04\0\x3c\x36\x01\x02\0\x11\x02\0\0\0\x83\x12\x34\x56\x78\xe0\0\x17\x0c\0\x0c\x12\x34\x56\x78KNX IP Router\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
            ],
        ),
        Sample::tcp(50000, 3671, &[(SRC, b"\x06\x10\x02\x05\0\x0a\x01\x02\x03\x04")]),
    ],
    near_miss: &[
        Sample::udp(50000, 3671, &[(SRC, b"\x06\x10\x02\x03\0\x0f\x08\x01\xc0\xa8\0\x05\xc3\x50")]),
        Sample::udp(50000, 3671, &[(SRC, b"\x06\x10\x06\x03\0\x0e\x08\x01\xc0\xa8\0\x05\xc3\x50")]),
    ],
};

#[cfg(test)]
mod tests {
    use super::SAMPLES;
    use crate::facts::Value;
    use crate::testing::{Flow, UDP};

    #[test]
    fn a_description() {
        let mut flow = Flow::new(UDP, 50000, 3671);
        flow.dst(SAMPLES.positive[0].said[1].1);
        let details = &flow.inspection.facts().details;
        for (field, text) in [("device", "KNX IP Router"), ("address", "1.1.2"), ("serial", "008312345678")] {
            assert!(details.contains(&(field, Value::Text(text.into()))), "{field} {details:?}");
        }
    }
}
