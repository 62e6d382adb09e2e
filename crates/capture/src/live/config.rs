use wire::LinkType;

use super::LiveError;
use super::sys::Geometry;

/// One ring on one interface.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RingConfig {
    /// Name of the interface, also to find it again after it has gone.
    pub interface: String,
    /// What to put into [`Record::interface`](crate::Record::interface).
    pub id: u16,
    /// Bytes of a block, a multiple of 64 KiB, at least 128 KiB: a frame larger than its block is
    /// cut, and offloading makes frames of 64 KiB. Larger blocks cost fewer wake-ups.
    pub block_bytes: u32,
    /// Blocks in the ring, at least 2.
    pub blocks: u32,
    /// How long a packet may wait for its block to fill, in milliseconds, 1 to 1000; the kernel
    /// closes the block between one and two times this after its first packet.
    pub retire_ms: u32,
    /// Hear what is addressed to others.
    pub promiscuous: bool,
    /// Leave out what this host sends through the interface.
    pub ignore_outgoing: bool,
    /// Bytes to keep of each frame; all if absent.
    pub snaplen: Option<u32>,
}

impl RingConfig {
    /// A promiscuous ring of 32 MiB that keeps whole frames.
    pub fn new(interface: impl Into<String>) -> Self {
        Self {
            interface: interface.into(),
            id: 0,
            block_bytes: 1 << 20,
            blocks: 32,
            // 50 wake-ups a second on a quiet link are nothing, and 20 ms are unseen by a reader;
            // at 1 ms the wake-ups cost a third more CPU per packet.
            retire_ms: 20,
            promiscuous: true,
            ignore_outgoing: false,
            snaplen: None,
        }
    }

    /// Memory the ring takes, in bytes; the kernel pins it.
    pub fn memory_bytes(&self) -> u64 {
        u64::from(self.block_bytes) * u64::from(self.blocks)
    }

    pub(super) fn geometry(&self) -> Result<Geometry, LiveError> {
        let refuse = |reason| LiveError::Setting { interface: self.interface.clone(), reason };
        // 64 KiB is the largest page size of any Linux port.
        if self.block_bytes < 128 << 10 || !self.block_bytes.is_multiple_of(64 << 10) {
            return Err(refuse("a block must be a multiple of 64 KiB and at least 128 KiB"));
        }
        if self.blocks < 2 || self.memory_bytes() > 64 << 30 {
            return Err(refuse("it must have at least 2 blocks and at most 64 GiB"));
        }
        if !(1..=1000).contains(&self.retire_ms) {
            return Err(refuse("a block must be retired after 1 to 1000 milliseconds"));
        }
        if self.snaplen == Some(0) {
            return Err(refuse("a snap length of 0 keeps nothing"));
        }
        let (block_bytes, blocks, retire_ms) = (self.block_bytes, self.blocks, self.retire_ms);
        Ok(Geometry { block_bytes, blocks, retire_ms })
    }
}

/// How frames of a SOCK_RAW packet socket begin on an interface with this ARPHRD_ number
/// (linux/if_arp.h); nothing if they cannot be decoded.
pub(super) fn link_type(hardware: u16) -> Option<LinkType> {
    /// Raw IP of cellular modems; libc lacks it.
    const ARPHRD_RAWIP: u16 = 519;
    match hardware {
        libc::ARPHRD_ETHER | libc::ARPHRD_LOOPBACK => Some(LinkType::Ethernet),
        // These devices have no link header as a packet socket sees them; PPP's is taken off
        // before (drivers/net/ppp/ppp_generic.c).
        libc::ARPHRD_NONE
        | libc::ARPHRD_PPP
        | ARPHRD_RAWIP
        | libc::ARPHRD_TUNNEL
        | libc::ARPHRD_TUNNEL6
        | libc::ARPHRD_SIT
        | libc::ARPHRD_IPGRE => Some(LinkType::Raw),
        libc::ARPHRD_IEEE80211 => Some(LinkType::Ieee80211),
        libc::ARPHRD_IEEE80211_RADIOTAP => Some(LinkType::Radiotap),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_cannot_work_are_refused() {
        let refused = |change: fn(&mut RingConfig)| {
            let mut config = RingConfig::new("eth0");
            change(&mut config);
            config.geometry().is_err()
        };
        assert!(!refused(|_| ()));
        assert!(refused(|c| c.block_bytes = 64 << 10));
        assert!(refused(|c| c.block_bytes = (1 << 20) + 4096));
        assert!(refused(|c| c.blocks = 1));
        assert!(refused(|c| (c.block_bytes, c.blocks) = (1 << 30, u32::MAX)));
        assert!(refused(|c| c.retire_ms = 0));
        assert!(refused(|c| c.snaplen = Some(0)));
        assert_eq!(RingConfig::new("eth0").memory_bytes(), 32 << 20);
    }
}
