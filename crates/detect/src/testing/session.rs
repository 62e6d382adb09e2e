//! Sessions that are over, for detectors that judge those.

use std::net::IpAddr;
use std::sync::LazyLock;

use dpi::{Confidence, Facts, Label};
use flow::{Arrival, Arrivals, Ended, Hasher, SHARDS, Shard, shard_of};
use wire::tcp::flag;
use wire::{Frame, LinkType, Packet};

use super::{Bench, at};

/// A TCP session between IPv4 addresses.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// When it began, in milliseconds after the test's beginning.
    pub(crate) ms: u64,
    pub(crate) src: IpAddr,
    pub(crate) dst: (IpAddr, u16),
    /// What it is labelled; nothing if it is empty.
    pub(crate) protocol: &'static str,
    /// Bytes of payload of each packet, and whether `src` sent it.
    pub(crate) said: Vec<(bool, usize)>,
    pub(crate) facts: Facts,
}

impl Session {
    /// A short one.
    pub(crate) fn new(ms: u64, src: &str, dst: &str, port: u16, protocol: &'static str) -> Self {
        let said = vec![(true, 100), (false, 100)];
        Self { ms, src: super::ip(src), dst: (super::ip(dst), port), protocol, said, facts: Facts::default() }
    }

    /// With so many bytes from each side.
    pub(crate) fn bytes(self, src: usize, dst: usize) -> Self {
        Self { said: vec![(true, src), (false, dst)], ..self }
    }

    /// With something that its owner should know.
    pub(crate) fn risk(mut self, risk: dpi::Risk) -> Self {
        self.facts.risks.insert(risk);
        self
    }

    /// With a field of its protocol.
    pub(crate) fn field(mut self, name: &'static str, value: impl Into<dpi::Value>) -> Self {
        self.facts.details.push((name, value.into()));
        self
    }

    fn ended(&self) -> Ended {
        // Made anew for every session, so it has to be small.
        let settings = flow::Settings { max_flows: 64, max_inspections: 64, ..flow::Settings::default() };
        let hasher = Hasher::new(1);
        static ENGINE: LazyLock<dpi::Engine> = LazyLock::new(dpi::Engine::default);
        let mut arrivals = Arrivals::new(hasher, settings.timeouts.fragment_ns, false);
        let mut shards: Vec<Shard> = (0..SHARDS).map(|_| Shard::new(&settings, hasher)).collect();
        let (mut ended, mut late, mut time) = (Vec::new(), Vec::new(), at(self.ms));
        for frame in self.frames() {
            let packet = Packet::decode(&Frame::whole(LinkType::Ethernet, &frame)).unwrap();
            let mut arrival =
                Arrival { packet, time, captured: u32::try_from(frame.len()).unwrap(), ..Arrival::default() };
            assert!(arrivals.complete(&mut arrival, &frame, &mut late));
            let shard = &mut shards[shard_of(arrival.hash)];
            let (guess, _) = shard.touch_entry(&arrival);
            shard.track(&arrival, guess, &frame, &ENGINE, &mut ended);
            time = time + 1_000_000;
        }
        for shard in &mut shards {
            for (_, place) in shard.open_flows() {
                shard.close(place, time, &mut ended);
            }
        }
        let mut ended = ended.pop().unwrap();
        ended.label = (!self.protocol.is_empty()).then_some(Label {
            protocol: self.protocol,
            category: "",
            encrypted: false,
            confidence: Confidence::Proven,
            evidence: "",
        });
        ended.facts = Some(Box::new(self.facts.clone()));
        ended
    }

    fn frames(&self) -> Vec<Vec<u8>> {
        let (mut seq, mut ack) = (1000_u32, 5000_u32);
        let mut frames = vec![
            self.segment(true, flag::SYN, seq, 0, 0),
            self.segment(false, flag::SYN | flag::ACK, ack, seq + 1, 0),
        ];
        (seq, ack) = (seq + 1, ack + 1);
        frames.push(self.segment(true, flag::ACK, seq, ack, 0));
        for &(by_src, bytes) in &self.said {
            let mut rest = bytes;
            while rest > 0 {
                let len = rest.min(1400);
                let (own, other) = if by_src { (&mut seq, ack) } else { (&mut ack, seq) };
                frames.push(self.segment(by_src, flag::ACK | flag::PSH, *own, other, len));
                *own += u32::try_from(len).unwrap();
                rest -= len;
            }
        }
        frames
    }

    fn segment(&self, by_src: bool, flags: u16, seq: u32, ack: u32, len: usize) -> Vec<u8> {
        let port = 20_000 + u16::try_from(self.ms % 40_000).unwrap();
        let ((src, sport), (dst, dport)) =
            if by_src { ((self.src, port), self.dst) } else { (self.dst, (self.src, port)) };
        let (IpAddr::V4(src), IpAddr::V4(dst)) = (src, dst) else { panic!("IPv4 only") };
        let macs = if by_src { [2, 1] } else { [1, 2] };
        let mut frame = macs.iter().flat_map(|n| super::mac(*n).0).collect::<Vec<_>>();
        let total = (40 + u16::try_from(len).unwrap()).to_be_bytes();
        frame.extend([8, 0, 0x45, 0, total[0], total[1], 0, 1, 0, 0, 64, 6, 0, 0]);
        frame.extend(src.octets());
        frame.extend(dst.octets());
        frame.extend(sport.to_be_bytes());
        frame.extend(dport.to_be_bytes());
        frame.extend(seq.to_be_bytes());
        frame.extend(ack.to_be_bytes());
        frame.extend([0x50, flags.to_be_bytes()[1], 0x20, 0, 0, 0, 0, 0]);
        // Nothing that any protocol begins with.
        frame.extend(std::iter::repeat_n(0x80, len));
        frame
    }
}

impl Bench {
    /// A session is over.
    pub(crate) fn session(&mut self, session: &Session) {
        let ended = session.ended();
        self.watch.flow(&ended, &record(&ended), &self.inventory);
    }
}

/// What detectors read of a record; counts of trouble and the like are left at nothing.
fn record(ended: &Ended) -> model::Flow {
    let (entry, facts) = (&ended.entry, ended.facts.as_deref().unwrap());
    let value = |value: &dpi::Value| match value {
        dpi::Value::Text(text) => model::Value::Text(text.to_string()),
        dpi::Value::Number(number) => model::Value::Number(*number),
        dpi::Value::Flag(flag) => model::Value::Flag(*flag),
        dpi::Value::List(list) => model::Value::List(list.iter().map(ToString::to_string).collect()),
    };
    let text = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
    let http = facts.http.as_deref().map(|http| model::Http {
        method: text(&http.method),
        host: text(&http.host),
        uri: text(&http.uri),
        user_agent: text(&http.user_agent),
        status: http.status,
        server: text(&http.server),
        content_type: text(&http.content_type),
    });
    let protocol = ended.label.map_or("unknown", |label| label.protocol);
    let fields = facts.details.iter().map(|(name, of)| (*name, value(of))).collect::<Vec<_>>();
    model::Flow {
        duration_ms: entry.last().since(entry.start()) as f64 / 1e6,
        src_ip: entry.src().0,
        src_port: Some(entry.src().1),
        dst_ip: entry.dst().0,
        dst_port: Some(entry.dst().1),
        state: entry.current_state().name(),
        end_reason: ended.reason.name(),
        protocol,
        hostname: text(&facts.hostname),
        hostname_source: facts.hostname_source.map(dpi::HostnameSource::name),
        src_packets: entry.packets()[0].into(),
        dst_packets: entry.packets()[1].into(),
        src_bytes: entry.bytes()[0],
        dst_bytes: entry.bytes()[1],
        src_payload_bytes: entry.payload()[0],
        dst_payload_bytes: entry.payload()[1],
        tcp_history: entry.history(),
        ja3: text(&facts.ja3),
        ja3s: text(&facts.ja3s),
        ja4: text(&facts.ja4),
        risks: facts.risks.names().collect(),
        http,
        details: (!fields.is_empty()).then(|| model::Details { name: protocol.replace('-', "_"), fields }),
        ..super::record()
    }
}
