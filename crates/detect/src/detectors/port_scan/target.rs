//! A host that is scanned from several addresses.

use std::net::IpAddr;

use wire::{MacAddr, Timestamp};

use super::Limits;
use crate::actor::Actor;
use crate::attempts::Attempt;
use crate::desk::Desk;
use crate::repeat::Repeat;
use crate::report::Report;
use crate::sketch::{Sketch, number_of};
use crate::tally::Tally;

/// What all sources together try at one host.
#[derive(Debug, Default)]
pub(super) struct Target {
    pub(super) ports: Tally,
    /// Sources that were found to scan it by themselves.
    pub(super) scanned_by: usize,
    /// It is spoken of itself.
    pub(super) is_told: bool,
    pub(super) repeat: Repeat,
    sources: Sketch,
    station: Option<MacAddr>,
    first: Timestamp,
    last: Timestamp,
}

/// Fewer sources are told of one by one.
const LEAST_SOURCES: u64 = 10;

impl Target {
    /// A source tried a port in vain.
    pub(super) fn tried(&mut self, attempt: &Attempt, port: u64, now: Timestamp, limits: &Limits) {
        if self.ports.is_empty() {
            *self = Self { first: attempt.made, ..Self::default() };
        }
        self.last = self.last.max(attempt.made);
        self.sources.add(number_of(attempt.src.0));
        let before = self.ports.count();
        let most = usize::try_from(limits.ports_by_all).unwrap_or(usize::MAX);
        self.ports.add(port, now, most);
        let window_ns =
            if self.is_told || self.scanned_by > 0 { limits.slow_window_ns } else { limits.window_ns };
        self.ports.expire(now, window_ns);
        if self.ports.count() <= before {
            return;
        }
        // Who scans by itself is told of by itself.
        let alone = self.scanned_by > 0;
        self.is_told |=
            !alone && self.ports.count() >= limits.ports_by_all && self.sources.count() >= LEAST_SOURCES;
        if self.is_told {
            self.repeat.later();
        }
    }

    /// These were found to scan it, at the same time.
    pub(super) fn crowd(&mut self, sources: &[IpAddr], station: Option<MacAddr>) {
        self.scanned_by += sources.len();
        sources.iter().for_each(|src| self.sources.add(number_of(*src)));
        self.station = self.station.or(station);
        self.is_told = true;
        self.repeat.later();
    }

    pub(super) fn report(&self, ip: IpAddr, desk: &Desk<'_>) -> Report {
        let limits = Limits::of(desk, Actor::ip(ip));
        let ports = self.ports.count();
        let sources = self.sources.count().max(self.scanned_by as u64);
        let seconds = self.last.since(self.first) as f64 / 1e9;
        let mut evidence =
            vec![("ports_in_vain", ports.into()), ("sources", sources.into()), ("seconds", seconds.into())];
        if let Some(mac) = self.station {
            evidence.push(("all_from_mac", mac.to_string().into()));
        }
        let (actor, title) = match self.station {
            Some(mac) => {
                (Actor::mac(mac), format!("tries the ports of {ip} from {sources} addresses: {ports} so far"))
            }
            None => {
                (Actor::ip(ip), format!("is port-scanned from {sources} addresses: {ports} ports so far"))
            }
        };
        Report {
            actor,
            target: self.station.map(|_| Actor::ip(ip)),
            about: "from many".to_owned(),
            count: ports,
            first: self.first,
            last: self.last,
            title,
            measured: format!(
                "{ports} ports of {ip} were tried in vain by {sources} sources within {seconds:.0} s; the limit \
                 is {} in {} s by ten or more, or {} by each of several.",
                limits.ports_by_all,
                limits.window_ns / 1_000_000_000,
                limits.ports,
            ),
            evidence,
            ..Report::default()
        }
    }
}
