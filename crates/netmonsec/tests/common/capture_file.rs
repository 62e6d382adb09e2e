//! Captures that tests write themselves.

/// A pcap file with nanoseconds, of Ethernet frames: each with its time in nanoseconds.
pub(crate) fn pcap<'f>(frames: impl IntoIterator<Item = (u64, &'f [u8])>) -> Vec<u8> {
    let mut file = Vec::new();
    for word in [0xa1b2_3c4d_u32, 0x0004_0002, 0, 0, 262_144, 1] {
        file.extend(word.to_le_bytes());
    }
    for (time_ns, frame) in frames {
        let length = frame.len() as u64;
        for word in [time_ns / 1_000_000_000, time_ns % 1_000_000_000, length, length] {
            file.extend(u32::try_from(word).unwrap().to_le_bytes());
        }
        file.extend(frame);
    }
    file
}

/// A pcapng file of one section, whose packets are on the last of so many interfaces.
pub(crate) fn pcapng<'f>(interfaces: u32, frames: impl IntoIterator<Item = (u64, &'f [u8])>) -> Vec<u8> {
    let mut file = Vec::new();
    block(&mut file, 0x0a0d_0d0a, &[&0x1a2b_3c4d_u32.to_le_bytes(), &1_u32.to_le_bytes(), &[0xff; 8]]);
    for number in 0..interfaces {
        let name = format!("eth{number:05}");
        let padded = [name.as_bytes(), &[0; 4][..name.len().next_multiple_of(4) - name.len()]].concat();
        let option =
            [&2_u16.to_le_bytes()[..], &(name.len() as u16).to_le_bytes(), &padded, &[0; 4]].concat();
        block(&mut file, 1, &[&1_u32.to_le_bytes(), &0_u32.to_le_bytes(), &option]);
    }
    for (time_ns, frame) in frames {
        let (time_us, length) = (time_ns / 1000, frame.len() as u32);
        let words = [interfaces - 1, (time_us >> 32) as u32, time_us as u32, length, length];
        let words: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let padding = vec![0; frame.len().next_multiple_of(4) - frame.len()];
        block(&mut file, 6, &[&words, frame, &padding]);
    }
    file
}

fn block(file: &mut Vec<u8>, kind: u32, body: &[&[u8]]) {
    let body = body.concat();
    let length = (body.len() as u32 + 12).to_le_bytes();
    file.extend([&kind.to_le_bytes()[..], &length, &body, &length].concat());
}
