//! Rings in the networks of testlab, and what comes out of them.

#![allow(unsafe_code)]

use std::fs::File;
use std::io;
use std::net::UdpSocket;
use std::os::fd::AsRawFd;
use std::time::Duration;

use capture::Record;
use capture::live::{Ring, RingConfig, wait};
use wire::VlanTag;

pub(crate) use testlab::{FAR, Lab, NEAR, Sender, frames};

/// A small ring on `interface`.
pub(crate) fn config(interface: &str) -> RingConfig {
    RingConfig { block_bytes: 256 << 10, blocks: 8, ..RingConfig::new(interface) }
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
