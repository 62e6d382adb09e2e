//! Echo messages that carry more than a ping does.

use wire::{Net, Packet, icmp, icmpv6};

use crate::happening::Seen;

/// Shorter payloads say too little about their bytes.
const LEAST: usize = 32;
/// ping(8) puts the time it was sent in front of its pattern.
const STAMP: usize = 16;

/// An echo message whose payload is no pattern.
pub(super) fn look(packet: &Packet, frame: &[u8]) -> Option<Seen> {
    let (request, reply) = match packet.net {
        Net::Ipv4 => (icmp::kind::ECHO_REQUEST, icmp::kind::ECHO_REPLY),
        _ => (icmpv6::kind::ECHO_REQUEST, icmpv6::kind::ECHO_REPLY),
    };
    if packet.icmp_type != request && packet.icmp_type != reply {
        return None;
    }
    let bytes = packet.transport(packet.protocol, frame)?;
    let id = u16::from_be_bytes(*bytes.get(4..)?.first_chunk()?);
    let payload = bytes.get(icmp::LEN..)?;
    if payload.len() < LEAST || is_pattern(payload.get(STAMP..)?) {
        return None;
    }
    let (src, dst) = packet.addresses(frame)?;
    Some(Seen::Echo {
        src,
        dst,
        request: packet.icmp_type == request,
        id,
        payload_bytes: packet.payload_len,
        digest: digest(payload),
        dense: is_dense(payload),
    })
}

/// Most bytes are as far from the one before them as that is from the one before it: a ramp, a
/// constant, an alphabet that begins anew.
fn is_pattern(bytes: &[u8]) -> bool {
    let steady = bytes.windows(3).filter(|w| match w {
        [a, b, c] => c.wrapping_sub(*b) == b.wrapping_sub(*a),
        _ => false,
    });
    steady.count() * 2 >= bytes.len().saturating_sub(2)
}

/// Bytes, and steps between bytes, are spread as evenly as those of random data of that length.
fn is_dense(bytes: &[u8]) -> bool {
    const SHARE: f64 = 0.9;
    let steps = bytes.windows(2).filter_map(|w| Some(w.get(1)?.wrapping_sub(*w.first()?)));
    let most = (bytes.len().min(256) as f64).log2();
    bytes.len() >= 48
        && entropy_bits(bytes.iter().copied()) >= SHARE * most
        && entropy_bits(steps) >= SHARE * most
}

/// Shannon entropy in bits per byte.
fn entropy_bits(bytes: impl Iterator<Item = u8>) -> f64 {
    let mut counts = [0u32; 256];
    let mut all = 0u32;
    for byte in bytes {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count += 1;
        }
        all += 1;
    }
    let all = f64::from(all.max(1));
    let share = |count: &u32| {
        let p = f64::from(*count) / all;
        if *count == 0 { 0.0 } else { -p * p.log2() }
    };
    counts.iter().map(share).sum()
}

/// FNV-1a: equal payloads have equal digests, and that is all that is asked of it.
fn digest(bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_pings_carry_is_a_pattern() {
        let ramp: Vec<u8> = (0x10..0x38).collect();
        let alphabet: Vec<u8> = (b'a'..=b'w').cycle().take(32).collect();
        for bytes in [&ramp[..], &alphabet, &[0; 100], &[0xff; 56]] {
            assert!(is_pattern(bytes), "{bytes:?}");
        }
        let mut state = 1u32;
        let random: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .take(600)
        .collect();
        assert!(!is_pattern(&random) && is_dense(&random) && is_dense(&random[..64]));
        let text = b"GET /index.html HTTP/1.1\r\nHost: www.example.org\r\nAccept: text/html, text/plain\r\n";
        assert!(!is_pattern(text) && !is_dense(text));
    }
}
