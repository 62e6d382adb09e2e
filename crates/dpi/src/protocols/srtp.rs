//! SRTP (RFC 3711) in flows that STUN's connectivity checks opened: media there is encrypted (RFC 8834 s5).

use super::rtp::header::Header;
use super::stun::is_stun;
use crate::findings::Findings;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Look, Protocol, SHALLOW, Transport, Verdict, Want};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "srtp",
    category: "media",
    encrypted: true,
    // Asked only once STUN has proposed it.
    over: &[(Transport::Udp, &[])],
    ports: &[],
    bound: false,
    fields: &["payload_type", "ssrc"],
    head: SHALLOW,
    inspect,
};

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some(header) = Header::of(look.bytes, look.cut) else { return Verdict::No };
    if !look.earlier.iter().any(is_stun) {
        return Verdict::No;
    }
    findings.note("payload_type", header.payload_type);
    findings.note("ssrc", header.source);
    Verdict::proven("RTP packet after STUN's checks in the same flow", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        41107,
        &[
            (SRC, b"\0\x01\0\0\x21\x12\xa4\x42abcdefghijkl"),
            (DST, b"\x01\x01\0\x0c\x21\x12\xa4\x42abcdefghijkl\0\x20\0\x08\0\x01\xe1\x2b\xe1\x10\xa6\x03"),
            (SRC, b"\x90\x78\0\x05\0\0\xdd\x40\x51\x67\xdc\xb6\xde\xbe\0\x01\x51\x2b\x2b\x61 0123456789"),
        ],
    )],
    near_miss: &[
        // An extension that does not fit.
        Sample::udp(
            50000,
            41107,
            &[
                (SRC, b"\0\x01\0\0\x21\x12\xa4\x42abcdefghijkl"),
                (
                    DST,
                    b"\x90\x78\0\x05\0\0\xdd\x40\x51\x67\xdc\xb6\xde\xbe\x01\x01\x51\x2b\x2b\x61 0123456789",
                ),
            ],
        ),
        // RTCP alone says nothing about media.
        Sample::udp(
            50000,
            41107,
            &[
                (SRC, b"\0\x01\0\0\x21\x12\xa4\x42abcdefghijkl"),
                (DST, b"\x81\xca\0\x02\x51\x67\xdc\xb6\x01\x02ab"),
            ],
        ),
    ],
};
