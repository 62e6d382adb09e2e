//! What the discovery protocols of switches and routers have in common (LLDP, CDP and their like).

use std::net::IpAddr;

use dpi::lossy;
use wire::MacAddr;

use crate::sighting::{Evidence, Identity, NameSource, Subject};
use crate::watcher::{Heard, MOST_TEXT, is_host};

/// The text of a field, without what pads it.
pub(crate) fn text(bytes: &[u8]) -> Box<str> {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    lossy(bytes.get(..end).unwrap_or(bytes), MOST_TEXT).trim().into()
}

/// The text of a field that must be fit to be a name: something to read in one line.
pub(crate) fn name(bytes: &[u8]) -> Option<Box<str>> {
    let text = text(bytes);
    let is_legible = |c: char| !c.is_control() && c != char::REPLACEMENT_CHARACTER;
    (!text.is_empty() && text.chars().all(is_legible)).then_some(text)
}

/// An address of one station.
pub(crate) fn mac(bytes: &[u8]) -> Option<MacAddr> {
    let mac = MacAddr(bytes.try_into().ok()?);
    (!mac.is_group() && mac.0 != [0; 6]).then_some(mac)
}

/// An IPv4 or IPv6 address of one host.
pub(crate) fn ip(bytes: &[u8]) -> Option<IpAddr> {
    let ip = match bytes.len() {
        4 => IpAddr::from(<[u8; 4]>::try_from(bytes).ok()?),
        _ => IpAddr::from(<[u8; 16]>::try_from(bytes).ok()?),
    };
    is_host(ip).then_some(ip)
}

/// Who sent a frame that has no IP addresses.
pub(crate) fn station(mac: Option<MacAddr>) -> Subject {
    Subject { mac, ip: None }
}

/// The subject names its chassis by a hardware address: the frame came from a port of the device
/// that has that one too.
pub(crate) fn chassis(heard: &mut Heard<'_>, me: Subject, chassis: MacAddr) {
    let identity = || Identity::Chassis(chassis.to_string().into());
    if me.mac != Some(chassis) {
        heard.about(station(Some(chassis))).identity(identity());
    }
    heard.about(me).identity(identity());
}

/// The subject names an IP address of its own.
pub(crate) fn address(heard: &mut Heard<'_>, me: Subject, ip: IpAddr) {
    heard.about(Subject { ip: Some(ip), ..me }).address(Evidence::Announced);
    heard.about(me);
}

/// The subject names itself.
pub(crate) fn own_name(heard: &mut Heard<'_>, bytes: &[u8]) {
    if let Some(name) = name(bytes) {
        heard.name(&name, NameSource::Discovery);
    }
}

/// A serial number that is one: makers who have none write `unknown`, zeros or the same for all.
pub(crate) fn serial(maker: &str, number: &str) -> Option<Identity> {
    let significant = number.chars().filter(|c| c.is_ascii_alphanumeric()).count();
    let has_digit = number.chars().any(|c| c.is_ascii_digit());
    let mut distinct: Vec<char> = number.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    let is_default = ["0123456789", "123456789", "1234567890", "12345678"].contains(&number);
    (significant >= 6 && has_digit && distinct.len() >= 3 && !is_default && !maker.is_empty())
        .then(|| Identity::Serial(format!("{maker} {number}").into()))
}

/// The number of the bits that are set, by their names.
pub(crate) fn bits(value: u32, names: &[&'static str]) -> impl Iterator<Item = &'static str> {
    names.iter().enumerate().filter(move |(bit, _)| value >> bit & 1 == 1).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_legible() {
        assert_eq!(name(b"core-sw1\0\0").as_deref(), Some("core-sw1"));
        assert_eq!((name(b"\x01\x02"), name(b"\xff\xfe"), name(b"  ")), (None, None, None));
    }

    #[test]
    fn a_serial_number_differs_from_device_to_device() {
        assert!(serial("Cisco", "FOC1234X0AB").is_some());
        for number in ["", "unknown", "00000000", "0123456789", "N/A", "FOC12"] {
            assert_eq!(serial("Cisco", number), None, "{number}");
        }
        assert_eq!(serial("", "FOC1234X0AB"), None);
    }
}
