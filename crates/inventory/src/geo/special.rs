//! Addresses that are nowhere in particular.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The address whose place is asked for, if it has one.
///
/// Those of the special-purpose registries (RFC 6890) and groups have none. An IPv4 address inside
/// an IPv6 one is taken out: 6to4 (RFC 3056 s2), NAT64 (RFC 6052 s2.1), IPv4-mapped (RFC 4291
/// s2.5.5.2).
pub(super) fn placed(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(v4) => placed_v4(v4).map(IpAddr::V4),
        IpAddr::V6(v6) => match inner(v6) {
            Some(v4) => placed_v4(v4).map(IpAddr::V4),
            None => is_placed_v6(v6).then_some(address),
        },
    }
}

fn placed_v4(address: Ipv4Addr) -> Option<Ipv4Addr> {
    let bits = address.to_bits();
    let special = SPECIAL_V4.iter().any(|(block, prefix)| (bits ^ block) >> (32 - prefix) == 0);
    (!special).then_some(address)
}

/// RFC 6890 table 1 to 16 with RFC 8190, and 224.0.0.0/4 (RFC 5771).
const SPECIAL_V4: [(u32, u32); 15] = [
    (0x0000_0000, 8),
    (0x0a00_0000, 8),
    (0x6440_0000, 10),
    (0x7f00_0000, 8),
    (0xa9fe_0000, 16),
    (0xac10_0000, 12),
    (0xc000_0000, 24),
    (0xc000_0200, 24),
    (0xc058_6300, 24),
    (0xc0a8_0000, 16),
    (0xc612_0000, 15),
    (0xc633_6400, 24),
    (0xcb00_7100, 24),
    (0xe000_0000, 4),
    (0xf000_0000, 4),
];

/// Only 2000::/3 is given out (RFC 4291 s2.4 and IANA's registry); in it 2001::/23 is for protocols
/// (RFC 2928), 2001:db8::/32 (RFC 3849) and 3fff::/20 (RFC 9637) are for documents.
fn is_placed_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let special = a == 0x2001 && (b < 0x0200 || b == 0x0db8) || a == 0x3fff && b < 0x1000;
    a >> 13 == 1 && !special
}

fn inner(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let of = |high: u16, low: u16| Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)));
    match (a, b, c, d, e, f) {
        (0x2002, ..) => of(b, c),
        (0x0064, 0xff9b, 0, 0, 0, 0) | (0, 0, 0, 0, 0, 0xffff) => of(g, h),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> Option<String> {
        placed(text.parse().unwrap()).map(|address| address.to_string())
    }

    #[test]
    fn special_addresses_have_no_place() {
        for none in [
            "0.0.0.0",
            "10.0.0.0",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "169.254.1.1",
            "172.16.0.0",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.0",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.251",
            "239.255.255.250",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fd00::1",
            "ff02::fb",
            "2001::1",
            "2001:db8::1",
            "2001:1ff:ffff::1",
            "3fff::1",
            "3fff:fff::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::1",
            "4000::1",
            "1fff::1",
            "100::1",
        ] {
            assert_eq!(place(none), None, "{none}");
        }
    }

    #[test]
    fn what_is_beside_them_has_one() {
        for there in [
            "1.0.0.0",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.167.255.255",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2001:200::1",
            "2001:db7::1",
            "2001:db9::1",
            "3fff:1000::1",
            "2000::",
        ] {
            assert_eq!(place(there).as_deref(), Some(there));
        }
        for inside in ["::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"] {
            assert_eq!(place(inside).as_deref(), Some("8.8.8.8"), "{inside}");
        }
    }
}
