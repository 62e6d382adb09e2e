//! `floor FILE.pcap`: walks the packets of a mapped capture and sums the first 64 bytes of each,
//! which nobody who looks at packets can do without. Other programs are measured against it.

#![allow(unsafe_code)]

use std::fs::File;
use std::io;

use memmap2::{Advice, Mmap};

fn main() -> io::Result<()> {
    let path = std::env::args().nth(1).ok_or_else(|| io::Error::other("usage: floor FILE.pcap"))?;
    let file = File::open(path)?;
    // SAFETY: the map is read-only and the file is one that was made for this measurement; nobody
    // cuts it meanwhile.
    let map = unsafe { Mmap::map(&file) }?;
    let _ = map.advise(Advice::Sequential);
    let mut rest = map.get(24..).unwrap_or_default();
    let (mut packets, mut bytes, mut sum) = (0u64, 0u64, 0u64);
    while let Some((&[_, _, _, _, _, _, _, _, a, b, c, d, _, _, _, _], behind)) = rest.split_first_chunk() {
        let captured = u32::from_le_bytes([a, b, c, d]) as usize;
        let Some((frame, behind)) = behind.split_at_checked(captured) else { break };
        sum = match frame.first_chunk::<64>() {
            Some(head) => {
                head.as_chunks::<8>().0.iter().fold(sum, |s, w| s.wrapping_add(u64::from_le_bytes(*w)))
            }
            None => frame.iter().fold(sum, |s, byte| s.wrapping_add(u64::from(*byte))),
        };
        packets += 1;
        bytes += captured as u64;
        rest = behind;
    }
    println!("{packets} {bytes} {sum:x}");
    Ok(())
}
