use std::io::{self, Write};

use super::{Report, State};
use crate::print::units::counted;
use crate::print::{Style, Terminal, width, wrap};

impl Report {
    /// For people: state, name, finding; the command below, in one piece so that it can be copied.
    pub fn write(&self, out: &mut impl Write, terminal: Terminal) -> io::Result<()> {
        let names = self.checks.iter().map(|check| width(&check.name)).max().unwrap_or_default();
        let indent = STATES + names + 2;
        // Prose wider than a book's lines is hard to read, narrower than this is a column of words.
        let room = terminal.width().unwrap_or(100).clamp(indent + 20, indent + 90) - indent;
        for check in &self.checks {
            let state = check.state;
            let gap = names - width(&check.name) + 2;
            let word = state.style().paint(state.word(), terminal.colour);
            write!(out, "{word:<STATES$}{}{:gap$}", check.name, "")?;
            for (i, line) in wrap(&check.what, room).iter().enumerate() {
                let indent = if i == 0 { 0 } else { indent };
                writeln!(out, "{:indent$}{line}", "")?;
            }
            if let Some(fix) = &check.fix {
                let fix = Style::Bold.paint(fix, terminal.colour);
                writeln!(out, "{:indent$}-> {fix}", "")?;
            }
        }
        writeln!(out, "\n{}", self.verdict())?;
        out.flush()
    }

    /// For programs: one JSON object.
    pub fn write_json(&self, out: &mut impl Write) -> io::Result<()> {
        let mut value = serde_json::to_value(self)?;
        if let Some(object) = value.as_object_mut() {
            object.insert("passed".to_owned(), self.passed().into());
        }
        serde_json::to_writer_pretty(&mut *out, &value)?;
        writeln!(out)?;
        out.flush()
    }

    fn verdict(&self) -> String {
        match (self.count(State::Fail), self.count(State::Warn)) {
            (0, 0) => "Ready to capture.".to_owned(),
            (0, warnings) => format!("Ready to capture, with {}.", counted(warnings, "warning")),
            (failed, warnings) => {
                format!("Not ready: {}, {}.", counted(failed, "failure"), counted(warnings, "warning"))
            }
        }
    }
}

/// Columns of the state.
const STATES: usize = 9;

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warning",
            Self::Fail => "FAILED",
            Self::Unknown => "unknown",
        }
    }

    fn style(self) -> Style {
        match self {
            Self::Ok => Style::Green,
            Self::Warn => Style::Yellow,
            Self::Fail => Style::Red,
            Self::Unknown => Style::Dim,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Check;
    use super::*;

    fn report() -> Report {
        let offloads = "gro is on: received segments are merged before capture, so packet counts, sizes and \
                        gaps are not those of the wire";
        Report {
            checks: vec![
                Check::ok("configuration", "config/netmonsec.toml is valid"),
                Check::fail("capabilities", "CAP_NET_RAW is missing").fix("sudo setcap cap_net_raw=eip /x"),
                Check::warn("eth0 offloads", offloads).fix("sudo ethtool -K eth0 gro off"),
                Check::unknown("eth0 card ring", "the driver does not say"),
            ],
        }
    }

    #[test]
    fn for_people() {
        let mut out = Vec::new();
        report().write(&mut out, Terminal { size: Some((80, 24)), colour: false }).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "\
ok       configuration   config/netmonsec.toml is valid
FAILED   capabilities    CAP_NET_RAW is missing
                         -> sudo setcap cap_net_raw=eip /x
warning  eth0 offloads   gro is on: received segments are merged before capture,
                         so packet counts, sizes and gaps are not those of the
                         wire
                         -> sudo ethtool -K eth0 gro off
unknown  eth0 card ring  the driver does not say

Not ready: 1 failure, 1 warning.
"
        );
    }

    #[test]
    fn colours_only_where_wanted() {
        let draw = |colour| {
            let mut out = Vec::new();
            report().write(&mut out, Terminal { size: Some((80, 24)), colour }).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert!(!draw(false).contains('\x1b'));
        assert!(draw(true).contains("\x1b[1;31mFAILED   \x1b[0m"));
    }

    #[test]
    fn for_programs() {
        let mut out = Vec::new();
        report().write_json(&mut out).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(json["passed"], false);
        assert_eq!(json["checks"][2]["state"], "warn");
        assert_eq!(json["checks"][2]["fix"], "sudo ethtool -K eth0 gro off");
        assert_eq!(json["checks"][0].get("fix"), None);
    }

    #[test]
    fn verdicts() {
        let mut report = report();
        report.checks.remove(1);
        assert_eq!(report.verdict(), "Ready to capture, with 1 warning.");
        assert!(report.passed());
        report.checks.clear();
        assert_eq!(report.verdict(), "Ready to capture.");
    }
}
