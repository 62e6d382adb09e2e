//! Text from the wire and from file names does nothing to a terminal.

use testlab::frames::{ACK, SYN, UDP, ethernet, ip, segment, udp};

use crate::common::{json_lines, run, text};
use crate::sample::{Folder, capture};

/// Clears a screen, sets its title, colours by C1 controls, and turns the line around.
const EVIL: &str = "evil\x1b[2J\x1b]0;owned\x07\u{9b}31m\u{202e}.example";

/// A connection whose client says this first.
fn saying(words: &[u8]) -> Vec<(u64, Vec<u8>)> {
    let frames = [
        segment(false, SYN, 100, 0, b""),
        segment(true, SYN | ACK, 500, 101, b""),
        segment(false, ACK, 101, 501, b""),
        segment(false, ACK, 101, 501, words),
    ];
    (1_000_000_000_u64..).step_by(1_000_000).zip(frames).collect()
}

fn http() -> Vec<u8> {
    let agent = "User-Agent: \x1b[31mred";
    format!("GET /\x1b[1m HTTP/1.1\r\nHost: {EVIL}\r\n{agent}\r\n\r\n").into_bytes()
}

/// A ClientHello with nothing in it but a server name (RFC 8446 s4.1.2, RFC 6066 s3).
fn tls() -> Vec<u8> {
    let long = |bytes: &[u8]| [&(bytes.len() as u16).to_be_bytes()[..], bytes].concat();
    let entry = [&[0][..], &long(EVIL.as_bytes())].concat();
    let extension = [&[0, 0][..], &long(&long(&entry))].concat();
    let body = [&[3, 3][..], &[7; 32], &[0], &long(&[0x13, 1]), &[1, 0], &long(&extension)].concat();
    let message = [&[1, 0][..], &long(&body)].concat();
    [&[22, 3, 1][..], &long(&message)].concat()
}

/// A DNS question for the same.
fn dns() -> Vec<(u64, Vec<u8>)> {
    let name = [&[EVIL.len() as u8][..], EVIL.as_bytes(), &[0]].concat();
    let question = [&[0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0][..], &name, &[0, 1, 0, 1]].concat();
    let [from, to] = [[10, 77, 0, 1], [10, 99, 0, 2]].map(Into::into);
    vec![(1_000_000_000, ethernet(false, &[0x0800], &ip(from, to, UDP, &udp(5000, 53, &question))))]
}

/// Nothing but text and line ends.
fn is_harmless(output: &[u8]) -> bool {
    let text = String::from_utf8(output.to_vec()).unwrap();
    text.chars().all(|c| {
        c == '\n' || !(c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
    })
}

#[test]
fn names_from_the_wire() {
    let folder = Folder::new();
    for (name, frames) in [("http", saying(&http())), ("tls", saying(&tls())), ("dns", dns())] {
        let file = folder.file(name, capture(&frames));
        for print in ["flows", "packets", "summary", "none"] {
            for json in [&["--json"][..], &[]] {
                let output = run(&[&["read", &file, "--print", print], json].concat());
                assert!(output.status.success());
                let shown = [output.stdout, output.stderr].concat();
                assert!(is_harmless(&shown), "{name} {print} {json:?}: {:?}", text(&shown));
            }
        }
        // It was there to be shown.
        let flows = text(&run(&["read", "--json", &file]).stdout);
        assert!(flows.contains("evil") && flows.contains(&format!("\"protocol\":\"{name}\"")), "{flows}");
        json_lines(&flows);
    }
}

#[test]
fn names_of_files_and_interfaces() {
    let folder = Folder::new();
    let missing = folder.path(EVIL);
    let text_file = folder.file(&format!("text {EVIL}"), "no capture");
    let cut = folder.file(&format!("cut {EVIL}"), [capture(&dns()), vec![1; 5]].concat());
    let set = format!("capture.{EVIL}=1");
    let commands: [&[&str]; 8] = [
        &["read", &missing],
        &["read", &text_file],
        &["read", &cut, "--print", "none"],
        &["read", &cut, &missing],
        &["read", &cut, "--set", &set],
        &["read", &cut, "-c", &missing],
        &["-i", EVIL],
        &["check", "--set", &set],
    ];
    for arguments in commands {
        let output = run(arguments);
        assert!(!output.status.success(), "{arguments:?}");
        let shown = [output.stdout, output.stderr].concat();
        assert!(is_harmless(&shown), "{arguments:?}: {:?}", text(&shown));
    }
}
