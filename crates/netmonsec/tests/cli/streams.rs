//! Captures that are still being written, readers that go away, and signals in between.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::thread;

use rustix::fs::{CWD, Mode, mkfifoat};
use rustix::io::ioctl_fionread;
use rustix::process::Signal;
use testlab::frames::{UDP, ethernet, ip, udp};
use testlab::{Finished, Process, until};

use crate::common::{flows_of, json_lines, netmonsec, text};
use crate::sample::{Folder, capture, frames, places};

/// Reads a FIFO into which these bytes are written and no end, until all is taken in; then the
/// signal comes.
fn interrupted(folder: &Folder, bytes: &[u8], arguments: &[&str], signal: Signal) -> Finished {
    let fifo = folder.path("fifo");
    let _ = std::fs::remove_file(&fifo);
    mkfifoat(CWD, &fifo, Mode::RUSR | Mode::WUSR).unwrap();
    let process = Process::start(&mut netmonsec(&[&["read", &fifo], arguments].concat()));
    let mut writer = File::options().write(true).open(&fifo).unwrap();
    writer.write_all(bytes).unwrap();
    until("the pipe to be empty", || ioctl_fionread(&writer).unwrap() == 0);
    process.signal(signal);
    process.finish()
}

#[test]
fn a_signal_ends_the_wait_for_more() {
    let (folder, frames) = (Folder::new(), frames());
    let (whole, places) = (capture(&frames), places(&frames));
    let file = folder.file("before.pcap", &whole[..places[60]]);
    // Between two packets, and in the middle of one.
    for (more, signal) in [(0, Signal::INT), (25, Signal::TERM)] {
        let bytes = &whole[..places[60] + more];
        for workers in ["1", "4"] {
            let finished = interrupted(&folder, bytes, &["--json", "--workers", workers], signal);
            // Not the whole capture was read.
            assert_eq!(finished.status.code(), Some(2), "{:?}", finished.stderr);
            assert_eq!(json_lines(&finished.stdout.join("\n")), flows_of(&file));
            let said = finished.stderr.join("\n");
            assert!(said.contains("stopped by a signal") && said.contains("60 packets"), "{said}");
            assert!(!said.contains("damaged") && !said.contains("cut short"), "{said}");
        }
        let finished = interrupted(&folder, bytes, &["--print", "packets"], signal);
        assert_eq!((finished.status.code(), finished.stdout.len()), (Some(2), 60));
        let finished = interrupted(&folder, bytes, &[], signal);
        assert!(finished.stdout.join("\n").contains("60"), "a summary: {finished:?}");
    }
}

#[test]
fn a_signal_ends_the_wait_for_the_first_packet() {
    let folder = Folder::new();
    let fifo = folder.path("fifo");
    mkfifoat(CWD, &fifo, Mode::RUSR | Mode::WUSR).unwrap();
    let process = Process::start(&mut netmonsec(&["read", &fifo]));
    // It has set its handlers before it opens anything.
    let writer = File::options().write(true).open(&fifo).unwrap();
    process.signal(Signal::INT);
    let finished = process.finish();
    assert_eq!(finished.status.code(), Some(1), "{finished:?}");
    assert!(finished.stderr[0].contains("stopped by a signal while waiting for"), "{finished:?}");
    drop(writer);
}

#[test]
fn packets_are_printed_as_they_come() {
    let (folder, frames) = (Folder::new(), frames());
    let fifo = folder.path("fifo");
    mkfifoat(CWD, &fifo, Mode::RUSR | Mode::WUSR).unwrap();
    let process = Process::start(&mut netmonsec(&["read", &fifo, "--print", "packets"]));
    let mut writer = File::options().write(true).open(&fifo).unwrap();
    writer.write_all(&capture(&frames[..10])).unwrap();
    drop(writer);
    assert_eq!(process.finish().stdout.len(), 10);
}

/// More flows than any buffer holds, of which a thousand end each second.
fn large() -> Vec<u8> {
    let frame = |n: u32| {
        let from = std::net::Ipv4Addr::from_bits(0x0a00_0000 + n).into();
        ethernet(false, &[0x0800], &ip(from, [10, 9, 9, 9].into(), UDP, &udp(5000, 6000, b"hello")))
    };
    let frames: Vec<_> = (0..20_000).map(|n| (1_000_000_000 + u64::from(n) * 1_000_000, frame(n))).collect();
    capture(&frames)
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let folder = Folder::new();
    let file = folder.file("large.pcap", large());
    for arguments in
        [&["--json"][..], &["--print", "flows"], &["--print", "packets"], &["--json", "--workers", "4"]]
    {
        let mut command = netmonsec(&[&["read", &file], arguments].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        BufReader::with_capacity(100, child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        assert!(!first.is_empty());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()), "{arguments:?}");
    }
}

#[test]
fn without_a_reader_it_does_not_go_on_for_ever() {
    let folder = Folder::new();
    let fifo = folder.path("fifo");
    mkfifoat(CWD, &fifo, Mode::RUSR | Mode::WUSR).unwrap();
    let arguments = ["read", "--json", &fifo, "--set", "flow.timeouts.udp_unanswered=1s"];
    let mut child = netmonsec(&arguments).stdout(Stdio::piped()).spawn().unwrap();
    let mut writer = File::options().write(true).open(&fifo).unwrap();
    let bytes = large();
    let writing = thread::spawn(move || {
        // Until nobody reads any more.
        let mut part = &bytes[..];
        while writer.write_all(part).is_ok() {
            part = &bytes[24..];
        }
    });
    let mut first = String::new();
    BufReader::with_capacity(100, child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    writing.join().unwrap();
}
