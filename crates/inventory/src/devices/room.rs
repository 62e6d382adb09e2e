//! What goes when there are too many devices.

use super::{Id, Inventory};

/// Devices that are looked at to find the one that goes.
const TRIES: usize = 64;
/// Frames of one occasion are no longer apart.
const MOMENT_NS: u64 = 5_000_000_000;

impl Inventory {
    /// Makes room for one more device, if there is none: of some, the one goes that least speaks for.
    ///
    /// Addresses that a flood invents are seen once and say nothing; whoever ever spoke a protocol of
    /// its own, was seen again later or often, or has an address that something proves, stays. (What
    /// it says in flows counts only when they are over.)
    pub(super) fn make_room(&mut self) {
        if self.devices.len() < self.settings.max_devices.max(1) {
            return;
        }
        // The newest are the likeliest to be a flood's; the oldest may be long gone. While there is
        // a flood it has to make room itself, else both are looked at.
        let newest = self.devices.iter().rev().take(TRIES);
        let oldest = self.devices.iter().take(if self.flood.is_on() { 0 } else { TRIES });
        let worth = |(id, device): (&Id, &super::Device)| {
            let known =
                device.names.len() + device.services.len() + device.objects.len() + device.roles.len();
            let proven = device.ips.iter().filter(|held| held.evidence > crate::Evidence::Traffic).count();
            let lasts = device.span.last.since(device.span.first) > MOMENT_NS;
            (known.min(1), lasts, (device.proofs / 4).min(8), proven.min(1), device.span.last, *id)
        };
        let least = newest.chain(oldest).map(worth).min();
        if let Some((.., id)) = least {
            self.close(id);
            self.counts.evicted += 1;
        }
    }

    /// Forgets a device and its addresses.
    pub(super) fn close(&mut self, id: Id) {
        let Some(device) = self.devices.remove(&id) else { return };
        self.connections = self.connections.saturating_sub(device.traffic.connections.len());
        for hardware in &device.macs {
            if self.addresses.of_mac(hardware.mac) == Some(id) {
                self.addresses.forget_mac(hardware.mac);
            }
        }
        for held in &device.ips {
            self.addresses.forget_ip(held.ip, id);
        }
        for identity in &device.identities {
            self.identities.remove(identity);
        }
        if let Some(habit) = &device.habit {
            self.habits.remove(habit);
        }
    }
}
