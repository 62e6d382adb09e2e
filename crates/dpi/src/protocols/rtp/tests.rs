use crate::engine::Progress;
use crate::facts::Value;
use crate::label::Confidence;
use crate::testing::{Flow, UDP};

fn packet(payload_type: u8, sequence: u16, timestamp: u32, source: u32) -> Vec<u8> {
    let mut bytes = vec![0x80, payload_type];
    bytes.extend(sequence.to_be_bytes());
    bytes.extend(timestamp.to_be_bytes());
    bytes.extend(source.to_be_bytes());
    bytes.extend([0x55; 160]);
    bytes
}

#[test]
fn three_in_a_row() {
    let mut flow = Flow::new(UDP, 16384, 20000);
    assert_eq!(flow.src(&packet(8, 65535, u32::MAX, 7)), Progress::More);
    assert_eq!(flow.dst(&packet(8, 1, 0, 8)), Progress::More);
    // The marker bit is no part of the type.
    assert_eq!(flow.src(&packet(0x88, 0, 159, 7)), Progress::More);
    assert_eq!(flow.name(), None);
    assert_eq!(flow.src(&packet(8, 1, 159, 7)), Progress::Done);
    assert_eq!((flow.name(), flow.confidence()), (Some("rtp"), Some(Confidence::Proven)));
    let findings = &flow.inspection.case.findings;
    assert_eq!(findings.noted("codec"), Some(&Value::from("PCMA")));
    assert_eq!(findings.noted("ssrc"), Some(&Value::from(7_u32)));
}

#[test]
fn sources_and_rtcp_may_share_a_port() {
    let mut flow = Flow::new(UDP, 16384, 20000);
    flow.src(&packet(96, 1, 0, 7));
    flow.src(&packet(111, 77, 500, 9));
    flow.src(b"\x80\xc8\0\x06\0\0\0\x07\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    flow.src(&packet(96, 2, 0, 7));
    assert_eq!((flow.src(&packet(96, 4, 9, 7)), flow.name()), (Progress::Done, Some("rtp")));
}

#[test]
fn near_misses() {
    let not_media: [&[u8]; 3] = [&packet(2, 1, 1, 7), &packet(96, 1, 1, 7)[..11], &[0x40; 100]];
    for bytes in not_media {
        let mut flow = Flow::new(UDP, 16384, 20000);
        assert_eq!((flow.src(bytes), flow.name()), (Progress::Done, None));
    }
    let same: Vec<_> = (0..40).map(|_| packet(96, 1, 1, 7)).collect();
    let sources: Vec<_> = (0..40).map(|i| packet(96, i, 1, i.into())).collect();
    let backwards: Vec<_> = (0..40).map(|i| packet(96, i, 10_000 - u32::from(i), 7)).collect();
    for packets in [same, sources, backwards] {
        let mut flow = Flow::new(UDP, 16384, 20000);
        packets.iter().for_each(|packet| _ = flow.src(packet));
        assert_eq!(flow.name(), None);
    }
}

#[test]
fn sources_padding_and_extension_must_fit() {
    for (flags, fits) in [(0x82, true), (0x8f, false), (0xa0, true), (0x90, false)] {
        let mut flow = Flow::new(UDP, 16384, 20000);
        for sequence in 1..4 {
            let mut bytes = packet(96, sequence, 1, 7);
            bytes[0] = flags;
            flow.src(&bytes);
        }
        assert_eq!(flow.name().is_some(), fits, "{flags:x}");
    }
}
