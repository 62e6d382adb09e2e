//! How much a series of connections looks like a machine's: RITA's measures, over what is kept of it.

/// Quartiles of a series.
#[derive(Clone, Copy, Debug)]
struct Quartiles {
    low: f64,
    median: f64,
    high: f64,
    /// Median distance from the median.
    mad: f64,
}

fn quartiles(values: &[f64]) -> Option<Quartiles> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |share: f64| {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in the list")]
        let place = ((sorted.len() as f64 - 1.0) * share).round() as usize;
        sorted.get(place).copied()
    };
    let (low, median, high) = (at(0.25)?, at(0.5)?, at(0.75)?);
    let mut distances: Vec<f64> = sorted.iter().map(|value| (value - median).abs()).collect();
    distances.sort_by(f64::total_cmp);
    let mad = distances.get(distances.len() / 2).copied()?;
    Some(Quartiles { low, median, high, mad })
}

/// How even a series is, from 0 to 1: the mean of how little it is skewed (Bowley) and how little it is spread.
/// `floor` is the spread below which the quartiles say nothing about skew.
pub(super) fn evenness(values: &[f64], floor: f64) -> f64 {
    let Some(q) = quartiles(values) else { return 0.0 };
    let width = q.high - q.low;
    let skew = if width < floor || q.median <= q.low || q.median >= q.high {
        0.0
    } else {
        (q.high + q.low - 2.0 * q.median) / width
    };
    let spread = if q.median > 0.0 { ((q.median - q.mad) / q.median).max(0.0) } else { 0.0 };
    f64::midpoint(1.0 - skew.abs(), spread)
}

/// How evenly times fill the span between the first and the last, from 0 to 1: one less the variation of the counts of
/// so many bins.
pub(super) fn coverage(times_s: &[f64]) -> f64 {
    const MOST_BINS: usize = 24;
    let (Some(first), Some(last)) = (times_s.first(), times_s.last()) else { return 0.0 };
    let span = last - first;
    // With fewer than four in a bin the counts vary by where the bins begin.
    let bins = (times_s.len() / 4).clamp(1, MOST_BINS);
    if span <= 0.0 || bins < 2 {
        return 0.0;
    }
    let mut counts = vec![0.0_f64; bins];
    for time in times_s {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in the list")]
        let place = (((time - first) / span * bins as f64) as usize).min(bins - 1);
        if let Some(count) = counts.get_mut(place) {
            *count += 1.0;
        }
    }
    let mean = times_s.len() as f64 / bins as f64;
    let variance = counts.iter().map(|count| (count - mean).powi(2)).sum::<f64>() / bins as f64;
    (1.0 - variance.sqrt() / mean).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_even_and_people_are_not() {
        let clock = [60.0; 30];
        assert!(evenness(&clock, 1.0) > 0.99);
        let jitter: Vec<f64> = (0..40).map(|n| 2.0 + f64::from(n * 7 % 9 - 4) * 0.1).collect();
        assert!(evenness(&jitter, 0.2) > 0.8, "{}", evenness(&jitter, 0.2));
        let people = [1.0, 2.0, 1.0, 300.0, 4.0, 2.0, 1.0, 900.0, 60.0, 3.0, 1.0, 40.0];
        assert!(evenness(&people, 1.0) < 0.6, "{}", evenness(&people, 1.0));
        let steady: Vec<f64> = (0..48).map(f64::from).collect();
        assert!(coverage(&steady) > 0.9);
        let burst: Vec<f64> =
            (0..48).map(|n| if n < 40 { f64::from(n) / 10.0 } else { f64::from(n) * 10.0 }).collect();
        assert!(coverage(&burst) < 0.3);
    }
}
