#![allow(unsafe_code)]

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

use rustix::net::{AddressFamily, SendFlags, SocketFlags, SocketType};

/// Sends whole frames out of a device.
#[derive(Debug)]
pub struct Sender(OwnedFd);

impl Sender {
    /// Sends through `device` of the namespace that the thread is in.
    pub fn new(device: &str) -> Self {
        let fd = rustix::net::socket_with(AddressFamily::PACKET, SocketType::RAW, SocketFlags::CLOEXEC, None);
        let fd = fd.unwrap();
        let index = rustix::net::netdevice::name_to_index(&fd, device).unwrap();
        // SAFETY: plain integers, for which zero is a value.
        let mut address: libc::sockaddr_ll = unsafe { std::mem::zeroed() };
        address.sll_family = libc::AF_PACKET as u16;
        address.sll_ifindex = index.cast_signed();
        let len = size_of_val(&address) as u32;
        // SAFETY: `address` outlives the call and `len` is its size.
        let bound = unsafe { libc::bind(fd.as_raw_fd(), (&raw const address).cast(), len) };
        assert_eq!(bound, 0, "bind: {}", io::Error::last_os_error());
        Self(fd)
    }

    /// Sends a frame, which must not fail.
    pub fn send(&self, frame: &[u8]) {
        self.try_send(frame).unwrap();
    }

    /// Sends a frame, if the device is up.
    ///
    /// # Errors
    /// What the system says.
    pub fn try_send(&self, frame: &[u8]) -> io::Result<()> {
        rustix::net::send(&self.0, frame, SendFlags::empty())?;
        Ok(())
    }
}
