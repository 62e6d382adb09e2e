//! Makes captures to measure with: `traffic bulk|small|mix FILE ...`.

#![allow(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "numbers are made here")]

#[path = "../benches/traffic/mod.rs"]
mod traffic;

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use traffic::Traffic;

const USAGE: &str = "traffic bulk FILE FLOWS MB      downloads over FLOWS connections, MB megabytes in all
traffic small FILE FLOWS ROUNDS  60-byte packets of FLOWS flows at once, ROUNDS of each
traffic mix FILE TIMES CAPTURE   captures, repeated TIMES times with other addresses";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match make(&arguments) {
        Some(Ok(packets)) => println!("{packets} packets"),
        Some(Err(error)) => {
            eprintln!("traffic: {error}");
            return ExitCode::FAILURE;
        }
        None => {
            eprintln!("{USAGE}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// `None` if the arguments make no sense.
fn make(arguments: &[String]) -> Option<io::Result<u64>> {
    let [kind, file, first, rest @ ..] = arguments else { return None };
    let number: u32 = first.parse().ok()?;
    let captures: Vec<PathBuf> = rest.iter().map(PathBuf::from).collect();
    let second = || rest.first()?.parse::<u32>().ok();
    let made = move |write: &dyn Fn(&mut Traffic<BufWriter<File>>) -> io::Result<()>| {
        let mut traffic = Traffic::new(BufWriter::with_capacity(1 << 20, File::create(file)?))?;
        write(&mut traffic)?;
        let packets = traffic.packets;
        traffic.into_inner().flush()?;
        Ok(packets)
    };
    Some(match kind.as_str() {
        "bulk" => {
            let each = u64::from(second()?) * 1_000_000 / u64::from(number.max(1));
            made(&|traffic| traffic.bulk(number, each))
        }
        "small" => {
            let rounds = second()?;
            made(&|traffic| traffic.small(number, rounds))
        }
        "mix" => {
            let times = u8::try_from(number).ok()?;
            made(&|traffic| traffic.mix(&captures, times))
        }
        _ => return None,
    })
}
