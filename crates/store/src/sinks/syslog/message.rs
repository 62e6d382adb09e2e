use std::fs;
use std::process;

use jiff::Timestamp;
use model::{Alert, Severity};

use crate::sinks::text::is_unseen;

/// Who speaks.
#[derive(Debug)]
pub(super) struct Sender {
    host: String,
    process: u32,
}

/// `local0`: none of the other facilities (RFC 5424 s6.2.1) is about what others do on the network.
const FACILITY: u8 = 16;
/// The enterprise number for documentation (RFC 5612): there is none of our own.
const DATA: &str = "netmonsec@32473";
/// How long a name may be (RFC 5424 s6).
const LONGEST_HOST: usize = 255;
const LONGEST_ID: usize = 32;

impl Sender {
    pub(super) fn this_one() -> Self {
        let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        Self { host: name(host.trim(), LONGEST_HOST), process: process::id() }
    }

    /// An alert as RFC 5424 s6 has it, in at most `longest` bytes.
    pub(super) fn message(&self, alert: &Alert, longest: usize) -> String {
        let priority = FACILITY * 8 + level(alert.severity);
        // At most microseconds (RFC 5424 s6.2.3).
        let time = alert.last_seen.parse::<Timestamp>();
        let time =
            time.map_or_else(|_| "-".to_owned(), |time| time.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string());
        let id = name(alert.detector, LONGEST_ID);
        let mut text = format!("<{priority}>1 {time} {} netmonsec {} {id} [{DATA}", self.host, self.process);
        let count = alert.count.to_string();
        let (source, destination) =
            (alert.src_ip.map(|a| a.to_string()), alert.dst_ip.map(|a| a.to_string()));
        let mitre = alert.mitre.join(",");
        for (name, value) in [
            ("id", Some(alert.id.as_str())),
            ("incident", Some(alert.incident.as_str())),
            ("severity", Some(alert.severity.name())),
            ("src_ip", source.as_deref()),
            ("dst_ip", destination.as_deref()),
            ("src_mac", alert.src_mac.as_deref()),
            ("device", alert.device.as_deref()),
            ("device_name", alert.device_name.as_deref()),
            ("count", Some(count.as_str())),
            ("first_seen", Some(alert.first_seen.as_str())),
            ("mitre", Some(mitre.as_str())),
        ] {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                text.push_str(&format!(" {name}=\""));
                write_value(&mut text, value, LONGEST_VALUE);
                text.push('"');
            }
        }
        text.push_str("] ");
        let words = format!("{}: {}", alert.title, alert.description);
        if !words.is_ascii() {
            // What says that it is UTF-8 (RFC 5424 s6.4).
            text.push('\u{feff}');
        }
        let room = longest.saturating_sub(text.len());
        write_escaped(&mut text, &words, room, |_| false);
        text
    }
}

/// Eleven values of twice that length leave room for the message.
const LONGEST_VALUE: usize = 128;

/// RFC 5424 s6.3.3: a backslash before `"`, `\` and `]`.
fn write_value(to: &mut String, value: &str, most: usize) {
    write_escaped(to, value, most, |c| matches!(c, '"' | '\\' | ']'));
}

/// Until `most` bytes are full. Controls, which would be lines of their own in many a log file, are
/// written as their number.
fn write_escaped(to: &mut String, text: &str, most: usize, needs_backslash: impl Fn(char) -> bool) {
    let end = to.len().saturating_add(most);
    for c in text.chars() {
        let before = to.len();
        if is_unseen(c) {
            to.push_str(&format!("<U+{:04X}>", u32::from(c)));
        } else {
            if needs_backslash(c) {
                to.push('\\');
            }
            to.push(c);
        }
        if to.len() > end {
            to.truncate(before);
            return;
        }
    }
}

/// PRINTUSASCII of a field that ends at a blank; `-` for none.
fn name(text: &str, longest: usize) -> String {
    let text: String = text.chars().filter(char::is_ascii_graphic).take(longest).collect();
    if text.is_empty() { "-".to_owned() } else { text }
}

/// RFC 5424 s6.2.1, table 2.
fn level(severity: Severity) -> u8 {
    match severity {
        Severity::Critical => 2,
        Severity::High => 3,
        Severity::Medium => 4,
        Severity::Low => 5,
        Severity::Info => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_end_where_they_end() {
        let mut text = String::new();
        write_value(&mut text, "a\"] [x y=\"\\\n\u{202e}ü", 99);
        assert_eq!(text, "a\\\"\\] [x y=\\\"\\\\<U+000A><U+202E>ü");
        let mut text = String::new();
        write_value(&mut text, "aaa]", 4);
        assert_eq!(text, "aaa");
        assert_eq!(name("a b\nc", 2), "ab");
        assert_eq!(name(" ü", 9), "-");
    }
}
