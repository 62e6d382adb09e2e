use std::collections::HashMap;

use model::Stats;

/// Tells on standard error what a picture would show: interfaces that go and come, and loss.
#[derive(Default)]
pub(super) struct Notices {
    links: HashMap<String, &'static str>,
    kernel_drops: u64,
    records_shed: u64,
    events_shed: u64,
}

impl Notices {
    /// Says what has changed since the last time.
    pub(super) fn tell(&mut self, stats: &Stats) {
        for interface in &stats.interfaces {
            let Some(link) = interface.link else { continue };
            let before = self.links.insert(interface.name.clone(), link).unwrap_or("up");
            let name = &interface.name;
            match link {
                _ if link == before => {}
                "up" => tracing::info!("{name} is up again"),
                "down" => tracing::warn!("{name} is down; waiting for it: ip link set {name} up"),
                _ => tracing::warn!("{name} is {link}; waiting for one of that name"),
            }
        }
        let lost = stats.drops.kernel - self.kernel_drops.min(stats.drops.kernel);
        if lost > 0 {
            tracing::warn!("{lost} packets dropped by the kernel; `netmonsec check` says what helps");
            self.kernel_drops = stats.drops.kernel;
        }
        if stats.records_shed > self.records_shed {
            let shed = stats.records_shed - self.records_shed;
            tracing::warn!("{shed} flow records shed: whoever reads standard output is too slow");
            self.records_shed = stats.records_shed;
        }
        if stats.events_shed > self.events_shed {
            let shed = stats.events_shed - self.events_shed;
            tracing::warn!("{shed} observations shed: detectors have not seen everything");
            self.events_shed = stats.events_shed;
        }
    }
}
