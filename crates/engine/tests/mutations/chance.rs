//! Damage by chance, and always the same chance.

/// xorshift64*: good enough to break things with.
pub(crate) struct Chance(u64);

/// Values at the edges of the fields that hold them.
const EDGES: [u8; 10] = [0, 1, 4, 5, 0x0f, 0x40, 0x7f, 0x80, 0xfe, 0xff];
/// Inputs do not grow further than this.
const MOST: usize = 4096;

impl Chance {
    /// Seeded by a name, so that every test has a sequence of its own.
    pub(crate) fn new(name: &str) -> Self {
        let mixed = name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(mixed | 1)
    }

    pub(crate) fn word(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    /// A number below `n`, which is not 0.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.word() % n as u64) as usize
    }

    /// One kind of damage at one place; headers come first, so more often among the first bytes.
    pub(crate) fn damage(&mut self, bytes: &mut Vec<u8>, other: &[u8]) {
        if bytes.is_empty() {
            bytes.push(self.word() as u8);
        }
        let span = if self.below(3) == 0 { bytes.len() } else { bytes.len().min(100) };
        let at = self.below(span);
        match self.below(12) {
            0..=2 => bytes[at] ^= 1 << self.below(8),
            3 => bytes[at] = self.word() as u8,
            4 => bytes[at] = EDGES[self.below(EDGES.len())],
            5 => self.length_field(bytes, at),
            6 => bytes.truncate(at),
            7 => {
                let end = bytes.len().min(at + 1 + self.below(16));
                bytes.drain(at..end);
            }
            8 => {
                let few: Vec<u8> = (0..=self.below(16)).map(|_| self.word() as u8).collect();
                bytes.splice(at..at, few);
            }
            9 => {
                // From here on, another packet.
                let from = self.below(other.len().max(1)).min(other.len());
                bytes.truncate(at);
                bytes.extend(&other[from..]);
            }
            10 => {
                // The same again: headers in headers, options in options.
                let end = bytes.len().min(at + 1 + self.below(64));
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
            _ => {
                let edge = EDGES[self.below(EDGES.len())];
                let end = bytes.len().min(at + 1 + self.below(8));
                bytes[at..end].fill(edge);
            }
        }
        bytes.truncate(MOST);
    }

    /// What a length field might say that is nearly right, or badly wrong.
    fn length_field(&mut self, bytes: &mut [u8], at: usize) {
        let rest = bytes.len() - at;
        let value = match self.below(6) {
            0 => rest,
            1 => rest + 1,
            2 => rest.saturating_sub(1),
            3 => 0,
            4 => 0xffff,
            _ => self.below(rest + 64),
        } as u16;
        let value = if self.below(4) == 0 { value.to_le_bytes() } else { value.to_be_bytes() };
        for (byte, new) in bytes[at..].iter_mut().zip(value) {
            *byte = new;
        }
    }
}
