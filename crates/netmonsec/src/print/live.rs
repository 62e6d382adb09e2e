use std::fmt::Write as _;
use std::io::{self, Write};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};

use model::{Alert, Device, InterfaceStats, LiveFlow, Stats};

use super::alerts::alert_table;
use super::devices::device_table;
use super::drops::sums;
use super::escape::{cut_end, safe, width};
use super::flows::{endpoint, protocol_name};
use super::table::{Cell, Column, Kind, Table};
use super::terminal::{Style, Terminal};
use super::units;

/// What the screen shows below its head.
#[derive(Clone, Copy, Debug)]
pub enum LivePage<'a> {
    /// The busiest flows.
    Flows,
    /// These devices.
    Devices(&'a [Device]),
    /// These alerts.
    Alerts(&'a [Alert]),
}

/// The busiest flows or the devices, drawn again and again over the whole terminal. Dropping it gives the terminal
/// back as it was.
#[derive(Debug)]
pub struct LiveScreen<W: Write> {
    out: W,
    columns: usize,
    rows: usize,
    colour: bool,
}

impl<W: Write> LiveScreen<W> {
    /// Takes the terminal over; one that does not know its size counts as 80 by 24.
    pub fn open(mut out: W, terminal: Terminal) -> io::Result<Self> {
        out.write_all(ENTER.as_bytes())?;
        let mut screen = Self { out, columns: 0, rows: 0, colour: terminal.colour };
        screen.resize(terminal);
        Ok(screen)
    }

    /// The terminal may have another size now; takes effect with the next drawing.
    pub fn resize(&mut self, terminal: Terminal) {
        let (columns, rows) = terminal.size.unwrap_or((80, 24));
        // A line that fills the last column leaves the cursor on it, and clearing to the end of the
        // line would then take its last character away.
        (self.columns, self.rows) = (usize::from(columns).saturating_sub(1), rows.into());
    }

    /// Draws the state of things. Lines are overwritten, not cleared before, so nothing flickers.
    ///
    /// `has_keys` if there is a keyboard to turn pages with.
    pub fn draw(&mut self, stats: &Stats, page: LivePage<'_>, has_keys: bool) -> io::Result<()> {
        let mut frame = String::from(BEGIN_FRAME);
        for (i, line) in self.lines(stats, page, has_keys)?.iter().take(self.rows).enumerate() {
            if i > 0 {
                frame.push_str("\r\n");
            }
            frame.push_str(line);
            frame.push_str(CLEAR_TO_END_OF_LINE);
        }
        frame.push_str(END_FRAME);
        self.out.write_all(frame.as_bytes())?;
        self.out.flush()
    }

    fn lines(&self, stats: &Stats, page: LivePage<'_>, has_keys: bool) -> io::Result<Vec<String>> {
        let mut lines =
            vec![self.line(&headline(stats, has_keys)), self.line(&interfaces(&stats.interfaces))];
        lines.extend(sums(&stats.drops).iter().map(|sum| self.line(sum)));
        lines.extend(notes(stats).iter().map(|note| self.line(note)));
        lines.push(String::new());
        lines.extend(match page {
            LivePage::Flows => self.flows(&stats.top)?,
            LivePage::Devices(devices) => self.devices(devices)?,
            LivePage::Alerts(alerts) => self.alerts(alerts)?,
        });
        Ok(lines)
    }

    /// In the order of their addresses, so that a line stays where it is.
    fn devices(&self, devices: &[Device]) -> io::Result<Vec<String>> {
        if devices.is_empty() {
            let text = "No device yet: one appears with its first ARP, DHCP or discovery message, or when a \
                        conversation of it ends.";
            return Ok(vec![self.line(&[(text.to_owned(), Style::Dim)])]);
        }
        let mut devices: Vec<&Device> = devices.iter().collect();
        let v4 = |device: &Device| device.ips.iter().map(|a| a.ip).find(IpAddr::is_ipv4);
        devices.sort_by_cached_key(|device| (v4(device).is_none(), v4(device), device.id.clone()));
        let mut text = Vec::new();
        device_table(&mut text, devices, self.terminal())?;
        Ok(String::from_utf8_lossy(&text).lines().map(str::to_owned).collect())
    }

    /// The newest first.
    fn alerts(&self, alerts: &[Alert]) -> io::Result<Vec<String>> {
        if alerts.is_empty() {
            return Ok(vec![self.line(&[("Nothing is wrong so far.".to_owned(), Style::Green)])]);
        }
        let mut text = Vec::new();
        alert_table(&mut text, alerts, self.terminal())?;
        Ok(String::from_utf8_lossy(&text).lines().map(str::to_owned).collect())
    }

    /// One of this width.
    fn terminal(&self) -> Terminal {
        Terminal { size: Some((u16::try_from(self.columns).unwrap_or(u16::MAX), 0)), colour: self.colour }
    }

    /// Pieces side by side, as far as there is room.
    fn line(&self, pieces: &[(String, Style)]) -> String {
        let mut line = String::new();
        let mut room = self.columns;
        for (text, style) in pieces {
            let cut = cut_end(text, room);
            let _ = write!(line, "{}", style.paint(&cut, self.colour));
            room = if width(text) > room { 0 } else { room - width(text) };
            if room == 0 {
                break;
            }
        }
        line
    }

    fn flows(&self, top: &[LiveFlow]) -> io::Result<Vec<String>> {
        if top.is_empty() {
            return Ok(vec![self.line(&[("No packets in the last second.".to_owned(), Style::Dim)])]);
        }
        let table = Table::new(&COLUMNS, Some(self.columns), self.colour);
        let mut text = Vec::new();
        table.header(&mut text)?;
        // More than the screen has rows are cut by `draw`.
        for flow in top.iter().take(self.rows) {
            table.row(&mut text, &cells(flow))?;
        }
        Ok(String::from_utf8_lossy(&text).lines().map(str::to_owned).collect())
    }
}

impl<W: Write> Drop for LiveScreen<W> {
    fn drop(&mut self) {
        if GIVEN_BACK.load(Ordering::Relaxed) {
            return;
        }
        // Nobody is left to tell if the terminal has gone.
        let _ = self.out.write_all(LEAVE.as_bytes()).and_then(|()| self.out.flush());
    }
}

/// Gives the terminal back before a panic is reported, so that the report can be read. Needed
/// besides the `Drop` above, because the release build aborts at a panic.
pub fn restore_terminal_on_panic() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        // Not through the stream: its lock may be held by whoever draws.
        let _ = rustix::io::write(io::stdout(), LEAVE.as_bytes());
        GIVEN_BACK.store(true, Ordering::Relaxed);
        report(panic);
    }));
}

/// A panic gave the terminal back: doing it twice would put the cursor on the report.
static GIVEN_BACK: AtomicBool = AtomicBool::new(false);

/// Alternate screen, no cursor, no wrapping at the right edge.
const ENTER: &str = "\x1b[?1049h\x1b[?25l\x1b[?7l";
/// The same undone.
const LEAVE: &str = "\x1b[?7h\x1b[?25h\x1b[?1049l";
/// Top left corner; terminals that know mode 2026 show the frame when it is complete.
const BEGIN_FRAME: &str = "\x1b[?2026h\x1b[H";
/// Nothing below the last line.
const END_FRAME: &str = "\x1b[J\x1b[?2026l";
const CLEAR_TO_END_OF_LINE: &str = "\x1b[K";

fn headline(stats: &Stats, has_keys: bool) -> Vec<(String, Style)> {
    let plain = |text: String| (text, Style::Plain);
    let keys = if has_keys { "  [f]lows [d]evices [a]lerts [q]uit" } else { "" };
    vec![
        ("netmonsec".to_owned(), Style::Bold),
        plain(format!("  {} packets/s", units::short(stats.packets_per_second))),
        plain(format!("  {}", units::bits_per_second(stats.bits_per_second))),
        plain(format!("  {} open flows", units::exact(stats.open_flows))),
        (keys.to_owned(), Style::Dim),
        plain(format!("  running {}", units::seconds(stats.uptime_s))),
    ]
}

fn interfaces(interfaces: &[InterfaceStats]) -> Vec<(String, Style)> {
    let mut pieces = Vec::new();
    // What does not work comes first: the line may be too short for all.
    let (well, ill): (Vec<_>, Vec<_>) =
        interfaces.iter().partition(|interface| interface.link.is_none_or(|link| link == "up"));
    for interface in ill.into_iter().chain(well) {
        let gap = if pieces.is_empty() { "" } else { "  " };
        let link = interface.link.unwrap_or_default();
        let style = if matches!(link, "" | "up") { Style::Plain } else { Style::Red };
        pieces.push((format!("{gap}{} {link}", safe(&interface.name)), style));
        if interface.kernel_drops > 0 {
            pieces.push((format!(" {} dropped", units::exact(interface.kernel_drops)), Style::Red));
        }
    }
    pieces
}

/// Lines that are only there when there is something to say.
fn notes(stats: &Stats) -> Vec<Vec<(String, Style)>> {
    let mut notes = Vec::new();
    if stats.evicted > 0 {
        let text = format!(
            "table full: {} flows had to go early; limits.memory is too small",
            units::exact(stats.evicted)
        );
        notes.push(vec![(text, Style::Yellow)]);
    }
    if !stats.undecodable.is_empty() {
        let causes =
            stats.undecodable.iter().map(|c| format!("{} {}", safe(&c.name), units::exact(c.packets)));
        notes.push(vec![(format!("undecodable: {}", causes.collect::<Vec<_>>().join(", ")), Style::Dim)]);
    }
    notes
}

fn cells(flow: &LiveFlow) -> [Cell; COLUMNS.len()] {
    let port = |port: u16| Some(port).filter(|&port| port != 0);
    let resent = Some(flow.retransmits).filter(|&n| n > 0).map(units::short);
    [
        protocol_name(&flow.transport, flow.protocol, None).into(),
        endpoint(flow.src_ip, port(flow.src_port)).into(),
        endpoint(flow.dst_ip, port(flow.dst_port)).into(),
        flow.hostname.as_deref().map(safe).unwrap_or_default().as_ref().into(),
        Cell::from(units::bits_per_second(flow.bytes_per_second.saturating_mul(8))).style(Style::Bold),
        units::bytes(flow.bytes).into(),
        units::short(flow.packets).into(),
        units::milliseconds(flow.duration_ms).into(),
        flow.rtt_ms.map(units::milliseconds).unwrap_or_default().into(),
        Cell::from(resent.unwrap_or_default()).style(Style::Yellow),
        flow.state.into(),
    ]
}

const COLUMNS: [Column; 11] = [
    Column { title: "protocol", kind: Kind::Text, min: 8, max: 14, rank: 0 },
    Column { title: "source", kind: Kind::Address, min: 15, max: 47, rank: 0 },
    Column { title: "destination", kind: Kind::Address, min: 15, max: 47, rank: 0 },
    Column { title: "host", kind: Kind::Text, min: 12, max: 40, rank: 1 },
    Column { title: "rate", kind: Kind::Number, min: 11, max: 11, rank: 0 },
    Column { title: "bytes", kind: Kind::Number, min: 7, max: 8, rank: 2 },
    Column { title: "packets", kind: Kind::Number, min: 7, max: 7, rank: 5 },
    Column { title: "duration", kind: Kind::Number, min: 8, max: 12, rank: 6 },
    Column { title: "rtt", kind: Kind::Number, min: 7, max: 8, rank: 3 },
    Column { title: "resent", kind: Kind::Number, min: 6, max: 6, rank: 4 },
    Column { title: "state", kind: Kind::Text, min: 6, max: 12, rank: 7 },
];

#[cfg(test)]
mod tests;
