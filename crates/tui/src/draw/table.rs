//! A list of records.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use serde_json::Value;

use super::{Palette, line, told};
use crate::client::Trouble;
use crate::list::{Column, columns, text};
use crate::page::Page;
use crate::state::{List, State};
use crate::text::{counted, cut, exact, fit, safe, width, wrap};

const FILTER: &str = "filter: ";

pub(super) fn draw(state: &State, frame: &mut Frame<'_>, area: Rect, palette: Palette) {
    let list = state.list();
    head(state, list, frame, area, palette);
    let shown = chosen(columns(state.page), area.width);
    let titles = area.y + 1;
    match &list.trouble {
        Some(Trouble::Refused { detail, column: Some(column), .. }) if state.editor.is_none() => {
            let at = width(FILTER) + column.saturating_sub(1);
            let pointer = format!("{}^ {detail}", " ".repeat(at));
            if width(&pointer) <= usize::from(area.width) {
                line(frame, titles, Line::styled(pointer, palette.bad()));
            } else {
                line(frame, titles, Line::styled(format!("{}^", " ".repeat(at)), palette.bad()));
                note(frame, area, &[detail], palette.bad());
                return;
            }
        }
        Some(trouble) if state.editor.is_none() => {
            note(frame, area, &["The list cannot be had.", told(trouble)], palette.bad());
            return;
        }
        _ => line(frame, titles, header(state.page, list, &shown, palette)),
    }
    if list.rows.is_empty() {
        if list.trouble.is_none() {
            let empty = empty(state, list);
            note(frame, area, &[&empty], palette.dim());
        }
        return;
    }
    let cursor = list.cursor(state.page);
    let now_s = state.packet_time_s();
    let rows = list.rows.iter().enumerate().skip(list.offset).take(state.list_height());
    for (y, (at, row)) in (area.y + 2..area.y + area.height).zip(rows) {
        line(frame, y, cells(state.page, row, &shown, now_s, at == cursor, palette));
    }
}

/// The filter, the order, and how much there is.
fn head(state: &State, list: &List, frame: &mut Frame<'_>, area: Rect, palette: Palette) {
    let columns_wide = usize::from(area.width);
    let order = match list.order.column.and_then(|at| columns(state.page).get(at)) {
        Some(column) => {
            let way = if list.order.descends(state.page) { "descending" } else { "ascending" };
            format!("by {}, {way}", column.title)
        }
        None if list.order.reversed => "reversed".to_owned(),
        None => "newest first".to_owned(),
    };
    let order = match (state.page, list.order.column) {
        (Page::Devices | Page::Protocols, None) if !list.order.reversed => String::new(),
        _ => format!("  {order}"),
    };
    let rows = u64::try_from(list.rows.len()).unwrap_or(u64::MAX);
    let count = match list.total {
        Some(total) if total > rows => format!("{} of {}", exact(rows), exact(total)),
        _ => counted(rows, row_name(state.page)),
    };
    let right = if list.is_there { format!("{count}{order}") } else { String::new() };
    let room = columns_wide.saturating_sub(width(&right) + 2);
    let mut spans = Vec::new();
    let left = if let Some(editor) = &state.editor {
        let text = safe(&editor.text());
        spans.push(Span::styled(FILTER, palette.accent()));
        // The end that is written at stays visible.
        let before: String = editor.text().chars().take(editor.cursor).collect();
        let at = width(&safe(&before));
        let room = columns_wide.saturating_sub(width(FILTER) + 1);
        let skip = (at + 1).saturating_sub(room);
        let visible: String = text.chars().skip(skip).collect();
        let y = area.y;
        let x = u16::try_from(width(FILTER) + at - skip).unwrap_or(u16::MAX);
        frame.set_cursor_position((x.min(area.width - 1), y));
        spans.push(Span::raw(cut(&visible, room)));
        line(frame, y, Line::from(spans));
        return;
    } else if !list.filter.is_empty() {
        spans.push(Span::styled(FILTER, palette.accent()));
        cut(&safe(&list.filter), room.saturating_sub(width(FILTER)))
    } else if state.page.has_filter() {
        cut("every record; / for a filter", room)
    } else {
        cut("of the last month, by bytes of flows that are over", room)
    };
    let used = spans.iter().map(Span::width).sum::<usize>() + width(&left);
    let style = if list.filter.is_empty() { palette.dim() } else { Style::new() };
    spans.push(Span::styled(left, style));
    let room = columns_wide.saturating_sub(used);
    spans.push(Span::styled(fit(&right, room, true), palette.dim()));
    line(frame, area.y, Line::from(spans));
}

fn row_name(page: Page) -> &'static str {
    match page {
        Page::Devices => "device",
        Page::Flows => "flow",
        Page::Alerts => "alert",
        _ => "protocol",
    }
}

fn empty(state: &State, list: &List) -> String {
    let text = match (list.is_there, list.filter.is_empty(), state.page) {
        (false, ..) => "Asking …",
        (_, false, _) => "Nothing is like this. Esc takes the filter off.",
        (.., Page::Devices) => {
            "No device yet: one appears with its first ARP, DHCP or discovery message, or when a conversation of \
             it ends."
        }
        (.., Page::Flows) => {
            "No flow is over yet. One is when it is closed, or when it has been silent for a while; how many are \
             open is on page 6."
        }
        (.., Page::Alerts) => "Nothing is wrong so far.",
        _ => "No flow is over yet, so nothing has been counted.",
    };
    text.to_owned()
}

fn note(frame: &mut Frame<'_>, area: Rect, texts: &[&str], style: Style) {
    let columns = usize::from(area.width).min(72);
    let lines = texts.iter().flat_map(|text| wrap(text, columns));
    for (y, text) in (area.y + 3..area.y + area.height).zip(lines) {
        line(frame, y, Line::styled(text, style));
    }
}

/// The columns that there is room for, and how wide they are.
fn chosen(all: &'static [Column], room: u16) -> Vec<(usize, &'static Column, u16)> {
    let mut shown: Vec<_> = all.iter().enumerate().map(|(at, column)| (at, column, column.min)).collect();
    let wide = |shown: &[(usize, &Column, u16)]| -> u16 {
        let gaps = u16::try_from(shown.len().saturating_sub(1)).unwrap_or_default();
        shown.iter().map(|(.., wide)| *wide).sum::<u16>().saturating_add(gaps)
    };
    while wide(&shown) > room {
        let Some(rank) = shown.iter().map(|(_, column, _)| column.rank).max().filter(|rank| *rank > 0) else {
            break;
        };
        shown.retain(|(_, column, _)| column.rank != rank);
    }
    // What is left goes round by one column each.
    let mut rest = room.saturating_sub(wide(&shown));
    while rest > 0 && shown.iter().any(|(_, column, wide)| *wide < column.most) {
        for (_, column, wide) in &mut shown {
            if *wide < column.most && rest > 0 {
                *wide += 1;
                rest -= 1;
            }
        }
    }
    shown
}

fn header(page: Page, list: &List, shown: &[(usize, &Column, u16)], palette: Palette) -> Line<'static> {
    let mut spans = Vec::new();
    for (at, column, wide) in shown {
        let is_sorted = list.order.column == Some(*at);
        let arrow = match (is_sorted, list.order.descends(page)) {
            (false, _) => "",
            (true, true) => "↓",
            (true, false) => "↑",
        };
        let style = if is_sorted { palette.bold() } else { palette.dim() };
        // Where there is no room for both, the arrow says more.
        let title = cut(column.title, usize::from(*wide).saturating_sub(width(arrow)));
        spans.push(Span::styled(fit(&format!("{title}{arrow}"), (*wide).into(), column.right), style));
        spans.push(Span::raw(" "));
    }
    Line::from(spans)
}

fn cells(
    page: Page,
    row: &Value,
    shown: &[(usize, &Column, u16)],
    now_s: i64,
    is_current: bool,
    palette: Palette,
) -> Line<'static> {
    let mut spans = Vec::new();
    for (_, column, wide) in shown {
        let style = if column.title == "severity" {
            palette.severity(text(row, "severity"))
        } else if page == Page::Devices && column.title == "online" && (column.text)(row, now_s) == "no" {
            palette.dim()
        } else {
            Style::new()
        };
        spans.push(Span::styled(fit(&(column.text)(row, now_s), (*wide).into(), column.right), style));
        spans.push(Span::raw(" "));
    }
    let line = Line::from(spans);
    if is_current { line.style(Style::new().add_modifier(Modifier::REVERSED)) } else { line }
}
