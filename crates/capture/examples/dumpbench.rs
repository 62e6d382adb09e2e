use std::path::Path;
fn main() {
    for path in std::env::args().skip(1) {
        let mut reader = capture::file::Reader::open(Path::new(&path)).unwrap();
        let mut records = Vec::new();
        while let Some(_b) = reader.next_batch(&mut records).unwrap() {
            for r in &records { println!("{}.{:09} {} {} {}", r.time.nanos()/1_000_000_000, r.time.nanos()%1_000_000_000, r.captured, r.wire_len, r.interface); }
        }
    }
}
