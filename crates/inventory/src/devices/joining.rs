//! Which devices are one.

use dpi::Value;
use wire::Timestamp;

use super::device::{Device, Habit, Join};
use super::{Id, Inventory};
use crate::sighting::{Identity, NameSource};

/// Two interfaces of one device are up together for longer than this; the old and the new address of
/// one interface hardly.
const TOGETHER_NS: u64 = 60_000_000_000;

impl Inventory {
    /// A device shows something that no two devices share. Returns who it is: another, if that one
    /// showed the same before.
    pub(super) fn identify(&mut self, id: Id, identity: &Identity, time: Timestamp) -> Id {
        let known = self.identities.get(identity).copied().filter(|known| self.devices.contains_key(known));
        let Some(known) = known else {
            if self.devices.get_mut(&id).is_some_and(|device| device.is_known_by(identity)) {
                self.identities.insert(identity.clone(), id);
            }
            return id;
        };
        if known == id {
            return id;
        }
        let (Some(before), Some(now)) = (self.devices.get(&known), self.devices.get(&id)) else { return id };
        match likeness(identity, before, now) {
            Some(likeness) => {
                self.join(known, id, likeness, time);
                known
            }
            None => id,
        }
    }

    /// A device that makes up its hardware addresses is known again by the name and the options that
    /// it asks a DHCP server with.
    pub(super) fn recognise(&mut self, id: Id, time: Timestamp) {
        let Some(device) = self.devices.get(&id) else { return };
        let Some(habit) = habit(device) else { return };
        let known = self.habits.get(&habit).copied();
        if known == Some(id) {
            return;
        }
        if let Some(known) = known
            && let Some(before) = self.devices.get(&known)
        {
            let random = |device: &Device| device.macs.iter().any(|known| known.mac.is_local());
            if (random(before) || random(device)) && !is_together(before, device) {
                let reason =
                    format!("the same host name ({}) and DHCP fingerprint, one after the other", habit.0);
                self.join(known, id, Likeness { per_cent: 80, reason, succeeds: true }, time);
                return;
            }
        }
        if let Some(device) = self.devices.get_mut(&id)
            && let Some(old) = device.habit.replace(habit.clone())
        {
            self.habits.remove(&old);
        }
        self.habits.insert(habit, id);
    }

    /// The device `gone` turns out to be `stays`.
    pub(super) fn join(&mut self, stays: Id, gone: Id, likeness: Likeness, time: Timestamp) {
        let Likeness { per_cent, reason, succeeds } = likeness;
        let Some(mut other) = self.devices.remove(&gone) else { return };
        self.counts.joined += 1;
        if succeeds
            && let Some(device) = self.devices.get_mut(&stays)
            && !device.macs.is_empty()
            && !other.macs.is_empty()
        {
            let earlier = if device.span.last <= other.span.last { device } else { &mut other };
            earlier.ips.iter_mut().for_each(|held| held.current = false);
        }
        self.ports.join(stays, gone);
        for hardware in &other.macs {
            self.addresses.set_mac(hardware.mac, stays);
        }
        for held in &other.ips {
            if let Some(bound) = self.addresses.of_ip(held.ip).filter(|bound| bound.id == gone) {
                self.addresses.set_ip(held.ip, super::addresses::Bound { id: stays, ..bound });
            }
        }
        for identity in &other.identities {
            self.identities.insert(identity.clone(), stays);
        }
        if let Some(habit) = &other.habit {
            self.habits.insert(habit.clone(), stays);
        }
        let macs = other.macs.iter().map(|hardware| hardware.mac.to_string());
        let ips = other.ips.iter().map(|held| held.ip.to_string());
        let join = Join { time, split: false, addresses: macs.chain(ips).collect(), per_cent, reason };
        if let Some(device) = self.devices.get_mut(&stays) {
            let both = device.traffic.connections.len() + other.traffic.connections.len();
            device.absorb(other, join);
            let now = device.traffic.connections.len();
            self.connections = (self.connections + now).saturating_sub(both);
        }
    }
}

/// How likely two devices are one, and why.
#[derive(Debug)]
pub(super) struct Likeness {
    pub(super) per_cent: u8,
    pub(super) reason: String,
    /// It is one interface under another hardware address: what it had with the earlier it has no more.
    pub(super) succeeds: bool,
}

/// Nothing if two devices that both showed `identity` are not one.
fn likeness(identity: &Identity, before: &Device, now: &Device) -> Option<Likeness> {
    let together = is_together(before, now);
    let succeeds = !together && matches!(identity, Identity::DhcpClient(_) | Identity::MdnsHost(_));
    let (per_cent, reason) = match identity {
        Identity::Chassis(chassis) => {
            (97, format!("both send the chassis id {chassis}: ports of one device"))
        }
        Identity::Uuid(uuid) => (95, format!("both announce the UUID {uuid}")),
        Identity::Serial(serial) => (95, format!("both have the serial number {serial}")),
        // One after the other it is one that changed its address. At once it may be two interfaces of
        // one, or copies of one disk image, which only their names tell apart.
        Identity::DhcpClient(_) if !together => {
            (90, "the same DHCP client identifier, one after the other".to_owned())
        }
        Identity::DhcpClient(_) => {
            let name = same_name(before, now)?;
            (80, format!("the same DHCP client identifier and name ({name}) on two interfaces"))
        }
        Identity::MdnsHost(host) if is_common(host) => return None,
        Identity::MdnsHost(host) if !together => {
            (85, format!("the same mDNS name ({host}), one after the other"))
        }
        // mDNS keeps a name unique on a link (RFC 6762 s9), so both interfaces are one device's.
        Identity::MdnsHost(host) => (75, format!("the mDNS name {host} on two interfaces at once")),
    };
    Some(Likeness { per_cent, reason, succeeds })
}

/// Both were there at one time.
fn is_together(a: &Device, b: &Device) -> bool {
    let begin = a.span.first.max(b.span.first);
    let end = a.span.last.min(b.span.last);
    end.since(begin) > TOGETHER_NS || {
        // In short captures: each was there both before and after the other was.
        let inside = |outer: &Device, inner: &Device| {
            outer.span.first < inner.span.first && outer.span.last > inner.span.last
        };
        inside(a, b) || inside(b, a)
    }
}

fn same_name(a: &Device, b: &Device) -> Option<Box<str>> {
    let names =
        |device: &Device| device.names.iter().map(|n| n.name.to_ascii_lowercase()).collect::<Vec<_>>();
    let others = names(b);
    names(a).into_iter().find(|name| others.contains(name) && !is_common(name)).map(Into::into)
}

/// The host name and the option list that it sent to a DHCP server, if they say who it is.
fn habit(device: &Device) -> Option<Habit> {
    let name = device.names.iter().rev().find(|named| named.source == NameSource::Dhcp)?;
    let Some(Value::Text(fingerprint)) = device.noted("dhcp", "fingerprint") else { return None };
    let name = name.name.to_ascii_lowercase();
    (!is_common(&name)).then(|| (name.into(), fingerprint.clone()))
}

/// A name that many devices come with.
fn is_common(name: &str) -> bool {
    let name = name.trim_end_matches(".local").to_ascii_lowercase();
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-' || c == '_');
    const COMMON: &[&str] = &[
        "",
        "android",
        "localhost",
        "iphone",
        "ipad",
        "macbook",
        "macbook-pro",
        "macbook-air",
        "mac",
        "imac",
        "raspberrypi",
        "ubuntu",
        "debian",
        "fedora",
        "kali",
        "linux",
        "archlinux",
        "openwrt",
        "dietpi",
        "esp",
        "espressif",
        "esp32",
        "esp8266",
        "wlan",
        "unknown",
        "host",
        "client",
        "pc",
        "desktop",
        "laptop",
        "localhost.localdomain",
        "galaxy",
        "phone",
        "watch",
        "printer",
        "chromecast",
        "appletv",
        "apple-tv",
    ];
    COMMON.contains(&name)
}
