use std::net::IpAddr;

use model::Direction;

/// An address block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Network {
    /// First address.
    pub address: IpAddr,
    /// Leading bits that count.
    pub prefix: u8,
}

impl Network {
    /// The address lies in the block.
    pub fn contains(&self, address: IpAddr) -> bool {
        let differs = match (self.address, address) {
            (IpAddr::V4(a), IpAddr::V4(b)) => (u128::from(a.to_bits() ^ b.to_bits())) << 96,
            (IpAddr::V6(a), IpAddr::V6(b)) => a.to_bits() ^ b.to_bits(),
            _ => return false,
        };
        differs.leading_zeros() >= u32::from(self.prefix)
    }
}

/// Address blocks.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct Networks(pub Vec<Network>);

impl Networks {
    /// One of the blocks has the address.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }

    /// There is no block.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Where a flow from `src` to `dst` goes, if these are the local networks.
    pub fn direction(&self, src: IpAddr, dst: IpAddr) -> Direction {
        let group = match dst {
            IpAddr::V4(a) => a.is_multicast() || a.is_broadcast(),
            IpAddr::V6(a) => a.is_multicast(),
        };
        if group {
            return Direction::Multicast;
        }
        match (self.is_local(src), self.is_local(dst)) {
            (true, true) => Direction::Lateral,
            (true, false) => Direction::Outbound,
            (false, true) => Direction::Inbound,
            (false, false) => Direction::External,
        }
    }

    fn is_local(&self, address: IpAddr) -> bool {
        // A host that has no address yet (DHCP, duplicate address detection) is on this link.
        address.is_unspecified() || address.is_loopback() || self.contains(address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(text: &str) -> Network {
        let (address, prefix) = text.split_once('/').unwrap();
        Network { address: address.parse().unwrap(), prefix: prefix.parse().unwrap() }
    }

    #[test]
    fn blocks_hold_their_addresses() {
        let ten = network("10.0.0.0/8");
        assert!(ten.contains("10.255.0.1".parse().unwrap()));
        assert!(!ten.contains("11.0.0.1".parse().unwrap()));
        assert!(!ten.contains("::ffff:10.0.0.1".parse().unwrap()));
        assert!(network("0.0.0.0/0").contains("1.2.3.4".parse().unwrap()));
        assert!(network("1.2.3.4/32").contains("1.2.3.4".parse().unwrap()));
        assert!(!network("fd00::/8").contains("fe80::1".parse().unwrap()));
    }

    #[test]
    fn direction_is_seen_from_the_local_networks() {
        let local = Networks(vec![network("10.0.0.0/8")]);
        let way = |a: &str, b: &str| local.direction(a.parse().unwrap(), b.parse().unwrap());
        assert_eq!(way("10.0.0.1", "10.0.0.2"), Direction::Lateral);
        assert_eq!(way("10.0.0.1", "1.1.1.1"), Direction::Outbound);
        assert_eq!(way("1.1.1.1", "10.0.0.1"), Direction::Inbound);
        assert_eq!(way("1.1.1.1", "2.2.2.2"), Direction::External);
        assert_eq!(way("10.0.0.1", "224.0.0.251"), Direction::Multicast);
        assert_eq!(way("0.0.0.0", "255.255.255.255"), Direction::Multicast);
    }
}
