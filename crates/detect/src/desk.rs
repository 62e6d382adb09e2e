use inventory::{Inventory, Networks};
use wire::Timestamp;

use crate::actor::Actor;
use crate::blocklists::Blocklists;
use crate::detector::Spec;
use crate::report::Report;
use crate::settings::Settings;
use crate::threshold::Setting;

/// The place that is watched, as far as it is known.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Which addresses are its own.
    pub local: &'a Networks,
    /// Its devices.
    pub inventory: &'a Inventory,
    /// When watching began, before restarts too.
    pub since: Timestamp,
    /// How long was watched, before restarts too: time in which nothing came does not count.
    pub watched_ns: u64,
}

/// Where a detector finds its settings and leaves its reports.
#[derive(Debug)]
pub struct Desk<'a> {
    /// Packet time.
    pub now: Timestamp,
    /// The capture ends here: what waits for something waits in vain.
    pub is_end: bool,
    /// Where this is.
    pub place: Place<'a>,
    pub(crate) spec: &'static Spec,
    pub(crate) number: usize,
    pub(crate) settings: &'a Settings,
    pub(crate) reports: &'a mut Vec<(&'static Spec, Report)>,
}

impl<'a> Desk<'a> {
    /// Something is wrong.
    pub fn report(&mut self, report: Report) {
        self.reports.push((self.spec, report));
    }

    /// A threshold that counts something or is in bytes: its place in the spec, and whom it is for.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked when it was set")]
    pub fn count(&self, place: usize, actor: Actor) -> u64 {
        match self.threshold(place, actor) {
            Setting::Count(n) | Setting::Bytes(n) => n,
            Setting::Ratio(n) | Setting::Seconds(n) => n as u64,
        }
    }

    /// A threshold that is a ratio.
    pub fn ratio(&self, place: usize, actor: Actor) -> f64 {
        self.threshold(place, actor).number()
    }

    /// A threshold that is a time, in nanoseconds.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked when it was set")]
    pub fn nanos(&self, place: usize, actor: Actor) -> u64 {
        (self.threshold(place, actor).number() * 1e9) as u64
    }

    /// Watching began so recently that what is seen first is not new (`place` is the threshold that
    /// says how long learning takes).
    pub fn is_learning(&self, place: usize) -> bool {
        self.now.since(self.place.since) < self.nanos(place, Actor::default())
    }

    /// So little was watched so far that what is seen first is not new. Unlike
    /// [`Desk::is_learning`], a gap between captures teaches nothing.
    pub fn is_unfamiliar(&self, place: usize) -> bool {
        self.place.watched_ns < self.nanos(place, Actor::default())
    }

    /// What is known to be bad.
    pub fn blocklists(&self) -> &'a Blocklists {
        &self.settings.blocklists
    }

    /// The address is one of this place's own.
    pub fn is_local(&self, ip: std::net::IpAddr) -> bool {
        self.place.local.contains(ip)
    }

    fn threshold(&self, place: usize, actor: Actor) -> Setting {
        let group = self.settings.groups.iter().filter(|group| group.has(actor));
        let own = group.filter_map(|group| group.threshold(self.number, place)).next();
        let set = || self.settings.detectors.get(self.number)?.thresholds.get(place).copied();
        let default = || self.spec.thresholds.get(place).map(|threshold| threshold.default);
        own.or_else(set).or_else(default).unwrap_or(Setting::Count(u64::MAX))
    }
}
