use std::io;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Mutex, PoisonError};

use wire::LinkType;

use super::addresses;
use super::sys::PacketSocket;

/// How the kernel spreads the packets of an interface over a group of rings.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fanout {
    /// By flow (PACKET_FANOUT_HASH): evenly, but a fragment lands elsewhere than its flow, the two
    /// directions of a VXLAN tunnel may differ, and so may those of a flow of this host where the
    /// sent packets have a VLAN tag inside.
    Flows,
    /// By address pair: fragments and tunnels stay with their flow, whatever tags, labels or PPPoE
    /// they are wrapped in; everything that is not IP goes to the first ring.
    Addresses,
}

/// The group that the rings of one interface form. Rings that reopen find each other through it.
#[derive(Debug)]
pub(super) struct Group {
    fanout: Fanout,
    joined: Mutex<Option<Joined>>,
}

#[derive(Clone, Copy, Debug)]
struct Joined {
    interface: u32,
    id: u16,
}

impl Group {
    pub(super) fn new(fanout: Fanout) -> Self {
        Self { fanout, joined: Mutex::new(None) }
    }

    /// Puts a bound socket into the group, the first one into a new group.
    pub(super) fn join(&self, socket: &PacketSocket, interface: u32, link: LinkType) -> io::Result<()> {
        let mut joined = self.joined.lock().unwrap_or_else(PoisonError::into_inner);
        // An interface that has gone and come back has another index, or the group of the old one
        // refuses us: then a new group begins.
        let id = match *joined {
            Some(old) if old.interface == interface && self.enter(socket, old.id).is_ok() => old.id,
            _ => self.found(socket, interface)?,
        };
        if self.fanout == Fanout::Addresses {
            // Each member sets the same program: if all others have left meanwhile, the kernel has
            // made the group anew without one.
            let program = addresses::program(link == LinkType::Ethernet);
            socket.fanout_program(&program.ok_or(io::ErrorKind::InvalidData)?)?;
        }
        *joined = Some(Joined { interface, id });
        Ok(())
    }

    fn enter(&self, socket: &PacketSocket, id: u16) -> io::Result<()> {
        socket.join_fanout(id, self.kind())
    }

    fn found(&self, socket: &PacketSocket, interface: u32) -> io::Result<u16> {
        if socket.join_fanout(0, self.kind() | libc::PACKET_FANOUT_FLAG_UNIQUEID).is_ok() {
            return socket.fanout_id();
        }
        // Before Linux 4.12 the process chooses, and hopes that no other chose the same.
        static NEXT: AtomicU16 = AtomicU16::new(0);
        let pid = (std::process::id() & 0xffff) as u16;
        let id = pid.wrapping_mul(251).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let id = id ^ (interface & 0xff) as u16;
        self.enter(socket, id)?;
        Ok(id)
    }

    /// No flags: DEFRAG hides fragments and does nothing for IPv6, ROLLOVER splits flows.
    fn kind(&self) -> libc::c_uint {
        match self.fanout {
            Fanout::Flows => libc::PACKET_FANOUT_HASH,
            Fanout::Addresses => libc::PACKET_FANOUT_CBPF,
        }
    }
}
