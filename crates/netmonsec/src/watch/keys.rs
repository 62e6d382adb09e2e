//! Single keys from the terminal, as they are pressed.

use std::io;

use rustix::process::getpgrp;
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, isatty, tcgetattr, tcgetpgrp, tcsetattr,
};

/// The keyboard, while it hands over keys instead of lines. Dropping it gives the terminal back.
pub(super) struct Keys {
    before: Option<Termios>,
}

impl Keys {
    /// Takes the keyboard over, if there is one and this program is in front: one in the background
    /// would be stopped for touching it.
    pub(super) fn open() -> Self {
        let input = io::stdin();
        let in_front = isatty(&input) && tcgetpgrp(&input).is_ok_and(|group| group == getpgrp());
        let before = in_front.then(|| tcgetattr(&input).ok()).flatten();
        let Some(before) = before else { return Self { before: None } };
        let mut keys = before.clone();
        // Ctrl-C and Ctrl-Z go on working (ISIG).
        keys.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
        keys.special_codes[SpecialCodeIndex::VMIN] = 0;
        keys.special_codes[SpecialCodeIndex::VTIME] = 0;
        let taken = tcsetattr(&input, OptionalActions::Now, &keys).is_ok();
        Self { before: taken.then_some(before) }
    }

    /// Keys can be pressed.
    pub(super) fn are_there(&self) -> bool {
        self.before.is_some()
    }

    /// The key that was pressed since the last time, if any; of several the last.
    pub(super) fn pressed(&self) -> Option<u8> {
        self.before.as_ref()?;
        let mut bytes = [0; 32];
        let read = rustix::io::read(io::stdin(), &mut bytes).ok()?;
        bytes.get(..read)?.last().copied()
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            // Nobody is left to tell if the terminal has gone.
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
        }
    }
}
