//! RTCP's packets (RFC 3550 s6.4 to s6.7).

use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(super) const SENDER_REPORT: u8 = 200;
pub(super) const RECEIVER_REPORT: u8 = 201;
const DESCRIPTION: u8 = 202;
const BYE: u8 = 203;

/// One after the other, until one does not fit.
pub(super) struct Packets<'a>(pub(super) &'a [u8]);

pub(super) struct Packet<'a> {
    /// Reports, chunks or sources in it, or the kind of feedback.
    count: u8,
    pub(super) kind: u8,
    body: &'a [u8],
}

impl<'a> Iterator for Packets<'a> {
    type Item = Packet<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut reader = Reader::new(self.0);
        let [flags, kind] = reader.array()?;
        // The length in words, without the first.
        let words = reader.u16()?;
        let body = reader.take(usize::from(words) * 4)?;
        if flags & 0xc0 != 0x80 {
            return None;
        }
        self.0 = reader.rest();
        Some(Packet { count: flags & 0x1f, kind, body })
    }
}

impl Packet<'_> {
    pub(super) fn whole_len(&self) -> usize {
        self.body.len() + 4
    }

    /// What the header says of reports, chunks and sources fits into the body.
    pub(super) fn is_sound(&self) -> bool {
        let count = usize::from(self.count);
        let least = match self.kind {
            SENDER_REPORT => 24 + count * 24,
            RECEIVER_REPORT => 4 + count * 24,
            // A chunk has a source and an end.
            DESCRIPTION => count * 8,
            BYE => count * 4,
            // RFC 3550 s6.7: source and name.
            204 => 8,
            // RFC 4585 s6.1: sender and source of the media.
            205 | 206 => 8,
            207 => 4,
            // RFC 2032: full intra request, NACK. RFC 5450.
            192 | 193 | 195 => 4,
            // RFC 6284, RFC 5760, RFC 6642.
            208..=213 => 4,
            _ => return false,
        };
        self.body.len() >= least
    }

    pub(super) fn source(&self) -> u32 {
        self.body.first_chunk().map_or(0, |source| u32::from_be_bytes(*source))
    }

    pub(super) fn name(&self) -> Option<&'static str> {
        Some(match self.kind {
            192 => "FIR",
            193 => "NACK",
            195 => "IJ",
            SENDER_REPORT => "SR",
            RECEIVER_REPORT => "RR",
            DESCRIPTION => "SDES",
            BYE => "BYE",
            204 => "APP",
            205 => "RTPFB",
            206 => "PSFB",
            207 => "XR",
            _ => return None,
        })
    }

    /// RFC 3550 s6.5.1: the first item of a description.
    pub(super) fn canonical_name(&self) -> Option<Box<str>> {
        if self.kind != DESCRIPTION || self.count == 0 {
            return None;
        }
        let mut reader = Reader::new(self.body.get(4..)?);
        (reader.u8()? == 1).then_some(())?;
        let name = reader.block8().filter(|name| !name.is_empty())?;
        Some(lossy(name, NAME_MAX))
    }
}
