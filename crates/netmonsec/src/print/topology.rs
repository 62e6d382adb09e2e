use std::io::{self, Write};

use model::{Device, Topology};

use super::escape::safe;

/// Who leads where, for people.
pub fn topology(out: &mut impl Write, topology: &Topology, devices: &[Device]) -> io::Result<()> {
    let name = |id: &String| {
        let device = devices.iter().find(|device| device.id == *id);
        let called = device.and_then(|device| device.name.as_deref()).unwrap_or(id);
        let ip = device.and_then(|device| device.ips.first()).map(|address| format!(" ({})", address.ip));
        format!("{}{}", safe(called), ip.unwrap_or_default())
    };
    let names = |ids: &[String]| ids.iter().map(name).collect::<Vec<_>>().join(", ");
    for (title, ids) in [
        ("Gateways", &topology.gateways),
        ("Switches", &topology.switches),
        ("DNS servers", &topology.dns_servers),
        ("DHCP servers", &topology.dhcp_servers),
        ("NTP servers", &topology.ntp_servers),
    ] {
        writeln!(out, "{title:<13} {}", if ids.is_empty() { "none seen".to_owned() } else { names(ids) })?;
    }
    for subnet in &topology.subnets {
        let how = if subnet.announced { "" } else { " (a guess: nobody announced its size)" };
        let vlans: Vec<String> = subnet.vlans.iter().map(ToString::to_string).collect();
        let vlans = if vlans.is_empty() { String::new() } else { format!(", VLAN {}", vlans.join(", ")) };
        writeln!(out, "{:<13} {}, {} addresses{vlans}{how}", "Subnet", subnet.network, subnet.addresses)?;
    }
    for neighbour in &topology.neighbours {
        let on = neighbour.interface.as_deref().map(|name| format!(" on {}", safe(name))).unwrap_or_default();
        let (device, port) = (name(&neighbour.device), safe(&neighbour.port));
        writeln!(out, "{:<13} {device}, port {port}, by {}{on}", "Neighbour", neighbour.protocol)?;
    }
    out.flush()
}
