use std::ops::{Add, Sub};

/// Nanoseconds since 1970-01-01T00:00:00Z, without leap seconds: the time a packet was seen.
///
/// Reaches to the year 2554. Arithmetic saturates, because a capture may hold any time at all.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// From whole seconds and nanoseconds.
    pub const fn new(secs: u64, nanos: u32) -> Self {
        Self(secs.saturating_mul(1_000_000_000).saturating_add(nanos as u64))
    }

    /// Nanoseconds since the epoch.
    pub const fn nanos(self) -> u64 {
        self.0
    }

    /// Whole seconds since the epoch.
    pub const fn secs(self) -> u64 {
        self.0 / 1_000_000_000
    }

    /// Nanoseconds from `earlier` to `self`; 0 if the clock went back.
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// Adds nanoseconds.
impl Add<u64> for Timestamp {
    type Output = Self;

    fn add(self, nanos: u64) -> Self {
        Self(self.0.saturating_add(nanos))
    }
}

/// Subtracts nanoseconds.
impl Sub<u64> for Timestamp {
    type Output = Self;

    fn sub(self, nanos: u64) -> Self {
        Self(self.0.saturating_sub(nanos))
    }
}
