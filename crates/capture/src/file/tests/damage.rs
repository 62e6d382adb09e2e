//! Captures with something wrong: all packets before it, its place, and never a panic.

use proptest::prelude::*;

use super::pcap::Pcap;
use super::pcapng::Ng;
use super::*;

/// The packets that were read before the error, and the error.
fn damaged(bytes: &[u8]) -> (usize, String) {
    let outcome = read(bytes);
    let error = outcome.error.as_ref().expect("an error");
    assert_eq!(error.packet, outcome.packets.len() as u64 + 1);
    (outcome.packets.len(), outcome.error())
}

#[test]
fn a_cut_pcap_names_the_place() {
    let whole = Pcap::plain().with(&[vec![1; 60], vec![2; 60]]);
    let (packets, error) = damaged(&whole[..whole.len() - 1]);
    assert_eq!(packets, 1);
    assert_eq!(
        error,
        "packet 2, at byte 100: the file ends within a packet: 75 of 76 bytes; it was cut short or is still being written"
    );
    let (packets, error) = damaged(&whole[..24 + 76 + 15]);
    assert_eq!(packets, 1);
    assert!(error.contains("at byte 100") && error.contains("a packet's header: 15 of 16"), "{error}");
}

#[test]
fn a_length_beyond_sense_is_damage() {
    let mut pcap = Pcap::new(Order::Big, 0xa1b2_c3d4, 0, 1);
    for secs in 0..1500 {
        pcap.packet(secs, 0, b"fine");
    }
    pcap.header(1, 1, 0x7fff_ffff, 60);
    pcap.out.put(&[0; 100]);
    let (packets, error) = damaged(&pcap.out.bytes);
    assert_eq!(packets, 1500, "all before the damage");
    assert!(error.contains("packet 1501, at byte 30024"), "{error}");
    assert!(error.contains("2147483647 captured bytes, beyond 1048576"), "{error}");
}

#[test]
fn a_tail_of_zeros_is_not_packets() {
    let mut pcap = Pcap::plain();
    pcap.packet(1, 0, b"fine");
    pcap.packet(0, 0, b"");
    pcap.out.put(&[0; 4096]);
    let (packets, error) = damaged(&pcap.out.bytes);
    assert_eq!(packets, 1);
    assert!(error.contains("all zeros"), "{error}");
}

/// A section, an interface and a packet, then what `then` adds.
fn ng(then: impl FnOnce(&mut Ng)) -> Vec<u8> {
    let mut ng = Ng::new(Order::Little);
    ng.interface(1, 0, &[]);
    ng.enhanced(0, 1, b"fine");
    then(&mut ng);
    ng.out.bytes
}

#[test]
fn broken_blocks_name_what_is_wrong() {
    let raw = |values: &'static [u32]| ng(|ng| values.iter().for_each(|value| ng.out.u32(*value)));
    for (bytes, said) in [
        (raw(&[6]), "ends within a block's header: 4 of 12"),
        (raw(&[5, 400, 0, 0]), "ends within a block: 16 of 400"),
        (raw(&[5, 13, 0, 0]), "type 0x5 claims 13 bytes, which is not a multiple of 4 from 12 to 67108864"),
        (raw(&[5, 0, 0, 0]), "claims 0 bytes"),
        (raw(&[6, 28, 0, 0, 0, 0, 28]), "not a multiple of 4 from 32"),
        (raw(&[5, 0x7fff_fffc, 0, 0]), "claims 2147483644 bytes"),
        (raw(&[5, 16, 0, 20]), "claims 16 bytes at its start and 20 at its end"),
        (raw(&[0x0a0d_0d0a, 28, 1]), "byte-order magic is 0x00000001"),
        (ng(|ng| ng.enhanced(3, 1, b"x")), "interface 3, but its section describes 1"),
        (ng(|ng| ng.simple(100, b"only twelve?")), "100 captured bytes in a block that has room for 12"),
    ] {
        let (packets, error) = damaged(&bytes);
        assert_eq!(packets, 1);
        assert!(error.contains("packet 2, at byte 96"), "{error}");
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn a_section_of_another_version_is_not_guessed_at() {
    let bytes = ng(|ng| {
        ng.block(0x0a0d_0d0a, |out| {
            out.u32(0x1a2b_3c4d);
            out.u16(2);
            out.u16(0);
            out.i64(-1);
        });
    });
    assert!(damaged(&bytes).1.contains("version 2"));
}

#[test]
fn interfaces_without_end_are_damage() {
    let bytes = ng(|ng| (0..1 << 16).for_each(|_| ng.interface(1, 0, &[])));
    let file = file_of(&bytes);
    let outcome = drain(Reader::open(file.path()).unwrap());
    assert!(outcome.error().contains("more than 65536 interfaces"), "{}", outcome.error());
}

/// Small captures of both formats, compressed ones too.
fn seeds() -> Vec<Vec<u8>> {
    let frames = frames(20);
    let pcap = Pcap::plain().with(&frames);
    let mut ng = Ng::new(Order::Big);
    ng.interface(1, 96, &[(2, b"eth0"), (9, &[0x94]), (14, &[0, 0, 0, 0, 0, 0, 0, 9])]);
    for (tick, frame) in (0..).zip(&frames) {
        ng.enhanced(0, tick, frame);
        ng.simple(4, b"abcd");
    }
    let ng = ng.out.bytes;
    let packed = [stream::gzip(&pcap), stream::zstd(&ng)];
    [pcap, ng].into_iter().chain(packed).collect()
}

/// The first seeds are not compressed.
const PLAIN_SEEDS: usize = 2;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    /// Random bytes in a good capture: no panic, and a map and a stream fare alike. How much comes
    /// out of damaged compressed data before the error depends on the pieces it is read in.
    #[test]
    fn damage_never_panics(
        seed in 0usize..4,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        keep in any::<prop::sample::Index>(),
        cut in any::<bool>(),
        piece in 1usize..5000,
    ) {
        let mut bytes = seeds().swap_remove(seed);
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if cut {
            bytes.truncate(keep.index(bytes.len()).max(1));
        }
        let file = file_of(&bytes);
        match (Reader::open(file.path()), open_stream(Pieces::of(&bytes, piece))) {
            (Ok(file), Ok(stream)) => {
                let (file, stream) = (drain(file), drain(stream));
                if seed >= PLAIN_SEEDS {
                    return Ok(());
                }
                prop_assert!(file.packets == stream.packets);
                prop_assert_eq!(file.interfaces, stream.interfaces);
                prop_assert_eq!(
                    file.error.map(|error| error.to_string()),
                    stream.error.map(|error| error.to_string())
                );
            }
            _ if seed >= PLAIN_SEEDS => {}
            (Err(file), Err(stream)) => prop_assert_eq!(file.to_string(), stream.to_string()),
            (file, stream) => prop_assert!(false, "{:?} against {:?}", file.is_ok(), stream.is_ok()),
        }
    }
}
