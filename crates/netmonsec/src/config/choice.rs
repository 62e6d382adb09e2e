use std::fmt;
use std::str::FromStr;

use model::Severity;
use serde::{Deserialize, Serialize};

use super::schema::nearest;
use super::text::{BadValue, text_value};

/// How packets of one interface are spread over its rings.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Fanout {
    /// By the pair of addresses: fragments and tunnels stay with their flow.
    #[default]
    Addresses,
    /// By addresses and ports: one busy pair of hosts uses all rings.
    Flows,
}

/// The least important message that is written to the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Level {
    Off,
    Error,
    Warn,
    #[default]
    Info,
    Debug,
    Trace,
}

/// The least severity of the alerts that somebody is told of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LeastSeverity(pub Severity);

impl Default for LeastSeverity {
    fn default() -> Self {
        Self(Severity::Medium)
    }
}

impl LeastSeverity {
    const NAMES: &[(&str, Self)] = &[
        (Severity::Info.name(), Self(Severity::Info)),
        (Severity::Low.name(), Self(Severity::Low)),
        (Severity::Medium.name(), Self(Severity::Medium)),
        (Severity::High.name(), Self(Severity::High)),
        (Severity::Critical.name(), Self(Severity::Critical)),
    ];
}

/// Whether something is done: always, never, or when others than this machine can connect.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum When {
    /// When others than this machine can connect.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

impl When {
    const NAMES: &[(&str, Self)] = &[("auto", Self::Auto), ("on", Self::On), ("off", Self::Off)];

    /// Whether it is done.
    pub fn holds(self, exposed: bool) -> bool {
        self == Self::On || (self == Self::Auto && exposed)
    }
}

impl Fanout {
    const NAMES: &[(&str, Self)] = &[("addresses", Self::Addresses), ("flows", Self::Flows)];
}

impl Level {
    const NAMES: &[(&str, Self)] = &[
        ("off", Self::Off),
        ("error", Self::Error),
        ("warn", Self::Warn),
        ("info", Self::Info),
        ("debug", Self::Debug),
        ("trace", Self::Trace),
    ];
}

macro_rules! choice {
    ($type:ty) => {
        impl FromStr for $type {
            type Err = BadValue;

            fn from_str(text: &str) -> Result<Self, BadValue> {
                let found = Self::NAMES.iter().find(|(name, _)| *name == text);
                found.map(|&(_, value)| value).ok_or_else(|| refusal(text, Self::NAMES.iter().map(|n| n.0)))
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(Self::NAMES.iter().find(|(_, value)| value == self).map_or("", |n| n.0))
            }
        }

        text_value!($type);
    };
}

choice!(When);
choice!(Fanout);
choice!(Level);
choice!(LeastSeverity);

fn refusal(text: &str, names: impl Iterator<Item = &'static str> + Clone) -> BadValue {
    let all = names.clone().collect::<Vec<_>>().join(", ");
    BadValue(match nearest(text, names) {
        Some(name) => format!("`{text}` is not one of {all}; did you mean `{name}`?"),
        None => format!("`{text}` is not one of {all}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert_eq!("flows".parse(), Ok(Fanout::Flows));
        assert_eq!(Level::default().to_string(), "info");
        for (name, level) in Level::NAMES {
            assert_eq!((name.parse(), level.to_string()), (Ok(*level), (*name).to_owned()));
        }
    }

    #[test]
    fn refusals_say_what_would_be_right() {
        assert_eq!(
            "flow".parse::<Fanout>().unwrap_err().to_string(),
            "`flow` is not one of addresses, flows; did you mean `flows`?"
        );
        assert_eq!(
            "loud".parse::<Level>().unwrap_err().to_string(),
            "`loud` is not one of off, error, warn, info, debug, trace"
        );
    }
}
