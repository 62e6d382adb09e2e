//! Flows that look like those of a busy office.
#![allow(dead_code, reason = "each test uses a part")]

pub(crate) mod collector;

use model::{Alert, Direction, Evidence, Flow, Severity};
use store::SeenFlow;
use wire::Timestamp;

/// 2026-11-21, midnight UTC.
pub(crate) const MIDNIGHT: u64 = 1_795_219_200;

/// What a device may call itself.
pub(crate) const HOSTILE: &str = "=cmd|'/c calc'!A1\",\r\n\u{1b}[31m\t{\"event_type\":\"fake\"}\u{0}";

/// An alert that says it everywhere.
pub(crate) fn alert() -> Alert {
    let time = model::rfc3339(Timestamp::new(MIDNIGHT + 5, 123_456_789));
    Alert {
        id: "a1".into(),
        time: time.clone(),
        detector: "port-scan",
        severity: Severity::High,
        title: format!("{HOSTILE} scans"),
        description: HOSTILE.into(),
        src_ip: Some([10, 0, 0, 9].into()),
        src_mac: None,
        dst_ip: None,
        dst_mac: None,
        device: None,
        device_name: Some(HOSTILE.into()),
        count: 7,
        first_seen: time.clone(),
        last_seen: time,
        evidence: Evidence::default(),
        mitre: vec!["T1046"],
        state: "open",
        incident: "a1".into(),
    }
}

/// Devices whose flows these are.
pub(crate) const DEVICES: u64 = 200;

/// The `n`th device.
pub(crate) fn device(n: u64) -> model::Device {
    model::Device {
        id: format!("02:77:00:00:00:{n:02x}"),
        first_seen: model::rfc3339(Timestamp::new(MIDNIGHT, 0)),
        last_seen: model::rfc3339(Timestamp::new(MIDNIGHT, 0)),
        ..model::Device::default()
    }
}

/// The `n`th flow: ended at `end` seconds since 1970.
pub(crate) fn flow(n: u64, end: u64) -> SeenFlow {
    let random = |salt: u64| (n ^ salt).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(17) ^ (n * salt);
    let (device, peer) = (random(1) % DEVICES, random(2) % 20_000);
    let protocols = ["tls", "dns", "http", "quic", "ssh", "ntp", "smb", "unknown"];
    let at = (random(3) % 8) as usize;
    let applications = [Some("youtube"), None, Some("windows-update"), None];
    let start = Timestamp::new(end, 0) - random(4) % 30_000_000_000;
    SeenFlow {
        start,
        end: Timestamp::new(end, 0),
        src_device: Some(format!("02:77:00:00:00:{device:02x}")),
        dst_device: None,
        record: Flow {
            id: format!("{:016x}", random(5)),
            community_id: format!("1:{:022x}=", u128::from(random(6)) << 20),
            start: model::rfc3339(start),
            end: model::rfc3339(Timestamp::new(end, 0)),
            duration_ms: 1234.5,
            src_ip: [10, 0, (device >> 8) as u8, device as u8].into(),
            src_port: Some(32_768 + (random(7) % 28_000) as u16),
            dst_ip: [198, 51, (peer >> 8) as u8, peer as u8].into(),
            dst_port: Some([443, 53, 80, 22, 123, 445][(random(8) % 6) as usize]),
            protocol: protocols[at],
            application: applications[at % 4],
            hostname: Some(format!("host-{}.example.org", peer % 3000)),
            hostname_source: Some("sni"),
            src_country: None,
            dst_country: Some(["DE", "US", "FR", "NL"][(peer % 4) as usize].into()),
            dst_asn: Some(64_496 + (peer % 50) as u32),
            dst_org: Some(format!("Example Network {}", peer % 50)),
            src_packets: 3 + random(9) % 50,
            dst_packets: 3 + random(10) % 80,
            src_bytes: 200 + random(11) % 50_000,
            dst_bytes: 200 + random(12) % 900_000,
            tcp_history: Some("ShADadFf".into()),
            handshake_rtt_ms: Some((random(13) % 50_000) as f64 / 1000.0),
            src_mac: Some(format!("02:77:00:00:00:{device:02x}")),
            ja4: Some(format!("t13d1516h2_8daaf6152771_{:012x}", random(14) % 30)),
            ..blank()
        },
    }
}

fn blank() -> Flow {
    Flow {
        id: String::new(),
        community_id: String::new(),
        start: String::new(),
        end: String::new(),
        duration_ms: 0.0,
        part: None,
        interface: Some("eth0".into()),
        vlans: Vec::new(),
        tunnel: None,
        transport: "tcp".into(),
        src_ip: [0; 4].into(),
        src_port: None,
        dst_ip: [0; 4].into(),
        dst_port: None,
        src_mac: None,
        dst_mac: Some("02:77:00:00:00:fe".into()),
        src_country: None,
        dst_country: None,
        src_asn: None,
        dst_asn: None,
        src_org: None,
        dst_org: None,
        direction: Direction::Outbound,
        state: "time-wait",
        end_reason: "fin",
        protocol: "unknown",
        application: None,
        category: Some("web"),
        encrypted: Some(true),
        confidence: Some("proven"),
        evidence: Some("TLS client hello and server hello"),
        port_hint: None,
        hostname: None,
        hostname_source: None,
        src_packets: 0,
        dst_packets: 0,
        src_bytes: 0,
        dst_bytes: 0,
        src_payload_bytes: 1000,
        dst_payload_bytes: 2000,
        handshake_rtt_ms: None,
        rtt_min_ms: Some(10.5),
        rtt_avg_ms: Some(12.25),
        rtt_max_ms: Some(20.125),
        jitter_ms: Some(1.5),
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
        src_tcp_sig: Some("4:64+0:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0".into()),
        dst_tcp_sig: None,
        src_os: Some("Linux".into()),
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
