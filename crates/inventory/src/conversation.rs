//! Flows for the tests of watchers: segments and datagrams through a flow table, and the record that
//! the engine would make of what comes out.

use std::net::{IpAddr, Ipv4Addr};

use flow::{Arrival, Arrivals, Ended, Hasher, SHARDS, Shard, shard_of};
use wire::{Frame, LinkType, Packet, Timestamp};

use crate::lookout;
use crate::os::Table;
use crate::sighting::{About, Fact, Service, Sighting};
use crate::testing::ip;
use crate::watcher::FlowLook;

/// Client and server of the conversations made here.
pub(crate) const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 168, 1, 10));
pub(crate) const SERVER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 168, 1, 20));

const SYN: u8 = 2;
const ACK: u8 = 16;
const PUSH_ACK: u8 = 24;
const CLIENT_PORT: u16 = 40_000;

/// Who says something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum By {
    Client,
    Server,
}

/// A conversation to be played.
pub(crate) struct Talk {
    pub(crate) server: IpAddr,
    pub(crate) client_port: u16,
    pub(crate) port: u16,
    pub(crate) is_tcp: bool,
    /// TCP: the handshake is seen.
    pub(crate) from_start: bool,
    pub(crate) said: Vec<(By, Vec<u8>)>,
    /// The name that the client looked up before.
    pub(crate) hostname: Option<(&'static str, &'static str)>,
    pub(crate) direction: model::Direction,
}

impl Talk {
    pub(crate) fn tcp(port: u16, said: &[(By, &[u8])]) -> Self {
        Self {
            server: SERVER,
            client_port: CLIENT_PORT,
            port,
            is_tcp: true,
            from_start: true,
            said: said.iter().map(|(by, bytes)| (*by, bytes.to_vec())).collect(),
            hostname: None,
            direction: model::Direction::Lateral,
        }
    }

    pub(crate) fn udp(port: u16, said: &[(By, &[u8])]) -> Self {
        Self { is_tcp: false, from_start: false, ..Self::tcp(port, said) }
    }

    /// What the watchers make of it.
    pub(crate) fn sightings(&self) -> Vec<Sighting> {
        let mut out = Vec::new();
        for ended in self.ended() {
            let record = self.record(&ended);
            lookout::flow(&FlowLook { ended: &ended, record: &record, os: &Table::builtin() }, &mut out);
        }
        out
    }

    fn ended(&self) -> Vec<Ended> {
        let settings = flow::Settings::default();
        let hasher = Hasher::new(1);
        let dpi = dpi::Engine::default();
        let mut arrivals = Arrivals::new(hasher, settings.timeouts.fragment_ns, false);
        let mut shards: Vec<Shard> = (0..SHARDS).map(|_| Shard::new(&settings, hasher)).collect();
        let (mut ended, mut late) = (Vec::new(), Vec::new());
        let mut time = Timestamp::new(1_700_000_000, 0);
        for frame in self.frames() {
            time = Timestamp(time.nanos() + 1_000_000);
            let packet = Packet::decode(&Frame::whole(LinkType::Ethernet, &frame)).expect("a frame");
            let mut arrival = Arrival { packet, time, captured: frame.len() as u32, ..Arrival::default() };
            assert!(arrivals.complete(&mut arrival, &frame, &mut late));
            let shard = &mut shards[shard_of(arrival.hash)];
            let (guess, _) = shard.touch_entry(&arrival);
            shard.track(&arrival, guess, &frame, &dpi, &mut ended);
        }
        for shard in &mut shards {
            for (_, place) in shard.open_flows() {
                shard.close(place, time, &mut ended);
            }
        }
        ended
    }

    fn frames(&self) -> Vec<Vec<u8>> {
        if !self.is_tcp {
            return self.said.iter().map(|(by, bytes)| self.datagram(*by, bytes)).collect();
        }
        let (mut client, mut server) = (1000u32, 5000u32);
        let mut frames = Vec::new();
        if self.from_start {
            frames.push(self.segment(By::Client, SYN, client, 0, &[]));
            frames.push(self.segment(By::Server, SYN | ACK, server, client + 1, &[]));
            (client, server) = (client + 1, server + 1);
            frames.push(self.segment(By::Client, ACK, client, server, &[]));
        }
        for (by, bytes) in &self.said {
            for bytes in bytes.chunks(1400) {
                let len = bytes.len() as u32;
                match by {
                    By::Client => {
                        frames.push(self.segment(*by, PUSH_ACK, client, server, bytes));
                        client += len;
                    }
                    By::Server => {
                        frames.push(self.segment(*by, PUSH_ACK, server, client, bytes));
                        server += len;
                    }
                }
            }
        }
        frames
    }

    fn segment(&self, by: By, flags: u8, seq: u32, ack: u32, payload: &[u8]) -> Vec<u8> {
        let (src, dst, ports) = self.ends(by);
        let tcp = [&ports[..], &seq.to_be_bytes(), &ack.to_be_bytes(), &[0x50, flags, 0x20, 0, 0, 0, 0, 0]];
        ip(src, dst, 6, 64, &[&tcp.concat()[..], payload].concat())
    }

    fn datagram(&self, by: By, payload: &[u8]) -> Vec<u8> {
        let (src, dst, ports) = self.ends(by);
        let len = (payload.len() as u16 + 8).to_be_bytes();
        ip(src, dst, 17, 64, &[&ports[..], &len, &[0, 0], payload].concat())
    }

    fn ends(&self, by: By) -> (IpAddr, IpAddr, Vec<u8>) {
        let ports = |a: u16, b: u16| [a.to_be_bytes(), b.to_be_bytes()].concat();
        match by {
            By::Client => (CLIENT, self.server, ports(self.client_port, self.port)),
            By::Server => (self.server, CLIENT, ports(self.port, self.client_port)),
        }
    }

    /// What watchers read of a record; counts of trouble and the like are left at nothing.
    fn record(&self, ended: &Ended) -> model::Flow {
        let entry = &ended.entry;
        let known = ended.label.filter(|label| label.confidence > dpi::Confidence::Port);
        let facts = ended.facts.as_deref();
        let said = facts.and_then(|f| Some((f.hostname.as_deref()?, f.hostname_source?.name())));
        let (hostname, hostname_source) = said.or(self.hostname).unzip();
        let engine = dpi::Engine::default();
        let dst_port = entry.dst().1;
        let hint = engine.port_hint(entry.key().protocol(), dst_port);
        model::Flow {
            id: String::new(),
            community_id: String::new(),
            start: String::new(),
            end: String::new(),
            duration_ms: 0.0,
            part: None,
            interface: None,
            vlans: Vec::new(),
            tunnel: None,
            transport: if self.is_tcp { "tcp" } else { "udp" }.to_owned(),
            src_ip: entry.src().0,
            src_port: Some(entry.src().1),
            dst_ip: entry.dst().0,
            dst_port: Some(dst_port),
            src_mac: None,
            dst_mac: None,
            src_country: None,
            dst_country: None,
            src_asn: None,
            dst_asn: None,
            src_org: None,
            dst_org: None,
            direction: self.direction,
            state: entry.current_state().name(),
            end_reason: "end-of-capture",
            protocol: known.map_or("unknown", |l| l.protocol),
            application: None,
            category: known.map(|l| l.category),
            encrypted: known.map(|l| l.encrypted),
            confidence: known.map(|l| l.confidence.name()),
            evidence: known.map(|l| l.evidence),
            port_hint: if known.is_none() { hint } else { None },
            hostname: hostname.map(str::to_owned),
            hostname_source,
            src_packets: entry.packets()[0].into(),
            dst_packets: entry.packets()[1].into(),
            src_bytes: entry.bytes()[0],
            dst_bytes: entry.bytes()[1],
            src_payload_bytes: entry.payload()[0],
            dst_payload_bytes: entry.payload()[1],
            handshake_rtt_ms: None,
            rtt_min_ms: None,
            rtt_avg_ms: None,
            rtt_max_ms: None,
            jitter_ms: None,
            src_retransmits: 0,
            dst_retransmits: 0,
            src_out_of_order: 0,
            dst_out_of_order: 0,
            src_duplicate_acks: 0,
            dst_duplicate_acks: 0,
            src_zero_windows: 0,
            dst_zero_windows: 0,
            keep_alives: 0,
            lost_segments: 0,
            duplicate_packets: 0,
            fragments: 0,
            tcp_history: entry.history(),
            encrypted_dns: None,
            ja3: None,
            ja3s: None,
            ja4: None,
            risks: Vec::new(),
            src_tcp_sig: None,
            dst_tcp_sig: None,
            src_os: None,
            dst_os: None,
            tls: None,
            http: None,
            dns: None,
            details: None,
        }
    }
}

/// What was said about one address.
pub(crate) fn of(sightings: &[Sighting], ip: IpAddr) -> Vec<Fact> {
    // Every connection shows what handshake it began with; that has tests of its own.
    let mine = sightings.iter().filter(|s| s.about.ip == Some(ip) && s.watcher != "syn");
    mine.flat_map(|sighting| sighting.facts.clone()).collect()
}

/// Values that an address got votes for.
pub(crate) fn votes(sightings: &[Sighting], ip: IpAddr, about: About) -> Vec<String> {
    let votes = of(sightings, ip).into_iter().filter_map(|fact| match fact {
        Fact::Vote(vote) if vote.about == about => Some(vote.value.into_string()),
        _ => None,
    });
    votes.collect()
}

/// Services of an address as `protocol product version`, with who says so.
pub(crate) fn services(sightings: &[Sighting], ip: IpAddr) -> Vec<(String, &'static str)> {
    let text = |service: &Service| {
        let parts = [Some(&*service.protocol), service.product.as_deref(), service.version.as_deref()];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    };
    let services = of(sightings, ip).into_iter().filter_map(|fact| match fact {
        Fact::Service(service) => Some((text(&service), service.source)),
        _ => None,
    });
    services.collect()
}
