//! What cannot be done is said, with the remedy, and ends with 1.

use std::fs::File;

use crate::common::{netmonsec, run, text};
use crate::sample::{Folder, capture, frames};

/// Standard error of a run that must end with 1 and print nothing.
fn refused(arguments: &[&str]) -> String {
    let output = run(arguments);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {said}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    said
}

#[test]
fn files_that_are_no_captures() {
    let folder = Folder::new();
    let cases = [
        (folder.path("missing.pcap"), "no such file"),
        (folder.file("notes.txt", "Dear diary, today"), "not a capture file"),
        (folder.path(""), "is a directory"),
        (folder.file("empty.pcap", ""), "is empty"),
        (folder.file("cut.pcap", &capture(&[])[..10]), "ends within its file header, after 10 of 24 bytes"),
        (folder.file("a.zip", "PK\x03\x04 and so on, for long enough"), "a zip archive"),
    ];
    for (file, why) in cases {
        for print in ["flows", "packets", "summary", "none"] {
            let said = refused(&["read", &file, "--print", print]);
            assert!(said.starts_with(&format!("netmonsec: {file}: ")) && said.contains(why), "{said}");
        }
    }
}

#[test]
fn nothing_on_standard_input() {
    // It is /dev/null here.
    assert!(refused(&["read", "-"]).starts_with("netmonsec: standard input: is empty"));
}

#[test]
fn wrong_arguments() {
    // 2 would say that a capture is damaged.
    let said = refused(&["read", "x.pcap", "--print", "flow"]);
    assert!(said.contains("flow") && said.contains("summary"), "{said}");
    assert!(refused(&["read"]).contains("FILE"));
    assert!(refused(&["read", "x.pcap", "--workers", "0"]).contains("--workers"));
    assert!(refused(&["--no-such-option"]).contains("--no-such-option"));
    let help = run(&["read", "--help"]);
    assert!(help.status.success() && text(&help.stdout).contains("--print"));
}

#[test]
fn wrong_settings() {
    let said = refused(&["read", "x.pcap", "--set", "capture.ring=2"]);
    assert!(said.contains("capture.ring:") && said.contains("`capture.rings`"), "{said}");
    let said = refused(&["read", "x.pcap", "--set", "flow.timeouts.udp=\"soon\"", "--set", "nonsense"]);
    assert!(said.contains("flow.timeouts.udp") && said.contains("nonsense"), "all at once: {said}");
    assert!(refused(&["read", "x.pcap", "-c", "/no/such.toml"]).contains("/no/such.toml"));
    let said = refused(&["--set", "limits.memory=1MiB", "-i", "lo"]);
    assert!(said.contains("limits.memory") && said.contains("at least 64MiB"), "{said}");
}

#[test]
fn a_wrong_interface() {
    // Without the right to capture, 77 would come first.
    if !rustix::process::geteuid().is_root() {
        return testlab::skipped("cli::a_wrong_interface", "needs root");
    }
    let said = refused(&["-i", "no-such-port"]);
    assert!(said.contains("no-such-port"), "{said}");
}

#[test]
fn a_disk_that_is_full() {
    let folder = Folder::new();
    let file = folder.file("a.pcap", capture(&frames()));
    for print in ["flows", "packets", "summary"] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let output = netmonsec(&["read", "--json", &file, "--print", print]).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{print}");
        assert!(text(&output.stderr).contains("No space left"), "{}", text(&output.stderr));
    }
}
