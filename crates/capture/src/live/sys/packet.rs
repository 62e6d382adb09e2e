//! The packet socket and its options: packet(7), Linux Documentation/networking/packet_mmap.rst.

#![allow(unsafe_code)]
// Sizes of small structures and constants of the kernel, in the width that the kernel wants.
#![allow(clippy::cast_possible_truncation)]

use std::io;
use std::mem::size_of;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use libc::{c_int, c_uint, sock_filter, socklen_t};
use rustix::net::{AddressFamily, SocketFlags, SocketType};

/// A packet socket of type SOCK_RAW. It hears nothing before [`bind`](Self::bind).
#[derive(Debug)]
pub(in crate::live) struct PacketSocket(OwnedFd);

/// How a ring is cut.
#[derive(Clone, Copy, Debug)]
pub(in crate::live) struct Geometry {
    /// Bytes of a block, a multiple of the page size.
    pub(in crate::live) block_bytes: u32,
    /// Blocks in the ring.
    pub(in crate::live) blocks: u32,
    /// After how many milliseconds the kernel closes a block that is not full.
    pub(in crate::live) retire_ms: u32,
}

/// What a socket is bound to.
#[derive(Clone, Copy, Debug)]
pub(in crate::live) struct Bound {
    /// The interface, or nothing if that has vanished.
    pub(in crate::live) index: Option<u32>,
    /// Its ARPHRD_ number.
    pub(in crate::live) hardware: u16,
}

impl PacketSocket {
    /// Errors: EPERM without CAP_NET_RAW in the network namespace.
    pub(in crate::live) fn open() -> io::Result<Self> {
        // Protocol 0: nothing is queued between here and bind, which names the protocol.
        let fd =
            rustix::net::socket_with(AddressFamily::PACKET, SocketType::RAW, SocketFlags::CLOEXEC, None)?;
        Ok(Self(fd))
    }

    /// Asks for a TPACKET_V3 receive ring. Errors: EINVAL for a bad geometry, ENOMEM.
    pub(in crate::live) fn request_ring(&self, ring: Geometry) -> io::Result<()> {
        self.set(libc::SOL_PACKET, libc::PACKET_VERSION, &(libc::tpacket_versions::TPACKET_V3 as c_int))?;
        // V3 packs frames one behind the other; the kernel still wants a frame size that divides the block.
        const FRAME_BYTES: u32 = 2048;
        let request = libc::tpacket_req3 {
            tp_block_size: ring.block_bytes,
            tp_block_nr: ring.blocks,
            tp_frame_size: FRAME_BYTES,
            tp_frame_nr: (ring.block_bytes / FRAME_BYTES).saturating_mul(ring.blocks),
            tp_retire_blk_tov: ring.retire_ms,
            tp_sizeof_priv: 0,
            // TP_FT_REQ_FILL_RXHASH would double the kernel's cost per packet for a hash that is
            // neither symmetric nor free of the VLAN id.
            tp_feature_req_word: 0,
        };
        self.set(libc::SOL_PACKET, libc::PACKET_RX_RING, &request)
    }

    /// Leaves out what this host sends. Errors: ENOPROTOOPT before Linux 4.20.
    pub(in crate::live) fn ignore_outgoing(&self) -> io::Result<()> {
        self.set(libc::SOL_PACKET, libc::PACKET_IGNORE_OUTGOING, &1_i32)
    }

    /// Starts to hear all protocols on one interface. Errors: ENODEV.
    pub(in crate::live) fn bind(&self, index: u32) -> io::Result<()> {
        let address = libc::sockaddr_ll {
            sll_family: libc::AF_PACKET as u16,
            sll_protocol: (libc::ETH_P_ALL as u16).to_be(),
            sll_ifindex: index as c_int,
            sll_hatype: 0,
            sll_pkttype: 0,
            sll_halen: 0,
            sll_addr: [0; 8],
        };
        // SAFETY: `address` outlives the call and the length is its size.
        let result = unsafe {
            libc::bind(self.0.as_raw_fd(), (&raw const address).cast(), size_of_val(&address) as socklen_t)
        };
        check(result)
    }

    /// What the socket is bound to now: the kernel sets the index to -1 when the interface is
    /// unregistered or moves to another namespace (net/packet/af_packet.c, packet_notifier).
    pub(in crate::live) fn bound(&self) -> io::Result<Bound> {
        // SAFETY: `sockaddr_ll` is plain integers, for which zero is a value.
        let mut address: libc::sockaddr_ll = unsafe { std::mem::zeroed() };
        let mut len = size_of_val(&address) as socklen_t;
        // SAFETY: the kernel writes at most `len` bytes, the size of `address`.
        let result =
            unsafe { libc::getsockname(self.0.as_raw_fd(), (&raw mut address).cast(), &raw mut len) };
        check(result)?;
        let index = u32::try_from(address.sll_ifindex).ok().filter(|&i| i != 0);
        Ok(Bound { index, hardware: address.sll_hatype })
    }

    /// Sets the interface to promiscuous mode for as long as the socket lives.
    pub(in crate::live) fn promiscuous(&self, index: u32) -> io::Result<()> {
        let membership = libc::packet_mreq {
            mr_ifindex: index as c_int,
            mr_type: libc::PACKET_MR_PROMISC as u16,
            mr_alen: 0,
            mr_address: [0; 8],
        };
        self.set(libc::SOL_PACKET, libc::PACKET_ADD_MEMBERSHIP, &membership)
    }

    /// Passes frames through a classic BPF program, whose result is how many bytes to keep.
    pub(in crate::live) fn filter(&self, program: &[sock_filter]) -> io::Result<()> {
        self.set_program(libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, program)
    }

    /// Takes the filter away: all frames, whole. Errors: ENOENT if there is none.
    pub(in crate::live) fn no_filter(&self) -> io::Result<()> {
        self.set(libc::SOL_SOCKET, libc::SO_DETACH_FILTER, &0_i32)
    }

    /// Joins fan-out group `id`; `kind` is PACKET_FANOUT_ type and flags. Errors: EINVAL if the
    /// group is of another kind or interface, or the interface is down (before Linux 6.13).
    pub(in crate::live) fn join_fanout(&self, id: u16, kind: c_uint) -> io::Result<()> {
        self.set(libc::SOL_PACKET, libc::PACKET_FANOUT, &(c_uint::from(id) | kind << 16))
    }

    /// The fan-out group the socket is in.
    pub(in crate::live) fn fanout_id(&self) -> io::Result<u16> {
        let mut value: c_uint = 0;
        self.get(libc::SOL_PACKET, libc::PACKET_FANOUT, &mut value)?;
        Ok((value & 0xffff) as u16)
    }

    /// Sets the program that chooses the ring, for the whole group.
    pub(in crate::live) fn fanout_program(&self, program: &[sock_filter]) -> io::Result<()> {
        self.set_program(libc::SOL_PACKET, libc::PACKET_FANOUT_DATA, program)
    }

    /// Packets (drops included), drops and freezes since the last call.
    pub(in crate::live) fn take_statistics(&self) -> io::Result<libc::tpacket_stats_v3> {
        let mut stats = libc::tpacket_stats_v3 { tp_packets: 0, tp_drops: 0, tp_freeze_q_cnt: 0 };
        self.get(libc::SOL_PACKET, libc::PACKET_STATISTICS, &mut stats)?;
        Ok(stats)
    }

    fn set_program(&self, level: c_int, option: c_int, program: &[sock_filter]) -> io::Result<()> {
        let len = u16::try_from(program.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        // The kernel copies the program; it does not write through the pointer.
        let program = libc::sock_fprog { len, filter: program.as_ptr().cast_mut() };
        self.set(level, option, &program)
    }

    fn set<T>(&self, level: c_int, option: c_int, value: &T) -> io::Result<()> {
        // SAFETY: the kernel reads the size of `T` bytes at `value`. The only `T` with a pointer in
        // it is the `sock_fprog` made above, whose slice is borrowed until this returns.
        let result = unsafe {
            libc::setsockopt(
                self.0.as_raw_fd(),
                level,
                option,
                (&raw const *value).cast(),
                size_of::<T>() as socklen_t,
            )
        };
        check(result)
    }

    /// `T` must be plain integers.
    fn get<T: Copy>(&self, level: c_int, option: c_int, value: &mut T) -> io::Result<()> {
        let mut len = size_of::<T>() as socklen_t;
        // SAFETY: the kernel writes at most `len` bytes, the size of `T`, which takes any bytes.
        let result = unsafe {
            libc::getsockopt(self.0.as_raw_fd(), level, option, (&raw mut *value).cast(), &raw mut len)
        };
        check(result)
    }
}

impl AsFd for PacketSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

fn check(result: c_int) -> io::Result<()> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
