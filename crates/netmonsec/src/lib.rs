//! The command: its arguments, its configuration, its checks of the machine, and what it prints.

#![forbid(unsafe_code)]

pub mod accounts;
pub mod check;
pub mod cli;
pub mod config;
pub mod list;
pub mod print;

mod census;
mod dashboard;
mod detect_state;
mod entrance;
mod history;
mod logging;
mod publish;
mod query;
mod read;
mod serving;
mod settings;
mod signals;
mod watch;

use std::io::{self, Write};
use std::process::ExitCode;

use capture::live::LiveError;
use cli::{Arguments, Command};
use print::Terminal;

/// Exit status of a live capture without the capability.
const NOT_PERMITTED: u8 = 77;

/// Does what the arguments ask for. Errors are told on standard error.
///
/// 0 is success; 2 is a capture that is cut or damaged, or whose reading a signal stopped, and whose
/// records were printed up to there; 77
/// (EX_NOPERM of sysexits.h) is a live capture that is not permitted, so that scripts can tell; 1 is
/// everything else.
pub fn run(arguments: &Arguments) -> ExitCode {
    match dispatch(arguments) {
        Ok(code) => code,
        Err(error) if error.downcast_ref::<io::Error>().is_some_and(print::reader_gone) => ExitCode::SUCCESS,
        Err(error) => {
            // A terminal that cannot take the message leaves nobody to tell.
            let _ = writeln!(io::stderr(), "netmonsec: {}", told(&error));
            match error.downcast_ref() {
                Some(LiveError::NotPermitted { .. }) => ExitCode::from(NOT_PERMITTED),
                _ => ExitCode::FAILURE,
            }
        }
    }
}

/// An error with its causes, those left out that it names itself. What it names may come from
/// anywhere.
fn told(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text.lines().map(print::safe).collect::<Vec<_>>().join("\n")
}

fn dispatch(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let (path, sets) = (arguments.config.as_deref(), arguments.set.as_slice());
    let terminal = Terminal::of(&io::stdout());
    match &arguments.command {
        Some(Command::Check { json }) => {
            let report = check::run(path, sets, &arguments.interface);
            let mut out = io::stdout().lock();
            if *json {
                report.write_json(&mut out)?;
            } else {
                report.write(&mut out, terminal)?;
            }
            Ok(if report.passed() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Some(Command::Read(read)) => {
            let loaded = config::Config::load(path, sets)?;
            logging::start(&loaded.config, arguments.verbose);
            read::run(read, &loaded)
        }
        Some(Command::Query(query)) => {
            let loaded = config::Config::load(path, sets)?;
            query::run(query, &loaded.config)
        }
        Some(Command::User(user)) => accounts::user(user, path, sets, terminal).map(|()| ExitCode::SUCCESS),
        Some(Command::Token(token)) => {
            accounts::token(token, path, sets, terminal).map(|()| ExitCode::SUCCESS)
        }
        Some(Command::Top(top)) => dashboard::top(top),
        None if arguments.list => {
            list::write(&mut io::stdout().lock(), arguments.json, terminal)?;
            Ok(ExitCode::SUCCESS)
        }
        None => {
            let loaded = config::Config::load(path, sets)?;
            if arguments.tui {
                dashboard::check(&loaded.config)?;
            }
            logging::start(&loaded.config, arguments.verbose);
            watch::run(arguments, &loaded)
        }
    }
}
