//! A network namespace with a pair of veth devices in it, and what sends frames there.

#![allow(unsafe_code)]

pub(crate) mod frames;

use std::fs::File;
use std::io;
use std::net::UdpSocket;
use std::os::fd::{AsRawFd, OwnedFd};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use capture::Record;
use capture::live::{Ring, RingConfig, wait};
use rustix::net::{AddressFamily, SendFlags, SocketFlags, SocketType};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use wire::VlanTag;

/// The two ends of the pair; tests send on `NEAR` and listen on `FAR`, unless they say otherwise.
pub(crate) const NEAR: &str = "near0";
pub(crate) const FAR: &str = "far0";

/// A namespace of its own, removed when dropped.
pub(crate) struct Lab {
    name: String,
}

impl Lab {
    /// Nothing, with a word about it, where the machine does not allow it.
    pub(crate) fn new(test: &str) -> Option<Self> {
        let skip = |why: &str| {
            println!("SKIPPED live::{test}: {why}");
            None
        };
        if !rustix::process::geteuid().is_root() {
            return skip("needs root");
        }
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let lab = Self { name: format!("capture-test-{}-{number}", std::process::id()) };
        if ip(&["netns", "add", &lab.name]).is_err() {
            return skip("needs ip(8) and network namespaces");
        }
        lab.enter(|| {
            // No frames of the hosts' own.
            for scope in ["all", "default"] {
                let _ = std::fs::write(format!("/proc/sys/net/ipv6/conf/{scope}/disable_ipv6"), "1");
            }
        });
        lab.ip("link set lo up").unwrap();
        if lab.add_pair().is_err() {
            return skip("needs veth devices");
        }
        Some(lab)
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Adds the pair of devices and sets both up.
    pub(crate) fn add_pair(&self) -> io::Result<()> {
        self.ip(&format!("link add {NEAR} type veth peer name {FAR}"))?;
        for device in [NEAR, FAR] {
            self.ip(&format!("link set {device} up arp off"))?;
        }
        Ok(())
    }

    /// Runs ip(8) in the namespace.
    pub(crate) fn ip(&self, arguments: &str) -> io::Result<String> {
        ip(&[&["-n", &self.name], &arguments.split(' ').collect::<Vec<_>>()[..]].concat())
    }

    /// Runs `body` in a thread that lives in the namespace.
    pub(crate) fn enter<T: Send>(&self, body: impl FnOnce() -> T + Send) -> T {
        let namespace = File::open(format!("/run/netns/{}", self.name)).unwrap();
        std::thread::scope(|scope| {
            let inside = scope.spawn(|| {
                move_into_link_name_space(
                    std::os::fd::AsFd::as_fd(&namespace),
                    Some(LinkNameSpaceType::Network),
                )
                .unwrap();
                body()
            });
            inside.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let _ = ip(&["netns", "del", &self.name]);
    }
}

fn ip(arguments: &[&str]) -> io::Result<String> {
    let output = Command::new("ip").args(arguments).output()?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(io::Error::other(format!("ip {arguments:?}: {}", String::from_utf8_lossy(&output.stderr))))
    }
}

/// A small ring on `interface`.
pub(crate) fn config(interface: &str) -> RingConfig {
    RingConfig { block_bytes: 256 << 10, blocks: 8, ..RingConfig::new(interface) }
}

/// Sends whole frames out of a device.
pub(crate) struct Sender(OwnedFd);

impl Sender {
    pub(crate) fn new(device: &str) -> Self {
        let fd = rustix::net::socket_with(AddressFamily::PACKET, SocketType::RAW, SocketFlags::CLOEXEC, None);
        let fd = fd.unwrap();
        let index = rustix::net::netdevice::name_to_index(&fd, device).unwrap();
        // SAFETY: plain integers, for which zero is a value.
        let mut address: libc::sockaddr_ll = unsafe { std::mem::zeroed() };
        address.sll_family = libc::AF_PACKET as u16;
        address.sll_ifindex = index as i32;
        let len = size_of_val(&address) as u32;
        // SAFETY: `address` outlives the call and `len` is its size.
        let bound = unsafe { libc::bind(fd.as_raw_fd(), (&raw const address).cast(), len) };
        assert_eq!(bound, 0, "bind: {}", io::Error::last_os_error());
        Self(fd)
    }

    pub(crate) fn send(&self, frame: &[u8]) {
        self.try_send(frame).unwrap();
    }

    pub(crate) fn try_send(&self, frame: &[u8]) -> io::Result<()> {
        rustix::net::send(&self.0, frame, SendFlags::empty())?;
        Ok(())
    }
}

/// A tun device with an IP packet source: what `write` takes the host receives.
pub(crate) fn open_tun(name: &str) -> File {
    /// linux/if_tun.h.
    const TUNSETIFF: u64 = 0x4004_54ca;
    let tun = File::options().read(true).write(true).open("/dev/net/tun").unwrap();
    // SAFETY: integers and a pointer, for which zero is a value.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(name.bytes()) {
        *to = from as libc::c_char;
    }
    request.ifr_ifru.ifru_flags = (libc::IFF_TUN | libc::IFF_NO_PI) as i16;
    // SAFETY: TUNSETIFF takes an `ifreq`.
    let result = unsafe { libc::ioctl(tun.as_raw_fd(), TUNSETIFF as libc::Ioctl, &raw mut request) };
    assert_eq!(result, 0, "TUNSETIFF: {}", io::Error::last_os_error());
    tun
}

/// One UDP datagram from the host to itself.
pub(crate) fn send_over_loopback(payload: &[u8]) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.send_to(payload, socket.local_addr().unwrap()).unwrap();
}

/// A frame as it came out of ring `ring`.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) ring: usize,
    pub(crate) record: Record,
    pub(crate) bytes: Vec<u8>,
}

impl Seen {
    pub(crate) fn vlan(&self) -> Option<VlanTag> {
        self.record.vlan
    }
}

/// Everything in `rings` once `expected` frames are there. Gives up after five idle seconds.
pub(crate) fn collect(rings: &mut [Ring], expected: usize) -> Vec<Seen> {
    let mut seen = Vec::new();
    let mut idle = 0;
    while seen.len() < expected && idle < 50 {
        let ready = wait(rings, Duration::from_millis(100)).unwrap();
        idle = if ready.blocks { 0 } else { idle + 1 };
        take(rings, &mut seen);
    }
    seen
}

/// What the rings hold now.
pub(crate) fn take(rings: &mut [Ring], seen: &mut Vec<Seen>) {
    for (number, ring) in rings.iter_mut().enumerate() {
        while let Some(block) = ring.next_block() {
            frames_of(&block, number, seen);
        }
    }
}

pub(crate) fn frames_of(block: &capture::live::RingBlock, ring: usize, seen: &mut Vec<Seen>) {
    let mut records = Vec::new();
    assert_eq!(block.fill(&mut records), 0);
    for record in records {
        let bytes = record.frame(block.bytes()).bytes.to_vec();
        assert_eq!(bytes.len(), record.captured as usize);
        seen.push(Seen { ring, record, bytes });
    }
}
