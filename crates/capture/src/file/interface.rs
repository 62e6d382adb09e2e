//! What a capture says about the interfaces it was taken on.

use wire::{LinkType, Timestamp};

/// An interface that packets were captured on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Interface {
    /// Its name, such as `eth0`, if the capture tells.
    pub name: Option<String>,
    /// How its frames begin.
    pub link: LinkType,
    /// Unit of its timestamps in the capture.
    pub resolution: Resolution,
    /// The most bytes captured of a packet; 0 if there was no limit.
    pub snaplen: u32,
}

/// Unit of a capture's timestamps.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Resolution {
    /// 10 to the minus this many seconds.
    Decimal(u8),
    /// 2 to the minus this many seconds.
    Binary(u8),
}

impl Resolution {
    /// Microseconds, the usual one.
    pub const MICRO: Self = Self::Decimal(6);
    /// Nanoseconds.
    pub const NANO: Self = Self::Decimal(9);

    /// From the value of pcapng's if_tsresol (draft-ietf-opsawg-pcapng s4.2): the most
    /// significant bit tells the base, the others the exponent.
    pub(super) const fn from_option(value: u8) -> Self {
        match value & 0x80 {
            0 => Self::Decimal(value),
            _ => Self::Binary(value & 0x7f),
        }
    }
}

/// Turns the timestamps of an interface into nanoseconds since the epoch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    scale: Scale,
    /// Added to every timestamp.
    offset_ns: i128,
}

impl Clock {
    /// `offset` in seconds, from if_tsoffset.
    pub(super) fn new(resolution: Resolution, offset: i64) -> Self {
        let scale = match resolution {
            Resolution::Decimal(exponent @ ..=9) => Scale::Times(10u64.pow(9 - u32::from(exponent))),
            // Where the divisor needs more than 64 bits, no count of ticks makes one nanosecond.
            Resolution::Decimal(exponent) => {
                10u64.checked_pow(u32::from(exponent) - 9).map_or(Scale::Times(0), Scale::Over)
            }
            Resolution::Binary(exponent) => Scale::Binary(exponent.min(127)),
        };
        Self { scale, offset_ns: i128::from(offset) * i128::from(NANOS) }
    }

    /// Exact but for the part of a nanosecond; the ends of [`Timestamp`] where it is beyond them.
    #[inline]
    pub(super) fn time(&self, ticks: u64) -> Timestamp {
        // No overflow: 2^64 ticks times 10^9 is below 2^94.
        let ns = match self.scale {
            Scale::Times(factor) => i128::from(ticks) * i128::from(factor),
            Scale::Over(divisor) => i128::from(ticks / divisor),
            Scale::Binary(shift) => (i128::from(ticks) * i128::from(NANOS)) >> shift,
        };
        let ns = (ns + self.offset_ns).clamp(0, i128::from(u64::MAX));
        Timestamp(u64::try_from(ns).unwrap_or(u64::MAX))
    }
}

/// How ticks become nanoseconds, worked out once per interface.
#[derive(Clone, Copy, Debug)]
enum Scale {
    /// By a factor.
    Times(u64),
    /// By a divisor, never 0.
    Over(u64),
    /// Seconds shifted by this many bits.
    Binary(u8),
}

const NANOS: u64 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn nanos(tsresol: u8, offset: i64, ticks: u64) -> u64 {
        Clock::new(Resolution::from_option(tsresol), offset).time(ticks).nanos()
    }

    #[test]
    fn decimal_ticks_are_scaled() {
        assert_eq!(nanos(6, 0, 1_700_000_000_123_456), 1_700_000_000_123_456_000);
        assert_eq!(nanos(9, 0, 1_700_000_000_123_456_789), 1_700_000_000_123_456_789);
        assert_eq!(nanos(0, 0, 1_700_000_000), 1_700_000_000_000_000_000);
        assert_eq!(nanos(12, 0, 1_234_567), 1234);
        assert_eq!(nanos(127, 0, u64::MAX), 0);
    }

    #[test]
    fn binary_ticks_are_scaled_exactly() {
        assert_eq!(nanos(0x80 | 20, 0, (1_700_000_000 << 20) + (1 << 19)), 1_700_000_000_500_000_000);
        assert_eq!(nanos(0x80 | 32, 0, (7 << 32) | 1), 7_000_000_000);
        assert_eq!(nanos(0x80 | 32, 0, (7 << 32) | 5), 7_000_000_001);
        assert_eq!(nanos(0x80, 0, 3), 3_000_000_000);
        assert_eq!(nanos(0xff, 0, u64::MAX), 0);
    }

    #[test]
    fn offsets_are_added_and_never_wrap() {
        assert_eq!(nanos(6, 1_700_000_000, 5), 1_700_000_000_000_005_000);
        assert_eq!(nanos(6, -1, 1_000_001), 1000);
        assert_eq!(nanos(6, i64::MIN, u64::MAX), 0);
        assert_eq!(nanos(0, i64::MAX, u64::MAX), u64::MAX);
    }
}
