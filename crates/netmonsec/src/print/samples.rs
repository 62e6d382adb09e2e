//! Records to draw in tests.

use model::{
    Address, Device, Direction, Drops, Flow, Hostname, InterfaceStats, LiveFlow, Objects, Os, Share, Stats,
    Summary, Volume,
};

pub(super) fn flow(hostname: &str) -> Flow {
    Flow {
        id: "1".to_owned(),
        community_id: "1:x".to_owned(),
        start: "2026-11-22T14:03:01.123456789Z".to_owned(),
        end: "2026-11-22T14:03:05.683456789Z".to_owned(),
        duration_ms: 4560.0,
        part: None,
        interface: Some("eth0".to_owned()),
        vlans: Vec::new(),
        tunnel: None,
        transport: "tcp".to_owned(),
        src_ip: "192.168.1.20".parse().unwrap(),
        src_port: Some(51_514),
        dst_ip: "2001:db8::1".parse().unwrap(),
        dst_port: Some(443),
        src_mac: None,
        dst_mac: None,
        src_country: None,
        dst_country: Some("DE".to_owned()),
        src_asn: None,
        dst_asn: Some(64_500),
        src_org: None,
        dst_org: None,
        direction: Direction::Outbound,
        state: "closed",
        end_reason: "fin",
        protocol: "tls",
        application: None,
        category: None,
        encrypted: None,
        confidence: None,
        evidence: None,
        port_hint: None,
        hostname: Some(hostname.to_owned()),
        hostname_source: None,
        src_packets: 1000,
        dst_packets: 234,
        src_bytes: 234_567,
        dst_bytes: 1_000_000,
        src_payload_bytes: 0,
        dst_payload_bytes: 0,
        handshake_rtt_ms: Some(12.3),
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

pub(super) fn device(name: &str) -> Device {
    let time = || "2026-11-22T14:03:01.123456789Z".to_owned();
    let address = |ip: &str| Address {
        ip: ip.parse().unwrap(),
        evidence: "arp",
        current: true,
        first_seen: time(),
        last_seen: time(),
    };
    Device {
        id: "mac-005300000001".to_owned(),
        name: Some(name.to_owned()),
        macs: vec!["00:53:00:00:00:01".to_owned()],
        ips: vec![address("2001:db8::7"), address("192.168.1.20")],
        hostnames: vec![Hostname {
            name: name.to_owned(),
            source: "mdns",
            first_seen: time(),
            last_seen: time(),
        }],
        vendor: Some("Example Printers".to_owned()),
        kind: Some("printer".to_owned()),
        type_evidence: None,
        model: Some(name.to_owned()),
        model_evidence: None,
        os: Some(Os { name: "Linux".to_owned(), confidence: 0.8, reasons: Vec::new() }),
        uptime_seconds: None,
        uptime_evidence: None,
        roles: vec!["dns-server"],
        services: Vec::new(),
        uses: Vec::new(),
        applications: Vec::new(),
        internet: Volume { in_bytes: 1_000_000, out_bytes: 234_567, in_packets: 1000, out_packets: 234 },
        local: Volume::default(),
        connections: Vec::new(),
        other_connections: 0,
        vlans: Vec::new(),
        interfaces: Vec::new(),
        behind: None,
        port: None,
        hardware: Vec::new(),
        joined: Vec::new(),
        shared: None,
        presence: Vec::new(),
        first_seen: time(),
        last_seen: time(),
        objects: Objects::default(),
    }
}

pub(super) fn summary() -> Summary {
    Summary {
        start: Some("2026-11-22T14:03:01.123456789Z".to_owned()),
        end: Some("2026-11-22T14:05:01.456456789Z".to_owned()),
        duration_s: 120.333,
        packets: 1234,
        bytes: 1_500_000,
        flows: 17,
        not_ip: 12,
        drops: Drops { kernel: 5, ..drops() },
        undecodable: vec![share("ip-truncated", 0, 30, 1800)],
        protocols: vec![
            share("tls", 9, 900, 1_000_000),
            share("dns", 8, 200, 20_000),
            share("ntp", 1, 1, 90),
        ],
        talkers: vec![share("192.168.1.20", 17, 1200, 1_500_000)],
    }
}

pub(super) fn stats() -> Stats {
    Stats {
        time: "2026-11-22T14:05:01.456456789Z".to_owned(),
        uptime_s: 3723,
        packets_per_second: 12_345,
        bits_per_second: 98_100_000,
        open_flows: 1234,
        records_shed: 0,
        events_shed: 0,
        flows: 5678,
        evicted: 3,
        drops: Drops { kernel: 7, ..drops() },
        undecodable: vec![share("ip-truncated", 0, 30, 1800)],
        interfaces: vec![interface("eth0", "up", 0), interface("eth1", "down", 7)],
        top: Vec::new(),
    }
}

pub(super) fn live_flow(hostname: &str) -> LiveFlow {
    LiveFlow {
        transport: "tcp".to_owned(),
        src_ip: "192.168.1.20".parse().unwrap(),
        src_port: 51_514,
        dst_ip: "2001:db8::1".parse().unwrap(),
        dst_port: 443,
        protocol: "tls",
        hostname: Some(hostname.to_owned()),
        bytes_per_second: 1_234_567,
        bytes: 1_234_567,
        packets: 1234,
        duration_ms: 4560.0,
        rtt_ms: Some(12.3),
        retransmits: 2,
        state: "established",
    }
}

fn drops() -> Drops {
    Drops { received: 1234, processed: 1200, undecodable: 30, filtered: 4, shed: 0, kernel: 0 }
}

fn share(name: &str, flows: u64, packets: u64, bytes: u64) -> Share {
    Share { name: name.to_owned(), flows, packets, bytes }
}

fn interface(name: &str, link: &'static str, kernel_drops: u64) -> InterfaceStats {
    InterfaceStats {
        name: name.to_owned(),
        link: Some(link),
        packets: 1,
        bytes: 60,
        kernel_drops,
        freezes: 0,
    }
}
