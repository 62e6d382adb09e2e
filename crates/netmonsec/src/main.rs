//! `netmonsec`: see `netmonsec --help`.

use std::process::ExitCode;

use clap::Parser;
use netmonsec::cli::Arguments;

fn main() -> ExitCode {
    match Arguments::try_parse() {
        Ok(arguments) => netmonsec::run(&arguments),
        Err(answer) => {
            // A terminal that cannot take the message leaves nobody to tell.
            let _ = answer.print();
            // Not clap's 2 for a wrong argument: here that is a damaged capture.
            if answer.use_stderr() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
        }
    }
}
