//! `netmonsec --list`: the interfaces there are to watch.

use std::io::{self, Write};

use anyhow::Context;
use capture::live::{self, InterfaceInfo};
use serde::Serialize;
use wire::LinkType;

use crate::print::{Cell, Column, Kind, Style, Table, Terminal, safe, units};

/// Writes the interfaces of this host, as a table or as one JSON array.
pub fn write(out: &mut impl Write, json: bool, terminal: Terminal) -> anyhow::Result<()> {
    let interfaces = live::interfaces().context("the system does not list its interfaces")?;
    let default = live::default_interface();
    let entries: Vec<_> = interfaces.iter().map(|i| Entry::new(i, default.as_deref())).collect();
    if json {
        serde_json::to_writer_pretty(&mut *out, &entries).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        table(out, &entries, terminal)?;
    }
    Ok(out.flush()?)
}

/// What is said about an interface.
#[derive(Debug, Serialize)]
struct Entry {
    name: String,
    index: u32,
    /// It is watched if none is named.
    default: bool,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    link_type: Option<String>,
    can_be_captured: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    speed_mbps: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mac: Option<String>,
    addresses: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mtu: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    driver: Option<String>,
    wireless: bool,
    #[serde(rename = "virtual")]
    virtual_device: bool,
}

impl Entry {
    fn new(interface: &InterfaceInfo, default: Option<&str>) -> Self {
        let reason = obstacle(interface);
        Self {
            name: interface.name.clone(),
            index: interface.index,
            default: default == Some(interface.name.as_str()),
            state: state(interface),
            link_type: interface.link_type.map(link_name),
            can_be_captured: reason.is_none(),
            reason,
            speed_mbps: interface.speed_mbps,
            mac: interface.mac.map(|mac| mac.to_string()),
            addresses: interface.addresses.iter().map(|(ip, prefix)| format!("{ip}/{prefix}")).collect(),
            mtu: interface.mtu,
            driver: interface.driver.clone(),
            wireless: interface.wireless,
            virtual_device: interface.virtual_device,
        }
    }
}

/// `up`, `no carrier` or `down`.
pub(crate) fn state(interface: &InterfaceInfo) -> &'static str {
    match (interface.up, interface.running) {
        (true, true) => "up",
        (true, false) => "no carrier",
        (false, _) => "down",
    }
}

/// Why an interface cannot be captured now.
pub(crate) fn obstacle(interface: &InterfaceInfo) -> Option<String> {
    if interface.link_type.is_none() {
        return Some(format!("hardware type {} cannot be decoded", interface.hardware));
    }
    (!interface.up).then(|| "it is down".to_owned())
}

/// The command that brings an interface up.
pub(crate) fn bring_up(name: &str) -> String {
    format!("sudo ip link set {} up", safe(name))
}

/// The usual name of a link type.
pub(crate) fn link_name(link: LinkType) -> String {
    match link {
        LinkType::Ethernet => "Ethernet".to_owned(),
        LinkType::Raw => "IP".to_owned(),
        LinkType::Ieee80211 => "802.11".to_owned(),
        LinkType::Radiotap => "802.11 radiotap".to_owned(),
        other => format!("{other:?}"),
    }
}

fn table(out: &mut impl Write, entries: &[Entry], terminal: Terminal) -> io::Result<()> {
    let rows: Vec<_> = entries.iter().flat_map(rows).collect();
    let table = Table::of_rows(&COLUMNS, &rows, terminal.width(), terminal.colour);
    table.header(out)?;
    rows.iter().try_for_each(|row| table.row(out, row))
}

/// A line for the interface, and one more for each further address.
fn rows(entry: &Entry) -> Vec<Vec<Cell>> {
    let note = match &entry.reason {
        Some(_) if entry.state == "down" => Cell::from(bring_up(&entry.name)).style(Style::Yellow),
        Some(reason) => Cell::from(safe(reason).as_ref()).style(Style::Yellow),
        None if entry.default => Cell::from("default").style(Style::Green),
        None => Cell::default(),
    };
    let text = |text: &Option<String>| Cell::from(text.as_deref().map(safe).unwrap_or_default().as_ref());
    let mut addresses = entry.addresses.iter().map(|address| Cell::from(address.as_str()));
    let first = vec![
        Cell::from(safe(&entry.name).as_ref()).style(Style::Bold),
        entry.state.into(),
        addresses.next().unwrap_or_default(),
        text(&entry.mac),
        entry.speed_mbps.map(speed).unwrap_or_default().into(),
        text(&entry.link_type),
        text(&entry.driver),
        note,
    ];
    let more = addresses.map(|address| vec![Cell::default(), Cell::default(), address]);
    std::iter::once(first).chain(more).collect()
}

fn speed(mbps: u32) -> String {
    units::bits_per_second(u64::from(mbps) * 1_000_000)
}

const COLUMNS: [Column; 8] = [
    Column { title: "name", kind: Kind::Text, min: 6, max: 15, rank: 0 },
    Column { title: "state", kind: Kind::Text, min: 10, max: 10, rank: 0 },
    Column { title: "addresses", kind: Kind::Address, min: 18, max: 43, rank: 0 },
    Column { title: "MAC", kind: Kind::Text, min: 17, max: 17, rank: 1 },
    Column { title: "speed", kind: Kind::Number, min: 11, max: 11, rank: 3 },
    Column { title: "link", kind: Kind::Text, min: 8, max: 16, rank: 4 },
    Column { title: "driver", kind: Kind::Text, min: 6, max: 16, rank: 5 },
    Column { title: "", kind: Kind::Text, min: 30, max: 60, rank: 0 },
];

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn interface(name: &str) -> InterfaceInfo {
        InterfaceInfo {
            index: 2,
            name: name.to_owned(),
            mac: Some(wire::MacAddr([2, 0, 0, 0, 0, 1])),
            addresses: vec![("192.168.1.2".parse().unwrap(), 24), ("fe80::1".parse().unwrap(), 64)],
            up: true,
            running: true,
            loopback: false,
            mtu: Some(1500),
            hardware: 1,
            link_type: Some(LinkType::Ethernet),
            speed_mbps: Some(10_000),
            driver: Some("ixgbe".to_owned()),
            wireless: false,
            virtual_device: false,
        }
    }

    fn entries() -> Vec<Entry> {
        let plain = interface("eth0");
        let down = InterfaceInfo { up: false, running: false, speed_mbps: None, ..interface("eth1") };
        let odd = InterfaceInfo {
            link_type: None,
            hardware: 280,
            addresses: vec![],
            mac: None,
            ..interface("can0\x1b")
        };
        [plain, down, odd].iter().map(|i| Entry::new(i, Some("eth0"))).collect()
    }

    #[test]
    fn for_people() {
        let mut out = Vec::new();
        table(&mut out, &entries(), Terminal::default()).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "\
name        state  addresses       MAC                      speed  link      driver
eth0        up     192.168.1.2/24  02:00:00:00:00:01  10.0 Gbit/s  Ethernet  ixgbe   default
                   fe80::1/64
eth1        down   192.168.1.2/24  02:00:00:00:00:01               Ethernet  ixgbe   sudo ip link set eth1 up
                   fe80::1/64
can0\\u{1b}  up                                        10.0 Gbit/s            ixgbe   hardware type 280 cannot be decoded
"
        );
    }

    #[test]
    fn narrow() {
        let mut out = Vec::new();
        table(&mut out, &entries(), Terminal { size: Some((60, 24)), colour: false }).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.lines().all(|line| line.chars().count() <= 60), "{text}");
    }

    #[test]
    fn for_programs() {
        let json = serde_json::to_value(entries()).unwrap();
        assert_eq!(json[0]["default"], true);
        assert_eq!(json[0]["addresses"][1], "fe80::1/64");
        assert_eq!(json[2]["can_be_captured"], false);
        assert_eq!(json[2]["reason"], "hardware type 280 cannot be decoded");
    }

    #[test]
    fn this_machine() {
        let mut out = Vec::new();
        write(&mut out, true, Terminal::default()).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert!(json.as_array().unwrap().iter().any(|entry| entry["name"] == "lo"));
    }
}
