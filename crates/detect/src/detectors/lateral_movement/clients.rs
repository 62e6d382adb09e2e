//! Who administers whom, as far as it has been learnt.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde_json::{Value, json};
use wire::Timestamp;

use super::service;
use crate::table::Table;

/// A host, and how it was entered.
pub(super) type Way = (IpAddr, &'static str);

/// Clients and the ways they know, and servers that many know.
#[derive(Debug)]
pub(super) struct Clients {
    known: Table<IpAddr, BTreeSet<Way>>,
    /// A few clients of each way.
    popular: BTreeMap<Way, Vec<IpAddr>>,
}

const MOST_CLIENTS: usize = 4096;
/// Ways of one client; whoever knows more is an administrator, to whom nothing is new.
const MOST_WAYS: usize = 512;
/// Ways of which clients are counted.
const MOST_POPULAR: usize = 16_384;
/// A way that so many others know is one that a newcomer may take too.
const MANY: usize = 3;

/// What a way is to a client.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Novelty {
    Known,
    /// New to it, while several others use it.
    Usual,
    New,
}

impl Default for Clients {
    fn default() -> Self {
        Self { known: Table::new(MOST_CLIENTS), popular: BTreeMap::new() }
    }
}

impl Clients {
    /// The client takes a way; from now on it knows it.
    pub(super) fn take(&mut self, client: IpAddr, way: Way, now: Timestamp) -> Novelty {
        let Some(ways) = self.known.at(&client, now) else { return Novelty::Known };
        if ways.contains(&way) || ways.len() >= MOST_WAYS {
            return Novelty::Known;
        }
        ways.insert(way);
        self.known.prove(&client);
        if self.popular.len() < MOST_POPULAR || self.popular.contains_key(&way) {
            let clients = self.popular.entry(way).or_default();
            if clients.len() < MANY {
                clients.push(client);
            } else {
                return Novelty::Usual;
            }
        }
        Novelty::New
    }

    /// The client has taken this way before.
    pub(super) fn knows(&self, client: IpAddr, way: Way) -> bool {
        self.known.get(&client).is_some_and(|ways| ways.contains(&way))
    }

    /// Hosts that the client knew before it took these.
    pub(super) fn before(&self, client: IpAddr, but: &BTreeSet<IpAddr>) -> usize {
        let ways = self.known.get(&client).into_iter().flatten();
        ways.map(|(server, _)| *server).filter(|server| !but.contains(server)).collect::<BTreeSet<_>>().len()
    }

    pub(super) fn load(&self) -> (usize, u64) {
        self.known.load()
    }

    pub(super) fn save(&self) -> Value {
        let clients = self.known.iter().map(|(client, ways)| {
            let ways = ways.iter().map(|(server, service)| json!([server, service])).collect::<Vec<_>>();
            json!([client, ways])
        });
        json!({ "clients": clients.collect::<Vec<_>>() })
    }

    pub(super) fn restore(&mut self, saved: &Value) {
        let ip = |value: &Value| value.as_str()?.parse::<IpAddr>().ok();
        let clients = saved.get("clients").and_then(Value::as_array).into_iter().flatten();
        for entry in clients {
            let Some(client) = entry.get(0).and_then(ip) else { continue };
            let ways = entry.get(1).and_then(Value::as_array).into_iter().flatten();
            for way in ways {
                let server = way.get(0).and_then(ip);
                let service = way.get(1).and_then(Value::as_str).and_then(service::named);
                if let Some(way) = server.zip(service) {
                    self.take(client, way, Timestamp(0));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::ip;

    #[test]
    fn what_was_learnt_survives_a_restart() {
        let mut clients = Clients::default();
        let way = (ip("10.0.0.9"), "ssh");
        assert_eq!(clients.take(ip("10.0.0.1"), way, Timestamp(0)), Novelty::New);
        let mut again = Clients::default();
        again.restore(&clients.save());
        assert_eq!(again.take(ip("10.0.0.1"), way, Timestamp(0)), Novelty::Known);
        assert_eq!(again.take(ip("10.0.0.1"), (way.0, "rdp"), Timestamp(0)), Novelty::New);
        again.restore(&json!({ "clients": [["x"], 3, ["10.0.0.5", [["10.0.0.6", "gopher"]]]] }));
        assert_eq!(again.load().0, 1);
    }

    #[test]
    fn what_many_do_is_usual_for_a_newcomer() {
        let mut clients = Clients::default();
        let way = (ip("10.0.0.9"), "smb");
        let client = |n: u8| IpAddr::from([10, 0, 1, n]);
        for n in 1..=3 {
            assert_eq!(clients.take(client(n), way, Timestamp(0)), Novelty::New);
        }
        assert_eq!(clients.take(client(4), way, Timestamp(0)), Novelty::Usual);
    }

    #[test]
    fn ways_are_bounded() {
        let mut clients = Clients::default();
        for n in 0..1000_u32 {
            clients.take(
                ip("10.0.0.1"),
                (IpAddr::from((0x0a01_0000 + n).to_be_bytes()), "ssh"),
                Timestamp(0),
            );
        }
        assert_eq!(clients.before(ip("10.0.0.1"), &BTreeSet::new()), MOST_WAYS);
    }
}
