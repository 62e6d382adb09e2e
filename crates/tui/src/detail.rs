//! A record with everything, as lines.

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use serde_json::Value;

use crate::draw::Palette;
use crate::list::{device_name, number, text, volume};
use crate::page::Page;
use crate::state::{Detail, State};
use crate::text::{ago, bytes, cut, date_and_clock, exact, milliseconds, safe, width, wrap};

/// Columns of the names of fields.
const NAMES: usize = 20;
/// Lines of a list within a record.
const MOST_ITEMS: usize = 40;

/// What a record within a record begins with.
const FIRST: [&str; 7] = ["name", "peer", "protocol", "transport", "port", "direction", "flows"];

/// How a field is called; units stand beside the value.
fn label(name: &str) -> String {
    let name = name.strip_suffix("_ms").or_else(|| name.strip_suffix("_bytes")).unwrap_or(name);
    safe(name).replace('_', " ")
}

/// All lines, of which the screen shows some.
pub(crate) fn lines(detail: &Detail, state: &State) -> Vec<Line<'static>> {
    let mut page = Lines {
        lines: Vec::new(),
        columns: usize::from(state.size.0.saturating_sub(2)).max(20),
        palette: Palette::new(state.colour),
        now_s: state.packet_time_s(),
    };
    let record = &detail.record;
    match detail.page {
        Page::Alerts => page.alert(record),
        Page::Devices => page.device(record, detail.is_whole),
        Page::Flows => page.flow(record),
        _ => page.fields("", record, &[]),
    }
    page.lines
}

/// What the record is about, for its first line.
pub(crate) fn title(detail: &Detail) -> String {
    let record = &detail.record;
    match detail.page {
        Page::Alerts => safe(text(record, "title")),
        Page::Devices => device_name(record),
        Page::Flows => format!("{} {}", safe(text(record, "protocol")), safe(text(record, "id"))),
        _ => safe(text(record, "name")),
    }
}

struct Lines {
    lines: Vec<Line<'static>>,
    columns: usize,
    palette: Palette,
    now_s: i64,
}

impl Lines {
    fn alert(&mut self, alert: &Value) {
        let severity = text(alert, "severity");
        let style = self.palette.severity(severity);
        self.field("severity", &safe(severity), style);
        self.field("state", &safe(text(alert, "state")), Style::new());
        for (name, side) in [("from", "src"), ("to", "dst")] {
            let ip = text(alert, &format!("{side}_ip"));
            if !ip.is_empty() {
                let mac = text(alert, &format!("{side}_mac"));
                self.field(name, safe(&format!("{ip} {mac}")).trim_end(), Style::new());
            }
        }
        self.time("first seen", text(alert, "first_seen"));
        self.time("last seen", text(alert, "last_seen"));
        self.field("count", &exact(number(alert, "count")), Style::new());
        self.heading("Why");
        for line in wrap(&safe(text(alert, "description")), self.columns.min(100)) {
            self.lines.push(Line::raw(line));
        }
        self.heading("Evidence");
        self.fields("", alert.get("evidence").unwrap_or(&Value::Null), &[]);
        let shown = [
            "severity",
            "state",
            "src_ip",
            "src_mac",
            "dst_ip",
            "dst_mac",
            "first_seen",
            "last_seen",
            "count",
            "description",
            "evidence",
            "title",
            "time",
        ];
        self.heading("More");
        self.fields("", alert, &shown);
    }

    fn device(&mut self, device: &Value, is_whole: bool) {
        if let Some(os) = device.get("os").filter(|os| os.is_object()) {
            let sure = os.get("confidence").and_then(Value::as_f64).unwrap_or_default() * 100.0;
            self.field("system", &format!("{} ({sure:.0} % sure)", safe(text(os, "name"))), Style::new());
        }
        self.time("first seen", text(device, "first_seen"));
        self.time("last seen", text(device, "last_seen"));
        for of in ["internet", "local"] {
            if let Some(part) = device.get(of) {
                let (down, up) = (number(part, "in_bytes"), number(part, "out_bytes"));
                let all = bytes(volume(device, of));
                let told = format!("{all}: received {}, sent {}", bytes(down), bytes(up));
                self.field(of, &told, Style::new());
            }
        }
        if !is_whole {
            self.lines.push(Line::styled("The rest is on its way.", self.palette.dim()));
        }
        let shown = ["first_seen", "last_seen", "internet", "local", "presence", "os"];
        self.fields("", device, &shown);
    }

    fn flow(&mut self, flow: &Value) {
        self.time("start", text(flow, "start"));
        self.time("end", text(flow, "end"));
        let duration = flow.get("duration_ms").and_then(Value::as_f64).unwrap_or_default();
        self.field("duration", &milliseconds(duration), Style::new());
        // Both directions side by side.
        let half = self.columns.saturating_sub(NAMES + 1) / 2;
        let row = |name: &str, a: &str, b: &str| {
            let a = cut(a, half.saturating_sub(1));
            let gap = " ".repeat(half.saturating_sub(width(&a)));
            Line::raw(format!("{name:NAMES$} {a}{gap}{}", cut(b, half)))
        };
        let mut sides = vec![row("", "source", "destination").style(self.palette.dim())];
        let mut shown = vec!["start", "end", "duration_ms"];
        if let Some(fields) = flow.as_object() {
            let names =
                fields.keys().filter_map(|key| key.strip_prefix("src_").or_else(|| key.strip_prefix("dst_")));
            let mut names: Vec<_> = names.collect();
            names.sort_unstable();
            names.dedup();
            names.sort_by_key(|name| !matches!(*name, "ip" | "port" | "bytes" | "packets"));
            for name in names {
                let side = |side: &str| flow.get(format!("{side}_{name}")).map(|v| self.value(name, v));
                let (a, b) = (side("src").unwrap_or_default(), side("dst").unwrap_or_default());
                sides.push(row(&cut(&safe(name), NAMES), &a, &b));
            }
            let both = fields.keys().filter(|key| key.starts_with("src_") || key.starts_with("dst_"));
            shown.extend(both.map(String::as_str));
        }
        self.lines.append(&mut sides);
        self.heading("More");
        self.fields("", flow, &shown);
    }

    /// Every field but `shown`, one a line; those within others are indented.
    fn fields(&mut self, indent: &str, record: &Value, shown: &[&str]) {
        let Some(fields) = record.as_object() else { return };
        let is_large = |value: &Value| match value {
            Value::Array(items) => items.iter().any(Value::is_object),
            value => value.is_object(),
        };
        let mut fields: Vec<_> = fields.iter().filter(|(name, _)| !shown.contains(&name.as_str())).collect();
        // What takes a line comes before what takes many.
        fields.sort_by_key(|(_, value)| is_large(value));
        for (name, value) in fields {
            let label = format!("{indent}{}", label(name));
            match value {
                Value::Null => {}
                Value::Object(_) if indent.len() < 6 => {
                    self.lines.push(Line::styled(label, self.palette.dim()));
                    self.fields(&format!("{indent}  "), value, &[]);
                }
                Value::Array(items) if items.iter().any(Value::is_object) => self.items(&label, items),
                Value::Array(items) if items.is_empty() => {}
                value => {
                    let told = self.value(name, value);
                    self.field(&label, &told, Style::new());
                }
            }
        }
    }

    /// Records within a record, one a line.
    fn items(&mut self, title: &str, items: &[Value]) {
        self.lines.push(Line::styled(format!("{title} ({})", items.len()), self.palette.dim()));
        for item in items.iter().take(MOST_ITEMS) {
            let parts = match item.as_object() {
                Some(fields) => {
                    let mut fields: Vec<_> = fields.iter().filter(|(_, value)| !value.is_null()).collect();
                    let first = |name: &str| FIRST.iter().position(|first| *first == name);
                    fields.sort_by_key(|(name, _)| first(name).unwrap_or(FIRST.len()));
                    let told = fields
                        .into_iter()
                        .map(|(name, value)| format!("{} {}", label(name), self.value(name, value)));
                    told.collect::<Vec<_>>().join(", ")
                }
                None => self.value("", item),
            };
            for (i, line) in wrap(&parts, self.columns.saturating_sub(4)).into_iter().enumerate() {
                self.lines.push(Line::raw(format!("{}{line}", if i == 0 { "  - " } else { "    " })));
            }
        }
        if items.len() > MOST_ITEMS {
            let text = format!("    and {} more", items.len() - MOST_ITEMS);
            self.lines.push(Line::styled(text, self.palette.dim()));
        }
    }

    fn value(&self, name: &str, value: &Value) -> String {
        match value {
            Value::Null => String::new(),
            Value::Bool(is) => (if *is { "yes" } else { "no" }).to_owned(),
            Value::String(text) if name.ends_with("_seen") || ["time", "start", "end"].contains(&name) => {
                date_and_clock(text)
            }
            Value::String(text) => safe(text),
            Value::Number(n) => match n.as_u64() {
                Some(n) if name.ends_with("bytes") => bytes(n),
                // Ports, identifiers and the like are no quantities.
                Some(n) if name.ends_with("packets") || name.ends_with("flows") => exact(n),
                _ if name.ends_with("_ms") => milliseconds(n.as_f64().unwrap_or_default()),
                _ => n.to_string(),
            },
            Value::Array(items) => items
                .iter()
                .take(MOST_ITEMS)
                .map(|item| self.value(name, item))
                .collect::<Vec<_>>()
                .join(", "),
            Value::Object(fields) => {
                let parts =
                    fields.iter().map(|(name, value)| format!("{} {}", safe(name), self.value(name, value)));
                parts.collect::<Vec<_>>().join(" ")
            }
        }
    }

    fn time(&mut self, name: &str, time: &str) {
        if !time.is_empty() {
            let age = ago(time, self.now_s);
            let age = if age.ends_with("ago") { format!(", {age}") } else { String::new() };
            let text = format!("{} UTC{age}", date_and_clock(time));
            self.field(name, &text, Style::new());
        }
    }

    fn field(&mut self, name: &str, value: &str, style: Style) {
        let room = self.columns.saturating_sub(NAMES + 1);
        let dim = self.palette.dim();
        for (i, line) in wrap(value, room).into_iter().enumerate() {
            let name = if i == 0 { cut(name, NAMES) } else { String::new() };
            self.lines.push(Line::from(vec![
                Span::styled(format!("{name:NAMES$} "), dim),
                Span::styled(line, style),
            ]));
        }
    }

    fn heading(&mut self, text: &'static str) {
        self.lines.push(Line::raw(""));
        self.lines.push(Line::styled(text, self.palette.bold()));
    }
}
