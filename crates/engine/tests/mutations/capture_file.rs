//! What holds for every capture file, whatever its bytes: it gives the same records whether it is
//! mapped, read in one go or byte by byte, and they lie where they say.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;

use capture::file::{OpenError, Reader};
use capture::{Block, Record};

/// One input: a file.
pub(crate) fn check(data: &[u8]) {
    let mapped = read(in_file(data));
    let streamed = read(Reader::from_read(Box::new(io::Cursor::new(data.to_vec()))));
    let dripped = read(Reader::from_read(Box::new(Drip(io::Cursor::new(data.to_vec())))));
    assert_eq!(streamed.records, mapped.records);
    // A decompressor that was fed less may have made less of what came before the damage.
    if is_compressed(data) {
        let fewer = dripped.records.len().min(streamed.records.len());
        assert_eq!(dripped.records[..fewer], streamed.records[..fewer]);
    } else {
        assert_eq!(dripped, streamed);
        assert_eq!(streamed.end, mapped.end);
    }
}

/// What a reader made of a file.
#[derive(PartialEq, Eq, Debug)]
struct Story {
    /// Of each record what can be told without its block, and a sum of its bytes.
    records: Vec<(u64, u32, u32, String, u64)>,
    interfaces: usize,
    /// The error's text, empty for a clean end.
    end: String,
}

fn read(reader: Result<Reader, OpenError>) -> Story {
    let mut story = Story { records: Vec::new(), interfaces: 0, end: String::new() };
    let mut reader = match reader {
        Ok(reader) => reader,
        Err(error) => {
            story.end = error.to_string();
            return story;
        }
    };
    let mut records = Vec::new();
    loop {
        match reader.next_batch(&mut records) {
            Ok(Some(block)) => {
                assert!(!records.is_empty() && records.len() <= capture::file::BATCH);
                story.records.extend(records.iter().map(|record| tell(record, &block, &reader)));
            }
            Ok(None) => break,
            Err(error) => {
                story.end = error.to_string();
                break;
            }
        }
    }
    // The end is the end.
    assert!(matches!(reader.next_batch(&mut records), Ok(None)) && records.is_empty());
    story.interfaces = reader.interfaces().len();
    story
}

fn tell(record: &Record, block: &Block, reader: &Reader) -> (u64, u32, u32, String, u64) {
    let frame = record.frame(block);
    assert_eq!(frame.bytes.len(), record.captured as usize, "{record:?} in {} bytes", block.len());
    assert!(record.captured <= record.wire_len, "{record:?}");
    assert!(usize::from(record.interface) < reader.interfaces().len(), "{record:?}");
    let sum = frame.bytes.iter().fold(0u64, |sum, b| sum.rotate_left(5) ^ u64::from(*b));
    let rest = format!("{} {} {:?}", record.interface, record.link, record.vlan);
    (record.time.nanos(), record.captured, record.wire_len, rest, sum)
}

/// The input as a regular file, which is mapped.
fn in_file(data: &[u8]) -> Result<Reader, OpenError> {
    thread_local! {
        static PLACE: RefCell<Option<Place>> = const { RefCell::new(None) };
    }
    PLACE.with_borrow_mut(|place| {
        let place = place.get_or_insert_with(Place::new);
        // A new file each time: the reader of the last one may still have it mapped.
        let mut file = File::create(&place.0)?;
        file.write_all(data)?;
        let reader = Reader::open(&place.0);
        std::fs::remove_file(&place.0)?;
        reader
    })
}

/// A path of this thread's own, in memory where there is such a place.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        let memory = PathBuf::from("/dev/shm");
        let folder = if memory.is_dir() { memory } else { std::env::temp_dir() };
        let thread = format!("{:?}", std::thread::current().id());
        let number: String = thread.chars().filter(char::is_ascii_digit).collect();
        Self(folder.join(format!("netmonsec-check-{}-{number}", std::process::id())))
    }
}

/// Hands out one byte at a time.
struct Drip<R>(R);

impl<R: Read> Read for Drip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let one = buffer.len().min(1);
        self.0.read(&mut buffer[..one])
    }
}

fn is_compressed(data: &[u8]) -> bool {
    data.starts_with(&[0x1f, 0x8b]) || data.starts_with(&[0x28, 0xb5, 0x2f, 0xfd])
}
