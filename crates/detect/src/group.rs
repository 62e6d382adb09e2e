use inventory::Networks;
use wire::MacAddr;

use crate::actor::Actor;
use crate::threshold::Setting;

/// Devices whose thresholds are other than everybody's.
#[derive(Clone, Debug)]
pub struct Group {
    /// What it is called.
    pub name: String,
    /// Its addresses.
    pub networks: Networks,
    /// Its hardware addresses.
    pub macs: Vec<MacAddr>,
    /// Place of the detector in the registry, of the threshold in its spec, and the number.
    pub thresholds: Vec<(usize, usize, Setting)>,
}

impl Group {
    pub(crate) fn has(&self, actor: Actor) -> bool {
        actor.ip.is_some_and(|ip| self.networks.contains(ip))
            || actor.mac.is_some_and(|mac| self.macs.contains(&mac))
    }

    pub(crate) fn threshold(&self, detector: usize, place: usize) -> Option<Setting> {
        let found = self.thresholds.iter().find(|(d, t, _)| (*d, *t) == (detector, place));
        found.map(|(_, _, setting)| *setting)
    }
}
