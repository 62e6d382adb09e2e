//! The state as characters. Nothing here changes it.

mod capture;
mod overview;
mod table;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

pub(crate) use capture::height as capture_height;

use crate::client::Trouble;
use crate::detail;
use crate::list::number;
use crate::page::Page;
use crate::state::{Detail, Link, State};
use crate::text::{bits_per_second, counted, cut, exact, fit, percent, seconds, width};

/// Below that nothing can be read.
const SMALLEST: (u16, u16) = (40, 10);

/// What colours mean; without colours, words and weight say the same.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Palette {
    colour: bool,
}

impl Palette {
    pub(crate) fn new(colour: bool) -> Self {
        Self { colour }
    }

    fn of(self, colour: Color) -> Style {
        if self.colour { Style::new().fg(colour) } else { Style::new() }
    }

    pub(crate) fn dim(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    pub(crate) fn bold(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    pub(crate) fn good(self) -> Style {
        self.of(Color::Green)
    }

    pub(crate) fn warning(self) -> Style {
        self.of(Color::Yellow)
    }

    pub(crate) fn bad(self) -> Style {
        self.of(Color::Red).add_modifier(Modifier::BOLD)
    }

    pub(crate) fn accent(self) -> Style {
        self.of(Color::Cyan)
    }

    pub(crate) fn severity(self, severity: &str) -> Style {
        match severity {
            "critical" | "high" => self.bad(),
            "medium" => self.warning(),
            _ => Style::new(),
        }
    }
}

/// Draws everything.
pub(crate) fn draw(state: &State, frame: &mut Frame<'_>) {
    let area = frame.area();
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        let text = format!("{}x{} is too small: 80x24 is meant, 40x10 needed.", area.width, area.height);
        frame.render_widget(Paragraph::new(text).wrap(ratatui::widgets::Wrap { trim: true }), area);
        return;
    }
    let palette = Palette::new(state.colour);
    line(frame, 0, tabs(state, palette));
    let last = area.height - 1;
    line(frame, last, status(state, palette, area.width));
    let body = Rect { x: 0, y: 1, width: area.width, height: area.height - 2 };
    if state.has_help {
        help(frame, body, palette);
    } else if let Some(detail) = &state.detail {
        draw_detail(state, detail, frame, body, palette);
    } else {
        line(frame, 1, sentence(state, palette));
        let body = Rect { y: 2, height: body.height - 1, ..body };
        match state.page {
            Page::Overview => overview::draw(state, frame, body, palette),
            Page::Capture => capture::draw(state, frame, body, palette),
            _ => table::draw(state, frame, body, palette),
        }
    }
}

/// One line over the whole width.
fn line(frame: &mut Frame<'_>, row: u16, line: Line<'_>) {
    let area = frame.area();
    if row < area.height {
        frame.render_widget(line, Rect { x: 0, y: row, width: area.width, height: 1 });
    }
}

const NAME: &str = "netmonsec";

fn tabs(state: &State, palette: Palette) -> Line<'static> {
    let mut spans = vec![Span::styled(NAME, palette.bold())];
    for (number, page) in (1..).zip(Page::ALL) {
        let style =
            if page == state.page { palette.accent().add_modifier(Modifier::REVERSED) } else { Style::new() };
        spans.push(Span::raw(" "));
        spans.push(Span::styled(tab(number, page), style));
    }
    Line::from(spans)
}

fn tab(number: usize, page: Page) -> String {
    format!("{number} {}", page.name())
}

/// The page whose tab is at a column of the first line.
pub(crate) fn tab_at(column: u16) -> Option<Page> {
    let mut left = width(NAME);
    for (number, page) in (1..).zip(Page::ALL) {
        let right = left + 1 + width(&tab(number, page));
        if (left + 1..right).contains(&usize::from(column)) {
            return Some(page);
        }
        left = right;
    }
    None
}

/// The state of the network.
fn sentence(state: &State, palette: Palette) -> Line<'static> {
    let Some(stats) = &state.stats else {
        let text = match state.link {
            Link::Down { .. } => "Nothing is known yet.",
            _ => "Asking …",
        };
        return Line::styled(text, palette.dim());
    };
    let n = |name: &str| number(stats, name);
    let drops = stats.get("drops").unwrap_or(&serde_json::Value::Null);
    let missed = number(drops, "kernel").saturating_add(number(drops, "shed"));
    let all = number(drops, "received").saturating_add(number(drops, "kernel"));
    let (open, incidents) = (n("alerts_open"), n("incidents_open"));
    let (mood, style) = match (open, incidents) {
        (0, _) => ("Quiet.".to_owned(), palette.good()),
        (_, 1) => ("One thing to look at.".to_owned(), palette.warning()),
        (_, n) => (format!("{} things to look at.", exact(n)), palette.warning()),
    };
    let loss = if missed == 0 {
        Span::raw("nothing lost")
    } else {
        Span::styled(format!("{} of packets missed", percent(missed, all)), palette.bad())
    };
    let alerts =
        if open == 0 { "no alerts open".to_owned() } else { format!("{} open", counted(open, "alert")) };
    let (online, known) = (n("devices_online"), exact(n("devices")));
    let long = format!(" {} online of {known}, ", counted(online, "device"));
    let short = format!(" {} of {known} online, ", exact(online));
    let rate = format!("{}, ", bits_per_second(n("bits_per_second")));
    let rest = [Span::raw(rate), loss, Span::raw(", "), Span::styled(alerts, style), Span::raw(".")];
    let room = usize::from(state.size.0);
    let with = |head: Vec<Span<'static>>| {
        let line = Line::from([head, rest.to_vec()].concat());
        (line.width() <= room).then_some(line)
    };
    // Where there is no room, the number of alerts has to say how things are.
    with(vec![Span::styled(mood.clone(), style), Span::raw(long)])
        .or_else(|| with(vec![Span::styled(mood, style), Span::raw(short.clone())]))
        .or_else(|| with(vec![Span::raw(short.trim_start().to_owned())]))
        .unwrap_or_else(|| Line::from(rest.to_vec()))
}

/// How it stands with the instance, and the most important keys.
fn status(state: &State, palette: Palette, columns: u16) -> Line<'static> {
    let columns = usize::from(columns);
    match &state.link {
        Link::Down { reason, retry_at_s } => {
            let rest = retry_at_s.saturating_sub(state.now_s);
            let retry = if rest == 0 { "trying again".to_owned() } else { format!("next try in {rest} s") };
            let age = match &state.stats {
                Some(_) => format!(", shown is {} old", seconds(state.silence_s())),
                None => String::new(),
            };
            let tail = format!("; {retry}{age}");
            let head = format!("No connection to {}: {reason}", state.url);
            let head = cut(&head, columns.saturating_sub(width(&tail)));
            Line::styled(fit(&(head + &tail), columns, false), palette.bad())
        }
        Link::Connecting => Line::styled(cut(&format!("Asking {} …", state.url), columns), palette.dim()),
        Link::Up => {
            let keys = if state.detail.is_some() {
                "Esc back  j k scroll  ? help"
            } else if state.page.has_filter() {
                "/ filter  s sort  Enter detail  p pause  ? help  q quit"
            } else if state.page.is_list() {
                "s sort  Enter detail  p pause  ? help  q quit"
            } else {
                "1-6 Tab pages  p pause  ? help  q quit"
            };
            let mut spans = Vec::new();
            let mut left = 0;
            if state.is_paused {
                spans.push(Span::styled("PAUSED", palette.warning().add_modifier(Modifier::REVERSED)));
                spans.push(Span::raw(" "));
                left = 7;
            }
            let keys = cut(keys, columns.saturating_sub(left));
            let room = columns.saturating_sub(left + width(&keys) + 2);
            spans.push(Span::styled(format!("{keys}  "), palette.dim()));
            spans.push(Span::styled(fit(&state.url, room, true), palette.dim()));
            Line::from(spans)
        }
    }
}

fn draw_detail(state: &State, shown: &Detail, frame: &mut Frame<'_>, area: Rect, palette: Palette) {
    let columns = usize::from(area.width);
    let lines = detail::lines(shown, state);
    let room = usize::from(area.height.saturating_sub(1));
    let last = lines.len().min(shown.scroll + room);
    let part = if lines.len() > room {
        format!("  lines {} to {last} of {}", shown.scroll + 1, lines.len())
    } else {
        String::new()
    };
    let left = columns.saturating_sub(width(&part));
    let title = Span::styled(fit(&detail::title(shown), left, false), palette.bold());
    line(frame, area.y, Line::from(vec![title, Span::styled(part, palette.dim())]));
    let visible: Vec<_> = lines.into_iter().skip(shown.scroll).take(room).collect();
    let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    frame.render_widget(Paragraph::new(visible), body);
}

const HELP: [(&str, &str); 16] = [
    ("1 … 6", "that page; Tab and Shift-Tab the next and the one before"),
    ("j k ↑ ↓", "the next and the previous row"),
    ("PgUp PgDn", "a page up or down"),
    ("Home End", "the first and the last row; g and G likewise"),
    ("Enter", "everything about the row; on the overview, the alerts"),
    ("Esc", "back, and then the filter off"),
    ("/", "a filter (docs/filters.md); Enter applies it, Esc does not"),
    ("", "devices: os ~ windows and internet_bytes > 1G"),
    ("", "flows: protocol = tls and src_bytes > 10M"),
    ("", "alerts: severity >= medium and detector != beaconing"),
    ("s S", "sorts by the next or the previous column; r turns the order round"),
    ("p", "stands still, and goes on"),
    ("mouse", "wheel scrolls, a click chooses a row or a page, a second one opens it"),
    ("?", "this"),
    ("q", "back from a detail; else the end. Ctrl-C always is"),
    ("", "Times are UTC. Ages are counted from the last packet."),
];

fn help(frame: &mut Frame<'_>, area: Rect, palette: Palette) {
    let mut lines = vec![Line::styled("Keys", palette.bold()), Line::raw("")];
    lines.extend(HELP.iter().map(|(key, what)| {
        Line::from(vec![Span::styled(format!("{key:10} "), palette.accent()), Span::raw(*what)])
    }));
    frame.render_widget(Paragraph::new(lines), area);
}

/// What went wrong with a question, in a line.
fn told(trouble: &Trouble) -> &str {
    match trouble {
        Trouble::Refused { detail, .. } | Trouble::Unreachable(detail) => detail,
    }
}

#[cfg(test)]
mod tests;
