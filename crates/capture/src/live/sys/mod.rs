//! System calls that have no safe wrapper elsewhere. All unsafe code of live capture is below here.

mod device;
mod memory;
mod packet;

pub(super) use device::{Address, Ethtool, Fact, addresses, device_socket, ethtool, flags, mtu};
pub(super) use memory::{BlockMemory, RingMemory};
pub(super) use packet::{Geometry, PacketSocket};
