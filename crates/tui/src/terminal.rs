//! The terminal: taken over, given back whatever happens.

use std::io::{self, IsTerminal, Stdout, Write};
use std::time::Duration;

use crossterm::event::{DisableMouseCapture, EnableMouseCapture};
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{cursor, execute};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// The terminal while it is ours. Dropping it gives it back.
pub(crate) struct Screen {
    pub(crate) terminal: Terminal<CrosstermBackend<Stdout>>,
}

impl Screen {
    /// # Errors
    /// No terminal, or one that has gone.
    pub(crate) fn open() -> io::Result<Self> {
        if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
            return Err(io::Error::other(
                "the terminal dashboard needs a terminal to draw on and keys to read",
            ));
        }
        give_back_on_panic();
        enable_raw_mode()?;
        // From here on dropped, so that an error below gives everything back.
        let screen = Self { terminal: Terminal::new(CrosstermBackend::new(io::stdout()))? };
        execute!(io::stdout(), EnterAlternateScreen, EnableMouseCapture, cursor::Hide)?;
        Ok(screen)
    }
}

/// Waits until there is something to read, or for so long.
///
/// crossterm does not wait here: a terminal that goes while it does is read again and again, and it
/// does not come back.
///
/// # Errors
/// Nobody is at the other end any more.
pub(crate) fn wait(patience: Duration) -> io::Result<()> {
    let stdin = io::stdin();
    let mut asked = [PollFd::new(&stdin, PollFlags::IN)];
    let patience = Timespec { tv_sec: 0, tv_nsec: patience.subsec_nanos().into() };
    match poll(&mut asked, Some(&patience)) {
        // A signal: of a new size, or to end.
        Err(Errno::INTR) => return Ok(()),
        other => other?,
    };
    let gone = PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL;
    if asked.iter().any(|fd| fd.revents().intersects(gone)) {
        return Err(io::Error::other("the terminal is gone"));
    }
    Ok(())
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

fn give_back() {
    // Nobody is left to tell if the terminal has gone.
    let mut out = io::stdout();
    let _ = execute!(out, DisableMouseCapture, LeaveAlternateScreen, cursor::Show);
    let _ = out.flush();
    let _ = disable_raw_mode();
}

/// Before a panic is reported, so that the report can be read: the release build aborts, and nothing
/// is dropped.
fn give_back_on_panic() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        give_back();
        report(panic);
    }));
}
