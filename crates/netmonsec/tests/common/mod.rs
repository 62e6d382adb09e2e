//! What the end-to-end tests share: the program, and how to read what it prints.

// Each test binary uses a part of it.
#![allow(dead_code)]

pub(crate) mod capture_file;
pub(crate) mod memory;
pub(crate) mod totals;

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// The program, as cargo built it for the tests.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_netmonsec");

/// `netmonsec` with these arguments, where no configuration lies.
pub(crate) fn netmonsec(arguments: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command.args(arguments).current_dir("/").stdin(Stdio::null());
    command
}

/// Runs it to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    netmonsec(arguments).output().unwrap()
}

/// Standard output of a run that must end well.
pub(crate) fn stdout_of(arguments: &[&str]) -> Vec<u8> {
    let output = run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    output.stdout
}

/// The flows of a capture.
pub(crate) fn flows_of(file: &str) -> Vec<Value> {
    json_lines(&text(&stdout_of(&["read", "--json", file])))
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// JSON Lines as values.
pub(crate) fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A number of a record; 0 where it is left out.
pub(crate) fn number(record: &Value, field: &str) -> u64 {
    record[field].as_u64().unwrap_or_default()
}

/// Packets of a flow, both directions.
pub(crate) fn packets(flow: &Value) -> u64 {
    number(flow, "src_packets") + number(flow, "dst_packets")
}

/// Packets of all flows, those inside tunnels left out: they are in the tunnel's flow already.
pub(crate) fn outer_packets(flows: &[Value]) -> u64 {
    flows.iter().filter(|flow| flow["tunnel"].is_null()).map(packets).sum()
}

/// The captures in a folder, by name. Nothing, with a word about it, if it is not there.
pub(crate) fn captures(test: &str, folder: &str) -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(folder);
    let Ok(entries) = std::fs::read_dir(&folder) else {
        testlab::skipped(test, format_args!("no captures in {}", folder.display()));
        return Vec::new();
    };
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|e| e == "pcap" || e == "pcapng"));
    files.sort();
    files
}
