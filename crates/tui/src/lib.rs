//! A dashboard in the terminal: a client of an instance's API, which may run anywhere.
//!
//! Messages (keys, answers, time) change the state; `draw` shows it. Neither asks
//! anybody: a thread polls what the screen wishes for.

#![forbid(unsafe_code)]

mod client;
mod clock;
mod detail;
mod draw;
mod list;
mod page;
mod poll;
mod state;
mod terminal;
mod text;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, TryRecvError, TrySendError, bounded};
use crossterm::event::{self, Event};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use client::Client;
use clock::Clock;
use state::{Message, State};
use terminal::Screen;

/// Whom to ask, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// `http://127.0.0.1:8080`, without a path.
    pub url: String,
    /// Shown to the instance instead of a log-in.
    pub token: Option<String>,
    /// In PEM form: what the instance has to show instead of one that the system believes.
    pub certificate: Option<Vec<u8>>,
    /// Colours may be used.
    pub colour: bool,
}

/// `stop` becomes true with a signal to end, and when the terminal goes.
///
/// # Errors
/// Signals that the system does not let anybody listen for.
pub fn stop_on_signals(stop: &Arc<AtomicBool>) -> io::Result<()> {
    [SIGTERM, SIGINT, SIGHUP]
        .into_iter()
        .try_for_each(|signal| signal_hook::flag::register(signal, Arc::clone(stop)).map(|_| ()))
}

/// How long keys are waited for before answers are looked at.
const LOOK: Duration = Duration::from_millis(50);
/// Answers that may wait for the screen; more have the poller wait.
const ANSWERS: usize = 16;

/// Shows the dashboard until the user ends it, or `stop` becomes true.
///
/// # Errors
/// An address that cannot be used, or no terminal.
pub fn run(options: &Options, stop: &Arc<AtomicBool>) -> io::Result<()> {
    let client = Client::new(&options.url, options.token.as_deref(), options.certificate.as_deref());
    let client = client.map_err(io::Error::other)?;
    let mut state = State::new(&options.url, options.colour);
    let mut screen = Screen::open()?;
    let size = screen.terminal.size()?;
    let clock = Clock::start();
    state.update(Message::Resized(size.width, size.height), 0);
    // One wish waits at most; a newer one takes the next turn.
    let (wishes, asked) = bounded(1);
    let (answers, answered) = bounded(ANSWERS);
    let mut wish = state.wish();
    poll::start(client, wish.clone(), asked, answers);
    let mut drawn_at_s = u64::MAX;
    while !state.is_over && !stop.load(Ordering::Relaxed) {
        let is_changed = take_answers(&mut state, &answered, clock)? | take_events(&mut state, clock)?;
        if state.wish() != wish {
            match wishes.try_send(state.wish()) {
                Ok(()) => wish = state.wish(),
                // Tried again in the next round.
                Err(TrySendError::Full(_)) => {}
                Err(TrySendError::Disconnected(_)) => return Err(poller_gone()),
            }
        }
        let now_s = clock.seconds();
        if is_changed || now_s != drawn_at_s {
            state.update(Message::Tick, now_s);
            drawn_at_s = now_s;
            screen.terminal.draw(|frame| draw::draw(&state, frame))?;
        }
    }
    Ok(())
}

fn take_answers(state: &mut State, answered: &Receiver<Message>, clock: Clock) -> io::Result<bool> {
    let mut is_changed = false;
    // No more than one round has: keys are not to wait.
    for _ in 0..ANSWERS {
        match answered.try_recv() {
            Ok(message) => state.update(message, clock.seconds()),
            Err(TryRecvError::Empty) => break,
            Err(TryRecvError::Disconnected) => return Err(poller_gone()),
        }
        is_changed = true;
    }
    Ok(is_changed)
}

fn take_events(state: &mut State, clock: Clock) -> io::Result<bool> {
    terminal::wait(LOOK)?;
    if !event::poll(Duration::ZERO)? {
        return Ok(false);
    }
    // What was typed or pasted meanwhile is taken before the next picture.
    loop {
        let now_s = clock.seconds();
        match event::read()? {
            Event::Key(key) => state.update(Message::Key(key), now_s),
            Event::Mouse(mouse) => state.update(Message::Mouse(mouse), now_s),
            Event::Resize(columns, rows) => state.update(Message::Resized(columns, rows), now_s),
            _ => {}
        }
        if state.is_over || !event::poll(Duration::ZERO)? {
            return Ok(true);
        }
    }
}

fn poller_gone() -> io::Error {
    io::Error::other("the thread that asks the instance ended unexpectedly; please report this")
}
