//! What on this host decides whether capture works and loses nothing. Data, not advice: each
//! function is total, and what the system does not say is absent.

use std::fs;
use std::path::Path;

use super::sys::{self, Ethtool};

/// Capabilities of this thread that capture asks for (capabilities(7)).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Capabilities {
    /// CAP_NET_RAW: packet sockets.
    pub net_raw: bool,
    /// CAP_NET_ADMIN: changing offloads and ring sizes; capture works without it.
    pub net_admin: bool,
}

/// What is in effect now; nothing is, if the system does not say.
pub fn capabilities() -> Capabilities {
    let status = fs::read_to_string("/proc/thread-self/status").unwrap_or_default();
    effective(&status)
}

fn effective(status: &str) -> Capabilities {
    /// linux/capability.h.
    const CAP_NET_ADMIN: u32 = 12;
    const CAP_NET_RAW: u32 = 13;
    let mask = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    let has = |number: u32| mask >> number & 1 != 0;
    Capabilities { net_raw: has(CAP_NET_RAW), net_admin: has(CAP_NET_ADMIN) }
}

/// net.core.rmem_max: the largest socket buffer in bytes.
pub fn rmem_max() -> Option<u64> {
    number(Path::new("/proc/sys/net/core/rmem_max"))
}

/// net.core.netdev_max_backlog: packets that may wait for a CPU when a device has no NAPI, or
/// packets are steered to another CPU.
pub fn netdev_max_backlog() -> Option<u64> {
    number(Path::new("/proc/sys/net/core/netdev_max_backlog"))
}

/// Offloads that change what capture sees (ethtool -k).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Offloads {
    /// Generic receive offload: received segments are merged.
    pub gro: Option<bool>,
    /// Large receive offload: the same, by the device.
    pub lro: Option<bool>,
    /// TCP segmentation offload: sent segments are seen before they are cut.
    pub tso: Option<bool>,
    /// Generic segmentation offload: the same, by the kernel.
    pub gso: Option<bool>,
    /// The device takes VLAN tags out; capture sees them either way.
    pub rx_vlan: Option<bool>,
}

/// Offloads of an interface.
pub fn offloads(interface: &str) -> Offloads {
    /// linux/ethtool.h, ETH_FLAG_.
    const RXVLAN: u32 = 1 << 8;
    const LRO: u32 = 1 << 15;
    let value = |question| ask(interface, question).map(|[_, value, ..]| value);
    let on = |question| value(question).map(|value| value != 0);
    let flags = value(Ethtool::Flags);
    Offloads {
        gro: on(Ethtool::Gro),
        lro: flags.map(|flags| flags & LRO != 0),
        tso: on(Ethtool::Tso),
        gso: on(Ethtool::Gso),
        rx_vlan: flags.map(|flags| flags & RXVLAN != 0),
    }
}

/// Descriptors in a device's own rings (ethtool -g).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RingSizes {
    /// Receive descriptors now.
    pub rx: u32,
    /// The most it can have.
    pub rx_max: u32,
    /// Transmit descriptors now.
    pub tx: u32,
    /// The most it can have.
    pub tx_max: u32,
}

/// Ring sizes of an interface, if the driver says.
pub fn ring_sizes(interface: &str) -> Option<RingSizes> {
    // struct ethtool_ringparam.
    let [_, rx_max, _, _, tx_max, rx, _, _, tx, ..] = ask(interface, Ethtool::RingSizes)?;
    Some(RingSizes { rx, rx_max, tx, tx_max })
}

/// How long a device may keep packets back before it interrupts (ethtool -c).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Coalescing {
    /// Longest delay in microseconds.
    pub rx_usecs: u32,
    /// Most packets kept back; 0 is no limit of this kind.
    pub rx_frames: u32,
    /// The device adapts both to the load.
    pub adaptive_rx: bool,
}

/// Interrupt coalescing of an interface, if the driver says.
pub fn coalescing(interface: &str) -> Option<Coalescing> {
    // struct ethtool_coalesce.
    let [_, rx_usecs, rx_frames, _, _, _, _, _, _, _, adaptive, ..] = ask(interface, Ethtool::Coalescing)?;
    Some(Coalescing { rx_usecs, rx_frames, adaptive_rx: adaptive != 0 })
}

/// Counters of an interface since its driver was loaded
/// (Linux Documentation/networking/statistics.rst).
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct DeviceCounters {
    /// Frames received well.
    pub rx_packets: Option<u64>,
    /// Their bytes.
    pub rx_bytes: Option<u64>,
    /// Received but not processed, for lack of resources or of a protocol.
    pub rx_dropped: Option<u64>,
    /// Missed by the device because the host was too slow.
    pub rx_missed: Option<u64>,
    /// Lost to an overrun of the device's buffer.
    pub rx_fifo: Option<u64>,
    /// Lost to an overrun of the receive ring.
    pub rx_over: Option<u64>,
    /// Broken on the wire.
    pub rx_crc: Option<u64>,
    /// All bad frames.
    pub rx_errors: Option<u64>,
}

impl DeviceCounters {
    /// Frames that reached the device and never reached a ring: a sum of the causes that are a
    /// matter of load. `rx_dropped` is not in it, since it counts unknown protocols as well.
    pub fn lost(&self) -> u64 {
        [self.rx_missed, self.rx_fifo, self.rx_over].into_iter().flatten().fold(0, u64::saturating_add)
    }
}

/// Counters of an interface.
pub fn device_counters(interface: &str) -> DeviceCounters {
    // A name that is not a name would leave the folder.
    if interface.contains('/') {
        return DeviceCounters::default();
    }
    let folder = Path::new("/sys/class/net").join(interface).join("statistics");
    let read = |name| number(&folder.join(name));
    DeviceCounters {
        rx_packets: read("rx_packets"),
        rx_bytes: read("rx_bytes"),
        rx_dropped: read("rx_dropped"),
        rx_missed: read("rx_missed_errors"),
        rx_fifo: read("rx_fifo_errors"),
        rx_over: read("rx_over_errors"),
        rx_crc: read("rx_crc_errors"),
        rx_errors: read("rx_errors"),
    }
}

fn ask(interface: &str, question: Ethtool) -> Option<[u32; 23]> {
    sys::ethtool(sys::device_socket().ok()?, interface, question).ok()
}

fn number(file: &Path) -> Option<u64> {
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_from_the_mask() {
        let of = |mask: &str| effective(&format!("Name:\tx\nCapPrm:\tffff\nCapEff:\t{mask}\n"));
        assert_eq!(of("0000000000002000"), Capabilities { net_raw: true, net_admin: false });
        assert_eq!(of("000001ffffffffff"), Capabilities { net_raw: true, net_admin: true });
        assert_eq!(of("rubbish"), Capabilities::default());
        assert_eq!(effective(""), Capabilities::default());
    }

    #[test]
    fn loopback_answers() {
        assert!(offloads("lo").gso.is_some());
        assert_eq!(ring_sizes("lo"), None);
        assert_eq!(coalescing("lo"), None);
        assert!(device_counters("lo").rx_packets.is_some());
    }

    #[test]
    fn nonsense_is_absent() {
        for name in ["", "no-such-device", "../../kernel", "a name much longer than any interface"] {
            assert_eq!(offloads(name), Offloads::default());
            assert_eq!(ring_sizes(name), None);
            assert_eq!(device_counters(name), DeviceCounters::default());
        }
    }

    #[test]
    fn overruns_are_losses() {
        let counters = DeviceCounters { rx_missed: Some(3), rx_over: Some(4), ..Default::default() };
        assert_eq!(counters.lost(), 7);
    }
}
