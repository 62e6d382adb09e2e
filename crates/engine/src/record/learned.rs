//! What flows said about others: names that DNS gave to addresses, and data connections that were
//! announced.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::net::IpAddr;

use flow::Notice;
use wire::Timestamp;

/// Names and announcements, as far as flows have told them. Bounded: the oldest go first.
#[derive(Debug)]
pub(super) struct Learned {
    names: Oldest<(IpAddr, IpAddr), Names>,
    announced: Oldest<(IpAddr, u16, u8), Announced>,
}

/// The last two names that a client got for an address: a flow may have begun before the latest.
#[derive(Debug)]
struct Names {
    latest: (Timestamp, Box<str>),
    before: Option<(Timestamp, Box<str>)>,
}

#[derive(Clone, Copy, Debug)]
struct Announced {
    time: Timestamp,
    protocol: &'static str,
}

/// Pairs of client and address whose names are kept: some 10 MB at most.
const MAX_NAMES: usize = 65_536;
const MAX_ANNOUNCED: usize = 16_384;

/// A connection that was announced begins within this time.
const ANNOUNCED_NS: u64 = 300_000_000_000;

/// An answer may be seen a little after the connection that it led to: the two come through
/// different ports of a mirror.
const SLACK_NS: u64 = 1_000_000_000;

impl Learned {
    pub(super) fn new() -> Self {
        Self { names: Oldest::new(MAX_NAMES), announced: Oldest::new(MAX_ANNOUNCED) }
    }

    pub(super) fn take(&mut self, notice: &Notice) {
        match &notice.what {
            dpi::Announcement::Name { address, name } => self.name(notice, *address, name),
            dpi::Announcement::Flow { address, port, transport, protocol, from_src } => {
                let speaker = if *from_src { notice.src } else { notice.dst };
                let key = (address.unwrap_or(speaker), *port, *transport);
                self.announced.put(key, Announced { time: notice.time, protocol });
            }
            _ => {}
        }
    }

    fn name(&mut self, notice: &Notice, address: IpAddr, name: &str) {
        let key = (notice.src, address);
        if let Some(known) = self.names.get_mut(&key) {
            if *known.latest.1 != *name {
                let latest = (notice.time, name.into());
                known.before = Some(std::mem::replace(&mut known.latest, latest));
            }
        } else {
            self.names.put(key, Names { latest: (notice.time, name.into()), before: None });
        }
    }

    /// The name that `client` knew `address` by when it opened a flow to it.
    pub(super) fn name_of(&self, client: IpAddr, address: IpAddr, start: Timestamp) -> Option<&str> {
        let names = self.names.get(&(client, address))?;
        let known = |(time, _): &&(Timestamp, Box<str>)| *time <= start + SLACK_NS;
        let name = Some(&names.latest).filter(known).or_else(|| names.before.as_ref().filter(known));
        name.map(|(_, name)| &**name)
    }

    /// What a flow between these ends, that began at `start`, was announced to carry.
    pub(super) fn announced(
        &self,
        transport: u8,
        ends: [(IpAddr, u16); 2],
        start: Timestamp,
    ) -> Option<&'static str> {
        let found =
            ends.iter().find_map(|(address, port)| self.announced.get(&(*address, *port, transport)))?;
        let in_time = found.time <= start + SLACK_NS && start.since(found.time) <= ANNOUNCED_NS;
        in_time.then_some(found.protocol)
    }
}

/// A map that forgets what came first.
#[derive(Debug)]
struct Oldest<K, V> {
    map: HashMap<K, V>,
    order: VecDeque<K>,
    most: usize,
}

impl<K: Hash + Eq + Copy, V> Oldest<K, V> {
    fn new(most: usize) -> Self {
        Self { map: HashMap::new(), order: VecDeque::new(), most }
    }

    fn get(&self, key: &K) -> Option<&V> {
        self.map.get(key)
    }

    fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.map.get_mut(key)
    }

    fn put(&mut self, key: K, value: V) {
        if self.map.insert(key, value).is_some() {
            return;
        }
        self.order.push_back(key);
        if self.order.len() > self.most
            && let Some(oldest) = self.order.pop_front()
        {
            self.map.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));
    const SERVER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    fn notice(second: u64, what: dpi::Announcement) -> Notice {
        let time = Timestamp::new(second, 0);
        Notice { time, key: flow::FlowKey::default(), src: CLIENT, dst: SERVER, what }
    }

    fn name(second: u64, name: &str) -> Notice {
        notice(second, dpi::Announcement::Name { address: SERVER, name: name.into() })
    }

    #[test]
    fn a_flow_has_the_name_that_its_client_knew() {
        let mut learned = Learned::new();
        learned.take(&name(10, "old.example"));
        learned.take(&name(20, "new.example"));
        let at = |second| learned.name_of(CLIENT, SERVER, Timestamp::new(second, 0));
        assert_eq!((at(8), at(15), at(30)), (None, Some("old.example"), Some("new.example")));
        assert_eq!(learned.name_of(SERVER, SERVER, Timestamp::new(30, 0)), None, "another client");
    }

    #[test]
    fn an_announcement_holds_for_a_while() {
        let mut learned = Learned::new();
        let flow = dpi::Announcement::Flow {
            address: None,
            port: 2048,
            transport: 6,
            protocol: "ftp-data",
            from_src: false,
        };
        learned.take(&notice(10, flow));
        let at = |second, port| {
            learned.announced(6, [(CLIENT, 40_000), (SERVER, port)], Timestamp::new(second, 0))
        };
        assert_eq!(at(11, 2048), Some("ftp-data"));
        assert_eq!((at(11, 2049), at(8, 2048), at(400, 2048)), (None, None, None));
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let mut map = Oldest::new(2);
        (0..5).for_each(|n| map.put(n, n));
        map.put(4, 9);
        assert_eq!((map.get(&2), map.get(&3), map.get(&4)), (None, Some(&3), Some(&9)));
        assert_eq!(map.order.len(), 2);
    }
}
