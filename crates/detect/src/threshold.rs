//! Numbers that a detector goes by, with their units and bounds; each can be set.

/// One number that a detector goes by.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Threshold {
    /// Its key under `detect.<detector>`.
    pub name: &'static str,
    /// What holds if it is not set.
    pub default: Setting,
    /// The least and the most that make sense, both included.
    pub range: (f64, f64),
    /// What it is, in words for the manual.
    pub about: &'static str,
}

/// What kind of number it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    /// How many.
    Count,
    /// A share or ratio.
    Ratio,
    /// Bytes.
    Bytes,
    /// Seconds.
    Seconds,
}

/// A number with its unit.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Setting {
    /// How many.
    Count(u64),
    /// A share or ratio.
    Ratio(f64),
    /// Bytes.
    Bytes(u64),
    /// Seconds.
    Seconds(f64),
}

impl Setting {
    /// Its unit.
    pub fn unit(self) -> Unit {
        match self {
            Self::Count(_) => Unit::Count,
            Self::Ratio(_) => Unit::Ratio,
            Self::Bytes(_) => Unit::Bytes,
            Self::Seconds(_) => Unit::Seconds,
        }
    }

    /// The bare number.
    #[allow(clippy::cast_precision_loss, reason = "nobody sets 2^53")]
    pub fn number(self) -> f64 {
        match self {
            Self::Count(n) | Self::Bytes(n) => n as f64,
            Self::Ratio(n) | Self::Seconds(n) => n,
        }
    }
}
