use std::thread;

use capture::live;

use super::{Capture, Fanout};

impl Capture {
    /// Rings for each interface, where `0` in the file has become a number.
    pub fn ring_count(&self) -> usize {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        ring_count(self.rings as usize, processors)
    }

    /// One ring as capture takes it; `id` numbers the interface.
    pub fn ring(&self, interface: &str, id: u16) -> live::RingConfig {
        let block_bytes = self.block_kib.saturating_mul(1024);
        live::RingConfig {
            id,
            block_bytes,
            blocks: self.ring_mib.saturating_mul(1024) / self.block_kib.max(1),
            retire_ms: self.retire_ms,
            promiscuous: self.promiscuous,
            snaplen: Some(self.snaplen).filter(|&bytes| bytes > 0),
            ..live::RingConfig::new(interface)
        }
    }
}

impl From<Fanout> for live::Fanout {
    fn from(fanout: Fanout) -> Self {
        match fanout {
            Fanout::Addresses => Self::Addresses,
            Fanout::Flows => Self::Flows,
        }
    }
}

/// One processor is left for everything that comes after the packets.
fn ring_count(configured: usize, processors: usize) -> usize {
    match configured {
        0 => processors.saturating_sub(1).clamp(1, MOST_AUTOMATIC),
        _ => configured,
    }
}

/// Beyond this, a busy network needs thought rather than threads.
const MOST_AUTOMATIC: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn automatic_rings() {
        assert_eq!([1, 2, 4, 64].map(|processors| ring_count(0, processors)), [1, 1, 3, 8]);
        assert_eq!(ring_count(12, 2), 12);
    }

    #[test]
    fn the_default_ring_is_the_one_of_capture() {
        assert_eq!(Capture::default().ring("eth0", 0), live::RingConfig::new("eth0"));
    }
}
