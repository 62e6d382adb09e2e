//! Helps detectors' tests.

mod session;

use std::net::IpAddr;

use dpi::{Announcement, Lookup};
use flow::{Ends, Event, FlowKey, Notice, What};
use inventory::{Inventory, Network, Networks};
use model::Alert;
use wire::{MacAddr, Packet, Timestamp};

use crate::happening::{Frame, Happening, Seen};
use crate::settings::Settings;
use crate::threshold::Setting;
use crate::watch::Watch;

pub(crate) use self::session::Session;

/// All detectors, at a place whose addresses are 10.0.0.0/8 and fd00::/8.
pub(crate) struct Bench {
    pub(crate) watch: Watch,
    pub(crate) inventory: Inventory,
}

impl Bench {
    /// With the default settings.
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    /// With other thresholds: detector, threshold, number.
    pub(crate) fn with(thresholds: &[(&str, &str, Setting)]) -> Self {
        let network = |address: &str| Network { address: address.parse().unwrap(), prefix: 8 };
        let local = Networks(vec![network("10.0.0.0"), network("fd00::")]);
        let mut settings = Settings { local: local.clone(), ..Settings::default() };
        for (id, name, setting) in thresholds {
            let at = crate::registry::DETECTORS.iter().position(|spec| spec.id == *id).unwrap();
            let spec = crate::registry::DETECTORS[at];
            let place = spec.thresholds.iter().position(|one| one.name == *name).unwrap();
            settings.detectors[at].thresholds[place] = *setting;
        }
        let inventory = Inventory::new(inventory::Settings {
            local,
            max_devices: 10_000,
            os: inventory::os::Table::builtin(),
        });
        Self { watch: Watch::new(settings), inventory }
    }

    /// Something happens to a flow.
    pub(crate) fn flow(&mut self, event: Event) {
        self.watch.happening(&Happening::Flow(event), &self.inventory);
    }

    /// Something is seen in a frame that `mac` sent to all.
    pub(crate) fn frame(&mut self, ms: u64, mac: MacAddr, seen: Seen) {
        let macs = [Some(mac), Some(MacAddr([0xff; 6]))];
        let frame = Frame { time: at(ms), interface: 0, vlan: None, macs, seen };
        self.watch.happening(&Happening::Frame(frame), &self.inventory);
    }

    /// Time passes, and there is traffic all the while.
    pub(crate) fn pass(&mut self, from_ms: u64, to_ms: u64) {
        for ms in (from_ms..to_ms).step_by(3_000_000) {
            let loss = crate::detector::Loss { interface: 0, received: 0, dropped: 0 };
            self.watch.loss(loss, at(ms), &self.inventory);
        }
    }

    /// `client` asks `server` for a name, or is answered; the message has so many bytes.
    pub(crate) fn lookup(
        &mut self,
        ms: u64,
        ends: [&str; 2],
        name: &str,
        qtype: u16,
        rcode: Option<u8>,
        bytes: u32,
    ) {
        let [client, server] = ends.map(ip);
        let (notice, _) = lookup(ms, client, server, name, qtype, rcode, bytes);
        self.watch.notice(&notice, &self.inventory);
    }

    /// Packet time comes to this second.
    pub(crate) fn second(&mut self, second: u64) {
        self.watch.advance(second, &self.inventory);
    }

    /// The alerts so far.
    pub(crate) fn alerts(&self) -> Vec<Alert> {
        self.watch.book.alerts().collect()
    }

    /// The alerts of one detector at the end of the capture.
    pub(crate) fn end(&mut self, id: &str) -> Vec<Alert> {
        self.watch.finish(&self.inventory);
        self.alerts().into_iter().filter(|alert| alert.detector == id).collect()
    }
}

/// So many milliseconds after the test's beginning.
pub(crate) fn at(ms: u64) -> Timestamp {
    Timestamp(1_700_000_000_000_000_000 + ms * 1_000_000)
}

/// An address.
pub(crate) fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// The hardware address of host `n`.
pub(crate) fn mac(n: u8) -> MacAddr {
    MacAddr([0, 0, 0x5e, 0, 0x53, n])
}

/// Something that happened to the flow from `src` to `dst`, whose frames `mac(1)` sent.
pub(crate) fn event(ms: u64, protocol: u8, src: (IpAddr, u16), dst: (IpAddr, u16), what: What) -> Event {
    let packet = Packet { protocol, ..Packet::default() };
    #[allow(clippy::cast_possible_truncation, reason = "halves")]
    let number = |ip: IpAddr| match ip {
        IpAddr::V4(ip) => [0, 0xffff_0000_0000 | u64::from(ip.to_bits())],
        IpAddr::V6(ip) => [ip.to_bits() >> 64, ip.to_bits()].map(|half| half as u64),
    };
    let ends = Ends { src: (number(src.0), src.1), dst: (number(dst.0), dst.1) };
    let (key, _) = FlowKey::new(&packet, &ends, false);
    Event { time: at(ms), key, src, dst, macs: [Some(mac(1)), Some(mac(2))], what }
}

/// A DNS message between a client and a server: a question without `rcode`, an answer with it.
pub(crate) fn lookup(
    ms: u64,
    client: IpAddr,
    server: IpAddr,
    name: &str,
    qtype: u16,
    rcode: Option<u8>,
    bytes: u32,
) -> (Notice, Lookup) {
    let lookup = Lookup { name: name.into(), qtype, rcode, bytes, from_src: rcode.is_none() };
    let key = event(ms, 17, (client, 40_000), (server, 53), opened(0)).key;
    let what = Announcement::Lookup(lookup.clone());
    (Notice { time: at(ms), key, src: client, dst: server, what }, lookup)
}

/// A flow's first packet, sent by its source.
pub(crate) fn opened(tcp_flags: u16) -> What {
    What::Opened { tcp_flags, payload_bytes: 0, icmp: [0; 2], by_src: true }
}

/// A record with nothing in it.
pub(crate) fn record() -> model::Flow {
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
        transport: "tcp".into(),
        src_ip: ip("10.0.0.1"),
        src_port: Some(40_000),
        dst_ip: ip("10.0.0.2"),
        dst_port: Some(9999),
        src_mac: None,
        dst_mac: None,
        src_country: None,
        dst_country: None,
        src_asn: None,
        dst_asn: None,
        src_org: None,
        dst_org: None,
        direction: model::Direction::Lateral,
        state: "time-wait",
        end_reason: "fin",
        protocol: "unknown",
        application: None,
        category: None,
        encrypted: None,
        confidence: None,
        evidence: None,
        port_hint: None,
        hostname: None,
        hostname_source: None,
        src_packets: 0,
        dst_packets: 0,
        src_bytes: 0,
        dst_bytes: 0,
        src_payload_bytes: 0,
        dst_payload_bytes: 0,
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
        tcp_history: None,
        src_tcp_sig: None,
        dst_tcp_sig: None,
        src_os: None,
        dst_os: None,
        encrypted_dns: None,
        ja3: None,
        ja3s: None,
        ja4: None,
        risks: Vec::new(),
        tls: None,
        http: None,
        dns: None,
        details: None,
    }
}
