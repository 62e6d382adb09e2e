//! A small assembler for classic BPF, the filter language of packet sockets
//! (Linux Documentation/networking/filter.rst).

use libc::{
    BPF_ABS, BPF_ALU, BPF_B, BPF_H, BPF_IMM, BPF_IND, BPF_JA, BPF_JEQ, BPF_JMP, BPF_JSET, BPF_K, BPF_LD,
    BPF_LDX, BPF_MEM, BPF_MISC, BPF_RET, BPF_ST, BPF_STX, BPF_TAX, BPF_TXA, BPF_W, BPF_X, sock_filter,
};

/// A program that keeps the first `bytes` bytes of each frame; 0 keeps nothing, not even the count.
pub(super) fn keep(bytes: u32) -> [sock_filter; 1] {
    [instruction(BPF_RET | BPF_K, bytes)]
}

/// A place in a program that is being written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Label(usize);

/// Width of a load from the packet.
#[derive(Clone, Copy, Debug)]
pub(super) enum Width {
    Byte,
    Half,
    Word,
}

/// Writes a program from top to bottom. `A` is the accumulator, `X` the index register, `M` the
/// scratch memory of 16 words. All jumps go forward. A load outside the packet ends the program
/// with result 0.
#[derive(Debug, Default)]
pub(super) struct Assembler {
    lines: Vec<Line>,
    /// Where each label stands, by number.
    places: Vec<Option<usize>>,
}

#[derive(Debug)]
struct Line {
    instruction: sock_filter,
    target: Option<Label>,
}

impl Assembler {
    /// A new label, not placed yet.
    pub(super) fn label(&mut self) -> Label {
        self.places.push(None);
        Label(self.places.len() - 1)
    }

    /// The next instruction is what `label` names.
    pub(super) fn place(&mut self, label: Label) {
        if let Some(place) = self.places.get_mut(label.0) {
            *place = Some(self.lines.len());
        }
    }

    /// A = what the kernel knows about the packet under an SKF_AD_ number.
    pub(super) fn load_extension(&mut self, number: libc::c_int) {
        self.put(BPF_LD | BPF_W | BPF_ABS, (libc::SKF_AD_OFF + number).cast_unsigned());
    }

    /// A = packet[at].
    pub(super) fn load(&mut self, width: Width, at: u32) {
        self.put(BPF_LD | width.code() | BPF_ABS, at);
    }

    /// A = packet[X + at].
    pub(super) fn load_indexed(&mut self, width: Width, at: u32) {
        self.put(BPF_LD | width.code() | BPF_IND, at);
    }

    /// X = value.
    pub(super) fn set_x(&mut self, value: u32) {
        self.put(BPF_LDX | BPF_W | BPF_IMM, value);
    }

    /// M[slot] = A.
    pub(super) fn store(&mut self, slot: u32) {
        self.put(BPF_ST, slot);
    }

    /// M[slot] = X.
    pub(super) fn store_x(&mut self, slot: u32) {
        self.put(BPF_STX, slot);
    }

    /// A = M[slot].
    pub(super) fn recall(&mut self, slot: u32) {
        self.put(BPF_LD | BPF_W | BPF_MEM, slot);
    }

    /// X = M[slot].
    pub(super) fn recall_x(&mut self, slot: u32) {
        self.put(BPF_LDX | BPF_W | BPF_MEM, slot);
    }

    /// X = A.
    pub(super) fn a_to_x(&mut self) {
        self.put(BPF_MISC | BPF_TAX, 0);
    }

    /// A = X.
    pub(super) fn x_to_a(&mut self) {
        self.put(BPF_MISC | BPF_TXA, 0);
    }

    /// A = A (operation) value; `operation` is BPF_ADD, BPF_MUL, BPF_RSH and so on.
    pub(super) fn compute(&mut self, operation: u32, value: u32) {
        self.put(BPF_ALU | operation | BPF_K, value);
    }

    /// A = A (operation) X.
    pub(super) fn compute_x(&mut self, operation: u32) {
        self.put(BPF_ALU | operation | BPF_X, 0);
    }

    /// Goes on at `target` if A is `value`, else with the next line.
    pub(super) fn jump_if_equal(&mut self, value: u32, target: Label) {
        self.put_jump(BPF_JEQ, value, target);
    }

    /// Goes on at `target` if A has any bit of `mask`, else with the next line.
    pub(super) fn jump_if_any(&mut self, mask: u32, target: Label) {
        self.put_jump(BPF_JSET, mask, target);
    }

    /// Goes on at `target`.
    pub(super) fn jump(&mut self, target: Label) {
        self.put_jump(BPF_JA, 0, target);
    }

    /// Ends with a fixed result.
    pub(super) fn give(&mut self, value: u32) {
        self.put(BPF_RET | BPF_K, value);
    }

    /// Ends with A as result.
    pub(super) fn give_a(&mut self) {
        self.put(BPF_RET | libc::BPF_A, 0);
    }

    /// The program; nothing if a label was not placed, stands behind a jump to it, or is farther
    /// than a jump reaches (255 instructions, where the jump has a condition).
    pub(super) fn finish(self) -> Option<Vec<sock_filter>> {
        let places = self.places;
        self.lines
            .into_iter()
            .enumerate()
            .map(|(at, line)| {
                let mut instruction = line.instruction;
                if let Some(label) = line.target {
                    let distance = places.get(label.0)?.as_ref()?.checked_sub(at + 1)?;
                    if u32::from(instruction.code) == BPF_JMP | BPF_JA {
                        instruction.k = u32::try_from(distance).ok()?;
                    } else {
                        instruction.jt = u8::try_from(distance).ok()?;
                    }
                }
                Some(instruction)
            })
            .collect()
    }

    fn put(&mut self, code: u32, k: u32) {
        self.lines.push(Line { instruction: instruction(code, k), target: None });
    }

    fn put_jump(&mut self, condition: u32, k: u32, target: Label) {
        self.lines.push(Line { instruction: instruction(BPF_JMP | condition, k), target: Some(target) });
    }
}

impl Width {
    fn code(self) -> u32 {
        match self {
            Self::Byte => BPF_B,
            Self::Half => BPF_H,
            Self::Word => BPF_W,
        }
    }
}

/// Codes are at most 8 bits wide.
#[allow(clippy::cast_possible_truncation)]
fn instruction(code: u32, k: u32) -> sock_filter {
    sock_filter { code: code as u16, jt: 0, jf: 0, k }
}

/// What a program sees of a packet, and a machine to run it on, for tests.
#[cfg(test)]
pub(super) mod machine {
    use super::*;

    /// A packet as the fan-out hook has it.
    pub(in crate::live) struct Packet {
        pub(in crate::live) kind: u32,
        pub(in crate::live) protocol: u32,
        pub(in crate::live) data: Vec<u8>,
    }

    /// Runs `program` as the kernel would. Panics on what the kernel would refuse to load.
    pub(in crate::live) fn run(program: &[sock_filter], packet: &Packet) -> u32 {
        let (mut a, mut x, mut memory, mut at) = (0_u32, 0_u32, [0_u32; 16], 0);
        loop {
            let sock_filter { code, jt, jf, k } = program[at];
            let code = u32::from(code);
            at += 1;
            match code & 7 {
                BPF_LD => match code & 0xe0 {
                    BPF_IMM => a = k,
                    BPF_MEM => a = memory[k as usize],
                    BPF_ABS if k.cast_signed() < 0 => a = extension(k.cast_signed(), packet),
                    mode @ (BPF_ABS | BPF_IND) => {
                        let from = if mode == BPF_IND { x.wrapping_add(k) } else { k } as usize;
                        let width = [4, 2, 1][(code as usize & 0x18) >> 3];
                        let Some(bytes) = packet.data.get(from..from + width) else { return 0 };
                        a = bytes.iter().fold(0, |value, &b| value << 8 | u32::from(b));
                    }
                    mode => panic!("load mode {mode:#x}"),
                },
                BPF_LDX => x = if code & 0xe0 == BPF_MEM { memory[k as usize] } else { k },
                BPF_ST => memory[k as usize] = a,
                BPF_STX => memory[k as usize] = x,
                BPF_ALU => {
                    let by = if code & BPF_X == 0 { k } else { x };
                    a = match code & 0xf0 {
                        libc::BPF_ADD => a.wrapping_add(by),
                        libc::BPF_MUL => a.wrapping_mul(by),
                        libc::BPF_RSH => a >> by,
                        libc::BPF_XOR => a ^ by,
                        operation => panic!("operation {operation:#x}"),
                    };
                }
                BPF_JMP => {
                    let distance = match code & 0xf0 {
                        BPF_JA => k,
                        BPF_JEQ => u32::from(if a == k { jt } else { jf }),
                        BPF_JSET => u32::from(if a & k != 0 { jt } else { jf }),
                        condition => panic!("condition {condition:#x}"),
                    };
                    at += distance as usize;
                }
                BPF_RET => return if code & 0x18 == libc::BPF_A { a } else { k },
                _ if code & 0x80 == BPF_TXA => a = x,
                _ => x = a,
            }
        }
    }

    fn extension(k: i32, packet: &Packet) -> u32 {
        match k - libc::SKF_AD_OFF {
            libc::SKF_AD_PROTOCOL => packet.protocol,
            libc::SKF_AD_PKTTYPE => packet.kind,
            number => panic!("extension {number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_become_distances() {
        let mut asm = Assembler::default();
        let (one, end) = (asm.label(), asm.label());
        asm.load(Width::Byte, 0);
        asm.jump_if_equal(1, one);
        asm.jump(end);
        asm.place(one);
        asm.give(11);
        asm.place(end);
        asm.give(22);
        let program = asm.finish().unwrap();
        let result =
            |byte| machine::run(&program, &machine::Packet { kind: 0, protocol: 0, data: vec![byte] });
        assert_eq!((result(1), result(2)), (11, 22));
    }

    #[test]
    fn what_cannot_be_reached_is_refused() {
        let mut asm = Assembler::default();
        let nowhere = asm.label();
        asm.jump(nowhere);
        assert!(asm.finish().is_none());

        let mut asm = Assembler::default();
        let back = asm.label();
        asm.place(back);
        asm.jump(back);
        assert!(asm.finish().is_none());

        let mut asm = Assembler::default();
        let far = asm.label();
        asm.jump_if_any(1, far);
        (0..256).for_each(|_| asm.give(0));
        asm.place(far);
        assert!(asm.finish().is_none());
    }
}
