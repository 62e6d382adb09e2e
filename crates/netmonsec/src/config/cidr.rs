use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::text::{BadValue, text_value};

/// A network: an address and how many of its leading bits count.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cidr {
    /// The host bits are zero.
    network: IpAddr,
    prefix: u8,
}

impl Cidr {
    /// The network of that length which `address` lies in; a prefix that is too long is cut.
    pub fn around(address: IpAddr, prefix: u8) -> Self {
        let prefix = prefix.min(bits(address));
        Self { network: masked(address, prefix), prefix }
    }

    pub(super) const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Self {
        Self { network: IpAddr::V4(Ipv4Addr::new(a, b, c, d)), prefix }
    }

    pub(super) const fn v6(first: u16, prefix: u8) -> Self {
        Self { network: IpAddr::V6(Ipv6Addr::new(first, 0, 0, 0, 0, 0, 0, 0)), prefix }
    }

    /// Its first address.
    pub fn network(self) -> IpAddr {
        self.network
    }

    /// How many leading bits count.
    pub fn prefix(self) -> u8 {
        self.prefix
    }

    /// `address` lies in it. An IPv4 address lies in no IPv6 network.
    pub fn contains(self, address: IpAddr) -> bool {
        address.is_ipv4() == self.network.is_ipv4() && masked(address, self.prefix) == self.network
    }
}

impl FromStr for Cidr {
    type Err = BadValue;

    /// `10.0.0.0/8`, `fe80::/10`; an address alone is a network of one host.
    fn from_str(text: &str) -> Result<Self, BadValue> {
        let bad = || BadValue(format!("`{text}` is no network; write one like 192.168.1.0/24 or fd00::/8"));
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| bad())?;
        let longest = bits(address);
        let prefix = match prefix {
            None => longest,
            // u8::from_str takes a sign, a network does not.
            Some(p) if p.is_empty() || !p.bytes().all(|b| b.is_ascii_digit()) => return Err(bad()),
            Some(p) => p.parse().ok().filter(|&p| p <= longest).ok_or_else(|| {
                BadValue(format!("`{text}`: the prefix of such an address is from 0 to {longest}"))
            })?,
        };
        let network = Self::around(address, prefix);
        if network.network != address {
            return Err(BadValue(format!("`{text}` has host bits set; the network is {network}")));
        }
        Ok(network)
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.network, self.prefix)
    }
}

text_value!(Cidr);

fn bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn masked(address: IpAddr, prefix: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(prefix.min(32))).unwrap_or(0);
            IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() & mask))
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(prefix.min(128))).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & mask))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        text.parse::<Cidr>().unwrap_err().to_string()
    }

    #[test]
    fn networks_contain_addresses() {
        for (network, inside, outside) in [
            ("10.0.0.0/8", "10.255.255.255", "11.0.0.0"),
            ("192.168.1.128/25", "192.168.1.128", "192.168.1.127"),
            ("192.0.2.7", "192.0.2.7", "192.0.2.6"),
            ("fc00::/7", "fdff::1", "fe00::"),
            ("2001:db8::/127", "2001:db8::1", "2001:db8::2"),
            ("0.0.0.0/0", "255.255.255.255", "::"),
            ("::/0", "ffff::", "0.0.0.0"),
        ] {
            let network: Cidr = network.parse().unwrap();
            assert!(network.contains(inside.parse().unwrap()), "{network}");
            assert!(!network.contains(outside.parse().unwrap()), "{network}");
            assert_eq!(network.to_string().parse(), Ok(network));
        }
    }

    #[test]
    fn refusals_say_what_would_be_right() {
        for text in ["", "eth0", "10.0.0/8", "10.0.0.0/", "10.0.0.0/+8", "10.0.0.0/8/8", "fe80::%1/64"] {
            assert!(refusal(text).contains("is no network; write one like 192.168.1.0/24"), "{text}");
        }
        assert_eq!(refusal("10.0.0.0/33"), "`10.0.0.0/33`: the prefix of such an address is from 0 to 32");
        assert_eq!(refusal("::/129"), "`::/129`: the prefix of such an address is from 0 to 128");
        assert_eq!(
            refusal("192.168.1.7/24"),
            "`192.168.1.7/24` has host bits set; the network is 192.168.1.0/24"
        );
        assert_eq!(refusal("fe80::1/10"), "`fe80::1/10` has host bits set; the network is fe80::/10");
    }
}
