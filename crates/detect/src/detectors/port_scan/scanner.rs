//! Who was found to scan, and what it did since.

use std::net::IpAddr;

use wire::{MacAddr, Timestamp, ip_protocol};

use super::{Limits, Pair};
use crate::actor::Actor;
use crate::attempts::Attempt;
use crate::desk::Desk;
use crate::repeat::Repeat;
use crate::report::Report;
use crate::sketch::{Sketch, number_of};

/// A source that scans.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    pub(super) mac: Option<MacAddr>,
    /// Others that seemed to scan with it.
    pub(super) decoys: usize,
    /// It is spoken of elsewhere.
    pub(super) is_silent: bool,
    pub(super) repeat: Repeat,
    /// The first target, and about how many there are.
    target: Option<IpAddr>,
    targets: Sketch,
    /// Ports tried in vain, of all targets.
    vain: u64,
    udp: u64,
    answered: u64,
    open: Vec<u16>,
    first: Timestamp,
    last: Timestamp,
}

/// Ports that answered and are named.
const MOST_OPEN: usize = 32;

impl Scanner {
    /// Found by what it did at one target.
    pub(super) fn new(attempt: &Attempt, pair: &Pair) -> Self {
        let mut scanner = Self {
            mac: attempt.macs[0],
            target: Some(attempt.dst.0),
            first: pair.first,
            answered: pair.open.count(),
            open: pair.open.keys().take(MOST_OPEN).map(|port| (port & 0xffff) as u16).collect(),
            ..Self::default()
        };
        scanner.tried(attempt, pair.vain.count());
        scanner
    }

    /// So many more ports were tried in vain at the attempt's target.
    pub(super) fn tried(&mut self, attempt: &Attempt, ports: u64) {
        self.targets.add(number_of(attempt.dst.0));
        self.vain += ports;
        if attempt.protocol == ip_protocol::UDP {
            self.udp += ports;
        }
        self.last = self.last.max(attempt.made);
        self.repeat.later();
    }

    /// A port answered.
    pub(super) fn answered(&mut self, attempt: &Attempt) {
        self.answered += 1;
        if self.open.len() < MOST_OPEN && !self.open.contains(&attempt.dst.1) {
            self.open.push(attempt.dst.1);
        }
    }

    pub(super) fn report(&self, src: IpAddr, desk: &Desk<'_>) -> Report {
        let actor = Actor { ip: Some(src), mac: self.mac };
        let limits = Limits::of(desk, actor);
        let tried = self.vain + self.answered;
        let targets = self.targets.count().max(1);
        let seconds = self.last.since(self.first) as f64 / 1e9;
        let kind = if self.udp * 2 > self.vain { "UDP" } else { "TCP" };
        let whom = match self.target {
            Some(target) if targets == 1 => target.to_string(),
            Some(target) => format!("{target} and {} other hosts", targets - 1),
            None => format!("{targets} hosts"),
        };
        let decoys = match self.decoys {
            0 => String::new(),
            n => format!(" Frames of the same station carried the same probes from {n} other addresses."),
        };
        let open: Vec<_> = self.open.iter().map(u16::to_string).collect();
        Report {
            actor,
            target: self.target.filter(|_| targets == 1).map(Actor::ip),
            count: tried,
            first: self.first,
            last: self.last,
            title: format!("tries the ports of {whom}: {tried} so far"),
            measured: format!(
                "{tried} {kind} ports of {whom} were tried within {seconds:.0} s, {} of them in vain; the limit \
                 is {} in {} s, or {} in {} s.{decoys}",
                self.vain,
                limits.ports,
                limits.window_ns / 1_000_000_000,
                limits.slow_ports,
                limits.slow_window_ns / 1_000_000_000,
            ),
            evidence: vec![
                ("ports_tried", tried.into()),
                ("ports_in_vain", self.vain.into()),
                ("ports_answered", open.into()),
                ("hosts", targets.into()),
                ("transport", kind.into()),
                ("decoys", (self.decoys as u64).into()),
                ("seconds", seconds.into()),
            ],
            ..Report::default()
        }
    }
}
