//! What a station says about itself does nothing to whoever reads of it: from packets to every output.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use rustix::process::Signal;
use testlab::frames::{ACK, SYN, TCP, UDP, ethernet, ip, ports, udp};
use testlab::{FAR, Lab, NEAR, Sender, until};

use crate::client::Client;
use crate::common::json_lines;
use crate::monitor::Monitor;

/// Each tries something else. What is longer than a carrier can hold is cut there.
fn hostile() -> Vec<Vec<u8>> {
    let texts = [
        "evil\u{1b}]0;owned\u{7}\u{1b}[2J.example",
        "evil<script>alert(1)</script>.example",
        "\"><img src=x onerror=alert(1)>evil",
        "=cmd|'/c calc'!A1-evil",
        "+1+1-evil",
        "-2-evil",
        "@SUM(1)evil",
        "\t=1+evil",
        "';DROP TABLE flow;--evil",
        "evil\n{\"event_type\":\"fake\"}\n",
        "evil\r\nX-Injected: yes\r\n\r\n",
        "evil\0nul.example",
        "\u{202e}\u{2066}evil",
        "\"},{\"x\":\"evil",
        "evil\u{9b}31m",
    ];
    let mut all: Vec<Vec<u8>> = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    all.push(b"evil\xff\xfe\x80\xc3.example".to_vec());
    all.push([b"evil-".as_slice(), &[b'x'; 60_000]].concat());
    all
}

const FROM: [u8; 4] = [10, 77, 0, 1];
const TO: [u8; 4] = [10, 99, 0, 2];

fn cut(text: &[u8], most: usize) -> &[u8] {
    text.get(..most).unwrap_or(text)
}

/// A TCP connection whose client says this.
fn says(port: u16, to: u16, words: &[u8]) -> Vec<Vec<u8>> {
    let segment = |back: bool, flags: u8, seq: u32, ack: u32, payload: &[u8]| {
        let (mut ends, mut numbers) = ([FROM, TO].map(Into::into), [port, to]);
        if back {
            ends.reverse();
            numbers.reverse();
        }
        let head =
            [&seq.to_be_bytes()[..], &ack.to_be_bytes(), &[0x50, flags, 0xff, 0xff, 0, 0, 0, 0], payload];
        ethernet(back, &[0x0800], &ip(ends[0], ends[1], TCP, &ports(numbers[0], numbers[1], &head.concat())))
    };
    let mut frames = vec![
        segment(false, SYN, 100, 0, b""),
        segment(true, SYN | ACK, 500, 101, b""),
        segment(false, ACK, 101, 501, b""),
    ];
    let mut seq = 101;
    for part in words.chunks(1400) {
        frames.push(segment(false, ACK, seq, 501, part));
        seq += part.len() as u32;
    }
    frames
}

fn datagram(from: u16, to: u16, payload: &[u8]) -> Vec<u8> {
    ethernet(false, &[0x0800], &ip(FROM.into(), TO.into(), UDP, &udp(from, to, payload)))
}

/// A ClientHello with a server name (RFC 8446 s4.1.2, RFC 6066 s3).
fn hello(name: &[u8]) -> Vec<u8> {
    let long = |bytes: &[u8]| [&(bytes.len() as u16).to_be_bytes()[..], bytes].concat();
    let entry = [&[0][..], &long(name)].concat();
    let extension = [&[0, 0][..], &long(&long(&entry))].concat();
    let body = [&[3, 3][..], &[7; 32], &[0], &long(&[0x13, 1]), &[1, 0], &long(&extension)].concat();
    let message = [&[1, 0][..], &long(&body)].concat();
    [&[22, 3, 1][..], &long(&message)].concat()
}

/// A question for a name of one label (RFC 1035 s4.1).
fn question(name: &[u8]) -> Vec<u8> {
    let name = cut(name, 63);
    [&[0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0][..], &[name.len() as u8], name, &[0, 0, 1, 0, 1]].concat()
}

/// A DHCP request with a host name (RFC 2131 s2, RFC 2132 s3.14).
fn request(name: &[u8]) -> Vec<u8> {
    let name = cut(name, 255);
    let head =
        [&[1, 1, 6, 0, 1, 2, 3, 4][..], &[0; 20], &[2, 0x77, 0, 0, 0, 1], &[0; 202], &[99, 130, 83, 99]];
    [&head.concat()[..], &[53, 1, 3, 12, name.len() as u8], name, &[255]].concat()
}

/// Every carrier of every text.
fn frames() -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    for (n, text) in (0_u16..).zip(hostile()) {
        let http =
            [&b"GET /"[..], b" HTTP/1.1\r\nHost: ", &text, b"\r\nUser-Agent: ", &text, b"\r\n\r\n"].concat();
        frames.extend(says(20_000 + n, 80, &http));
        frames.extend(says(21_000 + n, 443, &hello(cut(&text, 4000))));
        frames.extend(says(22_000 + n, 22, &[b"SSH-2.0-", cut(&text, 200), b"\r\n"].concat()));
        frames.push(datagram(23_000 + n, 53, &question(&text)));
        frames.push(datagram(68, 67, &request(&text)));
    }
    frames
}

/// One line of what stands in a file, and nothing that a terminal would act on.
fn is_plain(line: &str) -> bool {
    line.chars().all(|c| c == '\t' || !c.is_control())
}

/// Cells of a line as RFC 4180 has them.
fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut quoted, mut cell) = (Vec::new(), false, String::new());
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' if quoted && rest.peek() == Some(&'"') => {
                rest.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(std::mem::take(&mut cell)),
            c => cell.push(c),
        }
    }
    cells.push(cell);
    cells
}

/// Files of the history whose names begin so.
fn files(folder: &Path, begin: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().unwrap().to_string_lossy().starts_with(begin) {
                found.push(fs::read_to_string(&path).unwrap());
            }
        }
    }
    assert!(!found.is_empty(), "there is no {begin}");
    found
}

fn csv_is_one_line_a_row_without_formulas(folder: &Path) {
    for file in files(folder, "flows_") {
        let mut lines = file.lines();
        let columns = cells(lines.next().unwrap()).len();
        for line in lines {
            assert!(is_plain(line), "{line:?}");
            let cells = cells(line);
            assert_eq!(cells.len(), columns, "{line:?}");
            for cell in cells {
                let is_formula = cell.starts_with(['=', '+', '-', '@', '\t']) && cell.parse::<f64>().is_err();
                assert!(!is_formula, "{cell:?}");
            }
        }
        assert!(file.contains("'=cmd|"));
    }
}

fn json_is_one_record_a_line(folder: &Path) {
    for file in files(folder, "eve") {
        for record in json_lines(&file) {
            assert_ne!(record["event_type"], "fake");
            assert!(record["timestamp"].is_string(), "{record}");
        }
        assert!(file.lines().all(is_plain) && file.contains("evil"));
    }
}

fn logs_have_the_columns_they_name(folder: &Path) {
    for begin in ["conn", "dns", "http", "ssl"] {
        for file in files(folder, begin) {
            let named = file.lines().find_map(|line| line.strip_prefix("#fields\t")).unwrap();
            let columns = named.split('\t').count();
            for line in file.lines().filter(|line| !line.starts_with('#')) {
                assert!(is_plain(line), "{line:?}");
                assert_eq!(line.split('\t').count(), columns, "{begin}: {line:?}");
            }
        }
    }
}

fn the_database_is_whole(folder: &Path) {
    for file in fs::read_dir(folder.join("flows")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "db") {
            let file = Connection::open(&path).unwrap();
            let said: String = file.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
            assert_eq!(said, "ok");
            let flows: i64 = file.query_row("SELECT count(*) FROM flow", [], |row| row.get(0)).unwrap();
            assert!(flows >= 4 * hostile().len() as i64, "{flows}");
        }
    }
}

fn answers_are_what_they_say_they_are(client: &Client) {
    for path in ["flows?limit=1000", "devices", "search?q=evil", "search?q=%3Cscript%3E", "topology"] {
        let answer = client.get(&format!("/api/v1/{path}"));
        assert!(answer.head.to_lowercase().contains("content-type: application/json"), "{}", answer.head);
        assert!(!answer.head.to_lowercase().contains("x-injected"), "{}", answer.head);
        answer.good();
    }
    let flows = client.get("/api/v1/flows?limit=1000").good();
    let names: Vec<_> =
        flows["items"].as_array().unwrap().iter().filter_map(|f| f["hostname"].as_str()).collect();
    assert!(names.iter().any(|name| name.contains("<script>")), "{names:?}");
    let metrics = client.get("/metrics").text();
    assert!(!metrics.contains("evil") && metrics.lines().all(is_plain));
    for page in ["/", "/api/v1/reference"] {
        assert!(!client.get(page).text().contains("evil"), "{page}");
    }
    let mut socket = client.socket("/api/v1/events").ok().unwrap();
    socket.say("{\"subscribe\":[\"flows\",\"devices\"]}");
    assert_eq!(socket.hear()["type"], "snapshot");
}

#[test]
fn names_from_the_wire_are_only_text_wherever_they_go() {
    let Some(lab) = Lab::new("names_from_the_wire_are_only_text_wherever_they_go") else { return };
    lab.ip("link set lo up").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let store = format!("store.path={data:?}");
    let set = [
        &*store,
        "store.csv=true",
        "store.eve=true",
        "store.zeek=true",
        "api.listen=\"127.0.0.1:8080\"",
        "flow.timeouts.tcp_established=\"1s\"",
        "flow.timeouts.udp_unanswered=\"1s\"",
    ];
    let set = set.iter().flat_map(|set| ["--set", set]);
    let arguments: Vec<_> = ["-i", FAR].into_iter().chain(set).collect();
    let monitor = Monitor::start(&lab, &arguments);
    let sender = lab.enter(|| Sender::new(NEAR));
    frames().iter().for_each(|frame| sender.send(frame));
    lab.enter(|| {
        let client = Client::new(([127, 0, 0, 1], 8080).into());
        until("all flows", || {
            let flows = client.get("/api/v1/flows?limit=1000").good();
            flows["items"].as_array().unwrap().len() >= 4 * hostile().len()
        });
        answers_are_what_they_say_they_are(&client);
    });
    let report = monitor.stop(Signal::INT);
    assert!(report.flows.len() >= 4 * hostile().len());
    assert!(report.stderr.iter().all(|line| is_plain(line)), "{:?}", report.stderr);
    csv_is_one_line_a_row_without_formulas(&data);
    json_is_one_record_a_line(&data);
    logs_have_the_columns_they_name(&data);
    the_database_is_whole(&data);
    for log in files(&data, "netmonsec.log") {
        assert!(log.lines().all(is_plain));
    }
}
