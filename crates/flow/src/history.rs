//! What happened on a TCP connection, in order: each letter once a side, packed into one word.

use crate::pair::Who;

/// Events, as positions in [`LETTERS`] and bits of what a side has seen.
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
    /// Bits of the events that the sequence numbers tell.
    pub(crate) const FOUND: u8 = 1 << RETRANSMISSION | 1 << CLOSED_WINDOW | 1 << GAP;
}

/// A SYN with an ACK has a letter of its own but shares the SYN's bit: a side sends one or the other.
pub(crate) const SYN_ACK: u8 = 8;

const LETTERS: [u8; 9] = *b"sadfrtwgh";
const BITS: u32 = 5;
/// Twelve letters of five bits: the event plus one, and who.
const FULL: u64 = 1 << (BITS * 11);

/// Adds an event if there is room.
#[inline]
pub(crate) fn add(history: &mut u64, from: Who, event: u8) {
    if *history < FULL {
        *history = *history << BITS | u64::from(event + 1) << 1 | u64::from(from == Who::Dst);
    }
}

/// The letters: upper case from the side that opened the flow, lower case from the other.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_come_in_order_with_their_sender() {
        let mut history = 0;
        let events = [
            (Who::Src, event::SYN),
            (Who::Dst, SYN_ACK),
            (Who::Src, event::ACK),
            (Who::Src, event::DATA),
            (Who::Dst, event::GAP),
        ];
        for (from, event) in events {
            add(&mut history, from, event);
        }
        assert_eq!(letters(history).as_deref(), Some("ShADg"));
    }

    #[test]
    fn nothing_happened() {
        assert_eq!(letters(0), None);
    }

    #[test]
    fn what_comes_after_twelve_letters_is_left_out() {
        let mut history = 0;
        for event in (0..=SYN_ACK).cycle().take(40) {
            add(&mut history, Who::Dst, event);
        }
        assert_eq!(letters(history).as_deref(), Some("sadfrtwghsad"));
    }
}
