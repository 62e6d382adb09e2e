//! Packets inside packets: what tunnels carry.

use crate::reader::Reader;

/// An Ethernet frame without its preamble: two addresses, VLAN tags, and an `EtherType` that is
/// in use or, for IEEE 802.3, a length.
pub(crate) fn is_ethernet(frame: &[u8], cut: bool) -> bool {
    let mut reader = Reader::new(frame);
    let Some(([dst, ..], [src, ..])) = reader.array::<6>().zip(reader.array::<6>()) else { return false };
    // IEEE 802.3 s3.2.3: a source is never a group.
    if src & 1 != 0 {
        return false;
    }
    let mut kind = reader.u16();
    for _ in 0..2 {
        if matches!(kind, Some(0x8100 | 0x88a8)) {
            kind = reader.array::<2>().and_then(|_| reader.u16());
        }
    }
    match kind {
        Some(0x0800 | 0x86dd) => is_ip(reader.rest(), cut),
        // RFC 826: Ethernet, IPv4.
        Some(0x0806) => reader.rest().starts_with(&[0, 1, 8, 0, 6, 4, 0]),
        // LLDP, LACP, MPLS, EAPOL, MACsec, PPPoE, RARP, connectivity fault management.
        Some(0x88cc | 0x8809 | 0x8847 | 0x888e | 0x88e5 | 0x8863 | 0x8864 | 0x8035 | 0x8902) => true,
        // Spanning tree and its like: IEEE 802.3 with LLC, to a group.
        Some(len @ 3..=1500) => dst & 1 != 0 && usize::from(len) <= reader.rest().len(),
        _ => false,
    }
}

/// An IPv4 or IPv6 packet whose own length is not more than what is there.
pub(crate) fn is_ip(packet: &[u8], cut: bool) -> bool {
    match packet.first().map(|first| first >> 4) {
        Some(4) => is_ipv4(packet, cut),
        Some(6) => is_ipv6(packet, cut),
        _ => false,
    }
}

fn is_ipv4(packet: &[u8], cut: bool) -> bool {
    let Some([first, _, len_high, len_low, ..]) = packet.first_chunk::<20>() else { return false };
    let header_len = usize::from(first & 0xf) * 4;
    let len = usize::from(u16::from_be_bytes([*len_high, *len_low]));
    let Some(header) = packet.get(..header_len) else { return false };
    header_len >= 20 && len >= header_len && (len <= packet.len() || cut) && sum(header) == 0xffff
}

/// RFC 1071: with its checksum, the sum of a sound header is all ones.
fn sum(header: &[u8]) -> u32 {
    let words = header.chunks_exact(2);
    let sum = words.fold(0, |sum: u32, word| match word {
        [high, low] => sum + u32::from(u16::from_be_bytes([*high, *low])),
        _ => sum,
    });
    let folded = (sum >> 16) + (sum & 0xffff);
    (folded >> 16) + (folded & 0xffff)
}

/// Without a checksum, the next header has to be one that is in use.
pub(crate) fn is_ipv6(packet: &[u8], cut: bool) -> bool {
    let Some([first, _, _, _, len_high, len_low, next, ..]) = packet.first_chunk::<40>() else {
        return false;
    };
    let len = usize::from(u16::from_be_bytes([*len_high, *len_low])).saturating_add(40);
    first >> 4 == 6
        && (len <= packet.len() || cut)
        && matches!(next, 0 | 4 | 6 | 17 | 41 | 43 | 44 | 47 | 50 | 51 | 58..=60 | 89 | 103 | 132 | 135)
}

#[cfg(test)]
mod tests {
    use super::*;

    const IPV4: [u8; 20] = [0x45, 0, 0, 20, 0, 1, 0, 0, 64, 17, 0x66, 0xd4, 10, 1, 0, 1, 10, 1, 0, 2];

    #[test]
    fn a_packet_says_how_long_it_is() {
        assert!(is_ip(&IPV4, false));
        assert!(!is_ip(&IPV4[..19], true));
        let mut wrong = IPV4;
        wrong[11] ^= 1;
        assert!(!is_ip(&wrong, false), "checksum");
        let mut v6 = [0; 48];
        (v6[0], v6[5], v6[6]) = (0x60, 8, 58);
        assert!(is_ip(&v6, false) && !is_ip(&v6[..47], false) && is_ip(&v6[..47], true));
        v6[6] = 200;
        assert!(!is_ip(&v6, false));
    }

    #[test]
    fn frames() {
        let arp = [&[0xff; 6][..], &[2, 0, 0, 0, 0, 1, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1]].concat();
        assert!(is_ethernet(&arp, false));
        let tagged = [&[2; 12][..], &[0x81, 0, 0, 5, 8, 0], &IPV4].concat();
        assert!(is_ethernet(&tagged, false));
        assert!(!is_ethernet(&[3; 60], false), "a group as source");
    }
}
