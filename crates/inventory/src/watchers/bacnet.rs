//! BACnet/IP (ASHRAE 135 annex J): I-Am, by which a device says its number and its maker.

use std::net::{IpAddr, Ipv4Addr};

use dpi::Reader;

use crate::sighting::About::{Type, Vendor};
use crate::sighting::{Service, Subject};
use crate::watcher::{Heard, Look, On, Read, Watcher, is_host};

pub(crate) const BACNET: Watcher = Watcher {
    name: "bacnet",
    on: &[On::Udp(PORT)],
    notes: &[("bacnet", &["instance", "vendor_id"])],
    read: Read::Frame(read),
};

const PORT: u16 = 47808;

/// Clause J.2: functions that carry a network message.
mod function {
    pub(super) const FORWARDED: u8 = 4;
    pub(super) const UNICAST: u8 = 10;
    pub(super) const BROADCAST: u8 = 11;
}

/// Vendor identifiers (ASHRAE's list).
const VENDORS: &[(u16, &str)] = &[
    (2, "Trane"),
    (5, "Johnson Controls"),
    (7, "Siemens"),
    (8, "Delta Controls"),
    (10, "Schneider Electric"),
    (17, "Honeywell"),
    (24, "Automated Logic"),
    (35, "Reliable Controls"),
    (36, "Tridium"),
];

fn read(look: &Look<'_>, heard: &mut Heard<'_>) {
    let Some((origin, instance, vendor)) = i_am(look.payload) else { return };
    let subject = match origin {
        Some(ip) if look.src_ip != Some(ip) => Subject { mac: None, ip: Some(ip) },
        _ => look.sender(),
    };
    let reason = "says I-Am in BACnet";
    heard.about(subject).note("bacnet", "instance", instance).note("bacnet", "vendor_id", vendor);
    heard.vote(Type, "building-automation", 85, "bacnet", reason);
    if let Some((_, name)) = VENDORS.iter().find(|(known, _)| *known == vendor) {
        heard.vote(Vendor, name, 92, "bacnet", &format!("BACnet vendor identifier {vendor}"));
    }
    heard.service(Service {
        transport: "udp",
        port: PORT,
        protocol: "bacnet".into(),
        source: "bacnet",
        ..Service::default()
    });
}

/// Who said it first if it was forwarded, the device's instance and its vendor.
fn i_am(bytes: &[u8]) -> Option<(Option<IpAddr>, u32, u16)> {
    let mut reader = Reader::new(bytes);
    let (0x81, function, len) = (reader.u8()?, reader.u8()?, reader.u16()?) else { return None };
    if usize::from(len) != bytes.len() {
        return None;
    }
    let origin = match function {
        function::FORWARDED => {
            let [a, b, c, d, _, _] = reader.array()?;
            Some(IpAddr::from(Ipv4Addr::new(a, b, c, d))).filter(|ip| is_host(*ip))
        }
        function::UNICAST | function::BROADCAST => None,
        _ => return None,
    };
    // Clause 6.2: version and control. Network messages are none, and a source behind the sender
    // is not on this network.
    let (1, control) = (reader.u8()?, reader.u8()?) else { return None };
    if control & 0x88 != 0 {
        return None;
    }
    if control & 0x20 != 0 {
        let (_network, len) = (reader.u16()?, reader.u8()?);
        let (_address, _hops) = (reader.take(len.into())?, reader.u8()?);
    }
    // Clause 20.1.3, 21: unconfirmed service 0, then the object identifier.
    let [0x10, 0, 0xc4] = reader.array()? else { return None };
    let object = reader.u32()?;
    const DEVICE: u32 = 8;
    if object >> 22 != DEVICE {
        return None;
    }
    let _most_bytes = number(&mut reader, 0x20)?;
    let [0x91, _segmentation] = reader.array()? else { return None };
    let vendor = number(&mut reader, 0x20)?;
    reader.is_empty().then_some((origin, object & 0x3f_ffff, vendor))
}

/// An application-tagged unsigned number of one or two bytes (clause 20.2.4).
fn number(reader: &mut Reader<'_>, tag: u8) -> Option<u16> {
    match reader.u8()?.checked_sub(tag)? {
        1 => reader.u8().map(u16::from),
        2 => reader.u16(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{SRC, noted, sightings, udp};
    use dpi::Value;

    const I_AM: &[u8] = &[
        0x81, 0x0b, 0, 25, 1, 0x20, 0xff, 0xff, 0, 0xff, 0x10, 0, 0xc4, 0x02, 0, 0, 7, 0x22, 5, 0xc4, 0x91,
        0, 0x21, 36, 0,
    ];

    fn message() -> Vec<u8> {
        let mut bytes = I_AM[..24].to_vec();
        bytes[3] = 24;
        bytes
    }

    #[test]
    fn a_device_says_who_it_is() {
        let heard = sightings(&udp((SRC.into(), 47808), ([192, 0, 2, 255].into(), 47808), &message()));
        assert_eq!(heard.len(), 1);
        assert_eq!(noted(&heard, "bacnet", "instance"), Some(Value::Number(7)));
        assert_eq!(noted(&heard, "bacnet", "vendor_id"), Some(Value::Number(36)));
    }

    #[test]
    fn nothing_else_does() {
        let whole = message();
        for end in 0..whole.len() {
            assert!(i_am(&whole[..end]).is_none(), "{end}");
        }
        assert!(i_am(I_AM).is_none(), "something behind its end");
        assert!(i_am(&[0x81; 24]).is_none());
    }
}
