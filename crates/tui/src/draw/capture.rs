//! What was seen, and what was not.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use serde_json::Value;

use super::{Palette, line};
use crate::list::{number, text};
use crate::state::State;
use crate::text::{bytes, cut, exact, fit, percent, safe, wrap};

/// Field, name, and what it means: the four ways a packet is not analysed.
const LOSSES: [(&str, &str, &str); 4] = [
    ("kernel", "dropped by the kernel", "rings full: larger or more of them"),
    ("shed", "shed", "analysis was too slow for them"),
    ("undecodable", "undecodable", "damaged, or of an unknown kind"),
    ("filtered", "filtered", "left out by the configuration"),
];

pub(super) fn draw(state: &State, frame: &mut Frame<'_>, area: Rect, palette: Palette) {
    let Some(capture) = &state.capture else {
        line(frame, area.y + 1, Line::styled("Asking …", palette.dim()));
        return;
    };
    let columns = usize::from(area.width);
    let lines = lines(capture, columns, palette);
    let room = usize::from(area.height.saturating_sub(1));
    let skip = state.capture_scroll.min(lines.len().saturating_sub(room));
    for (y, line_of) in (area.y + 1..area.y + area.height).zip(lines.into_iter().skip(skip)) {
        line(frame, y, line_of);
    }
}

/// Lines of the whole page.
pub(crate) fn height(capture: &Value, state: &State) -> usize {
    lines(capture, state.size.0.into(), Palette::new(state.colour)).len()
}

fn lines(capture: &Value, columns: usize, palette: Palette) -> Vec<Line<'static>> {
    let drops = capture.get("drops").unwrap_or(&Value::Null);
    let n = |name: &str| number(drops, name);
    let on_wire = n("received").saturating_add(n("kernel"));
    let mut lines = vec![Line::styled("Packets", palette.bold())];
    let row = |name: &str, count: u64, told: &str, style: Style| {
        let told = cut(told, columns.saturating_sub(22 + 13 + 8 + 2));
        Line::from(vec![
            Span::raw(fit(name, 22, false)),
            Span::styled(fit(&exact(count), 13, true), style),
            Span::styled(fit(&percent(count, on_wire), 8, true), style),
            Span::styled(format!("  {told}"), palette.dim()),
        ])
    };
    lines.push(row("on the wire", on_wire, "", Style::new()));
    lines.push(row("processed", n("processed"), "", Style::new()));
    for (field, name, told) in LOSSES {
        let style = match (n(field), field) {
            (0, _) | (_, "filtered") => Style::new(),
            (_, "undecodable") => palette.warning(),
            _ => palette.bad(),
        };
        lines.push(row(name, n(field), told, style));
    }
    let parts = ["processed", "undecodable", "filtered", "shed"].map(n);
    let known = parts.into_iter().fold(0, u64::saturating_add);
    if n("received") > known {
        lines.push(row("under way", n("received") - known, "", palette.dim()));
    }
    lines.push(Line::raw(""));
    lines.push(Line::styled("Interfaces", palette.bold()));
    let none = Vec::new();
    let items = |name: &str| capture.get(name).and_then(Value::as_array).unwrap_or(&none);
    for interface in items("interfaces") {
        let drops = number(interface, "kernel_drops");
        let link = text(interface, "link");
        let numbers =
            format!("{} packets, {}", exact(number(interface, "packets")), bytes(number(interface, "bytes")));
        let lost = if drops > 0 { format!(", {} dropped", exact(drops)) } else { String::new() };
        let room = columns.saturating_sub(numbers.len() + lost.len() + link.len() + 2);
        let link_style = if matches!(link, "" | "up") { palette.good() } else { palette.bad() };
        lines.push(Line::from(vec![
            Span::raw(cut(&safe(text(interface, "name")), room)),
            Span::styled(format!(" {} ", safe(link)), link_style),
            Span::raw(numbers),
            Span::styled(lost, palette.bad()),
        ]));
    }
    lines.push(Line::raw(""));
    lines.push(Line::styled("Memory", palette.bold()));
    let limits = [
        ("open flows", "open_flows", "", false),
        ("evicted flows", "evicted", "had to go early; limits.memory is too small", true),
        ("records shed", "records_shed", "flows and alerts not written down", true),
        ("events shed", "events_shed", "observations detection did not see", true),
    ];
    for (name, field, told, is_bad) in limits {
        let count = number(capture, field);
        let style = if is_bad && count > 0 { palette.warning() } else { Style::new() };
        lines.push(Line::from(vec![
            Span::raw(fit(name, 22, false)),
            Span::styled(fit(&exact(count), 13, true), style),
            Span::styled(
                if is_bad && count > 0 { format!("  {told}") } else { String::new() },
                palette.dim(),
            ),
        ]));
    }
    let causes = items("undecodable");
    if !causes.is_empty() {
        lines.push(Line::raw(""));
        lines.push(Line::styled("Undecodable, by cause", palette.bold()));
        let told = causes
            .iter()
            .map(|cause| format!("{} {}", safe(text(cause, "name")), exact(number(cause, "packets"))));
        let told = told.collect::<Vec<_>>().join(", ");
        lines.extend(wrap(&told, columns).into_iter().map(Line::raw));
    }
    lines
}
