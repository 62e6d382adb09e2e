use std::borrow::Cow;
use std::io::{self, Write};

use super::escape::{cut_end, cut_middle, width};
use super::terminal::Style;

/// One column of a [`Table`].
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// What stands above it.
    pub title: &'static str,
    /// How its cells stand and give way.
    pub kind: Kind,
    /// Below this many terminal columns it is of no use.
    pub min: usize,
    /// It never needs more.
    pub max: usize,
    /// When there is no room for all, the columns with the highest rank go first; 0 stays.
    pub rank: u8,
}

/// How cells stand in their column and where they are cut.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// To the left; the end is cut.
    Text,
    /// To the left; the middle is cut.
    Address,
    /// To the right.
    Number,
}

/// One cell: text that is safe for a terminal already.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Cell {
    /// What it shows.
    pub text: String,
    /// How.
    pub style: Style,
}

/// An aligned table, written row by row: its widths are settled before the first row is known, so
/// that a million rows need no memory.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<Option<(Column, usize)>>,
    /// Cells are cut to their column, because a line that wraps breaks the table.
    cut: bool,
    colour: bool,
}

impl Table {
    /// Columns that fit `columns_of_terminal`; without it all are shown and long cells run over.
    pub fn new(columns: &[Column], columns_of_terminal: Option<usize>, colour: bool) -> Self {
        let widths = match columns_of_terminal {
            Some(room) => fit(columns, room),
            None => columns.iter().map(|c| Some(c.max)).collect(),
        };
        let columns = columns.iter().zip(widths).map(|(&c, width)| Some((c, width?))).collect();
        Self { columns, cut: columns_of_terminal.is_some(), colour }
    }

    /// The same for rows that are all known: no column is wider than its widest cell.
    pub fn of_rows(columns: &[Column], rows: &[Vec<Cell>], room: Option<usize>, colour: bool) -> Self {
        let tight: Vec<Column> = columns
            .iter()
            .enumerate()
            .map(|(i, column)| {
                let widest = rows.iter().filter_map(|row| row.get(i)).map(|cell| width(&cell.text)).max();
                let max = widest.unwrap_or_default().max(width(column.title)).min(column.max);
                Column { min: column.min.min(max), max, ..*column }
            })
            .collect();
        Self::new(&tight, room, colour)
    }

    /// The line of titles.
    pub fn header(&self, out: &mut impl Write) -> io::Result<()> {
        self.line(out, self.columns.iter().map(|c| Some((c.as_ref()?.0.title, Style::Bold))))
    }

    /// One line; cells in the order of the columns given to `new`.
    pub fn row(&self, out: &mut impl Write, cells: &[Cell]) -> io::Result<()> {
        self.line(out, cells.iter().map(|cell| Some((cell.text.as_str(), cell.style))))
    }

    /// Terminal columns of the column at `index`; nothing if it had to go.
    pub fn width_of(&self, index: usize) -> Option<usize> {
        self.columns.get(index)?.as_ref().map(|&(_, width)| width)
    }

    fn line<'a>(
        &self,
        out: &mut impl Write,
        cells: impl Iterator<Item = Option<(&'a str, Style)>>,
    ) -> io::Result<()> {
        // Spaces owed before the next visible text: none are written at the end of a line.
        let mut owed = 0;
        for (column, cell) in self.columns.iter().zip(cells) {
            let (Some((column, room)), Some((text, style))) = (column, cell) else { continue };
            let text = match column.kind {
                _ if !self.cut => Cow::Borrowed(text),
                Kind::Address => cut_middle(text, *room),
                Kind::Text | Kind::Number => cut_end(text, *room),
            };
            let spare = room.saturating_sub(width(&text));
            let (before, after) = if column.kind == Kind::Number { (spare, 0) } else { (0, spare) };
            owed += before;
            if !text.is_empty() {
                write!(out, "{:owed$}{}", "", style.paint(&text, self.colour))?;
                owed = 0;
            }
            owed += after + GAP;
        }
        writeln!(out)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self { text, style: Style::Plain }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl Cell {
    /// The same cell in another style.
    pub fn style(self, style: Style) -> Self {
        Self { style, ..self }
    }
}

/// Spaces between columns.
const GAP: usize = 2;

/// A width for each column that is kept: first all get their least, then in turn one more until
/// they have what they want or the room is used.
fn fit(columns: &[Column], room: usize) -> Vec<Option<usize>> {
    let mut widths: Vec<_> = columns.iter().map(|c| Some(c.min)).collect();
    while needed(&widths) > room {
        let kept = columns.iter().enumerate().filter(|(i, c)| c.rank > 0 && widths.get(*i) != Some(&None));
        let Some((last, _)) = kept.max_by_key(|(_, c)| c.rank) else { break };
        if let Some(width) = widths.get_mut(last) {
            *width = None;
        }
    }
    // Not even that fits: what is widest gives way.
    while needed(&widths) > room {
        let Some(widest) = widths.iter_mut().flatten().filter(|width| **width > 1).max() else { break };
        *widest -= 1;
    }
    let mut spare = room.saturating_sub(needed(&widths));
    while spare > 0 {
        let before = spare;
        for (column, width) in columns.iter().zip(&mut widths) {
            if let Some(width) = width
                && *width < column.max
                && spare > 0
            {
                *width += 1;
                spare -= 1;
            }
        }
        if spare == before {
            break;
        }
    }
    widths
}

fn needed(widths: &[Option<usize>]) -> usize {
    let kept = widths.iter().flatten().count();
    widths.iter().flatten().sum::<usize>() + GAP * kept.saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 3] = [
        Column { title: "name", kind: Kind::Text, min: 4, max: 20, rank: 0 },
        Column { title: "address", kind: Kind::Address, min: 10, max: 30, rank: 1 },
        Column { title: "bytes", kind: Kind::Number, min: 5, max: 8, rank: 2 },
    ];

    fn draw(room: Option<usize>) -> String {
        let table = Table::new(&COLUMNS, room, false);
        let mut out = Vec::new();
        table.header(&mut out).unwrap();
        table.row(&mut out, &["eth0".into(), "2001:db8:aaaa:bbbb::1".into(), "1.23 kB".into()]).unwrap();
        table.row(&mut out, &["日本日本日本日本".into(), "".into(), "7 B".into()]).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn no_terminal_no_cutting() {
        let name = "name                  address                            bytes\n\
                    eth0                  2001:db8:aaaa:bbbb::1            1.23 kB\n\
                    日本日本日本日本                                           7 B\n";
        assert_eq!(draw(None), name);
    }

    #[test]
    fn columns_shrink_then_go() {
        assert_eq!(
            draw(Some(40)),
            "name         address               bytes\n\
             eth0         2001:db8…:bbbb::1   1.23 kB\n\
             日本日本日…                          7 B\n"
        );
        for room in 0..80 {
            let drawn = draw(Some(room));
            assert!(drawn.lines().all(|line| width(line) <= room.max(1)), "{room}\n{drawn}");
            assert_eq!(drawn.contains("bytes"), room >= 23, "{room}\n{drawn}");
            assert_eq!(drawn.contains("address"), room >= 16, "{room}\n{drawn}");
        }
    }

    #[test]
    fn rows_known_beforehand_need_no_more_than_they_are_wide() {
        let rows = vec![vec![Cell::from("a"), "::1".into(), "1".into()]];
        let table = Table::of_rows(&COLUMNS, &rows, None, false);
        let mut out = Vec::new();
        table.header(&mut out).unwrap();
        table.row(&mut out, &rows[0]).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "name  address  bytes\na     ::1          1\n");
    }
}
