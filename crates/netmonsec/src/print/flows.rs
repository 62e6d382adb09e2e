use std::io::{self, Write};
use std::net::IpAddr;

use model::Flow;

use super::escape::safe;
use super::table::{Cell, Column, Kind, Table};
use super::terminal::{Style, Terminal};
use super::units;

/// Flows for people, a line each.
#[derive(Debug)]
pub struct FlowTable<W> {
    out: W,
    table: Table,
    started: bool,
}

impl<W: Write> FlowTable<W> {
    /// As wide as the terminal, or as wide as it needs to be if there is none.
    pub fn new(out: W, terminal: Terminal) -> Self {
        let mut columns = COLUMNS;
        // The date is not worth the room of a narrow terminal, and half a date is worth nothing.
        if let (Some(0..DATE_FROM), [start, ..]) = (terminal.width(), &mut columns) {
            start.max = start.min;
        }
        Self { out, table: Table::new(&columns, terminal.width(), terminal.colour), started: false }
    }

    /// One line, and the titles before the first.
    pub fn write(&mut self, flow: &Flow) -> io::Result<()> {
        if !self.started {
            self.table.header(&mut self.out)?;
            self.started = true;
        }
        let room_for_time = self.table.width_of(0).unwrap_or_default();
        self.table.row(&mut self.out, &cells(flow, room_for_time))
    }

    /// Hands on what has been held back.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// `192.0.2.1:443`, `[2001:db8::1]:443`; without a port the address alone.
pub(super) fn endpoint(address: IpAddr, port: Option<u16>) -> String {
    match (address, port) {
        (_, None) => address.to_string(),
        (IpAddr::V4(v4), Some(port)) => format!("{v4}:{port}"),
        (IpAddr::V6(v6), Some(port)) => format!("[{v6}]:{port}"),
    }
}

/// `tcp/tls`; with a question mark what only the port suggests.
pub(super) fn protocol_name(transport: &str, protocol: &str, port_hint: Option<&str>) -> String {
    match (protocol, port_hint) {
        ("unknown", Some(hint)) => format!("{}/{hint}?", safe(transport)),
        ("unknown", None) => safe(transport).into_owned(),
        _ if protocol == transport => protocol.to_owned(),
        _ => format!("{}/{protocol}", safe(transport)),
    }
}

fn cells(flow: &Flow, room_for_time: usize) -> [Cell; COLUMNS.len()] {
    let rtt = flow.rtt_avg_ms.or(flow.handshake_rtt_ms);
    [
        Cell::from(time(&flow.start, room_for_time)).style(Style::Dim),
        protocol_name(&flow.transport, flow.protocol, flow.port_hint).into(),
        endpoint(flow.src_ip, flow.src_port).into(),
        endpoint(flow.dst_ip, flow.dst_port).into(),
        flow.hostname.as_deref().map(safe).unwrap_or_default().as_ref().into(),
        // Seldom are both outside; then where it goes matters more.
        flow.dst_country
            .as_deref()
            .or(flow.src_country.as_deref())
            .map(safe)
            .unwrap_or_default()
            .as_ref()
            .into(),
        units::exact(flow.src_packets.saturating_add(flow.dst_packets)).into(),
        units::bytes(flow.src_bytes.saturating_add(flow.dst_bytes)).into(),
        units::milliseconds(flow.duration_ms).into(),
        rtt.map(units::milliseconds).unwrap_or_default().into(),
        flow.state.into(),
    ]
}

/// As much of an RFC 3339 time as there is room for: with the date or without.
fn time(rfc3339: &str, room: usize) -> String {
    let (Some(date), Some(time)) = (rfc3339.get(..10), rfc3339.get(11..23)) else {
        return safe(rfc3339).into_owned();
    };
    match room {
        23.. => format!("{date} {time}"),
        _ => time.get(..8).unwrap_or(time).to_owned(),
    }
}

/// Terminals at least this wide show dates.
const DATE_FROM: usize = 150;

const COLUMNS: [Column; 11] = [
    Column { title: "UTC", kind: Kind::Text, min: 8, max: 23, rank: 0 },
    Column { title: "protocol", kind: Kind::Text, min: 8, max: 16, rank: 0 },
    // 47 is the longest IPv6 address with a port, 21 the longest of IPv4.
    Column { title: "source", kind: Kind::Address, min: 15, max: 47, rank: 0 },
    Column { title: "destination", kind: Kind::Address, min: 15, max: 47, rank: 0 },
    Column { title: "host", kind: Kind::Text, min: 12, max: 40, rank: 2 },
    Column { title: "country", kind: Kind::Text, min: 7, max: 7, rank: 7 },
    Column { title: "packets", kind: Kind::Number, min: 7, max: 11, rank: 3 },
    Column { title: "bytes", kind: Kind::Number, min: 7, max: 8, rank: 1 },
    Column { title: "duration", kind: Kind::Number, min: 8, max: 12, rank: 4 },
    Column { title: "rtt", kind: Kind::Number, min: 7, max: 8, rank: 6 },
    Column { title: "state", kind: Kind::Text, min: 6, max: 12, rank: 5 },
];

#[cfg(test)]
mod tests {
    use super::super::escape::{is_hostile, width};
    use super::super::samples::flow;
    use super::*;

    fn draw(columns: Option<u16>, flows: &[Flow]) -> String {
        let mut out = Vec::new();
        let terminal = Terminal { size: columns.map(|c| (c, 24)), colour: false };
        let mut table = FlowTable::new(&mut out, terminal);
        flows.iter().for_each(|flow| table.write(flow).unwrap());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn full_width() {
        let text = draw(None, &[flow("www.example.org")]);
        let line = text.lines().nth(1).unwrap();
        for part in [
            "2026-11-22 14:03:01.123",
            "tcp/tls",
            "192.168.1.20:51514",
            "[2001:db8::1]:443",
            "www.example.org",
            "DE",
            "1,234",
            "1.23 MB",
            "4.56 s",
            "12.3 ms",
            "closed",
        ] {
            assert!(line.contains(part), "{part} is not in {line}");
        }
    }

    #[test]
    fn fits_80_columns() {
        let text = draw(Some(80), &[flow("a-rather-long-host-name.example.org")]);
        assert_eq!(
            text,
            "UTC       protocol   source            destination       host              bytes\n\
             14:03:01  tcp/tls    192.168…20:51514  [2001:d…::1]:443  a-rather-lon…   1.23 MB\n",
        );
    }

    #[test]
    fn no_line_is_too_long_and_nothing_hostile_comes_through() {
        let hostile = flow("\x1b]0;owned\x07\u{202e}日本\r\n");
        for columns in 10..200 {
            let text = draw(Some(columns), std::slice::from_ref(&hostile));
            assert_eq!(text.lines().count(), 2);
            assert!(text.lines().all(|l| width(l) <= columns.into() && !l.contains(is_hostile)), "{text}");
        }
    }

    #[test]
    fn names() {
        assert_eq!(protocol_name("tcp", "tls", None), "tcp/tls");
        assert_eq!(protocol_name("tcp", "unknown", Some("ldap")), "tcp/ldap?");
        assert_eq!(protocol_name("udp", "unknown", None), "udp");
        assert_eq!(protocol_name("icmp", "icmp", None), "icmp");
        assert_eq!(endpoint("::1".parse().unwrap(), None), "::1");
    }

    #[test]
    fn no_flows_no_titles() {
        assert_eq!(draw(None, &[]), "");
    }
}
