use std::io::{self, Write};

use model::{Alert, Severity};

use super::escape::{safe, wrap};
use super::terminal::{Style, Terminal};

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

fn write_alert(out: &mut impl Write, alert: &Alert, terminal: Terminal) -> io::Result<()> {
    let style = match alert.severity {
        Severity::Critical | Severity::High => Style::Red,
        Severity::Medium => Style::Yellow,
        Severity::Low | Severity::Info => Style::Plain,
    };
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
