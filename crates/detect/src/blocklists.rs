//! Lists of what is known to be bad, as their user supplies them.

mod entry;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;

pub use self::entry::BadEntry;
use self::entry::Entry;

/// Everything on all lists, made for being asked often: sorted tables of numbers and digests, some 16
/// to 32 bytes an entry.
#[derive(Debug, Default)]
pub struct Blocklists {
    names: Vec<Box<str>>,
    /// By how many bits count, most first: networks and the place of their list in `names`.
    networks: Vec<(u8, Vec<(u128, u16)>)>,
    /// Digests of domains and fingerprints.
    texts: Vec<(u64, u16)>,
}

/// A list that has what was asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hit<'a> {
    /// The list's name.
    pub list: &'a str,
    /// What stands in it.
    pub entry: String,
}

/// What a text on a list is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// A domain, which stands for all names in it too.
    Domain,
    /// JA3 or JA3S: an MD5.
    Ja3,
    /// JA4 of a client's hello.
    Ja4,
    /// SHA-1 or SHA-256 of a certificate.
    Certificate,
}

/// Lists that are told apart.
const MOST_LISTS: usize = 4096;
/// IPv4 addresses as IPv6 writes them (RFC 4291 s2.5.5.2).
const MAPPED: u128 = 0xffff_0000_0000;

impl Blocklists {
    /// Adds a list; what is wrong with its first line that cannot be read. Lines are an entry each, or
    /// rows of values separated by commas of which the first that can be an entry is one; `#`, `;` and
    /// `//` begin comments.
    pub fn add(&mut self, name: &str, text: &str) -> Result<(), BadEntry> {
        let Some(list) = u16::try_from(self.names.len()).ok().filter(|list| usize::from(*list) < MOST_LISTS)
        else {
            return Err(BadEntry { line: 1, what: format!("there are more than {MOST_LISTS} lists") });
        };
        self.names.push(name.into());
        for entry in entry::entries(text) {
            match entry? {
                Entry::Network(address, prefix) => self.put(address, prefix, list),
                Entry::Text(kind, text) => self.texts.push((digest(kind, &text), list)),
            }
        }
        Ok(())
    }

    /// Ready to be asked; call it once, after the last list.
    pub fn finish(&mut self) {
        for (_, table) in &mut self.networks {
            settle(table);
        }
        self.networks.sort_unstable_by_key(|(bits, _)| std::cmp::Reverse(*bits));
        settle(&mut self.texts);
    }

    /// Entries of all lists, each once.
    pub fn len(&self) -> usize {
        self.texts.len() + self.networks.iter().map(|(_, table)| table.len()).sum::<usize>()
    }

    /// There is none.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty() && self.networks.is_empty()
    }

    /// The list that has the address, or the smallest network around it.
    pub fn address(&self, ip: IpAddr) -> Option<Hit<'_>> {
        let number = number(ip);
        self.networks.iter().find_map(|(bits, table)| {
            let masked = number & mask(*bits);
            let at = table.binary_search_by_key(&masked, |(network, _)| *network).ok()?;
            self.hit(table.get(at)?.1, written(masked, *bits))
        })
    }

    /// The list that has the name, or a domain that it is in.
    pub fn domain(&self, name: &str) -> Option<Hit<'_>> {
        if self.texts.is_empty() {
            return None;
        }
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let mut rest = name.as_str();
        loop {
            if let Some(hit) = self.look(Kind::Domain, rest) {
                return Some(hit);
            }
            rest = rest.split_once('.')?.1;
        }
    }

    /// The list that has a fingerprint, in lower case.
    pub fn fingerprint(&self, kind: Kind, text: &str) -> Option<Hit<'_>> {
        self.look(kind, text)
    }

    fn look(&self, kind: Kind, text: &str) -> Option<Hit<'_>> {
        let digest = digest(kind, text);
        let at = self.texts.binary_search_by_key(&digest, |(known, _)| *known).ok()?;
        self.hit(self.texts.get(at)?.1, text.to_owned())
    }

    fn hit(&self, list: u16, entry: String) -> Option<Hit<'_>> {
        Some(Hit { list: self.names.get(usize::from(list))?, entry })
    }

    fn put(&mut self, address: IpAddr, prefix: u8, list: u16) {
        let bits = if address.is_ipv4() { prefix.saturating_add(96) } else { prefix };
        let key = (number(address) & mask(bits), list);
        match self.networks.iter_mut().find(|(known, _)| *known == bits) {
            Some((_, table)) => table.push(key),
            None => self.networks.push((bits, vec![key])),
        }
    }
}

/// Sorted, and each entry once: the first list that has it counts.
fn settle<T: Ord + Copy>(table: &mut Vec<(T, u16)>) {
    table.sort_unstable();
    table.dedup_by_key(|(key, _)| *key);
    table.shrink_to_fit();
}

fn number(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => MAPPED | u128::from(ip.to_bits()),
        IpAddr::V6(ip) => ip.to_bits(),
    }
}

fn mask(bits: u8) -> u128 {
    u128::MAX.checked_shl(128_u32.saturating_sub(bits.into())).unwrap_or(0)
}

fn written(network: u128, bits: u8) -> String {
    let ip = std::net::Ipv6Addr::from_bits(network);
    match (ip.to_ipv4_mapped(), bits) {
        (Some(ip), 128) => ip.to_string(),
        (Some(ip), 96..) => format!("{ip}/{}", bits - 96),
        (_, 128) => ip.to_string(),
        _ => format!("{ip}/{bits}"),
    }
}

/// 64 bits of SipHash with a fixed key: a million entries meet a name by chance once in 10^13.
fn digest(kind: Kind, text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    kind.hash(&mut hasher);
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::ip;

    fn lists(texts: &[&str]) -> Blocklists {
        let mut lists = Blocklists::default();
        for (number, text) in texts.iter().enumerate() {
            lists.add(&format!("list{number}"), text).unwrap();
        }
        lists.finish();
        lists
    }

    fn found(hit: Option<Hit<'_>>) -> Option<(String, String)> {
        hit.map(|hit| (hit.list.to_owned(), hit.entry))
    }

    fn pair(list: &str, entry: &str) -> Option<(String, String)> {
        Some((list.to_owned(), entry.to_owned()))
    }

    #[test]
    fn addresses_and_networks() {
        let lists = lists(&["192.0.2.0/24\n192.0.2.7\n", "2001:db8::/32\n198.51.100.9\n192.0.2.7"]);
        assert_eq!(found(lists.address(ip("192.0.2.7"))), pair("list0", "192.0.2.7"));
        assert_eq!(found(lists.address(ip("192.0.2.8"))), pair("list0", "192.0.2.0/24"));
        assert_eq!(found(lists.address(ip("2001:db8:1::5"))), pair("list1", "2001:db8::/32"));
        assert_eq!(found(lists.address(ip("::ffff:198.51.100.9"))), pair("list1", "198.51.100.9"));
        assert_eq!(found(lists.address(ip("192.0.3.7"))), None);
        assert_eq!(found(lists.address(ip("::c000:207"))), None, "not mapped");
        assert_eq!(lists.len(), 4);
    }

    #[test]
    fn a_domain_stands_for_all_names_in_it() {
        let lists = lists(&["Bad.Example\n*.worse.example.org"]);
        assert_eq!(found(lists.domain("a.b.bad.example.")), pair("list0", "bad.example"));
        assert_eq!(found(lists.domain("WORSE.example.org")), pair("list0", "worse.example.org"));
        assert_eq!(found(lists.domain("notbad.example")), None);
        assert_eq!(found(lists.domain("example")), None);
        let ja3 = "0123456789abcdef0123456789abcdef";
        assert_eq!(found(lists.fingerprint(Kind::Ja3, ja3)), None);
    }

    #[test]
    fn a_million_entries_take_little() {
        let mut text = String::new();
        for n in 0..500_000_u32 {
            use std::fmt::Write;
            writeln!(text, "{}\nhost{n}.example.net", std::net::Ipv4Addr::from_bits(n.wrapping_mul(7919)))
                .unwrap();
        }
        let lists = lists(&[&text]);
        assert_eq!(lists.len(), 1_000_000);
        let bytes = lists.texts.capacity() * size_of::<(u64, u16)>()
            + lists.networks.iter().map(|(_, t)| t.capacity() * size_of::<(u128, u16)>()).sum::<usize>();
        assert!(bytes <= 24_000_000, "{bytes}");
        assert_eq!(found(lists.domain("x.host499999.example.net")), pair("list0", "host499999.example.net"));
    }
}
