//! Spanning tree (IEEE 802.1D, 802.1w, 802.1s) and Cisco's PVST+: bridges, the root, and the port
//! that this is.

use dpi::{Reader, lossy};
use wire::MacAddr;

use crate::discovery::{chassis, station};
use crate::sighting::{About, Fact, Role};
use crate::watcher::{Heard, Look, MOST_TEXT, On, Read, Watcher};

pub(crate) const STP: Watcher = Watcher {
    name: "stp",
    on: &[On::Llc(0x42), On::Snap([0x00, 0x00, 0x0c], PVST)],
    notes: &[(
        SECTION,
        &[
            "protocol",
            "bridge",
            "bridge_priority",
            "root",
            "root_priority",
            "root_path_cost",
            "port",
            "port_priority",
            "port_role",
            "vlans",
            "topology_change",
            "hello_seconds",
            "max_age_seconds",
            "forward_delay_seconds",
            "region",
        ],
    )],
    read: Read::Frame(read),
};

const SECTION: &str = "stp";
/// Per VLAN spanning tree.
const PVST: u16 = 0x010b;
const PVST_GROUP: MacAddr = MacAddr([0x01, 0x00, 0x0c, 0xcc, 0xcc, 0xcd]);

/// A bridge identifier (IEEE 802.1D-2004 s9.2.5).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Bridge {
    priority: u16,
    mac: MacAddr,
}

/// What is read of a bridge protocol data unit.
#[derive(Debug)]
struct Bpdu<'a> {
    version: u8,
    flags: u8,
    root: Bridge,
    cost: u32,
    bridge: Bridge,
    port: u16,
    /// Maximum age, hello time and forward delay in 1/256 s.
    times: [u16; 3],
    /// The name of an MST region.
    region: Option<&'a [u8]>,
    /// The VLAN that PVST+ names.
    vlan: Option<u16>,
}

/// A unit that says nothing but that something changed (IEEE 802.1D-2004 s9.3.2).
const TOPOLOGY_CHANGE: [u8; 4] = [0, 0, 0, 0x80];

fn read(look: &Look<'_>, heard: &mut Heard<'_>) {
    let is_group = look.dst_mac.is_some_and(|mac| mac.is_group());
    let me = station(look.src_mac);
    if is_group && look.payload.starts_with(&TOPOLOGY_CHANGE) && look.payload.len() <= 12 {
        heard.about(me).role(Role::Switch).note(SECTION, "topology_change", true);
        return;
    }
    let is_pvst = look.dst_mac == Some(PVST_GROUP);
    let Some(bpdu) = Bpdu::parse(look.payload, is_pvst).filter(|_| is_group) else { return };
    chassis(heard, me, bpdu.bridge.mac);
    heard.role(Role::Switch);
    heard.vote(About::Type, "switch", 70, "stp", "sends spanning tree messages");
    heard.say(Fact::Port { port: number(bpdu.port).to_string().into() });
    bpdu.note(heard);
    if bpdu.root == bpdu.bridge {
        heard.role(Role::RootBridge);
    } else {
        // Its neighbours know the root by this address.
        let root = station(Some(bpdu.root.mac));
        chassis(heard, root, bpdu.root.mac);
        heard.role(Role::Switch).role(Role::RootBridge);
    }
}

impl<'a> Bpdu<'a> {
    /// IEEE 802.1D-2004 s9.3.1 and s9.3.3, IEEE 802.1Q clause 14.4 for MST.
    fn parse(bytes: &'a [u8], is_pvst: bool) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let ([0, 0, version, kind], flags) = (reader.array()?, reader.u8()?) else { return None };
        if !matches!((version, kind), (0, 0) | (2..=4, 2)) {
            return None;
        }
        let (root, cost) = (Bridge::read(&mut reader)?, reader.u32()?);
        let (sender, port) = (Bridge::read(&mut reader)?, reader.u16()?);
        let (age, times) = (reader.u16()?, [reader.u16()?, reader.u16()?, reader.u16()?]);
        let mut bpdu =
            Self { version, flags, root, cost, bridge: sender, port, times, region: None, vlan: None };
        let [max_age, hello, delay] = times;
        // s9.3.4: older than it may be; and no bridge sends these times (s17.14).
        let seconds = |time: u16| time / 256;
        if age >= max_age || seconds(max_age) > 40 || seconds(hello) > 10 || seconds(delay) > 30 || hello == 0
        {
            return None;
        }
        if version >= 2 {
            let _version_1_length = reader.u8()?;
        }
        if version >= 3 && !is_pvst {
            bpdu.multiple(reader)?;
        } else if is_pvst {
            bpdu.vlan = vlan(reader);
        }
        Some(bpdu)
    }

    /// What multiple spanning trees add. Where a bridge stands in the older versions, the regional root
    /// is; the bridge itself is further on.
    fn multiple(&mut self, mut reader: Reader<'a>) -> Option<()> {
        let (_len, _selector, name) = (reader.u16()?, reader.u8()?, reader.take(32)?);
        let (_revision, _digest, _cost) = (reader.u16()?, reader.take(16)?, reader.u32()?);
        self.region = Some(name);
        self.bridge = Bridge::read(&mut reader)?;
        Some(())
    }

    fn note(&self, heard: &mut Heard<'_>) {
        let protocol = match (self.version, self.vlan.is_some()) {
            (0, false) => "stp",
            (0, true) => "pvst+",
            (2, false) => "rstp",
            (_, true) => "rapid-pvst+",
            (3, _) => "mstp",
            _ => "spt",
        };
        let root_priority = self.root.priority;
        heard
            .text(SECTION, "protocol", protocol)
            .text(SECTION, "bridge", &self.bridge.mac.to_string())
            .note(SECTION, "bridge_priority", self.bridge.priority)
            .text(SECTION, "root", &self.root.mac.to_string())
            .note(SECTION, "root_priority", root_priority)
            .note(SECTION, "root_path_cost", self.cost)
            .note(SECTION, "port", number(self.port))
            .note(SECTION, "port_priority", self.port >> 12 << 4);
        let [max_age, hello, delay] = self.times.map(|time| time / 256);
        heard.note(SECTION, "max_age_seconds", max_age).note(SECTION, "hello_seconds", hello).note(
            SECTION,
            "forward_delay_seconds",
            delay,
        );
        if self.flags & 1 != 0 {
            heard.note(SECTION, "topology_change", true);
        }
        if self.version >= 2 {
            // s9.3.3: two bits of the flags.
            const ROLES: [&str; 4] = ["unknown", "alternate-or-backup", "root", "designated"];
            if let Some(role) = ROLES.get(usize::from(self.flags >> 2 & 3)) {
                heard.text(SECTION, "port_role", role);
            }
        }
        if let Some(vlan) = self.vlan {
            heard.add(SECTION, "vlans", &vlan.to_string());
        }
        if let Some(region) = self.region {
            heard.text(SECTION, "region", lossy(region, MOST_TEXT).trim_end_matches('\0'));
        }
    }
}

impl Bridge {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let (priority, mac) = (reader.u16()?, MacAddr(reader.array()?));
        (!mac.is_group() && mac.0 != [0; 6]).then_some(Self { priority, mac })
    }
}

/// The low twelve bits of a port identifier; the others are its priority (s9.2.7).
fn number(port: u16) -> u16 {
    port & 0xfff
}

/// PVST+ names the VLAN behind the unit: type 0, length 2, id. A pad byte may be before it.
fn vlan(reader: Reader<'_>) -> Option<u16> {
    let rest = reader.rest();
    let at = |from: usize| match rest.get(from..) {
        Some([0, 0, 0, 2, high, low, ..]) => Some(u16::from_be_bytes([*high, *low])),
        _ => None,
    };
    at(0).or_else(|| at(1)).filter(|vlan| (1..4095).contains(vlan))
}

#[cfg(test)]
#[path = "stp_tests.rs"]
mod tests;
