//! What goes to standard output, and what does not.

use crate::common::{flows_of, json_lines, number, outer_packets, run, stdout_of, text};
use crate::sample::{Folder, capture, frames};

#[test]
fn none_prints_totals_on_standard_error() {
    let (folder, frames) = (Folder::new(), frames());
    let file = folder.file("a.pcap", capture(&frames));
    let bytes: usize = frames.iter().map(|(_, frame)| frame.len()).sum();
    for json in [&["--json"][..], &[]] {
        let output = run(&[&["read", &file, "--print", "none"], json].concat());
        assert!(output.status.success() && output.stdout.is_empty());
        let said = text(&output.stderr);
        let flows = flows_of(&file).len();
        assert_eq!(said, format!("{} packets, {bytes} bytes, {flows} flows\n", frames.len()));
    }
}

#[test]
fn packets_are_one_line_each() {
    let (folder, frames) = (Folder::new(), frames());
    let file = folder.file("a.pcap", capture(&frames));
    let packets = json_lines(&text(&stdout_of(&["read", "--json", &file, "--print", "packets"])));
    assert_eq!(packets.len(), frames.len());
    assert!(packets.iter().zip(1..).all(|(packet, n)| number(packet, "number") == n), "{}", packets[0]);
    // There is no table of them.
    assert_eq!(json_lines(&text(&stdout_of(&["read", &file, "--print", "packets"]))), packets);
}

#[test]
fn flows_come_in_the_order_of_their_end() {
    let (folder, mut frames) = (Folder::new(), frames());
    // A minute and a half before the others, so over before them if a minute is their time.
    frames.iter_mut().take(10).for_each(|(time, _)| *time -= 90_000_000_000);
    let file = folder.file("a.pcap", capture(&frames));
    let flows = |limit: &str| {
        let sets = ["established", "half_open"].map(|state| format!("flow.timeouts.tcp_{state}={limit}"));
        let arguments = ["read", "--json", &file, "--set", &sets[0], "--set", &sets[1]];
        json_lines(&text(&stdout_of(&arguments)))
    };
    let open = flows("1h");
    assert!(open.iter().all(|flow| flow["end_reason"] == "end-of-capture"));
    let starts: Vec<_> = open.iter().map(|flow| flow["start"].as_str().unwrap()).collect();
    assert!(starts.is_sorted(), "open flows by their start");

    let idle = flows("1m");
    let (early, late) = idle.split_at(10);
    assert!(early.iter().all(|flow| flow["end_reason"] == "idle-timeout"));
    assert!(late.iter().all(|flow| flow["end_reason"] == "end-of-capture"));
}

#[test]
fn the_summary_adds_up() {
    let (folder, frames) = (Folder::new(), frames());
    let file = folder.file("a.pcap", capture(&frames));
    let [summary] = &json_lines(&text(&stdout_of(&["read", "--json", &file, "--print", "summary"])))[..]
    else {
        panic!()
    };
    assert_eq!(
        (number(summary, "packets"), number(summary, "flows")),
        (frames.len() as u64, flows_of(&file).len() as u64)
    );
    assert_eq!(outer_packets(&flows_of(&file)), frames.len() as u64);

    // For people, and by default.
    let page = text(&stdout_of(&["read", &file]));
    assert_eq!(text(&stdout_of(&["read", &file, "--print", "summary"])), page);
    assert!(page.contains(&format!("{}", frames.len())) && page.contains("gre"), "{page}");
    assert!(!page.contains('\x1b') && !page.contains('{'), "no colours into a file: {page}");
}

#[test]
fn a_table_into_a_file_is_plain_and_whole() {
    let (folder, frames) = (Folder::new(), frames());
    let file = folder.file("a.pcap", capture(&frames));
    let table = text(&stdout_of(&["read", &file, "--print", "flows"]));
    let flows = flows_of(&file);
    assert!(
        table.lines().count() > flows.len() && !table.contains('\x1b') && !table.contains('…'),
        "{table}"
    );
    for flow in flows {
        let [src, dst] = ["src_ip", "dst_ip"].map(|field| flow[field].as_str().unwrap().to_owned());
        assert!(table.lines().any(|line| line.contains(&src) && line.contains(&dst)), "{flow}\n{table}");
    }
}

#[test]
fn a_capture_without_packets_is_no_mistake() {
    let folder = Folder::new();
    let file = folder.file("a.pcap", capture(&[]));
    for print in ["flows", "packets"] {
        assert!(stdout_of(&["read", "--json", &file, "--print", print]).is_empty());
    }
    let [summary] = &json_lines(&text(&stdout_of(&["read", "--json", &file, "--print", "summary"])))[..]
    else {
        panic!()
    };
    assert!(number(summary, "packets") == 0 && summary["start"].is_null(), "{summary}");
    assert!(!stdout_of(&["read", &file]).is_empty());
}
