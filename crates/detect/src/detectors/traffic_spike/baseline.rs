//! How much traffic is usual at an hour of the week.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// Length of what is counted together.
pub(super) const SPAN_S: u64 = 300;
const SPANS_AN_HOUR: u64 = 3600 / SPAN_S;
const HOURS_A_WEEK: u64 = 168;
/// Weeks that are remembered of each hour.
const WEEKS: usize = 4;
/// Hours below which nothing is known, and watched spans below which an hour is not.
const FEWEST: usize = 3;
/// MAD times this is the standard deviation, if the values are normally distributed.
const DEVIATION: f64 = 1.4826;

/// What one device, or all together, had in the weeks before.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Baseline {
    /// Number of the first span that was watched.
    since: Option<u64>,
    /// Of the last in which there was any traffic.
    seen: u64,
    /// The hour that goes on, and what was had in its spans, in kilobytes.
    hour: u64,
    spans: Vec<u32>,
    /// By hour of the week, the latest last.
    hours: BTreeMap<u64, Vec<Hour>>,
}

/// One hour's spans: their median and the largest, in kilobytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Hour {
    median: u32,
    most: u32,
}

/// What is usual, in kilobytes a span.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Usual {
    /// At this hour.
    pub(super) median: f64,
    /// How far from that it is, as a standard deviation.
    pub(super) deviation: f64,
    /// The larger spans of this hour.
    pub(super) large: f64,
    /// The larger spans of any hour.
    pub(super) busiest: f64,
}

impl Baseline {
    /// For how many seconds before a span it has been watched.
    pub(super) fn age_s(&self, span: u64) -> u64 {
        self.since.map_or(0, |since| span.saturating_sub(since) * SPAN_S)
    }

    /// For how many seconds before a span there was nothing.
    pub(super) fn idle_s(&self, span: u64) -> u64 {
        span.saturating_sub(self.seen.max(self.since.unwrap_or_default())) * SPAN_S
    }

    /// A span is over.
    pub(super) fn add(&mut self, span: u64, kilobytes: u32) {
        self.since.get_or_insert(span);
        if kilobytes > 0 {
            self.seen = span;
        }
        let hour = span / SPANS_AN_HOUR;
        if hour != self.hour {
            self.close();
            self.hour = hour;
        }
        self.spans.push(kilobytes);
    }

    /// What is usual in a span; `None` if too little is known.
    pub(super) fn usual(&self, span: u64) -> Option<Usual> {
        let hour = (span / SPANS_AN_HOUR) % HOURS_A_WEEK;
        // Neighbours too, so that neither summer time nor who comes late is a surprise.
        let near = |other: u64, around: u64| {
            let distance = (other + around - hour % around) % around;
            distance <= 1 || distance == around - 1
        };
        // This hour of the week, else of the day, else any.
        let [week, day, any] = [HOURS_A_WEEK, 24, 1].map(|around| {
            let near = self.hours.iter().filter(|(other, _)| around == 1 || near(**other % around, around));
            near.flat_map(|(_, hours)| hours.iter().copied()).collect::<Vec<_>>()
        });
        let busiest = high(&any, 0.95);
        let of = [week, day, any].into_iter().find(|hours| hours.len() >= FEWEST)?;
        let mut medians: Vec<f64> = of.iter().map(|hour| f64::from(hour.median)).collect();
        let middle = median(&mut medians)?;
        let mut distances: Vec<f64> = medians.iter().map(|one| (one - middle).abs()).collect();
        // Few hours can be alike by chance.
        let deviation = (DEVIATION * median(&mut distances)?).max(middle / 10.0);
        Some(Usual { median: middle, deviation, large: high(&of, 0.95)?, busiest: busiest? })
    }

    pub(super) fn save(&self) -> Value {
        let hours = |hours: &Vec<Hour>| hours.iter().map(|hour| json!([hour.median, hour.most])).collect();
        let week: BTreeMap<_, Vec<_>> =
            self.hours.iter().map(|(at, of)| (at.to_string(), hours(of))).collect();
        json!({ "since": self.since, "seen": self.seen, "hours": week })
    }

    pub(super) fn restore(saved: &Value) -> Self {
        let since = saved.get("since").and_then(Value::as_u64);
        let seen = saved.get("seen").and_then(Value::as_u64).unwrap_or_default();
        let number = |hour: &Value, at| hour.get(at).and_then(Value::as_u64)?.try_into().ok();
        let hour = |hour: &Value| Some(Hour { median: number(hour, 0)?, most: number(hour, 1)? });
        let week = saved.get("hours").and_then(Value::as_object).into_iter().flatten();
        let hours = week.filter_map(|(at, of)| {
            let at = at.parse().ok().filter(|at| *at < HOURS_A_WEEK)?;
            Some((at, of.as_array()?.iter().filter_map(hour).take(WEEKS).collect()))
        });
        Self { since, seen, hours: hours.collect(), ..Self::default() }
    }

    /// The hour is over.
    fn close(&mut self) {
        let mut spans: Vec<f64> = self.spans.drain(..).map(f64::from).collect();
        if spans.len() < FEWEST {
            return;
        }
        let Some(middle) = median(&mut spans) else { return };
        let most = spans.last().copied().unwrap_or_default();
        let of = self.hours.entry(self.hour % HOURS_A_WEEK).or_default();
        if of.len() >= WEEKS {
            of.remove(0);
        }
        of.push(Hour { median: whole(middle), most: whole(most) });
    }
}

/// Sorts them.
fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// What so large a share of the hours' largest spans stays below.
fn high(hours: &[Hour], share: f64) -> Option<f64> {
    let mut most: Vec<u32> = hours.iter().map(|hour| hour.most).collect();
    most.sort_unstable();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in the list")]
    let place = (most.len() as f64 * share).ceil() as usize;
    most.get(place.saturating_sub(1)).copied().map(f64::from)
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "they were whole and as large before"
)]
fn whole(number: f64) -> u32 {
    number as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two weeks: busy from 9 to 17 UTC with 20 to 31 MB, else little, and one large span a day at 3.
    fn office() -> Baseline {
        let mut baseline = Baseline::default();
        for span in 0..2 * HOURS_A_WEEK * SPANS_AN_HOUR {
            let (hour, minute) = (span / SPANS_AN_HOUR % 24, span % SPANS_AN_HOUR);
            let busy =
                if (9..17).contains(&hour) { 20_000 + u32::try_from(minute).unwrap() * 1000 } else { 100 };
            baseline.add(span, if hour == 3 && minute == 0 { 50_000 } else { busy });
        }
        baseline
    }

    #[test]
    fn hours_of_the_week_differ() {
        let baseline = office();
        let span = |hour: u64| (2 * HOURS_A_WEEK + hour) * SPANS_AN_HOUR;
        let noon = baseline.usual(span(12)).unwrap();
        assert_eq!((noon.median, noon.large), (26_000.0, 31_000.0));
        let night = baseline.usual(span(22)).unwrap();
        assert_eq!((night.median, night.large, night.busiest), (100.0, 100.0, 31_000.0));
        assert_eq!(baseline.usual(span(3)).unwrap().large, 50_000.0);
        // Midnight's neighbour is the week's last hour.
        assert!(baseline.usual(span(0)).is_some());
    }

    #[test]
    fn one_strange_hour_changes_little() {
        let mut baseline = office();
        let calm = baseline.usual(2 * HOURS_A_WEEK * SPANS_AN_HOUR).unwrap();
        (0..SPANS_AN_HOUR).for_each(|n| baseline.add(2 * HOURS_A_WEEK * SPANS_AN_HOUR + n, 9_000_000));
        baseline.close();
        let after = baseline.usual(3 * HOURS_A_WEEK * SPANS_AN_HOUR).unwrap();
        assert_eq!((calm.median, after.median), (100.0, 100.0));
    }

    #[test]
    fn too_little_says_nothing_and_what_is_saved_comes_back() {
        let mut young = Baseline::default();
        (0..2 * SPANS_AN_HOUR).for_each(|span| young.add(span, 5));
        assert_eq!(young.usual(2 * SPANS_AN_HOUR), None);
        let mut baseline = office();
        baseline.close();
        let again = Baseline::restore(&baseline.save());
        assert_eq!((again.hours.clone(), again.since), (baseline.hours, Some(0)));
        assert_eq!((again.age_s(12), again.idle_s(again.seen + 12)), (3600, 3600));
        assert_eq!(Baseline::restore(&json!({"hours": {"x": 1, "168": [[1, 2]]}})), Baseline::default());
    }
}
