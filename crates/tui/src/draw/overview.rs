//! Is it all right? Who is doing what?

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Sparkline;
use serde_json::Value;

use super::{Palette, line, told};
use crate::list::{device_name, number, text, volume};
use crate::state::{List, State};
use crate::text::{ago, bits_per_second, bytes, cut, fit, percent, safe, seconds};

pub(super) fn draw(state: &State, frame: &mut Frame<'_>, area: Rect, palette: Palette) {
    let graph = (area.height / 5).clamp(2, 8);
    let graph_area = Rect { x: area.x, y: area.y + 2, width: area.width, height: graph };
    throughput(state, frame, area.y + 1, graph_area, palette);
    let rest = area.height.saturating_sub(graph + 3);
    let upper = rest / 2;
    let y = area.y + 3 + graph;
    devices(state, frame, Rect { y, height: upper, ..area }, palette);
    alerts(state, frame, Rect { y: y + upper, height: rest - upper, ..area }, palette);
}

/// The last minutes, second by second; of a capture that was read, minute by minute.
fn throughput(state: &State, frame: &mut Frame<'_>, title: u16, area: Rect, palette: Palette) {
    let columns = usize::from(area.width);
    let skip = state.rates.len().saturating_sub(columns);
    let live: Vec<u64> = state.rates.iter().skip(skip).copied().collect();
    let minutes = minutes(state);
    let (told, values) = if live.iter().all(|rate| *rate == 0) && minutes.iter().any(|bytes| *bytes > 0) {
        let most = minutes.iter().max().copied().unwrap_or_default();
        (format!("nothing just now; in the minutes before, at most {} a minute", bytes(most)), minutes)
    } else {
        let (now, most) = (live.last().copied(), live.iter().max().copied());
        let now = bits_per_second(now.unwrap_or_default());
        let most = bits_per_second(most.unwrap_or_default());
        let span = seconds(u64::try_from(live.len()).unwrap_or_default());
        (format!("{now} now, at most {most} in the last {span}"), live)
    };
    let told = if values.is_empty() { String::new() } else { told };
    heading(frame, title, "Throughput", &told, palette);
    // The newest is at the right edge.
    let wide = u16::try_from(values.len()).unwrap_or(u16::MAX).min(area.width);
    let right = Rect { x: area.x + area.width - wide, width: wide, ..area };
    frame.render_widget(Sparkline::default().data(values).style(palette.accent()), right);
}

/// Bytes of flows that ended, by minute, each drawn two columns wide.
fn minutes(state: &State) -> Vec<u64> {
    let Some(series) = &state.minutes else { return Vec::new() };
    let (from, to) = (number(series, "from"), number(series, "to"));
    let points = series.pointer("/series/0/points").and_then(Value::as_array);
    let at = |point: &Value, i: usize| point.get(i).and_then(Value::as_u64).unwrap_or_default();
    let bytes_at = |minute: u64| {
        let point = points?.iter().find(|point| at(point, 0) / 60 == minute)?;
        Some(at(point, 1).saturating_add(at(point, 2)))
    };
    let minutes = (from / 60..=to / 60).take(60).map(|minute| bytes_at(minute).unwrap_or_default());
    minutes.flat_map(|bytes| [bytes, bytes]).collect()
}

fn devices(state: &State, frame: &mut Frame<'_>, area: Rect, palette: Palette) {
    heading(frame, area.y, "Who uses the internet line", "", palette);
    let list = &state.top_devices;
    let busy: Vec<_> = list.rows.iter().filter(|row| volume(row, "internet") > 0).collect();
    let all = busy.iter().map(|row| volume(row, "internet")).fold(0, u64::saturating_add);
    let most = busy.first().map(|row| volume(row, "internet")).unwrap_or_default();
    if busy.is_empty() {
        say(
            frame,
            area,
            list,
            "No device has used the internet yet, as far as this machine can see.",
            palette,
        );
        return;
    }
    let columns = usize::from(area.width);
    let name_wide = (columns / 3).clamp(16, 36);
    // Name, address, bytes and share, and a bar of what is left.
    let bar_wide = columns.saturating_sub(name_wide + 1 + 9 + 1 + 8 + 2);
    for (y, row) in (area.y + 1..area.y + area.height.saturating_sub(1)).zip(busy) {
        let used = volume(row, "internet");
        let share = u128::from(used) * bar_wide as u128 / u128::from(most.max(1));
        let bar = "▬".repeat(usize::try_from(share).unwrap_or_default().clamp(1, bar_wide.max(1)));
        let spans = vec![
            Span::raw(fit(&device_name(row), name_wide, false)),
            Span::raw(format!(" {} {}  ", fit(&bytes(used), 9, true), fit(&percent(used, all), 8, true))),
            Span::styled(bar, palette.accent()),
        ];
        line(frame, y, Line::from(spans));
    }
}

fn alerts(state: &State, frame: &mut Frame<'_>, area: Rect, palette: Palette) {
    let list = &state.open_alerts;
    let open = list.total.filter(|total| *total > 0).map(|total| format!("{total}, Enter shows them"));
    heading(frame, area.y, "Open alerts", &open.unwrap_or_default(), palette);
    if list.rows.is_empty() {
        say(frame, area, list, "Nothing is wrong so far.", palette);
        return;
    }
    let columns = usize::from(area.width);
    for (y, row) in (area.y + 1..area.y + area.height).zip(&list.rows) {
        let severity = text(row, "severity");
        let seen = ago(text(row, "last_seen"), state.packet_time_s());
        let seen = fit(&seen, 16.min(columns / 5), true);
        let room = columns.saturating_sub(9 + 1 + crate::text::width(&seen));
        line(
            frame,
            y,
            Line::from(vec![
                Span::styled(fit(&safe(severity), 9, false), palette.severity(severity)),
                Span::raw(fit(&safe(text(row, "title")), room, false)),
                Span::styled(format!(" {seen}"), palette.dim()),
            ]),
        );
    }
}

/// Why a list is empty.
fn say(frame: &mut Frame<'_>, area: Rect, list: &List, empty: &str, palette: Palette) {
    let (text, style) = match (&list.trouble, list.is_there) {
        (Some(trouble), _) => (told(trouble), palette.bad()),
        (None, false) => ("Asking …", palette.dim()),
        (None, true) => (empty, palette.dim()),
    };
    line(frame, area.y + 1, Line::styled(cut(text, area.width.into()), style));
}

fn heading(frame: &mut Frame<'_>, y: u16, text: &str, told: &str, palette: Palette) {
    let room = usize::from(frame.area().width).saturating_sub(text.len() + 2);
    let told = Span::styled(format!("  {}", cut(told, room)), Style::new());
    line(frame, y, Line::from(vec![Span::styled(text.to_owned(), palette.bold()), told]));
}
