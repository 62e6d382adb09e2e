use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use bytemuck::{Pod, Zeroable};
use wire::{Net, Packet};

/// What tells flows apart, the same for both directions: the two endpoints in order, the
/// transport, and the kind of tunnel.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Pod, Zeroable)]
#[repr(C)]
pub struct FlowKey {
    /// The smaller endpoint's address; IPv4 as ::ffff:a.b.c.d.
    lo: [u64; 2],
    /// The larger endpoint's address.
    hi: [u64; 2],
    /// Port of the smaller endpoint, then of the larger.
    ports: [u16; 2],
    /// IP protocol, address family and tunnel, then what separates networks with equal addresses.
    protocol: u8,
    kind: u8,
    network: u16,
}

/// Source and destination of one packet, as numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ends {
    /// Address and port the packet came from.
    pub src: ([u64; 2], u16),
    /// Address and port the packet went to.
    pub dst: ([u64; 2], u16),
}

const V4_MAPPED: u64 = 0xffff_0000_0000;
const IS_IPV6: u8 = 0x80;

impl Ends {
    /// The endpoints of an IP packet; `None` if it is not IP.
    #[inline]
    pub fn of(packet: &Packet, bytes: &[u8]) -> Option<Self> {
        let header = bytes.get(usize::from(packet.net_at)..)?;
        let (src, dst) = match packet.net {
            Net::Ipv4 => {
                let &[a, b, c, d, e, f, g, h] = header.get(12..)?.first_chunk::<8>()?;
                let src = u32::from_be_bytes([a, b, c, d]);
                let dst = u32::from_be_bytes([e, f, g, h]);
                ([0, V4_MAPPED | u64::from(src)], [0, V4_MAPPED | u64::from(dst)])
            }
            Net::Ipv6 => {
                let words = header.get(8..)?.first_chunk::<32>()?.as_chunks::<8>().0;
                let &[a, b, c, d] = words else { return None };
                (
                    [u64::from_be_bytes(a), u64::from_be_bytes(b)],
                    [u64::from_be_bytes(c), u64::from_be_bytes(d)],
                )
            }
            _ => return None,
        };
        Some(Self { src: (src, packet.src_port), dst: (dst, packet.dst_port) })
    }
}

impl FlowKey {
    /// The key of a packet between `ends`, and whether its source is the smaller endpoint.
    #[inline]
    pub fn new(packet: &Packet, ends: &Ends, vlan_in_key: bool) -> (Self, bool) {
        let (src, dst) = (&ends.src, &ends.dst);
        let (src_address, dst_address) = (wide(src.0), wide(dst.0));
        // Chosen without branches: which endpoint is the smaller one is a coin toss each time.
        let from_lo = (src_address < dst_address) | ((src_address == dst_address) & (src.1 <= dst.1));
        let pick = |a: u64, b: u64| if from_lo { (a, b) } else { (b, a) };
        let ([a0, a1], [b0, b1]) = (src.0, dst.0);
        let ((lo0, hi0), (lo1, hi1)) = (pick(a0, b0), pick(a1, b1));
        let ports = if from_lo { [src.1, dst.1] } else { [dst.1, src.1] };
        let mut kind = packet.tunnel as u8;
        if packet.net == Net::Ipv6 {
            kind |= IS_IPV6;
        }
        let mut network = 0u32;
        if packet.tunnel.id_is_symmetric() {
            network = packet.tunnel_id ^ (packet.tunnel_id >> 16);
        }
        if vlan_in_key {
            for id in packet.vlans.ids() {
                network = network.wrapping_mul(0x9e37).wrapping_add(u32::from(*id) + 1);
            }
        }
        let network = (network & 0xffff) as u16;
        let (lo, hi) = ([lo0, lo1], [hi0, hi1]);
        (Self { lo, hi, ports, protocol: packet.protocol, kind, network }, from_lo)
    }

    /// IP protocol.
    pub fn protocol(&self) -> u8 {
        self.protocol
    }

    /// The addresses are IPv6.
    pub fn is_ipv6(&self) -> bool {
        self.kind & IS_IPV6 != 0
    }

    /// The tunnel kind's number, 0 for none.
    pub fn tunnel(&self) -> u8 {
        self.kind & !IS_IPV6
    }

    /// The smaller endpoint.
    pub fn lo(&self) -> (IpAddr, u16) {
        (self.address(self.lo), self.ports[0])
    }

    /// The larger endpoint.
    pub fn hi(&self) -> (IpAddr, u16) {
        (self.address(self.hi), self.ports[1])
    }

    /// The same key for any protocol.
    pub(crate) fn without_protocol(self) -> Self {
        Self { protocol: 0, ..self }
    }

    /// All of the key in one word, in a way that anybody could foresee.
    pub(crate) fn mix(&self) -> u64 {
        let ([lo0, lo1], [hi0, hi1]) = (self.lo, self.hi);
        let rest = u64::from(self.protocol) ^ u64::from(self.kind) << 8 ^ u64::from(self.network) << 16;
        lo0 ^ lo1.rotate_left(11) ^ hi0.rotate_left(23) ^ hi1.rotate_left(37) ^ rest
    }

    fn address(&self, words: [u64; 2]) -> IpAddr {
        if self.is_ipv6() {
            let bits = (u128::from(words[0]) << 64) | u128::from(words[1]);
            Ipv6Addr::from_bits(bits).into()
        } else {
            Ipv4Addr::from_bits((words[1] & 0xffff_ffff) as u32).into()
        }
    }
}

/// The keyed hash of a flow, computed once per packet: shard, bucket and tag all come from it.
///
/// Two folded multiplications over the ordered endpoints (as in wyhash), seeded at start-up, so
/// that nobody outside can choose packets that fall into one bucket.
#[derive(Clone, Copy, Debug)]
pub struct Hasher {
    seeds: [u64; 4],
}

impl Hasher {
    /// The hasher for this seed. Analysis of files uses a fixed one, so that runs are repeatable.
    pub fn new(seed: u64) -> Self {
        // SplitMix64, to spread one seed over four words.
        let mut state = seed;
        let seeds = std::array::from_fn(|_| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            (z ^ (z >> 31)) | 1
        });
        Self { seeds }
    }

    /// Hashes a key.
    #[inline]
    pub fn hash(&self, key: &FlowKey) -> u64 {
        let [s0, s1, s2, s3] = self.seeds;
        let [lo_port, hi_port] = key.ports.map(u64::from);
        let rest = u64::from(key.protocol) | u64::from(key.kind) << 8 | u64::from(key.network) << 16;
        let h = if key.is_ipv6() {
            let lo = fold(key.lo[0] ^ s0, key.lo[1] ^ s1);
            let hi = fold(key.hi[0] ^ s1, key.hi[1] ^ s2);
            fold(lo ^ (lo_port << 16 | hi_port) ^ s2, hi ^ s3)
        } else {
            // 48 bits of address and port each.
            fold((key.lo[1] << 16 | lo_port) ^ s0, (key.hi[1] << 16 | hi_port) ^ s1)
        };
        fold(h ^ rest, s2 ^ s3)
    }
}

/// An address as one number.
#[inline]
fn wide([high, low]: [u64; 2]) -> u128 {
    u128::from(high) << 64 | u128::from(low)
}

#[inline]
#[allow(clippy::cast_possible_truncation, reason = "folding takes both halves of the product")]
fn fold(a: u64, b: u64) -> u64 {
    let wide = u128::from(a) * u128::from(b);
    (wide >> 64) as u64 ^ wide as u64
}
