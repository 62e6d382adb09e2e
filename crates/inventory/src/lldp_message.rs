//! Type, length and value as LLDP has them (IEEE 802.1AB clause 8).

use dpi::Reader;

/// TLV types (IEEE 802.1AB table 8-1).
pub(crate) mod kind {
    pub(crate) const END: u8 = 0;
    pub(crate) const CHASSIS: u8 = 1;
    pub(crate) const PORT: u8 = 2;
    pub(crate) const TTL: u8 = 3;
    pub(crate) const PORT_DESCRIPTION: u8 = 4;
    pub(crate) const SYSTEM_NAME: u8 = 5;
    pub(crate) const SYSTEM_DESCRIPTION: u8 = 6;
    pub(crate) const CAPABILITIES: u8 = 7;
    pub(crate) const MANAGEMENT_ADDRESS: u8 = 8;
    pub(crate) const ORGANISATION: u8 = 127;
}

/// TLVs looked at; a talkative switch sends thirty.
const MOST_TLVS: usize = 128;

/// What a station says of itself.
#[derive(Debug)]
pub(crate) struct Message<'a> {
    /// Kind and bytes of the chassis id.
    pub(crate) chassis: (u8, &'a [u8]),
    /// Kind and bytes of the port id.
    pub(crate) port: (u8, &'a [u8]),
    /// How long this holds, in seconds; 0 if the station goes.
    pub(crate) ttl_s: u16,
    /// What follows the three that must be there.
    pub(crate) optional: Vec<(u8, &'a [u8])>,
}

impl<'a> Message<'a> {
    /// The three mandatory TLVs in their order, then all others (IEEE 802.1AB s9.2.7.7.1). One that
    /// is broken spoils the message, unless the capture `cut` it.
    pub(crate) fn parse(bytes: &'a [u8], cut: bool) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let chassis = identifier(next(&mut reader)?, kind::CHASSIS)?;
        let port = identifier(next(&mut reader)?, kind::PORT)?;
        let (kind::TTL, [high, low, ..]) = next(&mut reader)? else { return None };
        let ttl_s = u16::from_be_bytes([*high, *low]);
        let mut optional = Vec::new();
        while !reader.is_empty() && optional.len() < MOST_TLVS {
            match next(&mut reader) {
                Some((kind::END, _)) => break,
                Some((kind::CHASSIS | kind::PORT | kind::TTL, _)) => return None,
                Some(tlv) => optional.push(tlv),
                None if cut => break,
                None => return None,
            }
        }
        Some(Self { chassis, port, ttl_s, optional })
    }

    /// The first TLV of a kind.
    pub(crate) fn get(&self, kind: u8) -> Option<&'a [u8]> {
        self.optional.iter().find(|(k, _)| *k == kind).map(|(_, value)| *value)
    }
}

/// Seven bits of type, nine of length.
fn next<'a>(reader: &mut Reader<'a>) -> Option<(u8, &'a [u8])> {
    let [first, low] = reader.array()?;
    let len = usize::from(first & 1) << 8 | usize::from(low);
    Some((first >> 1, reader.take(len)?))
}

/// A kind between 1 and 7, and 1 to 255 bytes (s8.5.2, s8.5.3).
fn identifier((kind, value): (u8, &[u8]), expected: u8) -> Option<(u8, &[u8])> {
    let (subtype, id) = value.split_first()?;
    (kind == expected && (1..=7).contains(subtype) && (1..=255).contains(&id.len())).then_some((*subtype, id))
}
