//! What holds for every payload: recognition ends, its memory is bounded, and an inspection that
//! was used before says the same as a fresh one.

use std::cell::RefCell;

use dpi::{Engine, Facts, Inspection, Label, Progress, Segment};
use wire::{Timestamp, ip_protocol};

/// Ports that have an opinion attached, and some that have none; the input picks from them.
pub(crate) const PORTS: [u16; 32] = [
    53, 80, 443, 22, 5353, 5355, 137, 25, 110, 143, 21, 23, 123, 161, 67, 68, 389, 445, 1883, 5060, 3389,
    1900, 3478, 554, 6881, 500, 179, 8080, 5004, 784, 40000, 50001,
];

/// The sender opened the flow.
pub(crate) const FROM_SRC: u8 = 0x80;
/// The capture does not have all of the payload.
pub(crate) const CUT: u8 = 0x40;
/// The sequence number is given, by the byte behind the length.
pub(crate) const JUMP: u8 = 0x20;
/// The upper bits of the length.
pub(crate) const LEN_HIGH: u8 = 0x07;

/// The destination is a protocol's port: by its place among all of them, of which the upper four bits
/// are the choice's and the lower eight the second port's.
pub(crate) const USUAL: u8 = 0x08;

/// One input: transport, whether the handshake was seen and how to read the second port; the two
/// ports, then segments: a byte of bits above, the length's low byte, perhaps a distance, the payload.
pub(crate) fn check(data: &[u8]) {
    thread_local! {
        static ENGINE: Engine = Engine::default();
        static POOLED: RefCell<Inspection> = RefCell::default();
    }
    let Some((&[choice, src, dst], script)) = data.split_first_chunk() else { return };
    let port = |p: u8| if p & 0x80 == 0 { PORTS[usize::from(p) % 32] } else { u16::from(p) << 8 };
    let usual = || {
        let all = Engine::usual_ports();
        all.get((usize::from(choice >> 4) << 8 | usize::from(dst)) % all.len().max(1)).copied()
    };
    let at_usual = if choice & USUAL == 0 { None } else { usual() };
    let flow = Flow {
        transport: [ip_protocol::TCP, ip_protocol::UDP, ip_protocol::TCP, ip_protocol::SCTP]
            [usize::from(choice & 3)],
        ports: [port(src), at_usual.unwrap_or_else(|| port(dst))],
        from_start: choice & 4 != 0,
    };
    ENGINE.with(|engine| {
        let fresh = run(engine, &mut Inspection::default(), &flow, script);
        let again = POOLED.with_borrow_mut(|pooled| {
            let again = run(engine, pooled, &flow, script);
            pooled.reset();
            assert_eq!((pooled.label(), pooled.facts()), (None, &Facts::default()));
            again
        });
        assert_eq!(fresh, again);
    });
}

struct Flow {
    transport: u8,
    ports: [u16; 2],
    from_start: bool,
}

/// What a flow may hold: both heads at their largest, and the facts.
const MOST_BYTES: usize = 160 << 10;

fn run(
    engine: &Engine,
    inspection: &mut Inspection,
    flow: &Flow,
    mut script: &[u8],
) -> (Option<Label>, Option<Box<Facts>>, u32) {
    let mut next = [1000u32, 0xffff_ff00];
    let mut segments = 0;
    while let Some((&[bits, len], rest)) = script.split_first_chunk() {
        let from_src = bits & FROM_SRC != 0;
        let side = usize::from(!from_src);
        let (distance, rest) = match (bits & JUMP != 0, rest.split_first()) {
            (true, Some((&by, rest))) => (i32::from(by as i8) * 16, rest),
            _ => (0, rest),
        };
        let len = usize::from(bits & LEN_HIGH) << 8 | usize::from(len);
        let (payload, rest) = rest.split_at(len.min(rest.len()));
        script = rest;
        if payload.is_empty() {
            continue;
        }
        let payload_len = u32::try_from(payload.len()).unwrap_or(0);
        let seq = next[side].wrapping_add_signed(distance);
        next[side] = seq.wrapping_add(payload_len);
        segments += 1;
        let segment = Segment {
            transport: flow.transport,
            src_port: flow.ports[0],
            dst_port: flow.ports[1],
            from_src,
            seq,
            from_start: flow.from_start,
            payload,
            payload_len: payload_len + if bits & CUT != 0 { 100 } else { 0 },
            time: Timestamp(1_700_000_000_000_000_000 + u64::from(segments) * 1_000_000),
            lookups: true,
        };
        let progress = engine.inspect(inspection, &segment);
        let held = inspection.heap_bytes();
        assert!(held <= MOST_BYTES, "{held} bytes held");
        if progress == Progress::Done {
            break;
        }
    }
    let label = inspection.label();
    (label, inspection.take_facts(), segments)
}
