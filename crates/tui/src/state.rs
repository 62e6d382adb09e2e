//! What the screen shows: changed by messages, never by drawing.

mod filter;
mod keys;

use std::collections::{BTreeMap, VecDeque};

use crossterm::event::{KeyEvent, MouseEvent};
use serde_json::Value;

pub(crate) use filter::Editor;

use crate::client::Trouble;
use crate::list::{self, Order};
use crate::page::{Ask, Page, Wish};
use crate::text::instant;

/// Seconds of throughput that are remembered.
const RATES: usize = 600;
/// Rows of a page of devices, as they are asked for.
const PAGE_ROWS: usize = 1000;
/// Pages beyond the first: an instance knows at most 65,536 devices.
const MOST_PAGES: u32 = 65;
/// Rows before the end at which the next page is wanted.
const NEAR_END: usize = 100;
/// Rows above those of a list: tabs, sentence, filter, titles.
pub(crate) const ABOVE_LIST: u16 = 4;
/// The line of the connection, at the bottom.
pub(crate) const BELOW_LIST: u16 = 1;

/// Something happened.
#[derive(Clone, Debug)]
pub(crate) enum Message {
    /// A key was pressed.
    Key(KeyEvent),
    /// The mouse was used.
    Mouse(MouseEvent),
    /// The terminal has so many columns and rows.
    Resized(u16, u16),
    /// An answer to a question asked in a turn.
    Answer { ask: Ask, turn: u64, result: Result<Value, Trouble> },
    /// The instance cannot be reached; it is tried again in so many seconds.
    Lost { reason: String, retry_s: u64 },
    /// Nothing but time has passed.
    Tick,
}

/// How it stands with the instance.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Link {
    Connecting,
    Up,
    Down { reason: String, retry_at_s: u64 },
}

/// A list with its cursor.
#[derive(Clone, Default, Debug)]
pub(crate) struct List {
    pub(crate) rows: Vec<Value>,
    /// How many the instance has, if it says so.
    pub(crate) total: Option<u64>,
    /// An answer has come.
    pub(crate) is_there: bool,
    pub(crate) order: Order,
    /// What is applied.
    pub(crate) filter: String,
    /// Why the list is not there.
    pub(crate) trouble: Option<Trouble>,
    /// Where the cursor is; none is the first row, whatever comes there.
    selected: Option<String>,
    /// The first row that is shown.
    pub(crate) offset: usize,
    /// The instance has rows beyond these.
    pub(crate) has_more: bool,
    /// Pages beyond the first that the cursor has come to.
    more_pages: u32,
}

/// A record with everything.
#[derive(Clone, Debug)]
pub(crate) struct Detail {
    pub(crate) page: Page,
    pub(crate) record: Value,
    /// The whole record has come; before, it is the row of the list.
    pub(crate) is_whole: bool,
    pub(crate) scroll: usize,
}

/// Everything that is drawn.
#[derive(Clone, Debug)]
pub(crate) struct State {
    /// Whom it asks, harmless.
    pub(crate) url: String,
    pub(crate) colour: bool,
    pub(crate) page: Page,
    pub(crate) size: (u16, u16),
    pub(crate) now_s: u64,
    pub(crate) link: Link,
    pub(crate) stats: Option<Value>,
    pub(crate) capture: Option<Value>,
    pub(crate) minutes: Option<Value>,
    pub(crate) rates: VecDeque<u64>,
    pub(crate) top_devices: List,
    pub(crate) open_alerts: List,
    pub(crate) detail: Option<Detail>,
    /// Lines of the capture page that are above the screen, at most.
    pub(crate) capture_scroll: usize,
    pub(crate) editor: Option<Editor>,
    pub(crate) has_help: bool,
    pub(crate) is_paused: bool,
    /// The user is done.
    pub(crate) is_over: bool,
    lists: BTreeMap<Page, List>,
    none: List,
    /// When the last answer came.
    answered_at_s: u64,
    turn: u64,
}

impl State {
    pub(crate) fn new(url: &str, colour: bool) -> Self {
        Self {
            url: crate::text::safe(url),
            colour,
            page: Page::Overview,
            size: (80, 24),
            now_s: 0,
            link: Link::Connecting,
            stats: None,
            capture: None,
            minutes: None,
            rates: VecDeque::new(),
            top_devices: List::default(),
            open_alerts: List::default(),
            detail: None,
            capture_scroll: 0,
            editor: None,
            has_help: false,
            is_paused: false,
            is_over: false,
            lists: Page::ALL.into_iter().map(|page| (page, List::default())).collect(),
            none: List::default(),
            answered_at_s: 0,
            turn: 0,
        }
    }

    /// Takes a message in, `now_s` seconds after some beginning.
    pub(crate) fn update(&mut self, message: Message, now_s: u64) {
        self.now_s = now_s;
        match message {
            Message::Key(key) => self.key(key),
            Message::Mouse(mouse) => self.mouse(mouse),
            Message::Resized(columns, rows) => self.size = (columns, rows),
            Message::Answer { ask, turn, result } => self.answer(ask, turn, result),
            Message::Lost { reason, retry_s } => {
                self.link = Link::Down { reason, retry_at_s: now_s.saturating_add(retry_s) };
            }
            Message::Tick => {}
        }
        self.keep_in_view();
    }

    /// What the screen needs now.
    pub(crate) fn wish(&self) -> Wish {
        let list = self.list();
        let columns = list::columns(self.page);
        let sort = list.order.column.and_then(|at| columns.get(at)).and_then(|column| column.sort);
        let sign = if list.order.descends(self.page) { "-" } else { "" };
        let device = self.detail.as_ref().filter(|detail| detail.page == Page::Devices);
        Wish {
            page: self.page,
            filter: list.filter.clone(),
            sort: sort.map(|sort| format!("{sign}{sort}")),
            pages: 1 + if self.page == Page::Devices { list.more_pages } else { 0 },
            device: device.map(|detail| list::text(&detail.record, "id").to_owned()),
            turn: self.turn,
        }
    }

    /// The list of the page.
    pub(crate) fn list(&self) -> &List {
        self.lists.get(&self.page).unwrap_or(&self.none)
    }

    fn list_mut(&mut self) -> &mut List {
        self.lists.entry(self.page).or_default()
    }

    /// The packet time of the last second, which ages are counted from.
    pub(crate) fn packet_time_s(&self) -> i64 {
        self.stats.as_ref().and_then(|stats| instant(list::text(stats, "time"))).unwrap_or_default()
    }

    /// Seconds since anything was heard.
    pub(crate) fn silence_s(&self) -> u64 {
        self.now_s.saturating_sub(self.answered_at_s)
    }

    /// Rows of a list that fit.
    pub(crate) fn list_height(&self) -> usize {
        usize::from(self.size.1.saturating_sub(ABOVE_LIST + BELOW_LIST)).max(1)
    }

    fn answer(&mut self, ask: Ask, turn: u64, result: Result<Value, Trouble>) {
        self.answered_at_s = self.now_s;
        self.link = Link::Up;
        if ask == Ask::Device {
            self.device(turn, result);
            return;
        }
        // A filter that is wrong is told while the lists stand still, too.
        let is_told = turn == self.turn && result.is_err() && self.page.has_filter();
        if self.is_paused && !is_told {
            return;
        }
        let now = self.turn;
        match (ask, result) {
            (Ask::Stats, Ok(stats)) => {
                if self.rates.len() == RATES {
                    self.rates.pop_front();
                }
                self.rates.push_back(list::number(&stats, "bits_per_second"));
                self.stats = Some(stats);
            }
            (Ask::Capture, Ok(capture)) => self.capture = Some(capture),
            (Ask::Minutes, Ok(minutes)) => self.minutes = Some(minutes),
            (Ask::TopDevices, result) => self.top_devices.take(Page::Devices, result),
            (Ask::OpenAlerts, result) => self.open_alerts.take(Page::Alerts, result),
            (Ask::Devices, result) if turn == now => self.take(Page::Devices, result),
            (Ask::Flows, result) if turn == now => self.take(Page::Flows, result),
            (Ask::Alerts, result) if turn == now => self.take(Page::Alerts, result),
            (Ask::Protocols, result) => self.take(Page::Protocols, result),
            // Answers to a question of before, and what only decorates.
            _ => {}
        }
    }

    fn take(&mut self, page: Page, result: Result<Value, Trouble>) {
        if let Some(list) = self.lists.get_mut(&page) {
            list.take(page, result);
        }
    }

    fn device(&mut self, turn: u64, result: Result<Value, Trouble>) {
        let is_current = turn == self.turn;
        if let (Ok(record), Some(detail)) = (result, &mut self.detail)
            && is_current
            && detail.page == Page::Devices
        {
            detail.record = record;
            detail.is_whole = true;
        }
    }

    /// The next answers are to be those of what is shown now.
    fn ask_anew(&mut self) {
        self.turn += 1;
    }

    /// The cursor is on the screen, and nothing is scrolled beyond the end.
    fn keep_in_view(&mut self) {
        let (page, height) = (self.page, self.list_height());
        let list = self.list_mut();
        let at = list.cursor(page);
        let last_offset = list.rows.len().saturating_sub(height);
        list.offset = list.offset.min(at).max((at + 1).saturating_sub(height)).min(last_offset);
        let lines = self.detail.as_ref().map(|detail| crate::detail::lines(detail, self).len());
        let room = self.detail_height();
        if let (Some(detail), Some(lines)) = (&mut self.detail, lines) {
            detail.scroll = detail.scroll.min(lines.saturating_sub(room));
        }
    }

    /// Lines of a detail that fit.
    pub(crate) fn detail_height(&self) -> usize {
        usize::from(self.size.1.saturating_sub(3)).max(1)
    }
}

impl List {
    fn take(&mut self, page: Page, result: Result<Value, Trouble>) {
        match result {
            Ok(mut answer) => {
                self.total = answer.get("total").and_then(Value::as_u64);
                self.has_more = answer.get("next").is_some_and(Value::is_string);
                let items = answer.get_mut("items").map(Value::take);
                self.rows = match items {
                    Some(Value::Array(rows)) => rows,
                    _ => Vec::new(),
                };
                self.order.apply(page, &mut self.rows);
                self.is_there = true;
                self.trouble = None;
            }
            Err(trouble) => self.trouble = Some(trouble),
        }
    }

    /// The row of the cursor.
    pub(crate) fn cursor(&self, page: Page) -> usize {
        let Some(selected) = &self.selected else { return 0 };
        // A record that is gone leaves the cursor about where it was.
        let gone = self.offset.min(self.rows.len().saturating_sub(1));
        self.rows.iter().position(|row| list::id_of(page, row) == *selected).unwrap_or(gone)
    }

    pub(crate) fn current(&self, page: Page) -> Option<&Value> {
        self.rows.get(self.cursor(page))
    }

    /// Wants another page when the cursor comes near the end of those that are here; all of them for
    /// whoever wants to see the end.
    fn want_more(&mut self, page: Page, at: usize, is_end: bool) {
        if page != Page::Devices || !self.has_more || at.saturating_add(NEAR_END) < self.rows.len() {
            return;
        }
        let here = u32::try_from(self.rows.len() / PAGE_ROWS).unwrap_or(MOST_PAGES);
        let all = self.total.and_then(|total| u32::try_from(total / PAGE_ROWS as u64).ok());
        let wanted = if is_end { all.unwrap_or(here) } else { here };
        self.more_pages = self.more_pages.max(wanted).min(MOST_PAGES);
    }

    fn select(&mut self, page: Page, at: usize) {
        let at = at.min(self.rows.len().saturating_sub(1));
        // The first row stays the first, so that what is new can be watched.
        self.selected = self.rows.get(at).filter(|_| at > 0).map(|row| list::id_of(page, row));
    }
}

#[cfg(test)]
mod tests;
