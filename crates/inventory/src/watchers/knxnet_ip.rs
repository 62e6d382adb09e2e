//! KNXnet/IP (EN 13321-2): answers to searches, in which a device describes itself.

use std::net::{IpAddr, Ipv4Addr};

use dpi::{Reader, hex};
use wire::MacAddr;

use crate::sighting::About::Type;
use crate::sighting::{Evidence, Identity, Service, Subject};
use crate::watcher::{Heard, Look, On, Read, Watcher, is_host};
use crate::watchers::dhcp::readable;

pub(crate) const KNXNET_IP: Watcher = Watcher {
    name: "knxnet-ip",
    on: &[On::Udp(PORT)],
    notes: &[("knx", &["name", "address", "serial"])],
    read: Read::Frame(read),
};

const PORT: u16 = 3671;

/// What the device says: its name, its address on the bus, its serial and hardware number.
struct Description {
    endpoint: Option<(IpAddr, u16)>,
    name: String,
    address: u16,
    serial: [u8; 6],
    mac: MacAddr,
}

fn read(look: &Look<'_>, heard: &mut Heard<'_>) {
    if look.packet.src_port != PORT {
        return;
    }
    let Some(found) = parse(look.payload) else { return };
    let mac = Some(found.mac).filter(|mac| !mac.is_group() && *mac != MacAddr([0; 6]));
    let is_own = found.endpoint.is_none_or(|(ip, _)| look.src_ip == Some(ip));
    let ip = look.sender().ip.filter(|_| is_own);
    heard.about(Subject { mac: mac.or_else(|| look.src_mac.filter(|_| is_own)), ip });
    if mac.is_some() && ip.is_some() {
        heard.address(Evidence::Announced);
    }
    let [high, low] = found.address.to_be_bytes();
    heard.text("knx", "name", &found.name);
    heard.text("knx", "address", &format!("{}.{}.{low}", high >> 4, high & 15));
    if found.serial != [0; 6] {
        let serial = hex(&found.serial);
        heard.text("knx", "serial", &serial).identity(Identity::Serial(format!("KNX {serial}").into()));
    }
    heard.vote(Type, "building-automation", 88, "knx", "describes itself as a KNX device");
    if let Some((_, port)) = found.endpoint {
        heard.service(Service {
            transport: "udp",
            port,
            protocol: "knxnet-ip".into(),
            source: "knx",
            ..Service::default()
        });
    }
}

/// Search and description responses: a header, the former's endpoint, and the device block.
fn parse(bytes: &[u8]) -> Option<Description> {
    let mut reader = Reader::new(bytes);
    let [6, 0x10, 2, kind] = reader.array()? else { return None };
    if usize::from(reader.u16()?) != bytes.len() {
        return None;
    }
    let endpoint = match kind {
        2 => {
            let [8, 1] = reader.array()? else { return None };
            let (ip, port) = (IpAddr::from(Ipv4Addr::from(reader.array::<4>()?)), reader.u16()?);
            is_host(ip).then_some((ip, port))
        }
        4 => None,
        _ => return None,
    };
    // 54 bytes, type 1.
    let [54, 1, _medium, _status] = reader.array()? else { return None };
    let (address, _project, serial, _group) = (reader.u16()?, reader.u16()?, reader.array()?, reader.u32()?);
    let (mac, name) = (MacAddr(reader.array()?), reader.take(30)?);
    let name = readable(name.split(|byte| *byte == 0).next().unwrap_or_default());
    Some(Description { endpoint, name, address, serial, mac })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{SRC, noted, sightings, udp};
    use dpi::Value;

    fn response() -> Vec<u8> {
        let mut name = b"Line coupler".to_vec();
        name.resize(30, 0);
        [
            &[6, 0x10, 2, 2, 0, 68, 8, 1, 192, 0, 2, 1, 0x0e, 0x57, 54, 1, 2, 0, 0x11, 5, 0, 0][..],
            &[0, 1, 2, 3, 4, 5, 224, 0, 23, 12, 0, 0, 0x5e, 0, 0x53, 1],
            &name,
        ]
        .concat()
    }

    #[test]
    fn a_device_describes_itself() {
        let heard = sightings(&udp((SRC.into(), 3671), ([192, 0, 2, 2].into(), 50000), &response()));
        assert_eq!(heard.len(), 1);
        let mac = Some(MacAddr([0, 0, 0x5e, 0, 0x53, 1]));
        assert_eq!(heard[0].about, Subject { mac, ip: Some(SRC.into()) });
        assert_eq!(noted(&heard, "knx", "name"), Some(Value::Text("Line coupler".into())));
        assert_eq!(noted(&heard, "knx", "address"), Some(Value::Text("1.1.5".into())));
    }

    #[test]
    fn nothing_else_does() {
        let whole = response();
        for end in 0..whole.len() {
            assert!(parse(&whole[..end]).is_none(), "{end}");
        }
        assert!(parse(&[6; 80]).is_none());
    }
}
