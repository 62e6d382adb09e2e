//! Which frames devices say something of themselves in.

use std::collections::HashMap;

use wire::llc::Llc;
use wire::{Flags, Net, Packet, Timestamp, ip_protocol};

use crate::registry::WATCHERS;
use crate::sighting::Sighting;
use crate::watcher::{FlowLook, Heard, Look, On, Read, Watcher};

/// Sees every frame, and lets the watchers read those that concern them.
///
/// Nine of ten frames do not: finding that out is a comparison for TCP and two bits looked up for
/// UDP.
#[derive(Debug)]
pub struct Lookout {
    ports: Box<[u64; 1024]>,
    protocols: [u64; 4],
    by_key: HashMap<Key, Vec<&'static Watcher>>,
}

/// What frames are told apart by.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Key {
    EtherType(u16),
    Llc(u8),
    Snap([u8; 3], u16),
    Udp(u16),
    Ip(u8),
}

impl Default for Lookout {
    fn default() -> Self {
        Self::new()
    }
}

impl Lookout {
    /// All watchers, ready.
    pub fn new() -> Self {
        let mut lookout = Self { ports: Box::new([0; 1024]), protocols: [0; 4], by_key: HashMap::new() };
        for &watcher in WATCHERS {
            for on in watcher.on {
                lookout.add(watcher, *on);
            }
        }
        lookout
    }

    fn add(&mut self, watcher: &'static Watcher, on: On) {
        let key = match on {
            On::EtherType(kind) => Key::EtherType(kind),
            On::Llc(point) => Key::Llc(point),
            On::Snap(organisation, protocol) => Key::Snap(organisation, protocol),
            On::Udp(port) => {
                set(&mut *self.ports, port.into());
                Key::Udp(port)
            }
            On::Ip(protocol) => {
                set(&mut self.protocols, protocol.into());
                Key::Ip(protocol)
            }
            On::Flow(_) | On::AnyFlow => return,
        };
        self.by_key.entry(key).or_default().push(watcher);
    }

    /// Looks at the outermost level of a frame; what the watchers say is pushed to `out`.
    #[inline]
    pub fn frame(
        &self,
        packet: &Packet,
        frame: &[u8],
        time: Timestamp,
        interface: u16,
        out: &mut Vec<Sighting>,
    ) {
        let concerns = match packet.net {
            Net::Ipv4 | Net::Ipv6 => match packet.protocol {
                ip_protocol::TCP => false,
                ip_protocol::UDP => {
                    has(&*self.ports, packet.dst_port.into()) || has(&*self.ports, packet.src_port.into())
                }
                protocol => has(&self.protocols, protocol.into()),
            },
            _ => true,
        };
        if concerns {
            self.read(packet, frame, time, interface, out);
        }
    }

    #[cold]
    fn read(&self, packet: &Packet, frame: &[u8], time: Timestamp, interface: u16, out: &mut Vec<Sighting>) {
        let at = |at: u16| frame.get(usize::from(at)..).unwrap_or_default();
        let (keys, payload) = match packet.net {
            Net::Ipv4 | Net::Ipv6 if packet.protocol == ip_protocol::UDP => {
                if !packet.flags.has(Flags::TRANSPORT) || packet.flags.has(Flags::FRAGMENT) {
                    return;
                }
                let other = (packet.src_port != packet.dst_port).then_some(Key::Udp(packet.src_port));
                ([Some(Key::Udp(packet.dst_port)), other], packet.payload(frame))
            }
            Net::Ipv4 | Net::Ipv6 => {
                if packet.flags.has(Flags::LATER_FRAGMENT) {
                    return;
                }
                let from = usize::from(packet.transport_at);
                let end = usize::from(packet.payload_at) + packet.payload_captured as usize;
                ([Some(Key::Ip(packet.protocol)), None], frame.get(from..end).unwrap_or_default())
            }
            _ if packet.ethertype >= wire::ether_type::FIRST => {
                ([Some(Key::EtherType(packet.ethertype)), None], at(packet.net_at))
            }
            _ => {
                let Some((llc, rest)) = Llc::split(at(packet.net_at)) else { return };
                let key = match (llc.snap_oui(), llc.snap_protocol()) {
                    (Some(organisation), Some(protocol)) => Key::Snap(organisation, protocol),
                    _ => Key::Llc(llc.dsap()),
                };
                // The 802.3 length tells the payload from the padding.
                let end = usize::from(packet.ethertype).saturating_sub(llc.header_len());
                let payload = if packet.ethertype > 4 { rest.get(..end).unwrap_or(rest) } else { rest };
                ([Some(key), None], payload)
            }
        };
        let (src_mac, dst_mac) = packet.macs(frame);
        let (src_ip, dst_ip) = packet.addresses(frame).unzip();
        let look = Look { packet, payload, src_mac, dst_mac, src_ip, dst_ip };
        let vlan = packet.vlans.ids().first().copied();
        let [first, second] =
            keys.map(|key| key.and_then(|key| self.by_key.get(&key)).map_or(&[][..], |all| all));
        // Who waits at both of a datagram's ports reads it once.
        let again =
            second.iter().filter(|watcher| !first.iter().any(|other| std::ptr::eq(*other, **watcher)));
        for watcher in first.iter().chain(again) {
            if let Read::Frame(read) = watcher.read {
                read(&look, &mut Heard::new(watcher.name, time, interface, vlan, out));
            }
        }
    }
}

/// Lets the watchers read a flow that is over.
pub(crate) fn flow(look: &FlowLook<'_>, out: &mut Vec<Sighting>) {
    let entry = &look.ended.entry;
    let vlan = entry.vlans().next();
    for watcher in WATCHERS {
        let concerned = watcher.on.iter().any(|on| match on {
            On::AnyFlow => true,
            On::Flow(protocol) => *protocol == look.record.protocol,
            _ => false,
        });
        if concerned && let Read::Flow(read) = watcher.read {
            let mut heard = Heard::new(watcher.name, entry.last(), entry.interface(), vlan, out);
            read(look, &mut heard);
        }
    }
}

fn set(bits: &mut [u64], bit: usize) {
    if let Some(word) = bits.get_mut(bit / 64) {
        *word |= 1 << (bit % 64);
    }
}

#[inline]
fn has(bits: &[u64], bit: usize) -> bool {
    bits.get(bit / 64).is_some_and(|word| word >> (bit % 64) & 1 == 1)
}
