//! What holds for every sequence of frames that devices may speak of themselves in: the inventory
//! stays inside its bounds, an address is one device's at a time, and the same frames make the same
//! devices.

use std::collections::HashSet;

use inventory::os::Table;
use inventory::{Inventory, Lookout, Network, Networks, Settings, Sighting};
use wire::{Frame, LinkType, Packet, Timestamp};

/// One input: how many devices there is room for, then frames: a byte of time (a power of two of
/// nanoseconds), two of length, the bytes.
pub(crate) fn check(data: &[u8]) {
    thread_local! {
        static LOOKOUT: Lookout = Lookout::new();
    }
    let Some((&room, script)) = data.split_first() else { return };
    LOOKOUT.with(|lookout| {
        let said = run(lookout, room, script);
        assert_eq!(said, run(lookout, room, script));
    });
}

fn run(lookout: &Lookout, room: u8, script: &[u8]) -> Vec<model::Device> {
    let max_devices = 1 + usize::from(room & 0x1f);
    let local = Networks(vec![
        Network { address: [10, 0, 0, 0].into(), prefix: 8 },
        Network { address: [192, 168, 0, 0].into(), prefix: 16 },
    ]);
    let mut inventory = Inventory::new(Settings { local, max_devices, os: Table::builtin() });
    inventory.name_interface(0, Some("eth0"));
    let (mut time, mut said) = (Timestamp::new(1_700_000_000, 0), Vec::new());
    for (step, bytes) in frames(script) {
        time = time + (1u64 << (step & 0x3f));
        let frame = Frame::whole(LinkType::Ethernet, bytes);
        if let Ok(packet) = Packet::decode(&frame) {
            lookout.frame(&packet, bytes, time, u16::from(step >> 6), &mut said);
        }
        for sighting in said.drain(..) {
            is_bounded(&sighting);
            inventory.sighting(&sighting);
        }
    }
    let devices = inventory.devices();
    assert!(devices.len() <= max_devices, "{} devices", devices.len());
    let (mut macs, mut ips, mut ids) = (HashSet::new(), HashSet::new(), HashSet::new());
    for device in &devices {
        assert!(ids.insert(&device.id), "two devices are {}", device.id);
        assert!(device.first_seen <= device.last_seen);
        for mac in &device.macs {
            assert!(macs.insert(mac.clone()), "{mac} is of two devices");
        }
        for address in device.ips.iter().filter(|address| address.current) {
            assert!(ips.insert(address.ip), "{} is of two devices", address.ip);
        }
        assert!(device.macs.len() <= 64 && device.ips.len() <= 64 && device.services.len() <= 128);
    }
    let topology = inventory.topology();
    assert!(topology.gateways.iter().all(|id| ids.contains(id)), "{topology:?}");
    assert!(topology.neighbours.iter().all(|n| ids.contains(&n.device)), "{topology:?}");
    devices
}

fn frames(script: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut rest = script;
    std::iter::from_fn(move || {
        let (&[step, high, low], bytes) = rest.split_first_chunk()?;
        let len = usize::from(u16::from_be_bytes([high, low]) & 0x0fff).min(bytes.len());
        let (frame, behind) = bytes.split_at(len);
        rest = behind;
        Some((step, frame))
    })
}

fn is_bounded(sighting: &Sighting) {
    assert!(sighting.facts.len() <= 128, "{sighting:?}");
    let said = format!("{sighting:?}");
    // Names and texts are at most 256 bytes each, which may be written as eight characters each.
    assert!(said.len() <= sighting.facts.len().max(1) * 8 * 1024, "{} characters", said.len());
}
