//! Rx, the remote procedure calls of AFS (Rx specification): connection, service, packet type.

use crate::protocol::{ANY, Findings, Glimpse, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "rx",
    category: "file-transfer",
    encrypted: false,
    over: &[(Transport::Udp, ANY)],
    ports: &[7000, 7001, 7002, 7003, 7004, 7005, 7007, 7008, 7009],
    bound: false,
    fields: &["service", "operation"],
    head: SHALLOW,
    inspect,
};

const HEADER_LEN: usize = 28;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some(header) = Header::read(look.bytes) else { return Verdict::No };
    let Some(service) = look.bytes.get(26..HEADER_LEN).and_then(|bytes| Reader::new(bytes).u16()) else {
        return Verdict::No;
    };
    // Two that agree about the connection are as good as the port.
    let agrees = |glimpse: &Glimpse| {
        Header::read(&glimpse.start).is_some_and(|other| other.connection == header.connection)
    };
    let known = look.earlier.iter().any(agrees);
    if !known && !look.hinted {
        return Verdict::NeedMore;
    }
    findings.note("service", name(look, service));
    if header.kind == 1
        && header.from_client
        && let Some(operation) = Reader::new(look.bytes.get(HEADER_LEN..).unwrap_or_default()).array()
    {
        findings.note("operation", u32::from_be_bytes(operation));
    }
    if known {
        Verdict::proven("Rx packets of one connection", Want::Reply)
    } else {
        Verdict::likely("Rx header at an AFS port", Want::Rest)
    }
}

struct Header {
    connection: [u8; 8],
    kind: u8,
    from_client: bool,
}

impl Header {
    /// Numbers of calls, packets and serials begin at one with every connection.
    fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let connection = reader.array()?;
        let [[0, 0, ..], [0, 0, ..], [0, 0, ..]] =
            [reader.array::<4>()?, reader.array::<4>()?, reader.array::<4>()?]
        else {
            return None;
        };
        let [kind, flags, status, security] = reader.array()?;
        // Flags: client initiated, request acknowledgement, last, more, slow start, jumbo.
        let fits = (1..=13).contains(&kind) && flags & 0xc0 == 0 && status <= 1 && security <= 5;
        (fits && connection != [0; 8]).then_some(Self { connection, kind, from_client: flags & 1 != 0 })
    }
}

/// Services by their usual port, since most have the number 1.
fn name(look: &Look<'_>, service: u16) -> &'static str {
    match service {
        52 => "volume location",
        73 => "protection",
        4 => "volume",
        _ if look.on(7000) => "file server",
        _ if look.on(7002) => "protection",
        _ if look.on(7003) => "volume location",
        _ if look.on(7004) => "authentication",
        _ if look.on(7005) => "volume",
        _ if look.on(7007) => "overseer",
        _ if look.on(7001) => "callback",
        _ => "other",
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            7001,
            7100,
            &[
                (SRC, b"\xd7\x0f\xb3\x30\x5c\x22\x4f\xb0\0\0\0\x01\0\0\0\x01\0\0\0\x01\x01\x05\0\0\0\0\0\x34\0\0\x02\x0f"),
                (DST, b"\xd7\x0f\xb3\x30\x5c\x22\x4f\xb0\0\0\0\x01\0\0\0\0\0\0\0\x01\x02\x20\0\0\0\0\0\x34\0\0\0\0"),
            ],
        ),
        Sample::udp(
            50000,
            7003,
            &[(SRC, b"\xd7\x0f\xb3\x30\x5c\x22\x4f\xb0\0\0\0\x01\0\0\0\x01\0\0\0\x01\x01\x05\0\0\0\0\0\x34\0\0\x02\x0f")],
        ),
    ],
    near_miss: &[
        Sample::udp(
            50000,
            7003,
            &[(SRC, b"\xd7\x0f\xb3\x30\x5c\x22\x4f\xb0\0\0\0\x01\0\0\0\x01\0\0\0\x01\x21\x05\0\0\0\0\0\x34\0\0\x02\x0f")],
        ),
        Sample::udp(
            50000,
            7100,
            &[
                (SRC, b"\xd7\x0f\xb3\x30\x5c\x22\x4f\xb0\0\0\0\x01\0\0\0\x01\0\0\0\x01\x01\x05\0\0\0\0\0\x34\0\0\x02\x0f"),
                (DST, b"\xd7\x0f\xb3\x31\x5c\x22\x4f\xb0\0\0\0\x01\0\0\0\0\0\0\0\x01\x02\x20\0\0\0\0\0\x34\0\0\0\0"),
            ],
        ),
    ],
};
