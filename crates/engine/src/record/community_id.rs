//! Community ID version 1 (github.com/corelight/community-id-spec): one name for a flow in every
//! tool.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};
use wire::ip_protocol;

/// The id of a flow with seed 0. `icmp` is type and code of its first packet.
pub(super) fn v1(
    src: IpAddr,
    dst: IpAddr,
    protocol: u8,
    src_port: u16,
    dst_port: u16,
    icmp: [u8; 2],
) -> String {
    let (mut ports, mut one_way) = (Some((src_port, dst_port)), false);
    match protocol {
        ip_protocol::TCP | ip_protocol::UDP | ip_protocol::SCTP => {}
        ip_protocol::ICMP => (ports, one_way) = as_ports(icmp, icmp_answer),
        ip_protocol::ICMPV6 => (ports, one_way) = as_ports(icmp, icmpv6_answer),
        _ => ports = None,
    }
    let (src_port, dst_port) = ports.unwrap_or_default();
    let in_order = one_way || (src, src_port) <= (dst, dst_port);
    let (a, b) =
        if in_order { ((src, src_port), (dst, dst_port)) } else { ((dst, dst_port), (src, src_port)) };
    let mut hash = Sha1::new();
    hash.update([0, 0]);
    for (address, _) in [a, b] {
        match address {
            IpAddr::V4(v4) => hash.update(v4.octets()),
            IpAddr::V6(v6) => hash.update(v6.octets()),
        }
    }
    hash.update([protocol, 0]);
    if ports.is_some() {
        hash.update(a.1.to_be_bytes());
        hash.update(b.1.to_be_bytes());
    }
    format!("1:{}", STANDARD.encode(hash.finalize()))
}

/// Type and the type of its answer take the place of ports; a message without answer is one-way,
/// and its code comes second.
fn as_ports([kind, code]: [u8; 2], answer: fn(u8) -> Option<u8>) -> (Option<(u16, u16)>, bool) {
    match answer(kind) {
        Some(other) => (Some((u16::from(kind), u16::from(other))), false),
        None => (Some((u16::from(kind), u16::from(code))), true),
    }
}

fn icmp_answer(kind: u8) -> Option<u8> {
    Some(match kind {
        8 => 0,
        0 => 8,
        13 => 14,
        14 => 13,
        15 => 16,
        16 => 15,
        17 => 18,
        18 => 17,
        10 => 9,
        9 => 10,
        _ => return None,
    })
}

fn icmpv6_answer(kind: u8) -> Option<u8> {
    Some(match kind {
        128 => 129,
        129 => 128,
        130 => 131,
        131 => 130,
        133 => 134,
        134 => 133,
        135 => 136,
        136 => 135,
        139 => 140,
        140 => 139,
        144 => 145,
        145 => 144,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(src: &str, dst: &str, protocol: u8, ports: (u16, u16), icmp: [u8; 2]) -> String {
        v1(src.parse().unwrap(), dst.parse().unwrap(), protocol, ports.0, ports.1, icmp)
    }

    #[test]
    fn agrees_with_the_specification_s_baseline() {
        let tcp = id("128.232.110.120", "66.35.250.204", 6, (34855, 80), [0; 2]);
        assert_eq!(tcp, "1:LQU9qZlK+B5F3KDmev6m5PMibrg=");
        let back = id("66.35.250.204", "128.232.110.120", 6, (80, 34855), [0; 2]);
        assert_eq!(back, tcp);
        let udp = id("192.168.1.52", "8.8.8.8", 17, (54585, 53), [0; 2]);
        assert_eq!(udp, "1:d/FP5EW3wiY1vCndhwleRRKHowQ=");
        let sctp = id("192.168.170.8", "192.168.170.56", 132, (7, 80), [0; 2]);
        assert_eq!(sctp, "1:jQgCxbku+pNGw8WPbEc/TS/uTpQ=");
        let ping = id("192.168.0.89", "192.168.0.1", 1, (0, 0), [8, 0]);
        assert_eq!(ping, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=");
    }
}
