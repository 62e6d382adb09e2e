//! Who registered the block of a hardware address.
//!
//! IEEE assigns blocks of 24 bits, and parts of some of them by 28 and 36 bits to others; the
//! longest prefix is the owner. `data/vendors.LICENSE.md` says where the table comes from.

use std::sync::LazyLock;

use wire::MacAddr;

use crate::columns::{Column, Header, open};

/// Who registered the block that `mac` is from. None for an address that was not assigned from a
/// block: made up locally (often anew for every network), or a group's.
pub fn vendor(mac: MacAddr) -> Option<&'static str> {
    if mac.is_local() || mac.is_group() {
        return None;
    }
    TABLE.as_ref()?.owner(mac)
}

/// The day of the table.
pub fn vendors_date() -> Option<&'static str> {
    TABLE.as_ref().map(|table| table.header.date)
}

/// The address was made up by whoever uses it: a phone that hides, a virtual machine, a bridge.
pub fn is_local(mac: MacAddr) -> bool {
    mac.is_local() && !mac.is_group()
}

/// What makes virtual network cards with such addresses, if the prefix is one that is known for it.
/// A prefix is a convention, so this is a sign and no proof.
pub fn virtual_kind(mac: MacAddr) -> Option<&'static str> {
    VIRTUAL.iter().find(|(prefix, _)| mac.0.starts_with(prefix)).map(|(_, kind)| *kind)
}

/// Defaults of the makers' own documentation; those with the bit 02 in the first byte are in no
/// registry.
const VIRTUAL: [(&[u8], &str); 11] = [
    (&[0x52, 0x54, 0x00], "QEMU/KVM"),
    (&[0x02, 0x42], "Docker"),
    (&[0x00, 0x16, 0x3e], "Xen"),
    (&[0x08, 0x00, 0x27], "VirtualBox"),
    (&[0x0a, 0x00, 0x27], "VirtualBox"),
    (&[0x00, 0x05, 0x69], "VMware"),
    (&[0x00, 0x0c, 0x29], "VMware"),
    (&[0x00, 0x50, 0x56], "VMware"),
    (&[0x00, 0x15, 0x5d], "Hyper-V"),
    (&[0x00, 0x1c, 0x42], "Parallels"),
    (&[0xbc, 0x24, 0x11], "Proxmox"),
];

static TABLE: LazyLock<Option<Table>> =
    LazyLock::new(|| Table::open(include_bytes!("../../../data/vendors.bin")));

#[derive(Debug)]
struct Table {
    header: Header,
    /// Prefixes, the numbers of their owners' names, and how many bits of an address do not count;
    /// the longest first.
    blocks: [(Column, Column, u32); 3],
    starts: Column,
    names: &'static [u8],
}

impl Table {
    fn open(bytes: &'static [u8]) -> Option<Self> {
        let (header, mut rest) = open(bytes, b"nms-vnd1")?;
        let mut block = |index, width| {
            let count = header.count(index);
            Some((rest.column(count, width)?, rest.column(count, 2)?))
        };
        let (b24, b28, b36) = (block(0, 3)?, block(1, 4)?, block(2, 5)?);
        Some(Self {
            header,
            blocks: [(b36.0, b36.1, 12), (b28.0, b28.1, 20), (b24.0, b24.1, 24)],
            starts: rest.column(header.count(3).checked_add(1)?, 4)?,
            names: rest.bytes(header.count(4))?,
        })
    }

    fn owner(&self, mac: MacAddr) -> Option<&'static str> {
        let address = mac.0.iter().fold(0, |n, byte| n << 8 | u64::from(*byte));
        let name = self.blocks.iter().find_map(|(prefixes, owners, free)| {
            // Prefixes fill up their last byte with zeros.
            let prefix = address >> free << (free % 8);
            owners.index(prefixes.find(prefix)?)
        })?;
        let text = self.names.get(self.starts.index(name)?..self.starts.index(name.checked_add(1)?)?)?;
        std::str::from_utf8(text).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(mac: [u8; 6]) -> Option<&'static str> {
        vendor(MacAddr(mac))
    }

    #[test]
    fn the_longest_prefix_is_the_owner() {
        assert_eq!(owner([0x00, 0x00, 0x0c, 1, 2, 3]), Some("Cisco Systems, Inc"));
        assert_eq!(owner([0x00, 0x00, 0x00, 0, 0, 0]), Some("XEROX CORPORATION"));
        assert_eq!(owner([0x24, 0x4e, 0x7b, 0x6f, 0xff, 0xff]), Some("Owasys Advanced Wireless Devices"),);
        assert_eq!(owner([0x70, 0xb3, 0xd5, 0x32, 0x0f, 0xff]), Some("CYNIX Systems Inc"));
        assert_eq!(owner([0x70, 0xb3, 0xd5, 0x32, 0x10, 0x00]), Some("Yite technology"));
        // A block that the registry itself gives out in parts is nobody's beside those.
        assert_ne!(owner([0x70, 0xb3, 0xd5, 0xff, 0xff, 0xff]), Some("IEEE Registration Authority"));
        assert_eq!(vendors_date().unwrap().len(), 10);
    }

    #[test]
    fn what_was_not_assigned_has_no_owner() {
        assert_eq!(owner([0x52, 0x54, 0x00, 1, 2, 3]), None);
        assert_eq!(owner([0x01, 0x00, 0x5e, 0, 0, 251]), None);
        assert_eq!(owner([0xff; 6]), None);
        assert!(is_local(MacAddr([0xda, 0xa1, 0x19, 1, 2, 3])));
        assert!(!is_local(MacAddr::BROADCAST));
        assert!(!is_local(MacAddr([0x00, 0x00, 0x0c, 1, 2, 3])));
    }

    #[test]
    fn virtual_cards() {
        let kind = |a, b, c| virtual_kind(MacAddr([a, b, c, 0x11, 0, 2]));
        assert_eq!(kind(0x52, 0x54, 0x00), Some("QEMU/KVM"));
        assert_eq!(kind(0x02, 0x42, 0xac), Some("Docker"));
        assert_eq!(kind(0x08, 0x00, 0x27), Some("VirtualBox"));
        assert_eq!(kind(0x00, 0x00, 0x0c), None);
    }

    #[test]
    fn a_damaged_table_has_no_answers_and_does_no_harm() {
        let whole: &[u8] = include_bytes!("../../../data/vendors.bin");
        let macs = [
            [0x00, 0x00, 0x0c, 1, 2, 3],
            [0x00, 0x55, 0xda, 0xf0, 0, 1],
            [0xfc, 0xff, 0xff, 0xff, 0xff, 0xff],
        ];
        for length in (0..200).chain((200..whole.len()).step_by(50_021)) {
            assert!(Table::open(&whole[..length]).is_none(), "{length}");
        }
        for at in (0..120).step_by(4).chain((120..whole.len()).step_by(100_003)) {
            let mut damaged = whole.to_vec();
            damaged[at..].iter_mut().step_by(997).for_each(|byte| *byte = !*byte);
            // Leaked because the table is read where it lies for as long as the program runs.
            if let Some(table) = Table::open(Vec::leak(damaged)) {
                assert!(
                    macs.iter()
                        .all(|mac| table.owner(MacAddr(*mac)).is_none_or(|name| name.len() < whole.len()))
                );
            }
        }
    }
}
