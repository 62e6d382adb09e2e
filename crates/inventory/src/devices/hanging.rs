//! Which switch port a device hangs on, as the switch tells DHCP servers (RFC 3046).

use dpi::Value;
use model::SwitchPort;
use wire::MacAddr;

use super::Inventory;
use super::device::Device;

impl Inventory {
    /// What the switch put into the device's requests.
    pub(super) fn port(&self, device: &Device) -> Option<SwitchPort> {
        let noted = |field| match device.noted("dhcp", field) {
            Some(Value::Text(text)) => Some(&**text),
            _ => None,
        };
        let (circuit, remote) = (noted("circuit_id"), noted("remote_id"));
        let place = circuit.and_then(place);
        let switch = remote.map(|remote| self.switch(remote));
        Some(SwitchPort {
            circuit: circuit?.to_owned(),
            switch,
            module: place.map(|(_, module, _)| module),
            number: place.map(|(.., number)| number),
            vlan: place.map(|(vlan, ..)| vlan),
            evidence: "dhcp-option-82",
        })
    }

    /// The device that a remote id names by its hardware address, or else the text.
    fn switch(&self, remote: &str) -> String {
        let device = hardware_address(remote)
            .and_then(|mac| self.addresses.of_mac(mac))
            .and_then(|id| self.devices.get(&id));
        device.map_or_else(|| remote.to_owned(), |device| device.id.clone())
    }
}

/// VLAN, module and port, in the form that Cisco's switches began with and many others have: type 0,
/// length 4, VLAN id, module, port. RFC 3046 s3.1 leaves it to the switch.
fn place(circuit: &str) -> Option<(u16, u8, u8)> {
    let [0, 4, vlan @ .., module, number] = bytes::<6>(circuit)? else { return None };
    let vlan = u16::from_be_bytes(vlan);
    (1..4095).contains(&vlan).then_some((vlan, module, number))
}

/// Bare, or in the form that goes with that: type 0, length 6.
fn hardware_address(remote: &str) -> Option<MacAddr> {
    let bare = remote.strip_prefix("0006").unwrap_or(remote);
    bytes(bare).map(MacAddr)
}

fn bytes<const N: usize>(digits: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if digits.len() != 2 * N {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_form_is_taken_apart_and_no_other() {
        assert_eq!(place("0004000a0117"), Some((10, 1, 23)));
        for other in ["", "00040000", "0104000a0117", "000400000117", "Gi1/0/23", "0004000a011"] {
            assert_eq!(place(other), None, "{other}");
        }
        let mac = MacAddr([0, 0x53, 0, 0, 0, 0x0a]);
        assert_eq!(hardware_address("000600530000000a"), Some(mac));
        assert_eq!(hardware_address("00530000000a"), Some(mac));
        assert_eq!((hardware_address("switch-1"), hardware_address("0006005300")), (None, None));
    }
}
