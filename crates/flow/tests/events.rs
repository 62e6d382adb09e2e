//! What flows tell of themselves while they are open.
#![allow(clippy::indexing_slicing, clippy::cast_possible_truncation, clippy::unwrap_used)]

mod common;

use common::script::play;
use common::{MS, Table, udp};
use flow::{Event, Settings, State, What};

fn told(script: &str) -> Vec<What> {
    let mut table = Table::listening(&Settings::default());
    play(&mut table, script);
    table.events().into_iter().map(|event| event.what).collect()
}

#[test]
fn an_accepted_and_a_refused_connection() {
    let what = told("0 > S 100 0 0\n1 < SA 500 101 0\n2 > A 101 501 0");
    assert!(matches!(what[0], What::Opened { tcp_flags: 2, by_src: true, payload_bytes: 0, .. }), "{what:?}");
    assert_eq!(what[1..], [What::Answered, What::Established]);
    let what = told("0 > S 100 0 0\n1 < RA 0 101 0");
    assert_eq!(what[1..], [What::Reset { by_src: false, from: State::SynSent }]);
}

#[test]
fn a_reset_that_fits_no_window_is_none() {
    let what = told("0 > S 100 0 0\n1 < RA 0 4000 0");
    assert_eq!(what.len(), 1, "{what:?}");
}

#[test]
fn who_does_not_listen_is_told_nothing() {
    let mut table = Table::new(&Settings::default());
    play(&mut table, "0 > S 100 0 0\n1 < SA 500 101 0");
    assert!(table.events().is_empty());
}

#[test]
fn growth_is_told_in_steps_that_add_up() {
    let mut table = Table::listening(&Settings::default());
    for n in 0..5000 {
        table.give(&udp([10, 0, 0, 1], 5000, [10, 0, 0, 2], 6000, 100), n * MS);
    }
    table.give(&udp([10, 0, 0, 2], 6000, [10, 0, 0, 1], 5000, 10), 5000 * MS);
    let events: Vec<Event> = table.events();
    let grown = events.iter().filter_map(|event| match event.what {
        What::Grew { since, packets, by_src: true, .. } => Some((since, packets[0])),
        _ => None,
    });
    let grown: Vec<_> = grown.collect();
    assert_eq!(
        grown,
        [(63, 64), (64, 128), (128, 256), (256, 512), (512, 1024), (1024, 2048), (1024, 3072), (1024, 4096)]
    );
    assert!(events.iter().any(|event| event.what == What::Answered));
}
