//! What detectors want to see of frames that make no flow, or say more than their flow's counts.

mod dhcp;
mod echo;
mod icmp_error;
mod neighbour;

use wire::{Net, Packet, Timestamp, ether_type, ip_protocol};

use crate::happening::{Frame, Happening, Seen};

/// Looks at every frame's outermost level; nine of ten are none of its business.
#[derive(Clone, Copy, Debug)]
pub struct Lens;

impl Lens {
    /// Looks at a frame; what is worth seeing is pushed to `out`.
    #[inline]
    pub fn frame(
        &self,
        packet: &Packet,
        frame: &[u8],
        time: Timestamp,
        interface: u16,
        out: &mut Vec<Happening>,
    ) {
        let concerns = match packet.net {
            Net::Ipv4 | Net::Ipv6 => match packet.protocol {
                ip_protocol::TCP => false,
                ip_protocol::UDP => packet.src_port == 67,
                protocol => matches!(protocol, ip_protocol::ICMP | ip_protocol::ICMPV6),
            },
            _ => packet.ethertype == ether_type::ARP,
        };
        if concerns && let Some(seen) = look(packet, frame) {
            let vlan = packet.vlans.ids().first().copied();
            let (src, dst) = packet.macs(frame);
            out.push(Happening::Frame(Frame { time, interface, vlan, macs: [src, dst], seen }));
        }
    }
}

#[cold]
fn look(packet: &Packet, frame: &[u8]) -> Option<Seen> {
    match (packet.net, packet.protocol) {
        (Net::Ipv4, ip_protocol::ICMP) => icmp_error::v4(packet, frame).or_else(|| echo::look(packet, frame)),
        (Net::Ipv6, ip_protocol::ICMPV6) => {
            let neighbour = || neighbour::look(packet, frame);
            icmp_error::v6(packet, frame).or_else(neighbour).or_else(|| echo::look(packet, frame))
        }
        (Net::Ipv4, ip_protocol::UDP) => dhcp::served(packet, frame),
        (Net::Ipv4 | Net::Ipv6, _) => None,
        _ => arp(packet, frame),
    }
}

fn arp(packet: &Packet, frame: &[u8]) -> Option<Seen> {
    use wire::arp::{Arp, ETHERNET};
    let (arp, _) = Arp::split(frame.get(usize::from(packet.net_at)..)?)?;
    if arp.hardware_type() != ETHERNET {
        return None;
    }
    Some(Seen::Arp { operation: arp.operation(), sender: arp.sender()?, target: arp.target()? })
}
