use std::collections::BTreeMap;

use crate::protocol::{DEEP, Findings, Look, Protocol, Transport, Verdict};

/// A set of protocols, by their place in the registry.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Set([u64; WORDS]);

const WORDS: usize = 6;

impl Set {
    pub(crate) const EMPTY: Self = Self([0; WORDS]);

    /// How many protocols the registry has room for.
    pub(crate) const CAPACITY: usize = WORDS * 64;

    pub(crate) fn only(id: usize) -> Self {
        let mut set = Self::EMPTY;
        set.insert(id);
        set
    }

    pub(crate) fn insert(&mut self, id: usize) {
        debug_assert!(id < Self::CAPACITY);
        if let Some(word) = self.0.get_mut(id / 64) {
            *word |= 1 << (id % 64);
        }
    }

    pub(crate) fn remove(&mut self, id: usize) {
        if let Some(word) = self.0.get_mut(id / 64) {
            *word &= !(1 << (id % 64));
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().fold(0, |all, word| all | word) == 0
    }

    pub(crate) fn and(self, other: Self) -> Self {
        self.zip(other, |a, b| a & b)
    }

    pub(crate) fn or(self, other: Self) -> Self {
        self.zip(other, |a, b| a | b)
    }

    pub(crate) fn without(self, other: Self) -> Self {
        self.zip(other, |a, b| a & !b)
    }

    fn zip(mut self, other: Self, f: impl Fn(u64, u64) -> u64) -> Self {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a = f(*a, *b));
        self
    }
}

/// In the registry's order.
impl IntoIterator for Set {
    type Item = usize;
    type IntoIter = Iter;

    fn into_iter(self) -> Iter {
        Iter { set: self, word: 0 }
    }
}

pub(crate) struct Iter {
    set: Set,
    word: usize,
}

impl Iterator for Iter {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        loop {
            let word = self.set.0.get_mut(self.word)?;
            if *word != 0 {
                let id = self.word * 64 + word.trailing_zeros() as usize;
                *word &= *word - 1;
                return Some(id);
            }
            self.word += 1;
        }
    }
}

type Inspector = fn(&Look<'_>, &mut Findings) -> Verdict;

/// Which protocols to ask, found without asking them.
#[derive(Debug)]
pub(crate) struct Index {
    /// Side by side, where the registry's entries are spread over tens of kilobytes.
    inspectors: Vec<Inspector>,
    tcp: Table,
    udp: Table,
    /// Those that may ask for [`DEEP`] heads.
    deep: Set,
    /// Sorted, and whose they are.
    names: Vec<(&'static str, usize)>,
}

#[derive(Debug)]
struct Table {
    /// By first byte; 256 of them.
    first: Vec<Set>,
    /// Those asked at any port.
    free: Set,
    /// By first byte, those of them.
    anywhere: Vec<Set>,
    /// 64 ports each, and how many of the ports before them are some protocol's.
    ports: Vec<(u64, usize)>,
    /// Whose they are, in the ports' order.
    at_port: Vec<Set>,
}

impl Index {
    pub(crate) fn new(protocols: &[&Protocol]) -> Self {
        let mut deep = Set::EMPTY;
        for (id, protocol) in protocols.iter().enumerate() {
            if protocol.head >= DEEP {
                deep.insert(id);
            }
        }
        let mut names: Vec<_> =
            protocols.iter().enumerate().map(|(id, protocol)| (protocol.name, id)).collect();
        names.sort_unstable();
        Self {
            inspectors: protocols.iter().map(|protocol| protocol.inspect).collect(),
            tcp: Table::new(protocols, Transport::Tcp),
            udp: Table::new(protocols, Transport::Udp),
            deep,
            names,
        }
    }

    /// What asks a protocol.
    #[inline]
    pub(crate) fn inspector(&self, id: usize) -> Inspector {
        self.inspectors.get(id).copied().unwrap_or(|_, _| Verdict::No)
    }

    /// Those whose messages can begin with this byte, at these ports.
    pub(crate) fn starting(&self, transport: Transport, ports: (u16, u16), first: u8) -> Set {
        let table = self.table(transport);
        let by_first = |sets: &[Set]| sets.get(usize::from(first)).copied().unwrap_or_default();
        let here = self.at(transport, ports);
        if here.is_empty() {
            by_first(&table.anywhere)
        } else {
            by_first(&table.first).and(table.free.or(here))
        }
    }

    /// Those usually found at one of these ports.
    pub(crate) fn at(&self, transport: Transport, ports: (u16, u16)) -> Set {
        let table = self.table(transport);
        table.at(ports.0).or(table.at(ports.1))
    }

    /// The protocols of these names.
    pub(crate) fn named(&self, names: &[&str]) -> Set {
        let mut set = Set::EMPTY;
        for name in names {
            let place = self.names.binary_search_by_key(name, |(known, _)| known);
            if let Some((_, id)) = place.ok().and_then(|place| self.names.get(place)) {
                set.insert(*id);
            }
        }
        set
    }

    /// Whether one of them may ask for a [`DEEP`] head.
    pub(crate) fn any_deep(&self, set: Set) -> bool {
        !set.and(self.deep).is_empty()
    }

    fn table(&self, transport: Transport) -> &Table {
        match transport {
            Transport::Tcp => &self.tcp,
            Transport::Udp => &self.udp,
        }
    }
}

impl Table {
    fn new(protocols: &[&Protocol], transport: Transport) -> Self {
        let members = || {
            protocols.iter().enumerate().filter_map(|(id, protocol)| {
                let (_, starts) = protocol.over.iter().find(|(over, _)| *over == transport)?;
                Some((id, *protocol, *starts))
            })
        };
        let mut first = vec![Set::EMPTY; 256];
        for (id, _, starts) in members() {
            for byte in starts.iter().cloned().flatten() {
                if let Some(set) = first.get_mut(usize::from(byte)) {
                    set.insert(id);
                }
            }
        }
        let mut free = Set::EMPTY;
        let mut ports: BTreeMap<u16, Set> = BTreeMap::new();
        for (id, protocol, _) in members() {
            if !protocol.bound {
                free.insert(id);
            }
            for port in protocol.ports {
                ports.entry(*port).or_default().insert(id);
            }
        }
        let mut words = vec![(0_u64, 0); 65_536 / 64];
        for port in ports.keys() {
            if let Some((word, _)) = words.get_mut(usize::from(*port) / 64) {
                *word |= 1 << (port % 64);
            }
        }
        let mut before = 0;
        for (word, rank) in &mut words {
            *rank = before;
            before += word.count_ones() as usize;
        }
        let anywhere = first.iter().map(|set| set.and(free)).collect();
        Self { first, free, anywhere, ports: words, at_port: ports.into_values().collect() }
    }

    fn at(&self, port: u16) -> Set {
        let Some((word, before)) = self.ports.get(usize::from(port) / 64) else { return Set::EMPTY };
        let bit: u64 = 1 << (port % 64);
        if word & bit == 0 {
            return Set::EMPTY;
        }
        let place = before + (word & (bit - 1)).count_ones() as usize;
        self.at_port.get(place).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_every_place_in_order() {
        let mut set = Set::EMPTY;
        let ids = [0, 1, 63, 64, 127, 128, 255, Set::CAPACITY - 1];
        ids.iter().rev().for_each(|&id| set.insert(id));
        assert_eq!(set.into_iter().collect::<Vec<_>>(), ids);
        set.remove(64);
        assert!(!set.into_iter().any(|id| id == 64));
        assert_eq!(set.without(set), Set::EMPTY);
        assert!(Set::EMPTY.is_empty() && !set.is_empty());
    }
}
