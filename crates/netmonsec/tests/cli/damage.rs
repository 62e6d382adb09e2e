//! Captures that are cut or corrupt: everything up to there, where it is, and 2.

use std::io::Write;

use flate2::write::GzEncoder;

use crate::common::{flows_of, json_lines, run, text};
use crate::sample::{Folder, capture, frames, places};

/// Standard output and error of a run that ends with this status.
fn ends_with(status: i32, arguments: &[&str]) -> (String, String) {
    let output = run(arguments);
    assert_eq!(output.status.code(), Some(status), "{arguments:?}: {}", text(&output.stderr));
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_capture_that_was_cut_short() {
    let (folder, frames) = (Folder::new(), frames());
    let (whole, places) = (capture(&frames), places(&frames));
    for (packets, more, within) in
        [(0, 3, "a packet's header"), (50, 20, "a packet"), (99, 15, "a packet's header")]
    {
        let before = folder.file("before.pcap", &whole[..places[packets]]);
        let file = folder.file("cut.pcap", &whole[..places[packets] + more]);
        let place = format!(
            "netmonsec: {file}: packet {}, at byte {}: the file ends within {within}: {more} of",
            packets + 1,
            places[packets]
        );
        for workers in ["1", "4"] {
            let (records, said) = ends_with(2, &["read", "--json", &file, "--workers", workers]);
            assert_eq!(json_lines(&records), flows_of(&before));
            assert!(said.starts_with(&place), "{said}\n{place}");
        }
        let (lines, said) = ends_with(2, &["read", "--json", &file, "--print", "packets"]);
        assert_eq!(lines.lines().count(), packets);
        assert!(said.starts_with(&place), "{said}");
        let (nothing, said) = ends_with(2, &["read", &file, "--print", "none"]);
        assert!(
            nothing.is_empty() && said.contains(&place) && said.contains(&format!("{packets} packets")),
            "{said}"
        );
    }
}

#[test]
fn a_capture_that_is_corrupt_in_the_middle() {
    let (folder, frames) = (Folder::new(), frames());
    let (mut bytes, places) = (capture(&frames), places(&frames));
    let before = folder.file("before.pcap", &bytes[..places[70]]);
    bytes[places[70] + 8..][..4].fill(0xff);
    let file = folder.file("corrupt.pcap", &bytes);
    let (records, said) = ends_with(2, &["read", "--json", &file]);
    assert_eq!(json_lines(&records), flows_of(&before));
    assert!(
        said.contains(&format!("{file}: packet 71, at byte {}: its header claims 4294967295", places[70])),
        "{said}"
    );
}

#[test]
fn compressed_data_that_was_cut_short() {
    let (folder, frames) = (Folder::new(), frames());
    let bytes = capture(&frames);
    let mut gzip = GzEncoder::new(Vec::new(), flate2::Compression::none());
    gzip.write_all(&bytes).unwrap();
    let whole = gzip.finish().unwrap();
    let file = folder.file("cut.gz", &whole[..whole.len() / 2]);
    let (lines, said) = ends_with(2, &["read", "--json", &file, "--print", "packets"]);
    assert!(said.contains("of the decompressed data") && said.contains("gzip"), "{said}");
    let packets = lines.lines().count();
    assert!(packets > 0 && packets < frames.len(), "{packets}");
    let place = format!("packet {}, at byte {} ", packets + 1, places(&frames)[packets]);
    assert!(said.contains(&place), "{said}");

    // Not even the first of it can be had.
    let whole = zstd::encode_all(&bytes[..], 3).unwrap();
    let (_, said) = ends_with(1, &["read", &folder.file("cut.zst", &whole[..whole.len() / 2])]);
    assert_eq!(said.matches("incomplete frame").count(), 1, "said once: {said}");
}

#[test]
fn one_of_several() {
    let (folder, frames) = (Folder::new(), frames());
    let (bytes, places) = (capture(&frames), places(&frames));
    let half = frames.len() / 2;
    let missing = folder.path("missing.pcap");
    let cut = folder.file("cut.pcap", &bytes[..places[half] + 5]);
    let rest = folder.file("rest.pcap", capture(&frames[half..]));
    let whole = flows_of(&folder.file("whole.pcap", &bytes));

    let (records, said) = ends_with(2, &["read", "--json", &cut, &rest]);
    assert_eq!(json_lines(&records), whole);
    assert!(said.contains(&cut) && said.lines().count() == 1, "{said}");
    // What was never read weighs more.
    let (records, said) = ends_with(1, &["read", "--json", &cut, &missing, &rest]);
    assert_eq!(json_lines(&records), whole);
    assert!(said.contains(&cut) && said.contains(&missing), "{said}");
    let (_, said) = ends_with(1, &["read", &missing, &folder.path("missing too.pcap")]);
    assert_eq!(said.lines().filter(|line| line.starts_with("netmonsec: ")).count(), 2, "{said}");
}
