//! A terminal that does not show what is typed.

use std::io::{self, Stdin};

use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};

/// The terminal shows nothing until this is dropped.
///
/// Keys that would end the program arrive as bytes meanwhile, so that it never ends with a terminal
/// that still shows nothing.
pub(super) struct Hidden<'a> {
    terminal: &'a Stdin,
    before: Termios,
}

impl<'a> Hidden<'a> {
    pub(super) fn begin(terminal: &'a Stdin) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut now = before.clone();
        now.local_modes -= LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
        now.special_codes[SpecialCodeIndex::VMIN] = 1;
        now.special_codes[SpecialCodeIndex::VTIME] = 0;
        // What was typed before was shown, so it is forgotten.
        tcsetattr(terminal, OptionalActions::Flush, &now)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Hidden<'_> {
    fn drop(&mut self) {
        // Nobody is left to tell.
        let _ = tcsetattr(self.terminal, OptionalActions::Flush, &self.before);
    }
}

/// A line that is being typed.
#[derive(Default)]
pub(super) struct Line(Vec<u8>);

/// What keys send: Ctrl-C, Ctrl-D, Backspace (two ways), Ctrl-U, Ctrl-\, and the line ends.
const CANCEL: u8 = 0x03;
const END: u8 = 0x04;
const BACKSPACE: [u8; 2] = [0x08, 0x7f];
const CLEAR: u8 = 0x15;
const QUIT: u8 = 0x1c;

const MOST_BYTES: usize = 4096;

impl Line {
    /// Reads up to the end of the line; false if it was cancelled.
    pub(super) fn read(&mut self, bytes: impl Iterator<Item = io::Result<u8>>) -> io::Result<bool> {
        for byte in bytes {
            match byte? {
                b'\n' | b'\r' => return Ok(true),
                CANCEL | QUIT => return Ok(false),
                END => return Ok(!self.0.is_empty()),
                CLEAR => self.0.clear(),
                byte if BACKSPACE.contains(&byte) => self.remove_last(),
                // Other control characters (a stray arrow key, Ctrl-Z) are nothing anybody means.
                byte if byte.is_ascii_control() => {}
                byte if self.0.len() < MOST_BYTES => self.0.push(byte),
                _ => {}
            }
        }
        Ok(false)
    }

    /// What was typed, if it is text.
    pub(super) fn text(self) -> Option<String> {
        String::from_utf8(self.0).ok()
    }

    /// One character, however many bytes it has: continuation bytes are 10xxxxxx (RFC 3629 s3).
    fn remove_last(&mut self) {
        while let Some(byte) = self.0.pop() {
            if byte & 0xc0 != 0x80 {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &str) -> Option<String> {
        let mut line = Line::default();
        line.read(keys.bytes().map(Ok)).unwrap().then(|| line.text().unwrap())
    }

    #[test]
    fn keys() {
        for (keys, line) in [
            ("secret\n", Some("secret")),
            ("secret\rmore", Some("secret")),
            ("sek\x7f\x7fcret\n", Some("scret")),
            ("sé\x08ecret\n", Some("secret")),
            ("wrong\x15right\n", Some("right")),
            ("\x7f\x7fa\x1a\n", Some("a")),
            ("a\x04", Some("a")),
            ("\n", Some("")),
            ("\x04", None),
            ("sec\x03ret\n", None),
            ("sec\x1cret\n", None),
            ("gone", None),
        ] {
            assert_eq!(typed(keys).as_deref(), line, "{keys:?}");
        }
        assert_eq!(typed(&format!("{}\n", "a".repeat(5000))).unwrap().len(), MOST_BYTES);
    }
}
