//! What the analysis puts up for those who ask, and hands to the history.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use api::Board;
use engine::SampledPacket;
use flow::Ended;
use model::{Alert, Flow, Stats};
use store::sinks::Outlets;
use store::{Item, Queue, SeenFlow, SeenPacket};

use crate::census::Census;

/// Puts up pictures and hands over records, in the thread that makes them.
pub(crate) struct Publisher {
    board: Arc<Board>,
    queue: Option<Queue>,
    outlets: Arc<Outlets>,
    /// Whether there is time to wait for the history: a file waits, a network does not.
    patient: bool,
    flows: Vec<Arc<SeenFlow>>,
    spoken: Vec<Alert>,
    /// Samples, which only outlets take.
    packets: Vec<Item>,
    sampled: u32,
    interfaces: HashMap<u16, String>,
    published: Instant,
    /// How long to wait before all devices are put up again.
    pause: Duration,
}

/// Pictures are put up this often.
const OFTEN: Duration = Duration::from_secs(1);
/// Of the time, putting up takes one part in so many at most.
const SHARE: u32 = 20;
/// IP protocol number (RFC 9293 s3.1).
const TCP: u8 = 6;
/// Flows that are handed over at once.
const BATCH: usize = 4096;

impl Publisher {
    pub(crate) fn new(board: Arc<Board>, queue: Option<Queue>, outlets: Arc<Outlets>, patient: bool) -> Self {
        let published = now();
        Self {
            board,
            queue,
            outlets,
            patient,
            flows: Vec::new(),
            spoken: Vec::new(),
            packets: Vec::new(),
            sampled: 0,
            interfaces: HashMap::new(),
            published,
            pause: OFTEN,
        }
    }

    /// A flow is over.
    pub(crate) fn flow(&mut self, ended: &Ended, record: Flow, census: &Census) {
        let device = |ip| census.inventory.who(Some(ip), None).map(|(id, _)| id.to_owned());
        let seen = SeenFlow {
            start: ended.entry.start(),
            end: ended.entry.last(),
            src_device: device(record.src_ip),
            dst_device: device(record.dst_ip),
            record,
        };
        self.flows.push(Arc::new(seen));
        if self.flows.len() >= BATCH {
            self.hand_over_flows();
        }
    }

    /// Puts up the last second.
    pub(crate) fn stats(&self, stats: Stats) {
        self.board.put_stats(stats);
    }

    /// One packet in so many is to be handed over.
    pub(crate) fn sample(self, every: u32) -> Self {
        Self { sampled: if self.outlets.is_empty() { 0 } else { every }, ..self }
    }

    /// See [`engine::FlowSink::sampled`].
    pub(crate) fn sampled(&self) -> u32 {
        self.sampled
    }

    /// An interface that samples refer to by number.
    pub(crate) fn interface(&mut self, number: u16, name: Option<&str>) {
        self.interfaces.insert(number, name.unwrap_or_default().to_owned());
    }

    /// A packet was sampled.
    pub(crate) fn packet(&mut self, packet: &SampledPacket) {
        let ip = packet.addresses.is_some();
        let tcp = ip && packet.protocol == TCP;
        let seen = SeenPacket {
            time: packet.time,
            interface: self.interfaces.get(&packet.interface).cloned().unwrap_or_default(),
            bytes: packet.wire_len,
            payload_bytes: packet.payload_len,
            ethertype: packet.ethertype,
            vlan: packet.vlan,
            src_mac: packet.macs.0,
            dst_mac: packet.macs.1,
            addresses: packet.addresses,
            transport: ip.then(|| engine::transport_name(packet.protocol).into_owned()),
            ports: (ip && packet.ports != (0, 0)).then_some(packet.ports),
            ttl: ip.then_some(packet.ttl),
            tcp_flags: tcp.then_some(packet.tcp_flags),
            of: self.sampled,
        };
        self.packets.push(Item::Packet(Box::new(seen)));
        if self.packets.len() >= BATCH {
            self.hand_over_packets();
        }
    }

    fn hand_over_packets(&mut self) {
        if !self.packets.is_empty() {
            self.outlets.offer(&std::mem::take(&mut self.packets).into(), self.patient);
        }
    }

    /// An alert has something new to say.
    pub(crate) fn alert(&mut self, alert: Alert) {
        self.spoken.push(alert);
    }

    /// Time to put up what is due.
    pub(crate) fn tick(&mut self, census: &Census) {
        self.hand_over_flows();
        self.hand_over_packets();
        if self.published.elapsed() >= self.pause {
            self.publish(census);
        }
    }

    /// Puts up everything as it stands.
    pub(crate) fn publish(&mut self, census: &Census) {
        let begun = now();
        self.hand_over_flows();
        let changed = self.board.put_devices(census.inventory.devices());
        self.board.put_topology(census.inventory.topology());
        let spoken = std::mem::take(&mut self.spoken);
        let mut items: Vec<Item> =
            changed.iter().map(|device| Item::Device(Box::new((**device).clone()))).collect();
        items.extend(spoken.iter().map(|alert| Item::Alert(Box::new(alert.clone()))));
        if let Some(watch) = &census.watch {
            self.board.put_alerts(watch.book.alerts().collect(), watch.book.incidents(), spoken);
        }
        self.give(items);
        self.published = now();
        self.pause = OFTEN.max(begun.elapsed() * SHARE);
    }

    /// Nothing more comes.
    pub(crate) fn finish(&mut self, census: &Census) {
        self.hand_over_packets();
        if let Some(watch) = &census.watch {
            self.spoken.extend(watch.book.unspoken());
        }
        self.publish(census);
    }

    fn hand_over_flows(&mut self) {
        if self.flows.is_empty() {
            return;
        }
        let flows = std::mem::take(&mut self.flows);
        self.give(flows.iter().map(|flow| Item::Flow(Arc::clone(flow))).collect());
        self.board.put_flows(flows);
    }

    fn give(&self, items: Vec<Item>) {
        if items.is_empty() {
            return;
        }
        if !self.outlets.is_empty() {
            self.outlets.offer(&items.clone().into(), self.patient);
        }
        match &self.queue {
            Some(queue) if self.patient => queue.give(items),
            Some(queue) => queue.offer(items),
            None => {}
        }
    }
}

/// How old pictures are is a matter of the wall clock.
#[allow(clippy::disallowed_methods, reason = "pictures are for people, whose time does not stand still")]
fn now() -> Instant {
    Instant::now()
}
