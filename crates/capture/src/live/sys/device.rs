//! What the kernel says about interfaces: netdevice(7), getifaddrs(3), SIOCETHTOOL.

#![allow(unsafe_code)]

use std::ffi::CStr;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::ptr;

use libc::{c_char, c_int, ifaddrs, ifreq, sockaddr, sockaddr_in, sockaddr_in6, sockaddr_ll};
use rustix::net::{AddressFamily, SocketFlags, SocketType};

/// One entry of getifaddrs(3): an interface, or an address of one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::live) struct Address {
    /// Name of the interface.
    pub(in crate::live) interface: String,
    /// IFF_ flags.
    pub(in crate::live) flags: u32,
    /// What is known about it.
    pub(in crate::live) fact: Fact,
}

/// What an [`Address`] tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::live) enum Fact {
    /// The interface itself: index, ARPHRD_ number, hardware address.
    Link(u32, u16, Vec<u8>),
    /// An IP address of it and the length of its prefix in bits.
    Ip(IpAddr, u8),
}

/// Interfaces and addresses of the calling thread's network namespace.
pub(in crate::live) fn addresses() -> io::Result<Vec<Address>> {
    let mut head: *mut ifaddrs = ptr::null_mut();
    // SAFETY: on success `head` is a list that is ours until freeifaddrs below.
    if unsafe { libc::getifaddrs(&raw mut head) } < 0 {
        return Err(io::Error::last_os_error());
    }
    let mut found = Vec::new();
    let mut next = head;
    // SAFETY: each `next` is null or an entry of the list.
    while let Some(entry) = unsafe { next.as_ref() } {
        next = entry.ifa_next;
        // SAFETY: the name is a C string, and the two addresses are null or valid for their family.
        let fact = unsafe { fact(entry.ifa_addr, entry.ifa_netmask) };
        if let Some(fact) = fact {
            // SAFETY: as above.
            let interface = unsafe { CStr::from_ptr(entry.ifa_name) }.to_string_lossy().into_owned();
            found.push(Address { interface, flags: entry.ifa_flags, fact });
        }
    }
    // SAFETY: made by getifaddrs, and nothing points into it any more.
    unsafe { libc::freeifaddrs(head) };
    Ok(found)
}

/// # Safety
/// Both pointers are null or point to an address as large as its family says.
unsafe fn fact(address: *const sockaddr, mask: *const sockaddr) -> Option<Fact> {
    // SAFETY: the caller's promise.
    let family = c_int::from(unsafe { address.as_ref() }?.sa_family);
    match family {
        libc::AF_PACKET => {
            // SAFETY: the family says it is a `sockaddr_ll`.
            let link = unsafe { address.cast::<sockaddr_ll>().read_unaligned() };
            let mac = link.sll_addr.get(..usize::from(link.sll_halen)).unwrap_or_default().to_vec();
            Some(Fact::Link(u32::try_from(link.sll_ifindex).ok()?, link.sll_hatype, mac))
        }
        libc::AF_INET | libc::AF_INET6 => {
            // SAFETY: the caller's promise.
            let ip = unsafe { ip(address) }?;
            // SAFETY: as above.
            let prefix = match unsafe { ip_of_mask(mask, family) } {
                Some(IpAddr::V4(mask)) => mask.to_bits().leading_ones(),
                Some(IpAddr::V6(mask)) => mask.to_bits().leading_ones(),
                None if ip.is_ipv4() => 32,
                None => 128,
            };
            Some(Fact::Ip(ip, u8::try_from(prefix).ok()?))
        }
        _ => None,
    }
}

/// # Safety
/// As [`fact`].
unsafe fn ip_of_mask(mask: *const sockaddr, family: c_int) -> Option<IpAddr> {
    // SAFETY: the caller's promise.
    let same = c_int::from(unsafe { mask.as_ref() }?.sa_family) == family;
    // SAFETY: the caller's promise.
    if same { unsafe { ip(mask) } } else { None }
}

/// # Safety
/// `address` points to an address as large as its family says.
unsafe fn ip(address: *const sockaddr) -> Option<IpAddr> {
    // SAFETY: the caller's promise.
    match c_int::from(unsafe { address.as_ref() }?.sa_family) {
        libc::AF_INET => {
            // SAFETY: the family says it is a `sockaddr_in`.
            let v4 = unsafe { address.cast::<sockaddr_in>().read_unaligned() };
            Some(IpAddr::V4(Ipv4Addr::from(u32::from_be(v4.sin_addr.s_addr))))
        }
        libc::AF_INET6 => {
            // SAFETY: the family says it is a `sockaddr_in6`.
            let v6 = unsafe { address.cast::<sockaddr_in6>().read_unaligned() };
            Some(IpAddr::V6(Ipv6Addr::from(v6.sin6_addr.s6_addr)))
        }
        _ => None,
    }
}

/// A socket to ask about interfaces with; it needs no capability.
pub(in crate::live) fn device_socket() -> io::Result<OwnedFd> {
    Ok(rustix::net::socket_with(AddressFamily::INET, SocketType::DGRAM, SocketFlags::CLOEXEC, None)?)
}

/// IFF_ flags of an interface in the namespace of `socket`. Errors: ENODEV.
pub(in crate::live) fn flags(socket: impl AsFd, name: &str) -> io::Result<u32> {
    let mut request = request(name)?;
    ask(socket, libc::SIOCGIFFLAGS, &mut request)?;
    // SAFETY: SIOCGIFFLAGS fills in this member; it is an integer.
    let flags = unsafe { request.ifr_ifru.ifru_flags };
    Ok(u32::from(flags.cast_unsigned()))
}

/// Largest payload of a frame in bytes. Errors: ENODEV.
pub(in crate::live) fn mtu(socket: impl AsFd, name: &str) -> io::Result<u32> {
    let mut request = request(name)?;
    ask(socket, libc::SIOCGIFMTU, &mut request)?;
    // SAFETY: SIOCGIFMTU fills in this member; it is an integer.
    let mtu = unsafe { request.ifr_ifru.ifru_mtu };
    u32::try_from(mtu).map_err(|_| io::ErrorKind::InvalidData.into())
}

/// Questions to a driver whose answers are words only (linux/ethtool.h), by command number.
#[derive(Clone, Copy, Debug)]
#[repr(u32)]
pub(in crate::live) enum Ethtool {
    /// `struct ethtool_coalesce`, 23 words.
    Coalescing = 0x0e,
    /// `struct ethtool_ringparam`, 9 words.
    RingSizes = 0x10,
    /// `struct ethtool_value`, 2 words, as the next ones.
    Tso = 0x1e,
    Gso = 0x23,
    Flags = 0x25,
    Gro = 0x2b,
}

/// The largest answer, `struct ethtool_coalesce`.
const ETHTOOL_WORDS: usize = 23;

/// Puts one question to an interface's driver; the answer repeats the command in its first word.
/// Errors: ENODEV; EOPNOTSUPP if the driver does not say.
pub(in crate::live) fn ethtool(
    socket: impl AsFd,
    name: &str,
    question: Ethtool,
) -> io::Result<[u32; ETHTOOL_WORDS]> {
    let mut words = [0; ETHTOOL_WORDS];
    words[0] = question as u32;
    let mut request = request(name)?;
    request.ifr_ifru.ifru_data = words.as_mut_ptr().cast();
    ask(socket, libc::SIOCETHTOOL, &mut request)?;
    Ok(words)
}

fn request(name: &str) -> io::Result<ifreq> {
    // SAFETY: `ifreq` is a name and a union of integers and a pointer, for all of which zero is a value.
    let mut request: ifreq = unsafe { std::mem::zeroed() };
    // The last byte stays zero: the kernel reads a C string.
    if name.len() >= request.ifr_name.len() {
        return Err(io::Error::from_raw_os_error(libc::ENODEV));
    }
    for (to, from) in request.ifr_name.iter_mut().zip(name.bytes()) {
        *to = from as c_char;
    }
    Ok(request)
}

fn ask(socket: impl AsFd, question: libc::c_ulong, request: &mut ifreq) -> io::Result<()> {
    // SAFETY: `request` is the `ifreq` these questions take; for SIOCETHTOOL its pointer leads to
    // the words in `ethtool`, as many as the largest of its answers takes.
    let result = unsafe {
        libc::ioctl(socket.as_fd().as_raw_fd(), question as libc::Ioctl, (&raw mut *request).cast::<ifreq>())
    };
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
