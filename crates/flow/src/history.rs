//! What happened on a TCP connection, in order: each letter once a side, packed into one word.

use crate::entry::Side;

/// Events, as positions in [`LETTERS`] and bits of [`Side::seen`].
pub(crate) mod event {
    /// SYN, or SYN+ACK if [`super::SYN_ACK`] is given.
    pub(crate) const SYN: u8 = 0;
    pub(crate) const ACK: u8 = 1;
    pub(crate) const DATA: u8 = 2;
    pub(crate) const FIN: u8 = 3;
    pub(crate) const RST: u8 = 4;
    pub(crate) const RETRANSMISSION: u8 = 5;
    pub(crate) const CLOSED_WINDOW: u8 = 6;
    pub(crate) const GAP: u8 = 7;
}

/// A SYN with an ACK has a letter of its own but shares the SYN's bit: a side sends one or the other.
pub(crate) const SYN_ACK: u8 = 8;

const LETTERS: [u8; 9] = *b"sadfrtwgh";
const BITS: u32 = 5;
/// Twelve letters of five bits: the event plus one, and who.
const FULL: u64 = 1 << (BITS * 11);

/// Adds an event if this side has not had it yet and there is room.
#[inline]
pub(crate) fn add(history: &mut u64, side: &mut Side, from_dst: bool, event: u8) {
    let bit = 1 << if event == SYN_ACK { event::SYN } else { event };
    if side.seen & bit == 0 {
        side.seen |= bit;
        if *history < FULL {
            *history = *history << BITS | u64::from(event + 1) << 1 | u64::from(from_dst);
        }
    }
}

pub(crate) fn letters(mut history: u64) -> Option<String> {
    let mut reversed = Vec::new();
    while history != 0 {
        let code = (history & ((1 << BITS) - 1)) as usize;
        history >>= BITS;
        let letter = (code >> 1).checked_sub(1).and_then(|i| LETTERS.get(i)).copied().unwrap_or(b'?');
        reversed.push(if code & 1 == 0 { letter.to_ascii_uppercase() } else { letter });
    }
    reversed.reverse();
    String::from_utf8(reversed).ok().filter(|s| !s.is_empty())
}
