use model::Alert;

use super::*;
use crate::testing::{Bench, at};

/// What is said of an interval in which so many connections like this one ended.
fn troubles(flows: u32, seen: Seen) -> Vec<Trouble> {
    let mut sums = Sums::default();
    (0..flows).for_each(|_| sums.flow(&seen));
    let bench = Bench::new();
    let settings = crate::settings::Settings::default();
    let desk = Desk {
        now: at(0),
        is_end: false,
        place: crate::desk::Place { local: &settings.local, inventory: &bench.inventory, since: at(0) },
        spec: &SPEC,
        number: usize::MAX,
        settings: &settings,
        reports: &mut Vec::new(),
    };
    sums.troubles(&desk).into_iter().map(|(trouble, _)| trouble).collect()
}

const WHOLE: Seen =
    Seen { packets: [50, 100], payload_bytes: [500, 140_000], gaps: 0, late: 0, duplicates: 0 };

#[test]
fn gaps_that_nobody_fills() {
    assert_eq!(troubles(100, Seen { gaps: 8, ..WHOLE }), [Trouble::Gaps]);
    // A little is missing, or it was sent again, or there is too little to tell.
    assert_eq!(troubles(100, Seen { gaps: 3, ..WHOLE }), []);
    assert_eq!(troubles(100, Seen { gaps: 8, late: 8, ..WHOLE }), []);
    assert_eq!(troubles(60, Seen { gaps: 8, ..WHOLE }), []);
    assert_eq!(troubles(100, WHOLE), []);
}

#[test]
fn a_single_connection_with_gaps_is_its_own_trouble() {
    let long = Seen { packets: [50_000, 100_000], payload_bytes: [0, 140_000_000], gaps: 20_000, ..WHOLE };
    assert_eq!(troubles(1, long), []);
}

#[test]
fn one_direction_and_doubled_packets() {
    let half = Seen { packets: [0, 150], payload_bytes: [0, 140_000], ..WHOLE };
    assert_eq!(troubles(100, half), [Trouble::OneSided]);
    assert_eq!(troubles(100, Seen { duplicates: 75, ..WHOLE }), [Trouble::Duplicates]);
    // Scans and floods that nobody answers.
    let vain = Seen { packets: [9, 0], payload_bytes: [0, 0], ..WHOLE };
    assert_eq!(troubles(5000, vain), []);
}

fn kernel(intervals: &[(u64, u64)]) -> Vec<Alert> {
    let mut bench = Bench::new();
    for (n, (received, dropped)) in (0..).zip(intervals) {
        let (received, dropped) = (*received, *dropped);
        bench.watch.loss(Loss { interface: 0, received, dropped }, at(n * 300_000), &bench.inventory);
    }
    bench.end("capture-loss")
}

#[test]
fn drops_in_the_kernel_are_one_alert_an_interface() {
    let alerts = kernel(&[(90_000, 10_000), (100_000, 0), (80_000, 20_000)]);
    assert_eq!(alerts.len(), 1);
    assert_eq!((alerts[0].count, alerts[0].severity), (2, Severity::Medium));
    assert_eq!(alerts[0].title, "the kernel drops 20 % of the packets of interface 0");
    assert!(kernel(&[(100_000, 100), (50, 50)]).is_empty());
}
