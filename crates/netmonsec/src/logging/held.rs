use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

/// Messages that wait; older ones go.
const MOST: usize = 200;

/// Messages while something else has the terminal, and how many had to go.
static HELD: Mutex<Option<(VecDeque<Vec<u8>>, u64)>> = Mutex::new(None);

/// Standard error, unless something else has the terminal.
pub(super) struct Messages;

impl Write for Messages {
    fn write(&mut self, message: &[u8]) -> io::Result<usize> {
        let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((messages, lost)) = held.as_mut() else { return io::stderr().write(message) };
        if messages.len() == MOST {
            messages.pop_front();
            *lost += 1;
        }
        messages.push_back(message.to_vec());
        Ok(message.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Messages would be written over what is on the terminal: they wait from now on.
pub(crate) fn hold() {
    HELD.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default();
}

/// The terminal is free again: the messages that waited are written.
pub(crate) fn release() {
    let held = HELD.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some((messages, lost)) = held else { return };
    let mut err = io::stderr().lock();
    // Nobody is left to tell if standard error has gone.
    if lost > 0 {
        let _ = writeln!(err, "{lost} messages before these are not shown");
    }
    for message in messages {
        let _ = err.write_all(&message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_wait_and_the_oldest_go() {
        hold();
        for i in 0..MOST + 5 {
            writeln!(Messages, "{i}").unwrap();
        }
        let (waiting, lost) = HELD.lock().unwrap().take().unwrap();
        // Other tests may have had something to say.
        assert!(waiting.len() == MOST && lost >= 5);
        release();
    }
}
