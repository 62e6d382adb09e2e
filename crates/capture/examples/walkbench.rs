use std::fs::File;
use std::path::Path;
fn main() {
    let mut args = std::env::args().skip(1);
    let path = args.next().unwrap();
    let mode = args.next().unwrap_or_default();
    let touch = args.next().is_some();
    let mut reader = if mode == "read" {
        capture::file::Reader::from_read(Box::new(File::open(&path).unwrap())).unwrap()
    } else {
        capture::file::Reader::open(Path::new(&path)).unwrap()
    };
    let mut records = Vec::new();
    let (mut n, mut by, mut s) = (0u64, 0u64, 0u64);
    while let Some(block) = reader.next_batch(&mut records).unwrap() {
        n += records.len() as u64;
        for r in &records {
            by += u64::from(r.captured);
            if touch {
                let f = r.frame(&block).bytes;
                if let Some(h) = f.first_chunk::<64>() {
                    for c in h.chunks_exact(8) { s = s.wrapping_add(u64::from_le_bytes(c.try_into().unwrap())); }
                } else {
                    for b in f { s += u64::from(*b); }
                }
            }
        }
    }
    println!("{n} {by} {s:x}");
}
