//! What opens, and what people are told when it does not.

use std::path::Path;

use super::pcap::Pcap;
use super::*;

fn told(bytes: &[u8]) -> String {
    let file = file_of(bytes);
    let message = Reader::open(file.path()).unwrap_err().to_string();
    if !bytes.is_empty() {
        assert_eq!(message, open_stream(Pieces::of(bytes, 1)).unwrap_err().to_string());
    }
    message
}

#[test]
fn what_is_no_capture_is_refused_with_a_way_out() {
    assert_eq!(
        told(b"\x7fELF\x02\x01"),
        "not a capture file: starts with 7f 45 4c 46; netmonsec reads pcap, pcapng, and these compressed with \
         gzip or zstd"
    );
    assert!(told(b"").starts_with("is empty"));
    assert!(told(b"\xd4").contains("starts with d4;"));
    assert!(told(&Pcap::plain().out.bytes[..23]).contains("after 23 of 24 bytes"));
    assert!(told(b"\xfd7zXZ\0\0").contains("xz -dc FILE | netmonsec read -"));
    assert!(told(b"snoop\0\0\0\0\0\0\x02").contains("editcap"));
    assert!(told(&stream::gzip(b"\x7fELF")).contains("gzip data whose content starts with 7f 45 4c 46"));
    assert!(told(b"\x1f\x8b\x08\0").contains("cannot decompress its gzip data"));
    assert!(told(b"\n\r\r\n____no magic").contains("not a capture file"));
}

#[test]
fn an_empty_stream_is_an_empty_file() {
    assert!(matches!(open_stream(io::empty()), Err(OpenError::Empty)));
    assert!(matches!(open_stream(Cursor::new(stream::gzip(b""))), Err(OpenError::Empty)));
}

#[test]
fn paths_that_are_no_files_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(Reader::open(folder.path()), Err(OpenError::Directory)));
    assert!(matches!(Reader::open(&folder.path().join("no.pcap")), Err(OpenError::NotFound)));
}

#[test]
fn a_device_is_read_as_a_stream() {
    assert!(matches!(Reader::open(Path::new("/dev/null")), Err(OpenError::Empty)));
}

#[test]
fn position_and_length_make_a_progress_bar() {
    let bytes = Pcap::plain().with(&frames(3000));
    let packed = stream::zstd(&bytes);
    for input in [&bytes, &packed] {
        let file = file_of(input);
        let mut reader = Reader::open(file.path()).unwrap();
        let mut records = Vec::new();
        let mut before = 0;
        while reader.next_batch(&mut records).unwrap().is_some() {
            assert!(reader.position() >= before && reader.position() <= input.len() as u64);
            before = reader.position();
        }
        assert_eq!((Some(reader.position()), reader.len()), (reader.len(), Some(input.len() as u64)));
    }
    let mut reader = open_stream(Cursor::new(bytes.clone())).unwrap();
    assert_eq!((reader.position(), reader.len()), (24, None));
    while reader.next_batch(&mut Vec::new()).unwrap().is_some() {}
    assert_eq!(reader.position(), bytes.len() as u64);
}
