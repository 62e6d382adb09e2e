use std::io::{self, Write};

use model::Device;

use super::escape::safe;
use super::table::{Cell, Column, Kind, Table};
use super::terminal::{Style, Terminal};
use super::units;

/// Devices for people, a line each.
pub fn device_table<'a>(
    out: &mut impl Write,
    devices: impl IntoIterator<Item = &'a Device>,
    terminal: Terminal,
) -> io::Result<()> {
    let rows: Vec<Vec<Cell>> = devices.into_iter().map(|device| cells(device).to_vec()).collect();
    if rows.is_empty() {
        return writeln!(out, "No devices: nothing in these packets came from a local address.");
    }
    let table = Table::of_rows(&COLUMNS, &rows, terminal.width(), terminal.colour);
    table.header(out)?;
    rows.iter().try_for_each(|row| table.row(out, row))?;
    out.flush()
}

fn cells(device: &Device) -> [Cell; COLUMNS.len()] {
    let text = |text: &Option<String>| safe(text.as_deref().unwrap_or_default()).into_owned();
    let name =
        device.name.as_ref().map_or_else(|| safe(&device.id).into_owned(), |name| safe(name).into_owned());
    let style = if device.name.is_some() { Style::Bold } else { Style::Plain };
    // People know a device by its IPv4 address; one of IPv6 says little.
    let current = || device.ips.iter().filter(|address| address.current);
    let ip = current().find(|address| address.ip.is_ipv4()).or_else(|| current().next());
    let more = device.ips.len().saturating_sub(1);
    let ips = match (ip, more) {
        (None, _) => String::new(),
        (Some(address), 0) => address.ip.to_string(),
        (Some(address), more) => format!("{} +{more}", address.ip),
    };
    let what = [&device.kind, &device.model].into_iter().filter_map(|t| t.as_deref()).map(safe);
    let what: Vec<_> = what.collect();
    let volume = |volume: &model::Volume| volume.in_bytes.saturating_add(volume.out_bytes);
    [
        Cell::from(name).style(style),
        ips.into(),
        safe(device.macs.first().map(String::as_str).unwrap_or_default()).into_owned().into(),
        text(&device.vendor).into(),
        what.join(", ").into(),
        device.os.as_ref().map(|os| safe(&os.name).into_owned()).unwrap_or_default().into(),
        device.roles.join(", ").into(),
        units::bytes(volume(&device.internet)).into(),
        units::bytes(volume(&device.local)).into(),
        Cell::from(device.last_seen.get(11..19).unwrap_or_default()).style(Style::Dim),
    ]
}

const COLUMNS: [Column; 10] = [
    Column { title: "name", kind: Kind::Text, min: 10, max: 32, rank: 0 },
    Column { title: "addresses", kind: Kind::Address, min: 15, max: 43, rank: 0 },
    Column { title: "hardware", kind: Kind::Address, min: 17, max: 17, rank: 3 },
    Column { title: "vendor", kind: Kind::Text, min: 8, max: 24, rank: 4 },
    Column { title: "type, model", kind: Kind::Text, min: 8, max: 32, rank: 2 },
    Column { title: "system", kind: Kind::Text, min: 8, max: 24, rank: 1 },
    Column { title: "roles", kind: Kind::Text, min: 8, max: 32, rank: 5 },
    Column { title: "internet", kind: Kind::Number, min: 8, max: 9, rank: 0 },
    Column { title: "local", kind: Kind::Number, min: 8, max: 9, rank: 6 },
    Column { title: "last seen", kind: Kind::Text, min: 9, max: 9, rank: 7 },
];

#[cfg(test)]
mod tests {
    use super::super::escape::{is_hostile, width};
    use super::super::samples::device;
    use super::*;

    fn draw(columns: Option<u16>, devices: &[Device]) -> String {
        let mut out = Vec::new();
        let terminal = Terminal { size: columns.map(|c| (c, 24)), colour: false };
        device_table(&mut out, devices, terminal).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_device_is_a_line() {
        let text = draw(None, &[device("printer-1")]);
        let line = text.lines().nth(1).unwrap();
        for part in
            ["printer-1", "192.168.1.20 +1", "00:53:00:00:00:01", "printer", "Linux", "dns-server", "1.23 MB"]
        {
            assert!(line.contains(part), "{part} is not in {line}");
        }
    }

    #[test]
    fn no_line_is_too_long_and_nothing_hostile_comes_through() {
        let hostile = device("\x1b]0;owned\x07\u{202e}日本\r\n");
        for columns in 20..200 {
            let text = draw(Some(columns), std::slice::from_ref(&hostile));
            assert_eq!(text.lines().count(), 2);
            assert!(text.lines().all(|l| width(l) <= columns.into() && !l.contains(is_hostile)), "{text}");
        }
    }

    #[test]
    fn no_devices_is_said() {
        assert!(draw(None, &[]).starts_with("No devices"));
    }
}
