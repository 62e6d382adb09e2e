//! Zoom's media as its servers relay it: the layer around RTP, and what kind of media is inside.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Glimpse, Look, Protocol, SHALLOW, Transport, Verdict, Want};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "zoom",
    category: "voip",
    encrypted: true,
    over: &[(Transport::Udp, &[1..=7])],
    ports: &[8801, 8802, 8803, 8804, 8805, 8806, 8807, 8808, 8809, 8810],
    // Its layout has few fixed bits, and its servers only these ports.
    bound: true,
    fields: &["media"],
    head: SHALLOW,
    inspect,
};

/// The layer of the servers (Michel et al., "Enabling passive measurement of Zoom performance",
/// 2022, s4.2): type, number, four bytes, direction; then that of media, type first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Hello of a client or server, or a probe with a small counter.
    Control,
    Media(Option<&'static str>),
}

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some(shape) = shape(look.bytes, look.bytes.len()) else { return Verdict::No };
    let before = |glimpse: &Glimpse| self::shape(&glimpse.start, usize::from(glimpse.len)).is_some();
    let confirmed = look.earlier.iter().filter(|glimpse| before(glimpse)).count() >= 1;
    if let Shape::Media(Some(kind)) = shape
        && (confirmed || shape == Shape::Control)
    {
        findings.add("media", kind.into());
    }
    match shape {
        Shape::Control if confirmed => Verdict::proven("Zoom's handshake at its port", Want::Nothing),
        Shape::Control if matches!(look.bytes, [1 | 2, ..]) => {
            Verdict::proven("Zoom's hello at its port", Want::Nothing)
        }
        Shape::Control => Verdict::likely("Zoom's probe at its port", Want::Rest),
        Shape::Media(_) if confirmed => Verdict::proven("Zoom's media at its port", Want::Nothing),
        Shape::Media(_) => Verdict::NeedMore,
    }
}

fn shape(bytes: &[u8], len: usize) -> Option<Shape> {
    match bytes {
        // Hello and its answer: version, then a number that the answer repeats.
        [1, 0, 2, ..] if len >= 64 => Some(Shape::Control),
        [2, 0, 1, ..] if len >= 32 => Some(Shape::Control),
        // Probes: a counter of four bytes, what they repeat, the meeting's node.
        // WireGuard's packets begin so, too, and have a counter of eight bytes at the ninth.
        [3 | 4, 0, 0, 0, _, _, _, _, _, _, _, _, 0, 0, 0, 0, ..] if len >= 32 && len.is_multiple_of(16) => {
            None
        }
        [3 | 4, 0, 0, ..] if len >= 13 => Some(Shape::Control),
        [5, _, _, _, _, _, _, 0 | 4, kind, ..] if len >= 24 => media(*kind).map(Shape::Media),
        [5 | 7, 0x0c..=0x0f, ..] if len >= 24 => Some(Shape::Media(None)),
        _ => None,
    }
}

fn media(kind: u8) -> Option<Option<&'static str>> {
    match kind {
        13 | 30 => Some(Some("screen")),
        15 => Some(Some("audio")),
        16 => Some(Some("video")),
        21 | 33..=35 => Some(None),
        _ => None,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            50000,
            8801,
            &[
                (SRC, b"\x03\0\0\0\x01\x76\x2a\x8d\x74\0\x5a\x0e\x3e"),
                (DST, b"\x04\0\0\0\x01\x76\x2a\x8d\x74\0\x5a\x0e\x3e"),
            ],
        ),
        Sample::udp(
            50000,
            8803,
            &[
                (SRC, b"\x05\x0f\x31\0\x27\x2e\xc9\0\x0f0123456789abcdefghi"),
                (DST, b"\x05\x0f\x32\0\x27\x2e\xc9\x04\x100123456789abcdefghi"),
            ],
        ),
    ],
    near_miss: &[
        Sample::udp(50000, 8801, &[(SRC, b"\x05\x1f\x31\0\x27\x2e\xc9\x07\x150123456789abcdefghi")]),
        Sample::udp(50000, 8801, &[(SRC, b"\x03\x01\0\0\x01\x76\x2a\x8d\x74\0\x5a\x0e\x3e")]),
        Sample::udp(50000, 8811, &[(SRC, b"\x03\0\0\0\x01\x76\x2a\x8d\x74\0\x5a\x0e\x3e")]),
    ],
};
