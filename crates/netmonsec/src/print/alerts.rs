use std::io::{self, Write};

use model::{Alert, Severity};

use super::escape::{safe, wrap};
use super::table::{Cell, Column, Kind, Table};
use super::terminal::{Style, Terminal};
use super::units;

/// Alerts for people: what, since when, and why.
pub fn alert_list(
    out: &mut impl Write,
    alerts: impl Iterator<Item = Alert>,
    terminal: Terminal,
) -> io::Result<()> {
    let mut any = false;
    for alert in alerts {
        any = true;
        write_alert(out, &alert, terminal)?;
    }
    if !any {
        writeln!(out, "Nothing is wrong as far as these packets tell.")?;
    }
    out.flush()
}

/// Alerts for people, a line each.
pub fn alert_table(out: &mut impl Write, alerts: &[Alert], terminal: Terminal) -> io::Result<()> {
    let rows: Vec<Vec<Cell>> = alerts.iter().map(|alert| cells(alert).to_vec()).collect();
    let table = Table::of_rows(&COLUMNS, &rows, terminal.width(), terminal.colour);
    table.header(out)?;
    rows.iter().try_for_each(|row| table.row(out, row))?;
    out.flush()
}

fn cells(alert: &Alert) -> [Cell; COLUMNS.len()] {
    [
        Cell::from(alert.severity.name()).style(style_of(alert.severity)),
        alert.detector.into(),
        safe(&alert.title).into_owned().into(),
        units::exact(alert.count).into(),
        Cell::from(alert.last_seen.get(11..19).unwrap_or_default()).style(Style::Dim),
    ]
}

const COLUMNS: [Column; 5] = [
    Column { title: "severity", kind: Kind::Text, min: 8, max: 8, rank: 0 },
    Column { title: "detector", kind: Kind::Text, min: 9, max: 22, rank: 1 },
    Column { title: "what", kind: Kind::Text, min: 20, max: 160, rank: 0 },
    Column { title: "count", kind: Kind::Number, min: 7, max: 12, rank: 2 },
    Column { title: "last seen", kind: Kind::Text, min: 9, max: 9, rank: 3 },
];

fn style_of(severity: Severity) -> Style {
    match severity {
        Severity::Critical | Severity::High => Style::Red,
        Severity::Medium => Style::Yellow,
        Severity::Low | Severity::Info => Style::Plain,
    }
}

fn write_alert(out: &mut impl Write, alert: &Alert, terminal: Terminal) -> io::Result<()> {
    let style = style_of(alert.severity);
    let head = format!("{:<8} {}: {}", alert.severity.name(), alert.detector, safe(&alert.title));
    writeln!(out, "{}", style.paint(&head, terminal.colour))?;
    let time = |text: &str| text.get(..19).unwrap_or(text).replace('T', " ");
    writeln!(out, "         {} to {}", time(&alert.first_seen), time(&alert.last_seen))?;
    let width = terminal.width().unwrap_or(100).saturating_sub(9).max(20);
    for line in wrap(&safe(&alert.description), width) {
        writeln!(out, "         {line}")?;
    }
    writeln!(out)
}
