use std::fmt;
use std::path::PathBuf;

use crate::print::{Safe, safe};

/// A configuration that cannot be used, and everything that is wrong with it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConfigError {
    /// At least one, in the order of the file, then those of `--set`.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// Where it was written.
    pub place: Place,
    /// The key, dotted, with the number of the element for lists; empty if it is none in particular.
    pub key: String,
    /// What is wrong and what would be right.
    pub what: String,
}

/// Where a setting was written.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Place {
    /// The file as a whole.
    File(PathBuf),
    /// A file, and line and column in it, counted from 1.
    Line(PathBuf, usize, usize),
    /// The text behind a `--set`: how many there were before it, and itself.
    Set(usize, String),
    /// Nowhere: the built-in default.
    Default,
}

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [only] = self.problems.as_slice() {
            return only.fmt(f);
        }
        write!(f, "{} problems in the configuration", self.problems.len())?;
        self.problems.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", Safe(&self.key))?;
        }
        f.write_str(&self.what)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", safe(&path.to_string_lossy())),
            Self::Line(path, line, column) => {
                write!(f, "{}:{line}:{column}", safe(&path.to_string_lossy()))
            }
            Self::Set(_, text) => match text.split_once('=') {
                Some((key, _)) if is_secret(key) => write!(f, "--set '{}=***'", Safe(key)),
                _ => write!(f, "--set '{}'", Safe(text)),
            },
            Self::Default => f.write_str("built-in default"),
        }
    }
}

/// What stands behind such a key is not repeated.
pub(super) fn is_secret(key: &str) -> bool {
    let last = key.trim().rsplit('.').next().unwrap_or_default();
    ["password", "token", "webhook"].contains(&last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_on_the_command_line_is_not_repeated() {
        let shown = |text: &str| Place::Set(0, text.to_owned()).to_string();
        assert_eq!(shown("influx.token=hunter2"), "--set 'influx.token=***'");
        assert_eq!(shown("webhook = [{url=\"http://h/hunter2\"}]"), "--set 'webhook =***'");
        assert_eq!(shown("log.level=loud"), "--set 'log.level=loud'");
    }
}
