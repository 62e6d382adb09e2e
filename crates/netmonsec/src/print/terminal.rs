use std::fmt;
use std::os::fd::AsFd;

use rustix::termios::{isatty, tcgetwinsize};

/// What is known about the place that output goes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Terminal {
    /// Columns and rows; nothing if it is no terminal.
    pub size: Option<(u16, u16)>,
    /// Colours may be used.
    pub colour: bool,
}

impl Terminal {
    /// Looks at an open stream: `Terminal::of(&io::stdout())`.
    pub fn of(stream: &impl AsFd) -> Self {
        if !isatty(stream) {
            return Self::default();
        }
        // A terminal that does not tell (a serial line) is as large as the smallest we draw for.
        let size = match tcgetwinsize(stream) {
            Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col, size.ws_row),
            _ => (80, 24),
        };
        Self { size: Some(size), colour: colours_wanted() }
    }

    /// Columns, if it is a terminal.
    pub fn width(self) -> Option<usize> {
        self.size.map(|(columns, _)| usize::from(columns))
    }
}

/// How a piece of text is marked. The 16 colours that every terminal has suffice.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Style {
    /// As it is.
    #[default]
    Plain,
    /// Stands out.
    Bold,
    /// Steps back.
    Dim,
    /// Good.
    Green,
    /// Worth a look.
    Yellow,
    /// Bad.
    Red,
}

impl Style {
    /// `text` in this style, if `colour`.
    pub fn paint<T: fmt::Display>(self, text: T, colour: bool) -> Painted<T> {
        Painted { text, code: if colour { self.code() } else { "" } }
    }

    fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Bold => "\x1b[1m",
            Self::Dim => "\x1b[2m",
            Self::Green => "\x1b[32m",
            Self::Yellow => "\x1b[33m",
            Self::Red => "\x1b[1;31m",
        }
    }
}

/// Text with the escapes of its [`Style`] around it.
#[derive(Clone, Copy, Debug)]
pub struct Painted<T> {
    text: T,
    code: &'static str,
}

impl<T: fmt::Display> fmt::Display for Painted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.code.is_empty() {
            return self.text.fmt(f);
        }
        f.write_str(self.code)?;
        // The text itself, so that a width in the format string counts what is seen.
        self.text.fmt(f)?;
        f.write_str("\x1b[0m")
    }
}

/// no-color.org: a non-empty NO_COLOR means no. TERM=dumb cannot.
fn colours_wanted() -> bool {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    set("NO_COLOR").is_none() && set("TERM").is_some_and(|term| term != "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_no_terminal() {
        let file = tempfile::tempfile().unwrap();
        assert_eq!(Terminal::of(&file), Terminal { size: None, colour: false });
        assert_eq!(Terminal::of(&file).width(), None);
    }

    #[test]
    fn paint() {
        assert_eq!(Style::Red.paint("x", true).to_string(), "\x1b[1;31mx\x1b[0m");
        assert_eq!(Style::Red.paint("x", false).to_string(), "x");
        assert_eq!(format!("{:<3}|", Style::Red.paint("x", true)), "\x1b[1;31mx  \x1b[0m|");
        assert_eq!(Style::Plain.paint("x", true).to_string(), "x");
    }
}
