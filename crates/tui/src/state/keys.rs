use crossterm::event::{
    KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};

use super::filter::Edited;
use super::{ABOVE_LIST, BELOW_LIST, Detail, Editor, State};
use crate::draw::tab_at;
use crate::list::{self, Order};
use crate::page::Page;

/// Rows a turn of the wheel moves.
const WHEEL: isize = 3;

impl State {
    pub(super) fn key(&mut self, key: KeyEvent) {
        if key.kind == KeyEventKind::Release {
            return;
        }
        if let Some(editor) = &mut self.editor {
            match editor.key(key) {
                Edited::GoOn => {}
                Edited::Cancel => self.editor = None,
                Edited::Apply(filter) => {
                    self.editor = None;
                    self.apply_filter(filter);
                }
            }
            return;
        }
        let page_rows = if self.detail.is_some() { self.detail_height() } else { self.list_height() };
        let page_rows = isize::try_from(page_rows).unwrap_or(isize::MAX);
        match key.code {
            KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => self.is_over = true,
            KeyCode::Char('q') if self.has_help || self.detail.is_some() => self.back(),
            KeyCode::Char('q') => self.is_over = true,
            KeyCode::Esc => self.back(),
            KeyCode::Char('?') => self.has_help = !self.has_help,
            KeyCode::Char('p') => self.is_paused = !self.is_paused,
            KeyCode::Char('/') => self.edit_filter(),
            KeyCode::Char('s') => self.turn_sort(1),
            KeyCode::Char('S') => self.turn_sort(-1),
            KeyCode::Char('r') => self.change_order(|order| order.reversed = !order.reversed),
            KeyCode::Tab => self.go(self.page.after(1)),
            KeyCode::BackTab => self.go(self.page.after(Page::ALL.len() - 1)),
            KeyCode::Enter => self.open(),
            KeyCode::Up | KeyCode::Char('k') => self.scroll(-1),
            KeyCode::Down | KeyCode::Char('j') => self.scroll(1),
            KeyCode::PageUp => self.scroll(-page_rows),
            KeyCode::PageDown => self.scroll(page_rows),
            KeyCode::Home | KeyCode::Char('g') => self.scroll(isize::MIN),
            KeyCode::End | KeyCode::Char('G') => self.scroll(isize::MAX),
            KeyCode::Char(c) => {
                if let Some(page) = Page::of_key(c) {
                    self.go(page);
                }
            }
            _ => {}
        }
    }

    pub(super) fn mouse(&mut self, mouse: MouseEvent) {
        match mouse.kind {
            MouseEventKind::ScrollUp => self.scroll(-WHEEL),
            MouseEventKind::ScrollDown => self.scroll(WHEEL),
            MouseEventKind::Down(MouseButton::Left) if mouse.row == 0 => {
                if let Some(page) = tab_at(mouse.column) {
                    self.go(page);
                }
            }
            MouseEventKind::Down(MouseButton::Left) => self.click(mouse.row),
            _ => {}
        }
    }

    /// The first click puts the cursor on a row, one on the cursor opens it.
    fn click(&mut self, row: u16) {
        let is_row = row >= ABOVE_LIST && row < self.size.1.saturating_sub(BELOW_LIST);
        if !is_row || !self.page.is_list() || self.detail.is_some() || self.has_help {
            return;
        }
        let page = self.page;
        let list = self.list_mut();
        let at = list.offset + usize::from(row - ABOVE_LIST);
        if at >= list.rows.len() {
            return;
        }
        if at == list.cursor(page) {
            self.open();
        } else {
            list.select(page, at);
        }
    }

    fn go(&mut self, page: Page) {
        self.has_help = false;
        self.detail = None;
        if page != self.page {
            self.page = page;
            self.ask_anew();
        }
    }

    /// Closes what lies on top; then takes the filter off.
    fn back(&mut self) {
        if self.has_help {
            self.has_help = false;
        } else if self.detail.is_some() {
            self.detail = None;
            self.ask_anew();
        } else if !self.list().filter.is_empty() {
            self.apply_filter(String::new());
        }
    }

    fn open(&mut self) {
        if self.has_help || self.detail.is_some() {
            return;
        }
        if self.page == Page::Overview {
            self.go(Page::Alerts);
            return;
        }
        let Some(record) = self.list().current(self.page).cloned() else { return };
        let is_whole = self.page != Page::Devices;
        self.detail = Some(Detail { page: self.page, record, is_whole, scroll: 0 });
        self.ask_anew();
    }

    fn edit_filter(&mut self) {
        if self.page.has_filter() && self.detail.is_none() && !self.has_help {
            self.editor = Some(Editor::new(&self.list().filter));
        }
    }

    fn apply_filter(&mut self, filter: String) {
        let list = self.list_mut();
        list.filter = filter;
        list.trouble = None;
        list.is_there = false;
        list.rows.clear();
        list.more_pages = 0;
        list.selected = None;
        // Somebody who asks wants to see the answer.
        self.is_paused = false;
        self.ask_anew();
    }

    /// No column, the first, …, the last, and again none.
    fn turn_sort(&mut self, by: isize) {
        let orders = list::columns(self.page).len() + 1;
        let at = self.list().order.column.map_or(0, |column| column + 1);
        let next = if by > 0 { at + 1 } else { at + orders - 1 } % orders;
        self.change_order(|order| *order = Order { column: next.checked_sub(1), reversed: false });
    }

    fn change_order(&mut self, change: impl FnOnce(&mut Order)) {
        let page = self.page;
        if !page.is_list() || self.detail.is_some() || self.has_help {
            return;
        }
        let list = self.list_mut();
        let before = list.order;
        change(&mut list.order);
        // Without a column the rows stand as they came, and turning them round is a matter of now.
        if before.column.is_none() && list.order.column.is_none() {
            list.rows.reverse();
        } else {
            list.order.apply(page, &mut list.rows);
        }
        self.ask_anew();
    }

    fn scroll(&mut self, by: isize) {
        if self.has_help {
            return;
        }
        if let Some(detail) = &mut self.detail {
            // Too far is put right by what there is to show.
            detail.scroll = detail.scroll.saturating_add_signed(by);
            return;
        }
        let page = self.page;
        if page == Page::Capture {
            let lines = self.capture.as_ref().map_or(0, |capture| crate::draw::capture_height(capture, self));
            let scrolled = self.capture_scroll.saturating_add_signed(by);
            self.capture_scroll = scrolled.min(lines.saturating_sub(self.list_height()));
            return;
        }
        let list = self.list_mut();
        let at = list.cursor(page).saturating_add_signed(by);
        list.want_more(page, at, by == isize::MAX);
        list.select(page, at);
    }
}
