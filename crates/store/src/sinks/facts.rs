//! What other formats want to know of a flow and its record says otherwise.

use model::Flow;

/// An Ethernet header without tags, and one tag (IEEE 802.3 s3.1.1, IEEE 802.1Q s9.3).
const ETHERNET: u64 = 14;
const TAG: u64 = 4;

/// Bytes of each side from the IP header on.
///
/// A record counts from the link header. What that was is known by the hardware address and the
/// tags of the first packet: Ethernet, or none.
pub(super) fn ip_bytes(flow: &Flow) -> [u64; 2] {
    let is_ethernet = flow.src_mac.is_some() || flow.dst_mac.is_some();
    let tags = TAG * flow.vlans.len() as u64;
    let link = if is_ethernet { ETHERNET + tags } else { 0 };
    let of = |bytes: u64, packets: u64| bytes.saturating_sub(packets.saturating_mul(link));
    [of(flow.src_bytes, flow.src_packets), of(flow.dst_bytes, flow.dst_packets)]
}

/// IANA's number of a transport (registry "Assigned Internet Protocol Numbers").
pub(super) fn protocol_number(transport: &str) -> Option<u8> {
    Some(match transport {
        "icmp" => 1,
        "igmp" => 2,
        "ipip" => 4,
        "tcp" => 6,
        "udp" => 17,
        "dccp" => 33,
        "ipv6" => 41,
        "rsvp" => 46,
        "gre" => 47,
        "esp" => 50,
        "ah" => 51,
        "icmpv6" => 58,
        "ospf" => 89,
        "pim" => 103,
        "vrrp" => 112,
        "pgm" => 113,
        "l2tp" => 115,
        "sctp" => 132,
        "udplite" => 136,
        other => return other.parse().ok(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transports_have_their_numbers() {
        for (name, number) in [("tcp", Some(6)), ("icmpv6", Some(58)), ("253", Some(253)), ("x", None)] {
            assert_eq!(protocol_number(name), number, "{name}");
        }
    }
}
