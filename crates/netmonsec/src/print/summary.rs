use std::io::{self, Write};

use model::{Share, Summary};

use super::drops::sums;
use super::escape::safe;
use super::table::{Cell, Column, Kind, Table};
use super::terminal::{Style, Terminal};
use super::units::{bits_per_second_of, bytes, exact, milliseconds, per_second, percent, whole};

/// What a capture held, for people.
pub fn summary(out: &mut impl Write, summary: &Summary, terminal: Terminal) -> io::Result<()> {
    overview(out, summary, terminal.colour)?;
    section(out, "Where the packets went", terminal)?;
    for line in sums(&summary.drops) {
        write!(out, "  ")?;
        line.iter().try_for_each(|(text, style)| write!(out, "{}", style.paint(text, terminal.colour)))?;
        writeln!(out)?;
    }
    causes(out, summary, terminal)?;
    shares(out, "Protocols", &summary.protocols, summary.bytes, terminal)?;
    shares(out, "Talkers", &summary.talkers, summary.bytes, terminal)?;
    out.flush()
}

fn overview(out: &mut impl Write, s: &Summary, colour: bool) -> io::Result<()> {
    let mut line = |name: &str, text: String| {
        writeln!(out, "{} {text}", Style::Bold.paint(format_args!("{name:<9}"), colour))
    };
    let (Some(start), Some(end)) = (&s.start, &s.end) else {
        return line("Capture", "no packets".to_owned());
    };
    line(
        "Capture",
        format!("{} to {} UTC ({})", moment(start), moment(end), milliseconds(s.duration_s * 1000.0)),
    )?;
    let counted = |n: u64| match per_second(n, s.duration_s) {
        Some(rate) => format!("{} ({rate})", exact(n)),
        None => exact(n),
    };
    line("Packets", counted(s.packets))?;
    let rate = bits_per_second_of(s.bytes, s.duration_s).map(|rate| format!(" ({rate})"));
    line("Bytes", format!("{}{}", bytes(s.bytes), rate.unwrap_or_default()))?;
    line("Flows", counted(s.flows))?;
    line("Not IP", format!("{} packets ({})", exact(s.not_ip), percent(s.not_ip, s.packets)))
}

/// `2026-11-22 14:03:01.123` of an RFC 3339 time.
fn moment(rfc3339: &str) -> String {
    match (rfc3339.get(..10), rfc3339.get(11..23)) {
        (Some(date), Some(time)) => format!("{date} {time}"),
        _ => safe(rfc3339).into_owned(),
    }
}

fn causes(out: &mut impl Write, s: &Summary, terminal: Terminal) -> io::Result<()> {
    if s.undecodable.is_empty() {
        return Ok(());
    }
    section(out, "Undecodable", terminal)?;
    let columns = [
        Column { title: "cause", kind: Kind::Text, min: 16, max: 60, rank: 0 },
        Column { title: "packets", kind: Kind::Number, min: 7, max: 26, rank: 0 },
        Column { title: "bytes", kind: Kind::Number, min: 7, max: 8, rank: 1 },
    ];
    let rows: Vec<Vec<Cell>> = s
        .undecodable
        .iter()
        .map(|cause| {
            vec![safe(&cause.name).as_ref().into(), exact(cause.packets).into(), bytes(cause.bytes).into()]
        })
        .collect();
    write_rows(out, &columns, &rows, terminal)
}

fn shares(
    out: &mut impl Write,
    title: &str,
    shares: &[Share],
    total: u64,
    terminal: Terminal,
) -> io::Result<()> {
    let Some(largest) = shares.iter().map(|share| share.bytes).max() else { return Ok(()) };
    section(out, title, terminal)?;
    let columns = [
        Column { title: "name", kind: Kind::Address, min: 12, max: 40, rank: 0 },
        Column { title: "", kind: Kind::Text, min: BAR, max: BAR, rank: 3 },
        Column { title: "bytes", kind: Kind::Number, min: 7, max: 8, rank: 0 },
        Column { title: "share", kind: Kind::Number, min: 7, max: 7, rank: 2 },
        Column { title: "packets", kind: Kind::Number, min: 7, max: 26, rank: 1 },
        Column { title: "flows", kind: Kind::Number, min: 5, max: 26, rank: 4 },
    ];
    let rows: Vec<Vec<Cell>> = shares
        .iter()
        .take(MOST_ROWS)
        .map(|share| {
            vec![
                safe(&share.name).as_ref().into(),
                bar(share.bytes, largest).into(),
                bytes(share.bytes).into(),
                percent(share.bytes, total).into(),
                exact(share.packets).into(),
                exact(share.flows).into(),
            ]
        })
        .collect();
    write_rows(out, &columns, &rows, terminal)?;
    if shares.len() > MOST_ROWS {
        let more = format!("and {} more", shares.len() - MOST_ROWS);
        writeln!(out, "  {}", Style::Dim.paint(more, terminal.colour))?;
    }
    Ok(())
}

/// A summary is read at a glance.
const MOST_ROWS: usize = 15;

/// Terminal columns of the longest bar.
const BAR: usize = 16;

/// A bar as long as `part` is of `largest`, in eighths of a column; what is there is never invisible.
fn bar(part: u64, largest: u64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    if part == 0 || largest == 0 {
        return String::new();
    }
    let longest = (BAR * 8) as f64;
    let eighths = whole((part as f64 / largest as f64 * longest).round().clamp(1.0, longest));
    let (full, rest) =
        (usize::try_from(eighths / 8).unwrap_or(BAR), usize::try_from(eighths % 8).unwrap_or(0));
    "█".repeat(full) + EIGHTHS.get(rest).copied().unwrap_or_default()
}

fn section(out: &mut impl Write, title: &str, terminal: Terminal) -> io::Result<()> {
    writeln!(out, "\n{}", Style::Bold.paint(title, terminal.colour))
}

fn write_rows(
    out: &mut impl Write,
    columns: &[Column],
    rows: &[Vec<Cell>],
    terminal: Terminal,
) -> io::Result<()> {
    let room = terminal.width().map(|width| width.saturating_sub(INDENT.len()));
    let table = Table::of_rows(columns, rows, room, terminal.colour);
    write!(out, "{INDENT}")?;
    table.header(out)?;
    for row in rows {
        write!(out, "{INDENT}")?;
        table.row(out, row)?;
    }
    Ok(())
}

const INDENT: &str = "  ";

#[cfg(test)]
mod tests {
    use super::super::escape::{is_hostile, width};
    use super::super::samples;
    use super::*;

    fn draw(s: &Summary, columns: Option<u16>) -> String {
        let mut out = Vec::new();
        summary(&mut out, s, Terminal { size: columns.map(|c| (c, 24)), colour: false }).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn whole_summary() {
        assert_eq!(
            draw(&samples::summary(), Some(80)),
            "\
Capture   2026-11-22 14:03:01.123 to 2026-11-22 14:05:01.456 UTC (2 min 00 s)
Packets   1,234 (10/s)
Bytes     1.50 MB (99.7 kbit/s)
Flows     17 (0.1/s)
Not IP    12 packets (1.0 %)

Where the packets went
  received 1,234 = processed 1,200 + undecodable 30 + filtered 4 + shed 0
  on wire 1,239 = received 1,234 + kernel drops 5

Undecodable
  cause         packets    bytes
  ip-truncated       30  1.80 kB

Protocols
  name                      bytes    share  packets  flows
  tls   ████████████████  1.00 MB   66.7 %      900      9
  dns   ▍                 20.0 kB    1.3 %      200      8
  ntp   ▏                    90 B  < 0.1 %        1      1

Talkers
  name                              bytes    share  packets  flows
  192.168.1.20  ████████████████  1.50 MB  100.0 %    1,200     17
"
        );
    }

    #[test]
    fn nothing_at_all() {
        let text = draw(&Summary::default(), None);
        assert!(text.starts_with("Capture   no packets\n\nWhere the packets went\n"), "{text}");
    }

    #[test]
    fn narrow_and_hostile() {
        let mut s = samples::summary();
        s.protocols[0].name = "\x1b[2J\u{202e}".to_owned();
        for columns in [40, 60, 80, 200] {
            let text = draw(&s, Some(columns));
            let tables = text.split("Undecodable").nth(1).unwrap_or_default();
            assert!(tables.lines().all(|line| width(line) <= columns.into()), "{text}");
            assert!(!text.replace('\n', "").contains(is_hostile), "{text}");
        }
    }

    #[test]
    fn bars() {
        assert_eq!((bar(0, 5), bar(1, u64::MAX).as_str()), (String::new(), "▏"));
        assert_eq!(width(&bar(5, 5)), BAR);
    }
}
