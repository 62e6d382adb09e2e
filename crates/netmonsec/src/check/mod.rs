//! `netmonsec check`: what stands in the way of capture on this machine, and the command that
//! mends it.
//!
//! Each part looks at one thing and judges it. Looking and judging are apart, so that judgement can
//! be tested on machines that nobody has at hand.

mod interface;
mod kernel;
mod print;
mod resources;
mod tables;

use std::path::Path;

use capture::live;
use serde::Serialize;

use crate::config::{Config, Source};

/// One thing that was looked at.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Check {
    /// What: `configuration`, `eth0 offloads` ...
    pub name: String,
    /// How it is.
    pub state: State,
    /// What was found and what follows from it.
    pub what: String,
    /// The command, or the setting, that mends it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

/// How a thing is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// As it should be.
    Ok,
    /// Capture works, but may lose packets or see them changed.
    Warn,
    /// Capture does not work.
    Fail,
    /// The system does not say.
    Unknown,
}

/// Everything that was looked at.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Report {
    /// In the order of looking.
    pub checks: Vec<Check>,
}

/// Looks at the configuration and at this machine. `interfaces` (of `-i`) go before those of the
/// configuration. A bad configuration is reported, and the machine judged by the defaults.
pub fn run(path: Option<&Path>, sets: &[String], interfaces: &[String]) -> Report {
    let mut checks = Vec::new();
    let mut config = configuration(path, sets, &mut checks);
    if !interfaces.is_empty() {
        config.capture.interfaces = interfaces.to_vec();
    }

    checks.push(kernel::capabilities());
    let watched = interface::watched(&config, &mut checks);
    for info in &watched {
        interface::look(info, &mut checks);
    }
    resources::look(&config, watched.len(), &mut checks);
    kernel::look(&mut checks);
    tables::look(&config, &mut checks);
    Report { checks }
}

impl Report {
    /// Nothing failed.
    pub fn passed(&self) -> bool {
        self.count(State::Fail) == 0
    }

    fn count(&self, state: State) -> usize {
        self.checks.iter().filter(|check| check.state == state).count()
    }
}

impl Check {
    fn new(name: impl Into<String>, state: State, what: impl Into<String>) -> Self {
        Self { name: name.into(), state, what: what.into(), fix: None }
    }

    fn ok(name: impl Into<String>, what: impl Into<String>) -> Self {
        Self::new(name, State::Ok, what)
    }

    fn warn(name: impl Into<String>, what: impl Into<String>) -> Self {
        Self::new(name, State::Warn, what)
    }

    fn fail(name: impl Into<String>, what: impl Into<String>) -> Self {
        Self::new(name, State::Fail, what)
    }

    fn unknown(name: impl Into<String>, what: impl Into<String>) -> Self {
        Self::new(name, State::Unknown, what)
    }

    fn fix(self, command: impl Into<String>) -> Self {
        Self { fix: Some(command.into()), ..self }
    }
}

fn configuration(path: Option<&Path>, sets: &[String], checks: &mut Vec<Check>) -> Config {
    match Config::load(path, sets) {
        Ok(loaded) => {
            let what = match loaded.source {
                Source::File(_) => format!("{} is valid", loaded.source),
                Source::Defaults => "no file, so the built-in defaults hold".to_owned(),
            };
            checks.push(Check::ok("configuration", what));
            loaded.config
        }
        Err(e) => {
            checks.extend(e.problems.iter().map(|p| Check::fail("configuration", p.to_string())));
            Config::default()
        }
    }
}

/// Whether a ring can be opened is only found out by opening one.
fn try_ring(interface: &str) -> Result<(), live::LiveError> {
    // As small as it gets, and not promiscuous: a check must leave no trace.
    let config = live::RingConfig {
        block_bytes: 128 << 10,
        blocks: 2,
        promiscuous: false,
        ..live::RingConfig::new(interface)
    };
    live::Ring::open(&config).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine() {
        let report = run(None, &[], &["lo".to_owned()]);
        for name in [
            "configuration",
            "capabilities",
            "lo",
            "ring memory",
            "processors",
            "disk",
            "vendors",
            "geography",
        ] {
            assert!(report.checks.iter().any(|check| check.name == name), "{name}: {report:#?}");
        }
    }

    #[test]
    fn a_bad_configuration_and_a_missing_interface_fail() {
        let report = run(None, &["log.level=loud".to_owned()], &["no-such-device".to_owned()]);
        let failed: Vec<_> = report.checks.iter().filter(|check| check.state == State::Fail).collect();
        assert!(!report.passed());
        assert!(failed.iter().any(|check| check.what.contains("`loud` is not one of")), "{failed:#?}");
        assert!(failed.iter().any(|check| check.what.contains("there are: ")), "{failed:#?}");
    }
}
