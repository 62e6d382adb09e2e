//! The block format (draft-ietf-opsawg-pcapng): sections, each with a byte order and interfaces of
//! its own.

use wire::{LinkType, Timestamp};

use super::bytes::Order;
use super::error::{Damage, Part};
use super::guess::Guess;
use super::interface::{Clock, Interface, Resolution};
use super::{BATCH, MAX_LEN, Stop};
use crate::block::Record;

/// Whether a capture in this format starts so: with a section header of either byte order.
pub(super) fn is_section(bytes: &[u8]) -> bool {
    bytes.starts_with(&kind::SECTION.to_le_bytes())
        && bytes
            .get(section::MAGIC..)
            .and_then(<[u8]>::first_chunk)
            .is_some_and(|raw| byte_order(*raw).is_some())
}

/// What the blocks so far have said.
#[derive(Debug, Default)]
pub(super) struct File {
    /// Those of all sections, in the order they were described.
    interfaces: Vec<Interface>,
    /// Those of the current section, which packets refer to.
    section: Vec<Port>,
    order: Order,
    /// Time of the last packet that had one, for those that have none.
    last: Timestamp,
}

/// An interface as its packets need it.
#[derive(Clone, Copy, Debug)]
struct Port {
    /// Index in the list of all sections.
    index: u16,
    link: LinkType,
    clock: Clock,
    snaplen: u32,
}

impl File {
    pub(super) fn interfaces(&self) -> &[Interface] {
        &self.interfaces
    }

    /// See [`super::Format::walk`].
    pub(super) fn walk(&mut self, bytes: &[u8], at: &mut usize, records: &mut Vec<Record>) -> Stop {
        let mut guess = Guess::default();
        while records.len() < BATCH {
            let block = match Block::cut(bytes, *at, self.order, &mut guess) {
                Ok(block) => block,
                Err(stop) => return stop,
            };
            let packet = match block.kind {
                kind::ENHANCED_PACKET => Some(self.enhanced_packet(block)),
                kind::SIMPLE_PACKET => Some(self.simple_packet(block)),
                kind::PACKET => Some(self.packet(block)),
                _ => None,
            };
            match packet {
                Some(Ok(record)) => {
                    self.last = record.time;
                    records.push(Record { at: *at as u64 + record.at, ..record });
                }
                Some(Err(damage)) => return Stop::Damaged(damage),
                None => {
                    if let Err(damage) = self.learn(block) {
                        return Stop::Damaged(damage);
                    }
                }
            }
            *at += block.bytes.len();
        }
        Stop::Full
    }

    /// Takes in a block that is no packet.
    #[cold]
    fn learn(&mut self, block: Block<'_>) -> Result<(), Damage> {
        match block.kind {
            kind::SECTION => self.begin_section(block),
            kind::INTERFACE => self.interface(block),
            // s3.1: blocks that are not known are skipped; names, statistics, comments and secrets
            // say nothing about packets.
            _ => Ok(()),
        }
    }

    /// s4.1. Its length is not looked at: many writers do not know it. Sections of other versions
    /// are not skipped, though s3.4 says so: packets would be missing without a word.
    fn begin_section(&mut self, block: Block<'_>) -> Result<(), Damage> {
        let major = block.order.u16(block.bytes, section::MAJOR);
        if major != 1 {
            return Err(Damage::Version { major });
        }
        self.order = block.order;
        self.section.clear();
        Ok(())
    }

    /// s4.2.
    fn interface(&mut self, block: Block<'_>) -> Result<(), Damage> {
        if self.section.len() >= MAX_INTERFACES {
            return Err(Damage::TooManyInterfaces { limit: MAX_INTERFACES });
        }
        let Block { bytes, order, .. } = block;
        let mut interface = Interface {
            name: None,
            link: LinkType::from_pcap(order.u16(bytes, interface::LINK_TYPE)),
            resolution: Resolution::MICRO,
            snaplen: order.u32(bytes, interface::SNAPLEN),
        };
        let mut offset = 0;
        for (code, value) in Options::of(block, interface::OPTIONS) {
            match (code, value) {
                (option::IF_NAME, name) => interface.name = text(name),
                (option::IF_TSRESOL, [value, ..]) => interface.resolution = Resolution::from_option(*value),
                (option::IF_TSOFFSET, value @ [_, _, _, _, _, _, _, _, ..]) => offset = order.i64(value, 0),
                _ => {}
            }
        }
        self.section.push(Port {
            // Past the last index, interfaces of later sections share it.
            index: u16::try_from(self.interfaces.len()).unwrap_or(u16::MAX),
            link: interface.link,
            clock: Clock::new(interface.resolution, offset),
            snaplen: interface.snaplen,
        });
        if self.interfaces.len() < MAX_INTERFACES {
            self.interfaces.push(interface);
        }
        Ok(())
    }

    /// s4.3.
    #[inline(always)]
    fn enhanced_packet(&self, block: Block<'_>) -> Result<Record, Damage> {
        self.full_packet(block, block.order.u32(block.bytes, packet::INTERFACE))
    }

    /// The obsolete form (appendix A): a drop count takes half of the interface's field.
    fn packet(&self, block: Block<'_>) -> Result<Record, Damage> {
        self.full_packet(block, block.order.u16(block.bytes, packet::INTERFACE).into())
    }

    #[inline(always)]
    fn full_packet(&self, block: Block<'_>, interface: u32) -> Result<Record, Damage> {
        let Block { bytes, order, .. } = block;
        let port = self.port(interface)?;
        let high = order.u32(bytes, packet::TIME_HIGH);
        let low = order.u32(bytes, packet::TIME_LOW);
        let time = port.clock.time(u64::from(high) << 32 | u64::from(low));
        let captured = order.u32(bytes, packet::CAPTURED);
        let wire_len = order.u32(bytes, packet::WIRE_LEN);
        record(block, port, packet::DATA, captured, wire_len, time)
    }

    /// s4.4: of the section's first interface, without a time.
    fn simple_packet(&self, block: Block<'_>) -> Result<Record, Damage> {
        let port = self.port(0)?;
        let wire_len = block.order.u32(block.bytes, simple::WIRE_LEN);
        let captured = if port.snaplen == 0 { wire_len } else { wire_len.min(port.snaplen) };
        record(block, port, simple::DATA, captured, wire_len, self.last)
    }

    fn port(&self, interface: u32) -> Result<&Port, Damage> {
        self.section
            .get(interface as usize)
            .ok_or(Damage::UnknownInterface { interface, known: self.section.len() })
    }
}

/// A packet whose data starts at `data` in its block; the record's offset counts from there too.
#[inline(always)]
fn record(
    block: Block<'_>,
    port: &Port,
    data: u32,
    captured: u32,
    wire_len: u32,
    time: Timestamp,
) -> Result<Record, Damage> {
    let room = block.length - data - TRAILER_LEN;
    if captured > room {
        return Err(Damage::TooLongForBlock { captured, room });
    }
    Ok(Record {
        at: data.into(),
        captured,
        wire_len: wire_len.max(captured),
        time,
        interface: port.index,
        link: port.link,
        vlan: None,
    })
}

/// A whole block, long enough for the fixed fields of its type.
#[derive(Clone, Copy)]
struct Block<'a> {
    kind: u32,
    /// Total length, which is that of `bytes`.
    length: u32,
    order: Order,
    bytes: &'a [u8],
}

impl<'a> Block<'a> {
    /// The block that starts at `at`; `order` is that of the section (s3.1).
    #[inline(always)]
    fn cut(bytes: &'a [u8], at: usize, order: Order, guess: &mut Guess) -> Result<Self, Stop> {
        let rest = bytes.get(at..).unwrap_or_default();
        let Some(head) = rest.first_chunk::<{ LEAST_LEN as usize }>() else {
            return Err(Stop::Short { need: LEAST_LEN as usize, part: Part::BlockHeader });
        };
        let kind = order.u32(head, block::KIND);
        // s4.1: the type of a section header reads the same in both orders, and what follows tells
        // which it is.
        let order = if kind == kind::SECTION { section_order(head)? } else { order };
        let length = guess.confirm(order.u32(head, block::LENGTH));
        let least = least_len(kind);
        if !length.is_multiple_of(4) || length < least || length > MAX_LEN {
            return Err(Stop::Damaged(Damage::BlockLength { kind, length, least, most: MAX_LEN }));
        }
        let Some(bytes) = rest.get(..length as usize) else {
            return Err(Stop::Short { need: length as usize, part: Part::Block });
        };
        let trailing = order.u32(bytes, (length - TRAILER_LEN) as usize);
        if trailing != length {
            return Err(Stop::Damaged(Damage::BlockTrailer { kind, length, trailing }));
        }
        Ok(Self { kind, length, order, bytes })
    }
}

fn section_order(head: &[u8]) -> Result<Order, Stop> {
    let raw = head.get(section::MAGIC..).and_then(<[u8]>::first_chunk).copied().unwrap_or_default();
    byte_order(raw).ok_or_else(|| Stop::Damaged(Damage::ByteOrder { magic: u32::from_le_bytes(raw) }))
}

fn byte_order(magic: [u8; 4]) -> Option<Order> {
    match u32::from_le_bytes(magic) {
        BYTE_ORDER_MAGIC => Some(Order::Little),
        magic if magic.swap_bytes() == BYTE_ORDER_MAGIC => Some(Order::Big),
        _ => None,
    }
}

/// Bytes of a block without data and options.
#[inline]
fn least_len(kind: u32) -> u32 {
    match kind {
        kind::SECTION => 28,
        kind::INTERFACE => 20,
        kind::PACKET | kind::ENHANCED_PACKET => packet::DATA + TRAILER_LEN,
        kind::SIMPLE_PACKET => simple::DATA + TRAILER_LEN,
        _ => LEAST_LEN,
    }
}

/// The options of a block (s3.5): code and value, up to the end of options, of the block or of sense.
struct Options<'a> {
    bytes: &'a [u8],
    order: Order,
}

impl<'a> Options<'a> {
    fn of(block: Block<'a>, start: usize) -> Self {
        let end = (block.length - TRAILER_LEN) as usize;
        Self { bytes: block.bytes.get(start..end).unwrap_or_default(), order: block.order }
    }
}

impl<'a> Iterator for Options<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (head, rest) = self.bytes.split_at_checked(4)?;
        let len = usize::from(self.order.u16(head, 2));
        let value = rest.get(..len)?;
        // Values are padded to 32 bits; the last one's padding may be missing.
        self.bytes = rest.get(len.next_multiple_of(4)..).unwrap_or_default();
        match self.order.u16(head, 0) {
            option::END => None,
            code => Some((code, value)),
        }
    }
}

/// Text of an option (s3.6.3): UTF-8, not terminated, though some writers do.
fn text(value: &[u8]) -> Option<String> {
    let value = value.split(|byte| *byte == 0).next()?;
    let value = value.get(..MAX_NAME).unwrap_or(value);
    (!value.is_empty()).then(|| String::from_utf8_lossy(value).into_owned())
}

/// Block types (s10.1).
mod kind {
    pub(super) const INTERFACE: u32 = 1;
    pub(super) const PACKET: u32 = 2;
    pub(super) const SIMPLE_PACKET: u32 = 3;
    pub(super) const ENHANCED_PACKET: u32 = 6;
    pub(super) const SECTION: u32 = 0x0a0d_0d0a;
}

/// Options of an interface description (s4.2).
mod option {
    pub(super) const END: u16 = 0;
    pub(super) const IF_NAME: u16 = 2;
    pub(super) const IF_TSRESOL: u16 = 9;
    pub(super) const IF_TSOFFSET: u16 = 14;
}

/// Offsets in every block (s3.1).
mod block {
    pub(super) const KIND: usize = 0;
    pub(super) const LENGTH: usize = 4;
}

/// Offsets in a section header block (s4.1).
mod section {
    pub(super) const MAGIC: usize = 8;
    pub(super) const MAJOR: usize = 12;
}

/// Offsets in an interface description block (s4.2).
mod interface {
    pub(super) const LINK_TYPE: usize = 8;
    pub(super) const SNAPLEN: usize = 12;
    pub(super) const OPTIONS: usize = 16;
}

/// Offsets in an enhanced packet block (s4.3) and in the obsolete packet block (appendix A).
mod packet {
    pub(super) const INTERFACE: usize = 8;
    pub(super) const TIME_HIGH: usize = 12;
    pub(super) const TIME_LOW: usize = 16;
    pub(super) const CAPTURED: usize = 20;
    pub(super) const WIRE_LEN: usize = 24;
    pub(super) const DATA: u32 = 28;
}

/// Offsets in a simple packet block (s4.4).
mod simple {
    pub(super) const WIRE_LEN: usize = 8;
    pub(super) const DATA: u32 = 12;
}

/// A section header's number that tells its byte order (s4.1).
const BYTE_ORDER_MAGIC: u32 = 0x1a2b_3c4d;

/// Type, length, and the length again.
const LEAST_LEN: u32 = 12;

/// The length at a block's end.
const TRAILER_LEN: u32 = 4;

/// Interfaces per section, and indices over all sections.
const MAX_INTERFACES: usize = 1 << 16;

/// Bytes of a name that are kept.
const MAX_NAME: usize = 255;
