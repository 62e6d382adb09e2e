//! The classic format (draft-ietf-opsawg-pcap): a file header, then packets with a header each.

use wire::{LinkType, Timestamp};

use super::bytes::Order;
use super::error::{Damage, Part};
use super::guess::Guess;
use super::interface::{Interface, Resolution};
use super::{BATCH, MAX_LEN, Stop};
use crate::block::Record;

/// Whether a capture in this format starts so.
pub(super) fn is_file(bytes: &[u8]) -> bool {
    Variant::of(bytes).is_some()
}

/// What the file header says.
#[derive(Debug)]
pub(super) struct File {
    interface: Interface,
    order: Order,
    nanos_per_unit: u32,
    record_header: usize,
    /// More captured bytes than this are damage.
    limit: u32,
}

impl File {
    /// From the start of a file; `None` if that is not a whole header.
    pub(super) fn new(bytes: &[u8]) -> Option<Self> {
        let head = bytes.first_chunk::<HEADER_LEN>()?;
        let Variant { order, resolution, record_header } = Variant::of(head)?;
        // s4: the upper half speaks of frame check sequences, which the IP length cuts off anyway.
        // The version is not looked at: writers have put all kinds of numbers there.
        let link = order.u32(head, field::LINK_TYPE) & 0xffff;
        let snaplen = order.u32(head, field::SNAPLEN);
        let interface = Interface {
            name: None,
            link: LinkType::from_pcap(u16::try_from(link).unwrap_or(u16::MAX)),
            resolution,
            snaplen,
        };
        Some(Self {
            interface,
            order,
            nanos_per_unit: if resolution == Resolution::NANO { 1 } else { 1000 },
            record_header,
            limit: snaplen.clamp(PLAUSIBLE, MAX_LEN),
        })
    }

    pub(super) fn interface(&self) -> &Interface {
        &self.interface
    }

    /// See [`super::Format::walk`].
    pub(super) fn walk(&self, bytes: &[u8], at: &mut usize, records: &mut Vec<Record>) -> Stop {
        match self.order {
            Order::Little => self.walk_in::<false>(bytes, at, records),
            Order::Big => self.walk_in::<true>(bytes, at, records),
        }
    }

    /// The byte order is known when this is compiled, for it is the only work on most packets.
    fn walk_in<const BIG: bool>(&self, bytes: &[u8], at: &mut usize, records: &mut Vec<Record>) -> Stop {
        let order = if BIG { Order::Big } else { Order::Little };
        let mut guess = Guess::default();
        while records.len() < BATCH {
            let Some(head) = bytes.get(*at..).and_then(<[u8]>::first_chunk::<{ record::LEN }>) else {
                return Stop::Short { need: record::LEN, part: Part::RecordHeader };
            };
            let captured = order.u32(head, record::CAPTURED);
            let wire_len = order.u32(head, record::WIRE_LEN);
            if captured > self.limit {
                return Stop::Damaged(Damage::TooLong { captured, limit: self.limit });
            }
            // A crash leaves zeros where data was due; they would read as packets of 1970.
            if captured == 0 && *head == [0; record::LEN] {
                return Stop::Damaged(Damage::Zeros);
            }
            let frame = *at + self.record_header;
            let end = frame + guess.confirm(captured) as usize;
            if end > bytes.len() {
                return Stop::Short { need: end - *at, part: Part::Record };
            }
            let fraction = u64::from(order.u32(head, record::FRACTION)) * u64::from(self.nanos_per_unit);
            records.push(Record {
                at: frame as u64,
                captured,
                wire_len: wire_len.max(captured),
                time: Timestamp::new(u64::from(order.u32(head, record::SECONDS)), 0) + fraction,
                interface: 0,
                link: self.interface.link,
                vlan: None,
            });
            *at = end;
        }
        Stop::Full
    }
}

/// What the magic number tells.
struct Variant {
    order: Order,
    resolution: Resolution,
    record_header: usize,
}

impl Variant {
    fn of(bytes: &[u8]) -> Option<Self> {
        let magic = bytes.first_chunk().copied()?;
        [(Order::Little, u32::from_le_bytes(magic)), (Order::Big, u32::from_be_bytes(magic))]
            .into_iter()
            .find_map(|(order, magic)| {
                let (resolution, record_header) = match magic {
                    MAGIC_MICRO => (Resolution::MICRO, record::LEN),
                    MAGIC_NANO => (Resolution::NANO, record::LEN),
                    MAGIC_KUZNETZOV => (Resolution::MICRO, record::KUZNETZOV_LEN),
                    _ => return None,
                };
                Some(Self { order, resolution, record_header })
            })
    }
}

/// Length of the file header (s4).
pub(super) const HEADER_LEN: usize = 24;

/// Offsets in the file header (s4). Before them: magic number, version, two reserved fields.
mod field {
    pub(super) const SNAPLEN: usize = 16;
    pub(super) const LINK_TYPE: usize = 20;
}

/// Offsets in a packet's header (s5).
mod record {
    pub(super) const SECONDS: usize = 0;
    pub(super) const FRACTION: usize = 4;
    pub(super) const CAPTURED: usize = 8;
    pub(super) const WIRE_LEN: usize = 12;
    pub(super) const LEN: usize = 16;
    /// Followed by interface index, protocol and packet type.
    pub(super) const KUZNETZOV_LEN: usize = 24;
}

const MAGIC_MICRO: u32 = 0xa1b2_c3d4;
const MAGIC_NANO: u32 = 0xa1b2_3c4d;
/// Of the patched libpcap that Linux distributions shipped around the year 2000.
const MAGIC_KUZNETZOV: u32 = 0xa1b2_cd34;

/// A packet up to this many bytes is believed whatever the snap length says: files exist whose
/// snap length is 0, or less than what was captured.
const PLAUSIBLE: u32 = 1 << 20;
