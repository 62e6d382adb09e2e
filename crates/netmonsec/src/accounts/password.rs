use std::io::{self, BufRead, IsTerminal as _, Read as _, Write as _};

use anyhow::{Context as _, bail};

use super::hidden::{Hidden, Line};
use crate::print::safe;

/// Nobody's password is longer.
const MOST_BYTES: u64 = 4096;

/// A new password: asked for twice where there is a terminal, else a line of standard input.
pub(super) fn ask(name: &str) -> anyhow::Result<String> {
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        return line(stdin.lock());
    }
    let hidden = Hidden::begin(&stdin).context("the terminal cannot be kept from showing a password")?;
    let first = prompted(&format!("New password for {}: ", safe(name)))?;
    let again = prompted("The same again: ")?;
    drop(hidden);
    if first != again {
        bail!("the two passwords differ; nothing was changed");
    }
    Ok(first)
}

fn prompted(prompt: &str) -> anyhow::Result<String> {
    let mut stderr = io::stderr();
    write!(stderr, "{prompt}")?;
    stderr.flush()?;
    let mut line = Line::default();
    let read = line.read(io::stdin().lock().bytes());
    writeln!(stderr)?;
    if !read? {
        bail!("cancelled; nothing was changed");
    }
    line.text().context("the password is no UTF-8")
}

/// A line without its end.
fn line(input: impl BufRead) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    input.take(MOST_BYTES).read_until(b'\n', &mut bytes).context("standard input")?;
    if bytes.is_empty() {
        bail!("standard input holds no password; give it as one line, or run this in a terminal");
    }
    let text = String::from_utf8(bytes).context("the password is no UTF-8")?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    Ok(text.strip_suffix('\r').unwrap_or(text).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_taken_as_it_is() {
        for (input, password) in [
            ("secret 1\nmore", "secret 1"),
            ("secret\r\n", "secret"),
            (" secret ", " secret "),
            ("pässwört\n", "pässwört"),
            ("\n", ""),
        ] {
            assert_eq!(line(input.as_bytes()).unwrap(), password);
        }
        assert!(line(&b""[..]).unwrap_err().to_string().contains("holds no password"));
        assert!(line(&b"\xff\xfe"[..]).is_err());
    }
}
