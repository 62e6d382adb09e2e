//! How many different things, in little room.

use std::net::IpAddr;

/// Registers; the error is about 1.04 / sqrt(REGISTERS).
const REGISTERS: usize = 256;

/// Estimates how many different keys it was shown: HyperLogLog (Flajolet et al. 2007), 6.5 % off.
#[derive(Clone, Debug)]
pub(crate) struct Sketch([u8; REGISTERS]);

impl Default for Sketch {
    fn default() -> Self {
        Self([0; REGISTERS])
    }
}

impl Sketch {
    /// Shows it a key.
    #[allow(clippy::cast_possible_truncation, reason = "at most 57")]
    pub(crate) fn add(&mut self, key: u64) {
        let hash = mixed(key);
        let place = usize::try_from(hash >> 56).unwrap_or_default();
        let rank = (hash << 8 | 1 << 7).leading_zeros() as u8 + 1;
        if let Some(register) = self.0.get_mut(place) {
            *register = rank.max(*register);
        }
    }

    /// How many different ones there were, about.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below 2^64")]
    pub(crate) fn count(&self) -> u64 {
        const M: f64 = REGISTERS as f64;
        const ALPHA: f64 = 0.7213 / (1.0 + 1.079 / M);
        let sum: f64 = self.0.iter().map(|rank| 0.5_f64.powi(i32::from(*rank))).sum();
        let empty = self.0.iter().filter(|rank| **rank == 0).count();
        let raw = ALPHA * M * M / sum;
        // Of few keys the empty registers tell more.
        let estimate = if raw <= 2.5 * M && empty > 0 { M * (M / empty as f64).ln() } else { raw };
        estimate.round() as u64
    }
}

/// A number for an address; for IPv4 never that of another.
pub(crate) fn number_of(ip: IpAddr) -> u64 {
    match ip {
        IpAddr::V4(ip) => ip.to_bits().into(),
        IpAddr::V6(ip) => {
            let [a, b, c, d, e, f, g, h] = ip.segments().map(u64::from);
            let (high, low) = (a << 48 | b << 32 | c << 16 | d, e << 48 | f << 32 | g << 16 | h);
            mixed(mixed(high).wrapping_add(low))
        }
    }
}

/// Spreads a key over all bits (the finalizer of SplitMix64, Steele et al. 2014).
pub(crate) fn mixed(key: u64) -> u64 {
    let key = key.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let key = (key ^ (key >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let key = (key ^ (key >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    key ^ (key >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_counts_about_right() {
        for n in [1_u64, 10, 100, 1000, 100_000, 1_000_000] {
            let mut sketch = Sketch::default();
            (0..n).chain(0..n.min(1000)).for_each(|key| sketch.add(key));
            let off = sketch.count().abs_diff(n);
            assert!(off * 100 <= n * 20, "{n}: {}", sketch.count());
        }
        assert_eq!(Sketch::default().count(), 0);
    }
}
