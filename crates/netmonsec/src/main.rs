//! `netmonsec`: see `netmonsec --help`.

use std::process::ExitCode;

use clap::Parser;
use netmonsec::cli::Arguments;

fn main() -> ExitCode {
    netmonsec::run(&Arguments::parse())
}
