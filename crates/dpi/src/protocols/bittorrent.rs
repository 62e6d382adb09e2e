//! BitTorrent (BEP 3): peers over TCP and uTP (BEP 29), DHT (BEP 5), UDP trackers (BEP 15), local
//! discovery (BEP 14); info hash, client.

use crate::fingerprints::hex;
use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, find, lossy, past};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "bittorrent",
    category: "p2p",
    encrypted: false,
    // Over TCP at its ports also what lies behind an obfuscated beginning.
    over: &[
        (Transport::Tcp, ANY),
        (
            Transport::Udp,
            &[0..=4, 0x11..=0x11, 0x21..=0x21, 0x31..=0x31, 0x41..=0x41, b'B'..=b'B', b'd'..=b'd'],
        ),
    ],
    ports: &[6771, 6881, 6882, 6883, 6884, 6885, 6886, 6887, 6888, 6889, 6969, 51413],
    bound: false,
    fields: &["info_hash", "client", "message"],
    head: SHALLOW,
    inspect,
};

/// BEP 3: the length of the name, then the name.
const HANDSHAKE: &[u8] = b"\x13BitTorrent protocol";

/// BEP 15: begins requests to connect.
const TRACKER: &[u8] = &[0, 0, 4, 0x17, 0x27, 0x10, 0x19, 0x80];

const DISCOVERY: &[u8] = b"BT-SEARCH * HTTP/1.1\r\n";

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    match look.transport {
        Transport::Tcp => peer(look, findings),
        Transport::Udp => datagram(look, findings),
    }
}

fn peer(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if look.bytes.starts_with(HANDSHAKE) {
        let more = look.bytes.len() < 68 && !look.cut;
        handshake(look.bytes, findings);
        return Verdict::proven("BitTorrent handshake", if more { Want::Rest } else { Want::Reply });
    }
    if HANDSHAKE.starts_with(look.bytes) && !look.cut {
        return Verdict::NeedMore;
    }
    // A plain peer may follow where the obfuscated one was refused.
    if !look.hinted {
        return Verdict::No;
    }
    match find(look.bytes, HANDSHAKE) {
        Some(at) => {
            handshake(look.bytes.get(at..).unwrap_or_default(), findings);
            Verdict::proven("BitTorrent handshake after other bytes", Want::Reply)
        }
        None if look.cut => Verdict::No,
        None => Verdict::NeedMore,
    }
}

/// Name, reserved bits, info hash, peer id.
fn handshake(bytes: &[u8], findings: &mut Findings) {
    let mut reader = Reader::new(bytes.get(28..).unwrap_or_default());
    if let Some(hash) = reader.array::<20>() {
        findings.note("info_hash", hex(&hash));
    }
    // BEP 20: `-`, two letters, four of version, `-`.
    if let Some([b'-', client @ .., b'-']) = reader.array::<8>()
        && client.iter().all(u8::is_ascii_alphanumeric)
    {
        findings.note("client", lossy(&client, NAME_MAX));
    }
}

fn datagram(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let bytes = look.bytes;
    match bytes.first() {
        Some(b'd') => dht(look, findings),
        Some(b'B') if bytes.starts_with(DISCOVERY) => {
            let hash = bytes.split(|byte| *byte == b'\n').find_map(|line| line.strip_prefix(b"Infohash: "));
            if let Some(hash) = hash {
                findings.note("info_hash", lossy(hash.trim_ascii(), NAME_MAX));
            }
            Verdict::proven("BitTorrent local discovery", Want::Nothing)
        }
        Some(0) if bytes.starts_with(TRACKER) && matches!(bytes.get(8..12), Some([0, 0, 0, 0])) => {
            findings.note("message", "tracker");
            Verdict::proven("request to a BitTorrent tracker", Want::Reply)
        }
        _ => utp(look, findings),
    }
}

/// BEP 5: a bencoded dictionary whose first key is one of KRPC's.
fn dht(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    const BEGINNINGS: [&[u8]; 9] = [
        b"d1:ad2:id20:",
        b"d1:rd2:id20:",
        b"d1:ad2:bs",
        b"d1:eli20",
        b"d2:ip6:",
        b"d2:ip4:",
        b"d2:ip18:",
        b"d1:rd2:bs",
        b"d1:ade1:q4:ping",
    ];
    let bytes = look.bytes;
    if !BEGINNINGS.iter().any(|beginning| bytes.starts_with(beginning)) {
        return Verdict::No;
    }
    if let Some(hash) = past(bytes, b"9:info_hash20:").and_then(|rest| rest.get(..20)) {
        findings.note("info_hash", hex(hash));
    }
    findings.note("message", "dht");
    // BEP 5: the client's two letters and a version that is a number.
    if let Some([a, b, ..]) = past(bytes, b"1:v4:")
        && a.is_ascii_alphanumeric()
        && b.is_ascii_alphanumeric()
    {
        findings.note("client", lossy(&[*a, *b], NAME_MAX));
    }
    Verdict::proven("BitTorrent DHT message", Want::Reply)
}

/// BEP 29: type and version, extensions, connection, times, window, numbers.
fn utp(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some(packet) = Utp::read(look.bytes) else { return Verdict::No };
    let payload = look.bytes.get(packet.header..).unwrap_or_default();
    if payload.starts_with(HANDSHAKE) {
        handshake(payload, findings);
        return Verdict::proven("BitTorrent handshake over uTP", Want::Reply);
    }
    // The initiator sends with the connection's number plus one once it is open.
    let same = |id: u16| {
        [packet.connection.wrapping_sub(1), packet.connection, packet.connection.wrapping_add(1)]
            .contains(&id)
    };
    let known = look
        .earlier
        .iter()
        .filter(|glimpse| Utp::read_start(&glimpse.start, glimpse.len).is_some_and(same))
        .count();
    let verdict = match (packet.kind, known) {
        (_, 2..) => Verdict::proven("uTP packets of one connection", Want::Rest),
        (Utp::SYN, _) => Verdict::likely("uTP packet that opens a connection", Want::Rest),
        (_, 1) if look.hinted || packet.kind == Utp::STATE => {
            Verdict::likely("uTP packets of one connection", Want::Rest)
        }
        _ => return Verdict::NeedMore,
    };
    findings.note("message", "utp");
    verdict
}

struct Utp {
    kind: u8,
    connection: u16,
    header: usize,
}

impl Utp {
    const DATA: u8 = 0;
    const STATE: u8 = 2;
    const SYN: u8 = 4;
    const LEN: usize = 20;

    fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let [first, mut extension] = reader.array()?;
        let (kind, version) = (first >> 4, first & 0xf);
        let connection = reader.u16()?;
        let (time, difference, window) = (reader.array::<4>()?, reader.array::<4>()?, reader.array::<4>()?);
        let (_sequence, acknowledged) = (reader.u16()?, reader.u16()?);
        let mut header = Self::LEN;
        // Selective acknowledgements and extension bits are the extensions there are.
        for _ in 0..4 {
            if extension == 0 {
                break;
            }
            if extension > 2 {
                return None;
            }
            let (next, len) = (reader.u8()?, reader.u8()?);
            if !(4..=64).contains(&len) {
                return None;
            }
            reader.take(usize::from(len))?;
            header += 2 + usize::from(len);
            extension = next;
        }
        let empty = header == bytes.len();
        let fits = match kind {
            Self::SYN => empty && difference == [0; 4] && acknowledged == 0,
            Self::DATA => !empty && window != [0; 4],
            1 | 3 | Self::STATE => empty,
            _ => false,
        };
        (version == 1 && extension == 0 && fits && connection != 0 && time != [0; 4]).then_some(Self {
            kind,
            connection,
            header,
        })
    }

    /// The connection's number, from the first bytes of an earlier datagram.
    fn read_start(start: &[u8; crate::protocol::Glimpse::LEN], len: u16) -> Option<u16> {
        let [first, extension, high, low, ..] = *start;
        let fits =
            first & 0xf == 1 && first >> 4 <= Self::SYN && extension <= 2 && usize::from(len) >= Self::LEN;
        fits.then(|| u16::from_be_bytes([high, low]))
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            50001,
            &[(SRC, b"\x13BitTorrent protocol\0\0\0\0\0\x10\0\x05aaaaaaaaaaaaaaaaaaaa-qB4500-abcdefghijkl")],
        ),
        Sample::udp(
            50000,
            40959,
            &[(SRC, b"d1:ad2:id20:aaaaaaaaaaaaaaaaaaaae1:q4:ping1:t2:ab1:v4:LT\x01\x021:y1:qe")],
        ),
        Sample::udp(
            50000,
            40959,
            &[
                (SRC, b"\x41\0\x53\x02\x10\xee\xb2\xf0\0\0\0\0\0\x10\0\0\xe7\xf5\0\0"),
                (DST, b"\x21\0\x53\x02\x06\xff\x3f\x5f\x7f\xff\xff\xff\0\0\xf0\0\x49\xc7\xe7\xf5"),
                (SRC, b"\x01\0\x53\x03\x10\xf0\x68\x76\x09\xf1\x29\x17\0\x10\0\0\xe7\xf6\x49\xc6hello"),
            ],
        ),
        Sample::udp(50000, 1337, &[(SRC, b"\0\0\x04\x17\x27\x10\x19\x80\0\0\0\0abcd")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 6881, &[(SRC, b"\x13BitTorrent protocql\0\0\0\0\0\x10\0\x05")]),
        Sample::udp(50000, 6881, &[(SRC, b"\x41\0\x53\x02\x10\xee\xb2\xf0\0\0\0\x01\0\x10\0\0\xe7\xf5\0\0")]),
    ],
};
