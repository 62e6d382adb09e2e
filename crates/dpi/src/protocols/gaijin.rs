//! Gaijin Entertainment's games (no public specification): their metrics, and ENet at War Thunder's ports.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::text::{NAME_MAX, holds, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "gaijin",
    category: "game",
    encrypted: false,
    over: &[(Transport::Udp, &[b'a'..=b'a', b'e'..=b'e', 0x8f..=0x8f])],
    ports: &[],
    bound: false,
    fields: &["project", "platform"],
    head: SHALLOW,
    inspect,
};

/// Names of metrics that the launcher and the game send before anything else.
const METRICS: [&[u8]; 3] = [b"embeddedupdater.", b"app.start", b"app.stage"];

/// What the metrics are tagged with.
const TAG: &[u8] = b",env=";

/// What Gaijin asks to be opened for War Thunder.
const PORTS: std::ops::RangeInclusive<u16> = 20_000..=30_000;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if look.bytes.first() == Some(&0x8f) {
        return if opens_enet(look.bytes) && (PORTS.contains(&look.ports.0) || PORTS.contains(&look.ports.1)) {
            Verdict::proven("ENet connect at War Thunder's ports", Want::Nothing)
        } else {
            Verdict::No
        };
    }
    let tagged = |bytes: &[u8]| holds(bytes, TAG);
    if !METRICS.iter().any(|metric| look.bytes.starts_with(metric)) || !tagged(look.bytes) {
        return Verdict::No;
    }
    for tag in look.bytes.split(|byte| *byte == b',') {
        let mut parts = tag.splitn(2, |byte| *byte == b'=');
        let (Some(key), Some(value)) = (parts.next(), parts.next()) else { continue };
        match key {
            b"project" => findings.note("project", lossy(value, NAME_MAX)),
            b"platform" => findings.note("platform", lossy(value, NAME_MAX)),
            _ => {}
        }
    }
    Verdict::proven("metric with the tags of Gaijin's games", Want::Nothing)
}

/// ENet's protocol header without a peer yet but with a time, and its connect command
/// (enet/protocol.h: ENetProtocolConnect has 48 bytes).
fn opens_enet(bytes: &[u8]) -> bool {
    let mtu = bytes.get(12..16).and_then(<[u8]>::first_chunk).map_or(0, |mtu| u32::from_be_bytes(*mtu));
    bytes.len() == 52
        && bytes.starts_with(&[0x8f, 0xff])
        && bytes.get(4..8) == Some(&[0x82, 0xff, 0, 1][..])
        && (576..=4096).contains(&mtu)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(50000, 20011, &[(SRC, b"app.stage,env=production,circuit=wtm,application=client,project=warthunder,platform=android:1|c")]),
    Sample::udp(50000, 20017, &[(SRC, b"\x8f\xff\0\x22\x82\xff\0\x01\0\0\xff\xff\0\0\x05\x78\0\0\x80\0\0\0\0\x02\0\0\0\0\0\0\0\0\0\0\x13\x88\0\0\0\x02\0\0\0\x02\x12\x34\x56\x78\0\0\0\0")]),],
    near_miss: &[Sample::udp(50000, 20011, &[(SRC, b"app.stage;env=production")]),
    Sample::udp(50000, 20017, &[(SRC, b"\x8f\xff\0\x22\x82\xff\0\x01\0\0\xff\xff\0\x70\x05\x78\0\0\x80\0\0\0\0\x02\0\0\0\0\0\0\0\0\0\0\x13\x88\0\0\0\x02\0\0\0\x02\x12\x34\x56\x78\0\0\0\0")]),],
};
