//! Samples of packets as a table: a file a day.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::path::Path;

use super::Sink;
use super::csv::cell;
use super::daily::Daily;
use crate::day::Day;
use crate::item::{Item, SeenPacket};

/// `packets_YYYYMMDD.csv`.
#[derive(Debug)]
pub(super) struct Packets {
    file: Daily,
}

const HEADER: &str = "time,interface,bytes,payload_bytes,ethertype,vlan,src_mac,dst_mac,src_ip,dst_ip,transport,\
    src_port,dst_port,ttl,tcp_flags,stands_for\n";

/// In the order of their bits, from the lowest (RFC 9293 s3.1; AE: RFC 9768 s3.1).
const FLAGS: &str = "FSRPAUECN";

impl Packets {
    pub(super) fn new(folder: &Path, days: u32) -> Self {
        Self { file: Daily::new(folder, "packets", "csv", HEADER, days) }
    }
}

impl Sink for Packets {
    fn name(&self) -> &'static str {
        "store.packets"
    }

    fn take(&mut self, items: &[Item]) -> io::Result<()> {
        let mut days = BTreeMap::<Day, String>::new();
        for item in items {
            if let Item::Packet(packet) = item {
                write(days.entry(Day::of(packet.time)).or_default(), packet);
            }
        }
        for (day, lines) in days {
            self.file.append(day, lines.as_bytes())?;
        }
        Ok(())
    }
}

fn write(out: &mut String, packet: &SeenPacket) {
    fn or_nothing<T: ToString>(value: Option<T>) -> String {
        value.map(|value| value.to_string()).unwrap_or_default()
    }
    let (src, dst) = packet.addresses.unzip();
    let (src_port, dst_port) = packet.ports.unzip();
    let flags = packet.tcp_flags.map(flags).unwrap_or_default();
    // Writing to a string does not fail.
    let _ = writeln!(
        out,
        "{},{},{},{},0x{:04x},{},{},{},{},{},{},{},{},{},{flags},{}",
        model::rfc3339(packet.time),
        cell(&packet.interface),
        packet.bytes,
        packet.payload_bytes,
        packet.ethertype,
        or_nothing(packet.vlan),
        or_nothing(packet.src_mac),
        or_nothing(packet.dst_mac),
        or_nothing(src),
        or_nothing(dst),
        packet.transport.as_deref().map(cell).unwrap_or_default(),
        or_nothing(src_port),
        or_nothing(dst_port),
        or_nothing(packet.ttl),
        packet.of,
    );
}

fn flags(bits: u16) -> String {
    FLAGS.chars().enumerate().filter(|(i, _)| bits >> i & 1 == 1).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use wire::Timestamp;

    use super::*;

    #[test]
    fn a_packet_is_a_line_whatever_it_lacks() {
        let full = SeenPacket {
            time: Timestamp::new(1_795_000_000, 0),
            interface: "eth0".into(),
            bytes: 74,
            payload_bytes: 0,
            ethertype: 0x0800,
            vlan: Some(7),
            src_mac: None,
            dst_mac: None,
            addresses: Some(("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap())),
            transport: Some("tcp".into()),
            ports: Some((1, 80)),
            ttl: Some(64),
            tcp_flags: Some(0x12),
            of: 100,
        };
        let mut out = String::new();
        write(&mut out, &full);
        let bare = SeenPacket {
            addresses: None,
            transport: None,
            ports: None,
            ttl: None,
            tcp_flags: None,
            vlan: None,
            ethertype: 0x88cc,
            interface: "=x,y".into(),
            ..full
        };
        write(&mut out, &bare);
        assert_eq!(
            out,
            "2026-11-18T11:06:40.000000000Z,eth0,74,0,0x0800,7,,,192.0.2.1,192.0.2.2,tcp,1,80,64,SA,100\n\
             2026-11-18T11:06:40.000000000Z,\"'=x,y\",74,0,0x88cc,,,,,,,,,,,100\n"
        );
        let columns = HEADER.trim_end().split(',').count();
        assert!(out.lines().take(1).all(|line| line.split(',').count() == columns));
    }
}
