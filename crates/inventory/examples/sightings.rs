//! Prints what the watchers read from the frames of capture files.

#![allow(clippy::unwrap_used, missing_docs)]

use capture::file::Reader;
use wire::Packet;

fn main() {
    let lookout = inventory::Lookout::new();
    for path in std::env::args_os().skip(1) {
        println!("# {}", path.display());
        let mut reader = Reader::open(path.as_ref()).unwrap();
        let (mut records, mut out) = (Vec::new(), Vec::new());
        while let Ok(Some(block)) = reader.next_batch(&mut records) {
            for record in &records {
                let frame = record.frame(&block);
                if let Ok(packet) = Packet::decode(&frame) {
                    lookout.frame(&packet, frame.bytes, record.time, 0, &mut out);
                }
            }
        }
        for sighting in out {
            let about = sighting.about;
            let mac = about.mac.map(|mac| mac.to_string()).unwrap_or_default();
            let ip = about.ip.map(|ip| ip.to_string()).unwrap_or_default();
            println!("{} {mac} {ip}", sighting.watcher);
            for fact in sighting.facts {
                println!("    {fact:?}");
            }
        }
    }
}
