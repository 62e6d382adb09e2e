//! Which ring of a group a packet goes to, by its two addresses alone.
//!
//! The kernel's own hash (PACKET_FANOUT_HASH) takes ports in, so a fragment, which has none, lands
//! elsewhere than its flow, and the two directions of a VXLAN tunnel differ. A hash of the outer
//! address pair keeps both together, at the price that one busy pair of hosts stays on one ring.

use std::net::IpAddr;

use libc::{BPF_ADD, BPF_MUL, BPF_RSH, BPF_XOR, sock_filter};
use wire::ether_type;

use super::bpf::{Assembler, Label, Width};

/// 2^32 divided by the golden ratio, made odd (Knuth, The Art of Computer Programming 3, 6.4).
const MULTIPLIER: u32 = 0x9e37_79b1;

/// The hash of an address pair that [`Fanout::Addresses`](super::Fanout::Addresses) uses: the ring
/// is this modulo the number of rings. The same in both directions, 16 bits wide.
pub fn address_hash(one: IpAddr, other: IpAddr) -> u32 {
    let both = fold(one) ^ fold(other);
    // The high bits of a product depend on all bits below them, so the upper half of the addresses
    // is folded down first.
    (both ^ both >> 16).wrapping_mul(MULTIPLIER) >> 16
}

fn fold(address: IpAddr) -> u32 {
    match address {
        IpAddr::V4(v4) => v4.to_bits(),
        IpAddr::V6(v6) => {
            v6.octets().as_chunks().0.iter().fold(0, |sum, word| sum ^ u32::from_be_bytes(*word))
        }
    }
}

/// What the next header is read relative to.
const OFFSET: u32 = 0;
/// Sum of the address words so far.
const SUM: u32 = 1;
/// The type of the next header while X is moved.
const TYPE: u32 = 2;

/// Tags and labels that are looked behind. With more the result is 0.
const DEPTH: usize = 3;

/// The program for PACKET_FANOUT_CBPF that computes [`address_hash`], and 0 for everything without
/// IP addresses. `ethernet`: frames of the interface have an Ethernet header.
///
/// Offsets count from where the kernel has the packet at that moment: the network header of a
/// received frame, behind the tag it has stripped, but the MAC header of one that this host sends
/// (`dev_queue_xmit_nit`). Loads relative to SKF_NET_OFF would look simpler, but kernels before
/// 6.16 cannot read through them what a driver left in page fragments ("bpf: support SKF_NET_OFF
/// and SKF_LL_OFF on skb frags"), and a sent frame with a tag in it has the network header behind
/// the tag while its protocol still says 802.1Q.
pub(super) fn program(ethernet: bool) -> Option<Vec<sock_filter>> {
    let mut asm = Assembler::default();
    let [network, ipv4, ipv6, mpls, pppoe, mix] = std::array::from_fn(|_| asm.label());

    start(&mut asm, ethernet);
    skip_tags(&mut asm, network);

    asm.place(network);
    asm.jump_if_equal(ether_type::IPV4.into(), ipv4);
    asm.jump_if_equal(ether_type::IPV6.into(), ipv6);
    asm.jump_if_equal(ether_type::MPLS.into(), mpls);
    asm.jump_if_equal(ether_type::MPLS_UPSTREAM.into(), mpls);
    asm.jump_if_equal(ether_type::PPPOE_SESSION.into(), pppoe);
    asm.give(0);

    asm.place(pppoe);
    // RFC 2516 section 4: six bytes, then the PPP protocol (RFC 1332: 0x0021, RFC 5072: 0x0057).
    asm.load_indexed(Width::Half, 6);
    advance(&mut asm, 8);
    asm.jump_if_equal(0x0021, ipv4);
    asm.jump_if_equal(0x0057, ipv6);
    asm.give(0);

    asm.place(mpls);
    skip_labels(&mut asm, ipv4, ipv6);

    asm.place(ipv4);
    // RFC 791 section 3.1.
    sum_words(&mut asm, 12, 2);
    asm.jump(mix);

    asm.place(ipv6);
    // RFC 8200 section 3.
    sum_words(&mut asm, 8, 8);

    asm.place(mix);
    asm.recall(SUM);
    asm.a_to_x();
    asm.compute(BPF_RSH, 16);
    asm.compute_x(BPF_XOR);
    asm.compute(BPF_MUL, MULTIPLIER);
    asm.compute(BPF_RSH, 16);
    asm.give_a();
    asm.finish()
}

/// A = EtherType, X = offset of what follows it.
fn start(asm: &mut Assembler, ethernet: bool) {
    /// linux/if_packet.h.
    const PACKET_OUTGOING: u32 = 4;
    let typed = asm.label();
    if ethernet {
        let received = asm.label();
        let sent = asm.label();
        asm.load_extension(libc::SKF_AD_PKTTYPE);
        asm.jump_if_equal(PACKET_OUTGOING, sent);
        asm.jump(received);
        asm.place(sent);
        asm.set_x(14);
        asm.load(Width::Half, 12);
        asm.jump(typed);
        asm.place(received);
    }
    asm.set_x(0);
    asm.load_extension(libc::SKF_AD_PROTOCOL);
    asm.place(typed);
}

/// Moves over VLAN tags, then goes to `network`.
fn skip_tags(asm: &mut Assembler, network: Label) {
    for _ in 0..DEPTH {
        let tag = asm.label();
        for tpid in [ether_type::VLAN, ether_type::QINQ, ether_type::QINQ_OLD] {
            asm.jump_if_equal(tpid.into(), tag);
        }
        asm.jump(network);
        asm.place(tag);
        asm.load_indexed(Width::Half, 2);
        advance(asm, 4);
    }
}

/// Moves over MPLS labels (RFC 3032 section 2.1). What follows has no type of its own; the first
/// four bits tell IP from a pseudowire (RFC 4928 section 2).
fn skip_labels(asm: &mut Assembler, ipv4: Label, ipv6: Label) {
    const BOTTOM_OF_STACK: u32 = 1;
    let payload = asm.label();
    for _ in 0..DEPTH {
        asm.load_indexed(Width::Byte, 2);
        advance(asm, 4);
        asm.jump_if_any(BOTTOM_OF_STACK, payload);
    }
    asm.give(0);
    asm.place(payload);
    asm.load_indexed(Width::Byte, 0);
    asm.compute(BPF_RSH, 4);
    asm.jump_if_equal(4, ipv4);
    asm.jump_if_equal(6, ipv6);
    asm.give(0);
}

/// X += bytes, A stays.
fn advance(asm: &mut Assembler, bytes: u32) {
    asm.store(TYPE);
    asm.x_to_a();
    asm.compute(BPF_ADD, bytes);
    asm.a_to_x();
    asm.recall(TYPE);
}

/// M[SUM] = XOR of `words` words from X + `at` on.
fn sum_words(asm: &mut Assembler, at: u32, words: u32) {
    asm.store_x(OFFSET);
    asm.load_indexed(Width::Word, at);
    asm.store(SUM);
    for word in 1..words {
        asm.recall_x(OFFSET);
        asm.load_indexed(Width::Word, at + 4 * word);
        asm.recall_x(SUM);
        asm.compute_x(BPF_XOR);
        asm.store(SUM);
    }
}

#[cfg(test)]
#[allow(clippy::cast_possible_truncation)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::super::bpf::machine::{Packet, run};
    use super::*;

    const MACS: [u8; 12] = [2, 0x77, 0, 0, 0, 1, 2, 0x77, 0, 0, 0, 2];

    /// An IP packet with the given payload and, for IPv4, flags and fragment offset.
    fn ip(from: IpAddr, to: IpAddr, fragment: u16, payload: &[u8]) -> Vec<u8> {
        let mut bytes = match (from, to) {
            (IpAddr::V4(from), IpAddr::V4(to)) => {
                let mut header = vec![0x45, 0, 0, 0, 0, 1, 0, 0, 64, 17, 0, 0];
                header[6..8].copy_from_slice(&fragment.to_be_bytes());
                [header, from.octets().to_vec(), to.octets().to_vec()].concat()
            }
            (IpAddr::V6(from), IpAddr::V6(to)) => {
                [&[0x60, 0, 0, 0, 0, 0, 17, 64], &from.octets()[..], &to.octets()[..]].concat()
            }
            _ => panic!("mixed versions"),
        };
        bytes.extend(payload);
        bytes
    }

    fn ether_type_of(address: IpAddr) -> u16 {
        if address.is_ipv4() { 0x0800 } else { 0x86dd }
    }

    /// What lies between the MAC addresses and the IP packet, by name.
    fn encapsulations(ip_type: u16) -> Vec<(&'static str, Vec<u8>)> {
        let ppp = if ip_type == 0x0800 { 0x0021_u16 } else { 0x0057 };
        let parts = |words: &[u16]| words.iter().flat_map(|w| w.to_be_bytes()).collect::<Vec<u8>>();
        vec![
            ("plain", parts(&[ip_type])),
            ("vlan", parts(&[0x8100, 100, ip_type])),
            ("priority", parts(&[0x8100, 0, ip_type])),
            ("qinq", parts(&[0x88a8, 200, 0x8100, 100, ip_type])),
            ("old qinq", parts(&[0x9100, 200, 0x8100, 100, ip_type])),
            ("three tags", parts(&[0x88a8, 1, 0x8100, 2, 0x8100, 3, ip_type])),
            ("mpls", parts(&[0x8847, 1, 0x0140])),
            ("mpls of three", parts(&[0x8847, 1, 0x0040, 2, 0x0040, 3, 0x0140])),
            ("mpls in a vlan", parts(&[0x8100, 100, 0x8848, 1, 0x0140])),
            ("pppoe", parts(&[0x8864, 0x1100, 7, 100, ppp])),
            ("pppoe in qinq", parts(&[0x88a8, 200, 0x8100, 100, 0x8864, 0x1100, 7, 100, ppp])),
        ]
    }

    /// The frame as it stands at the fan-out hook when this host sends it.
    fn sent(encapsulation: &[u8], ip: &[u8]) -> Packet {
        Packet { kind: 4, protocol: 0, data: [&MACS, encapsulation, ip].concat() }
    }

    /// The same when it is received: the outer 802.1Q or 802.1ad tag is gone, and so is Ethernet.
    fn received(encapsulation: &[u8], ip: &[u8]) -> Packet {
        let outer = u16::from_be_bytes([encapsulation[0], encapsulation[1]]);
        let rest = if matches!(outer, 0x8100 | 0x88a8) { &encapsulation[4..] } else { encapsulation };
        let protocol = u32::from(u16::from_be_bytes([rest[0], rest[1]]));
        Packet { kind: 0, protocol, data: [&rest[2..], ip].concat() }
    }

    /// Not random, but spread like it (splitmix64).
    fn numbers(seed: u64) -> impl Iterator<Item = u64> {
        (1..).map(move |n: u64| {
            let z = (seed + n).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ z >> 31
        })
    }

    fn pairs() -> Vec<(IpAddr, IpAddr)> {
        let mut numbers = numbers(7);
        let mut next = || numbers.next().unwrap();
        let mut pairs = Vec::new();
        for _ in 0..500 {
            let mut v4 = || IpAddr::V4(Ipv4Addr::from(next() as u32));
            pairs.push((v4(), v4()));
            let mut v6 = || IpAddr::V6(Ipv6Addr::from(u128::from(next()) << 64 | u128::from(next())));
            pairs.push((v6(), v6()));
        }
        pairs
    }

    #[test]
    fn program_and_function_agree_however_a_packet_is_wrapped() {
        let program = program(true).unwrap();
        assert!(program.len() < 200, "{} instructions run for each packet", program.len());
        for (a, b) in pairs() {
            let expected = address_hash(a, b);
            for (from, to) in [(a, b), (b, a)] {
                for (name, encapsulation) in encapsulations(ether_type_of(a)) {
                    let packet = ip(from, to, 0, &[1, 2, 3, 4]);
                    assert_eq!(run(&program, &received(&encapsulation, &packet)), expected, "{name}");
                    assert_eq!(run(&program, &sent(&encapsulation, &packet)), expected, "sent {name}");
                }
            }
        }
    }

    #[test]
    fn fragments_go_with_their_packet() {
        let program = program(true).unwrap();
        for (a, b) in pairs().into_iter().filter(|(a, _)| a.is_ipv4()) {
            for fragment in [0, 0x2000, 0x20b9, 0x0172] {
                let packet = received(&0x0800_u16.to_be_bytes(), &ip(a, b, fragment, b"anything"));
                assert_eq!(run(&program, &packet), address_hash(b, a));
            }
        }
    }

    #[test]
    fn interfaces_without_ethernet() {
        let program = program(false).unwrap();
        for (a, b) in pairs() {
            for kind in [0, 4] {
                let data = ip(a, b, 0, b"");
                let packet = Packet { kind, protocol: ether_type_of(a).into(), data };
                assert_eq!(run(&program, &packet), address_hash(a, b));
            }
        }
    }

    #[test]
    fn everything_else_is_ring_0() {
        let program = program(true).unwrap();
        let hash = |encapsulation: &[u16], rest: &[u8]| {
            let bytes: Vec<u8> = encapsulation.iter().flat_map(|w| w.to_be_bytes()).collect();
            run(&program, &received(&bytes, rest)) | run(&program, &sent(&bytes, rest))
        };
        let any = [0x5a; 64];
        assert_eq!(hash(&[0x0806], &any), 0, "ARP");
        assert_eq!(hash(&[0x0026], &any), 0, "802.3 length");
        assert_eq!(hash(&[0x88cc], &any), 0, "LLDP");
        assert_eq!(hash(&[0x88a8, 1, 0x8100, 2, 0x8100, 3, 0x8100, 4, 0x8100, 5, 0x0800], &any), 0, "tags");
        assert_eq!(hash(&[0x8847, 1, 0x40, 2, 0x40, 3, 0x40, 4, 0x0140], &any), 0, "labels");
        assert_eq!(hash(&[0x8847, 1, 0x0140], &[0; 64]), 0, "pseudowire");
        assert_eq!(hash(&[0x8864, 0x1100, 7, 100, 0xc021], &any), 0, "LCP");
        for cut in 0..20 {
            assert_eq!(hash(&[0x0800], &any[..cut]), 0, "cut at {cut}");
        }
    }

    #[test]
    fn spreads_evenly() {
        let inside = |n: u32| IpAddr::V4(Ipv4Addr::from(0x0a00_0000 | n));
        let one_server = (2..1002).map(|n| (inside(1), inside(n << 3))).collect();
        let a_subnet = (1..127).flat_map(|a| (a + 1..128).map(move |b| (inside(a), inside(b)))).collect();
        for (name, pairs) in [("random", pairs()), ("one server", one_server), ("a subnet", a_subnet)] {
            let pairs: Vec<_> = pairs;
            for rings in [2, 3, 4, 8, 16] {
                let mut counts = vec![0; rings];
                for &(a, b) in &pairs {
                    counts[address_hash(a, b) as usize % rings] += 1;
                }
                let fair = pairs.len() / rings;
                let slack = if name == "random" { fair / 3 } else { fair / 2 };
                assert!(
                    counts.iter().all(|&c| c >= fair - slack && c <= fair + slack),
                    "{name} over {rings}: {counts:?}"
                );
            }
        }
    }
}
