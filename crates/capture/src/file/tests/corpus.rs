//! Captures of the world, if they are at hand.

use std::path::Path;

use super::*;

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus/pcap");

#[test]
fn every_capture_reads_alike_as_a_file_and_as_a_stream() {
    let Ok(folder) = Path::new(CORPUS).read_dir() else {
        println!("SKIPPED: no captures in {CORPUS}");
        return;
    };
    let (mut files, mut packets) = (0, 0);
    for entry in folder {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let file = drain(Reader::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())));
        let stream = drain(open_stream(Pieces::of(&bytes, 4096)).unwrap());
        assert_eq!(file.error(), "", "{}", path.display());
        assert!(file.packets == stream.packets, "{}", path.display());
        assert_eq!(stream.error(), "");
        files += 1;
        packets += file.packets.len();
    }
    println!("{packets} packets in {files} captures");
}
