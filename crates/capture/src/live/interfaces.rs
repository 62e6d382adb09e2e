use std::fs;
use std::io;
use std::net::IpAddr;
use std::path::Path;

use wire::{LinkType, MacAddr};

use super::config::link_type;
use super::sys::{self, Address, Fact};

/// An interface that this host has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InterfaceInfo {
    /// Number of the interface in its network namespace.
    pub index: u32,
    /// Its name.
    pub name: String,
    /// Its hardware address, where that has six bytes.
    pub mac: Option<MacAddr>,
    /// Its IP addresses, each with the length of its prefix in bits.
    pub addresses: Vec<(IpAddr, u8)>,
    /// It is set up (IFF_UP).
    pub up: bool,
    /// It has a carrier (IFF_RUNNING).
    pub running: bool,
    /// It is the host's own loopback.
    pub loopback: bool,
    /// Largest payload of a frame in bytes.
    pub mtu: Option<u32>,
    /// ARPHRD_ number (linux/if_arp.h).
    pub hardware: u16,
    /// How its frames begin; absent if it cannot be captured on.
    pub link_type: Option<LinkType>,
    /// Speed of the link in Mbit/s, where the driver knows it.
    pub speed_mbps: Option<u32>,
    /// Name of the driver, for devices on a bus.
    pub driver: Option<String>,
    /// It is a wireless interface.
    pub wireless: bool,
    /// No hardware stands behind it: bridge, veth, tunnel.
    pub virtual_device: bool,
}

/// The interfaces of the calling thread's network namespace, by index.
///
/// # Errors
/// If the system does not list them.
pub fn interfaces() -> io::Result<Vec<InterfaceInfo>> {
    let facts = sys::addresses()?;
    let socket = sys::device_socket()?;
    let mut found: Vec<_> = facts.iter().filter_map(described).collect();
    for interface in &mut found {
        interface.addresses = addresses_of(&interface.name, &facts);
        interface.mtu = sys::mtu(&socket, &interface.name).ok();
    }
    found.sort_by_key(|interface| interface.index);
    Ok(found)
}

/// Where to listen if nobody says: the interface of the IPv4 default route, else of the IPv6 one,
/// else the first that is up and not the loopback.
pub fn default_interface() -> Option<String> {
    // /proc/net is the process's namespace; a thread may be in another.
    let table = |name| fs::read_to_string(Path::new("/proc/thread-self/net").join(name)).unwrap_or_default();
    ipv4_default(&table("route")).or_else(|| ipv6_default(&table("ipv6_route"))).or_else(|| {
        let usable = |i: &InterfaceInfo| i.up && !i.loopback && i.link_type.is_some();
        interfaces().ok()?.into_iter().find(usable).map(|i| i.name)
    })
}

/// Names of interfaces, those most like `wanted` first, at most five.
pub(super) fn nearest_names(wanted: &str) -> Vec<String> {
    let alike = |name: &str| {
        let same = name.bytes().zip(wanted.bytes()).take_while(|(a, b)| a == b).count();
        // A common beginning counts first (eth0, eth1), then a like length.
        (std::cmp::Reverse(same), name.len().abs_diff(wanted.len()))
    };
    let mut names: Vec<_> = interfaces().unwrap_or_default().into_iter().map(|i| i.name).collect();
    names.sort_by_key(|name| alike(name));
    names.truncate(5);
    names
}

fn described(address: &Address) -> Option<InterfaceInfo> {
    let Fact::Link(index, hardware, ref mac) = address.fact else { return None };
    let name = address.interface.clone();
    let sys = Path::new("/sys/class/net").join(&name);
    let has = |flag: libc::c_int| address.flags & flag.cast_unsigned() != 0;
    Some(InterfaceInfo {
        index,
        mac: <[u8; 6]>::try_from(mac.as_slice()).ok().map(MacAddr),
        addresses: Vec::new(),
        up: has(libc::IFF_UP),
        running: has(libc::IFF_RUNNING),
        loopback: has(libc::IFF_LOOPBACK),
        mtu: None,
        hardware,
        link_type: link_type(hardware),
        // -1 or an error where the driver does not know it, or the link is down.
        speed_mbps: fs::read_to_string(sys.join("speed")).ok().and_then(|s| s.trim().parse().ok()),
        driver: link_target(&sys.join("device/driver")),
        wireless: sys.join("wireless").exists() || sys.join("phy80211").exists(),
        virtual_device: fs::read_link(&sys).is_ok_and(|to| to.starts_with("../../devices/virtual")),
        name,
    })
}

fn link_target(link: &Path) -> Option<String> {
    Some(fs::read_link(link).ok()?.file_name()?.to_string_lossy().into_owned())
}

fn addresses_of(name: &str, facts: &[Address]) -> Vec<(IpAddr, u8)> {
    let ip = |fact: &Address| match fact.fact {
        Fact::Ip(ip, prefix) if fact.interface == name => Some((ip, prefix)),
        _ => None,
    };
    facts.iter().filter_map(ip).collect()
}

/// linux/route.h: the route can be used, and does not reject what it matches.
const RTF_UP: u32 = 0x0001;
const RTF_REJECT: u32 = 0x0200;

fn usable(flags: u32) -> bool {
    flags & (RTF_UP | RTF_REJECT) == RTF_UP
}

/// The interface of the default route with the lowest metric in /proc/net/route.
fn ipv4_default(table: &str) -> Option<String> {
    let routes = table.lines().skip(1).filter_map(|line| {
        let mut fields = line.split_whitespace();
        let (interface, destination) = (fields.next()?, fields.next()?);
        let flags = u32::from_str_radix(fields.nth(1)?, 16).ok()?;
        let metric: u32 = fields.nth(2)?.parse().ok()?;
        let mask = fields.next()?;
        let default = destination == "00000000" && mask == "00000000" && usable(flags);
        default.then_some((metric, interface))
    });
    routes.min_by_key(|&(metric, _)| metric).map(|(_, interface)| interface.to_owned())
}

/// The same in /proc/net/ipv6_route.
fn ipv6_default(table: &str) -> Option<String> {
    let routes = table.lines().filter_map(|line| {
        let mut fields = line.split_whitespace();
        let default = fields.next()?.bytes().all(|b| b == b'0') && fields.next()? == "00";
        let metric = u32::from_str_radix(fields.nth(3)?, 16).ok()?;
        let flags = u32::from_str_radix(fields.nth(2)?, 16).ok()?;
        let interface = fields.next()?;
        (default && usable(flags) && interface != "lo").then_some((metric, interface))
    });
    routes.min_by_key(|&(metric, _)| metric).map(|(_, interface)| interface.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_listed() {
        let lo = interfaces().unwrap().into_iter().find(|i| i.loopback).unwrap();
        assert_eq!((lo.name.as_str(), lo.index, lo.hardware), ("lo", 1, 772));
        assert_eq!((lo.link_type, lo.virtual_device, lo.wireless), (Some(LinkType::Ethernet), true, false));
        assert!(lo.mtu.unwrap() > 0);
        if lo.up {
            assert!(lo.addresses.contains(&("127.0.0.1".parse().unwrap(), 8)));
        }
    }

    #[test]
    fn similar_names_first() {
        let names = nearest_names("lo0");
        assert_eq!(names.first().map(String::as_str), Some("lo"));
        assert!(names.len() <= 5);
    }

    #[test]
    fn default_routes() {
        let v4 = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n\
            wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n\
            eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n\
            tun0\t00000000\t00000000\t0001\t0\t0\t0\t00000080\t0\t0\t0\n\
            *\t00000000\t00000000\t0200\t0\t0\t0\t00000000\t0\t0\t0\n\
            eth0\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";
        assert_eq!(ipv4_default(v4).as_deref(), Some("eth0"));
        assert_eq!(ipv4_default(""), None);
        assert_eq!(ipv4_default("garbage\nmore garbage here"), None);

        let zero = "00000000000000000000000000000000";
        let route = |prefix: &str, metric: &str, flags: &str, interface: &str| {
            format!("{zero} {prefix} {zero} 00 {zero} {metric} 00000001 00000000 {flags} {interface}\n")
        };
        let v6 = route("00", "00000400", "00000003", "eth1")
            + &route("00", "00000100", "00000003", "eth0")
            + &route("00", "ffffffff", "00200200", "lo")
            + &route("40", "00000001", "00000001", "eth2");
        assert_eq!(ipv6_default(&v6).as_deref(), Some("eth0"));
        assert_eq!(ipv6_default(zero), None);
    }
}
