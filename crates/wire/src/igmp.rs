//! IGMP versions 1 to 3 (RFC 1112 appendix I, RFC 2236, RFC 3376).

use std::net::Ipv4Addr;

/// Bytes of the header.
pub const LEN: usize = 8;

/// Message types.
pub mod kind {
    #![allow(missing_docs)]
    pub const QUERY: u8 = 0x11;
    pub const REPORT_1: u8 = 0x12;
    pub const REPORT_2: u8 = 0x16;
    pub const LEAVE: u8 = 0x17;
    pub const REPORT_3: u8 = 0x22;
}

/// An IGMP message.
#[derive(Clone, Copy, Debug)]
pub struct Igmp<'a> {
    fixed: &'a [u8; LEN],
    body: &'a [u8],
}

impl<'a> Igmp<'a> {
    /// The message that `bytes` are: it ends where the IP packet does.
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        bytes.split_first_chunk().map(|(fixed, body)| Self { fixed, body })
    }

    /// Type, see [`kind`].
    pub fn kind(&self) -> u8 {
        self.fixed[0]
    }

    /// Version of the protocol, which for a query shows in its size (RFC 3376 s7.1).
    pub fn version(&self) -> Option<u8> {
        match self.kind() {
            kind::QUERY if !self.body.is_empty() => Some(3),
            kind::QUERY if self.fixed[1] == 0 => Some(1),
            kind::QUERY | kind::REPORT_2 | kind::LEAVE => Some(2),
            kind::REPORT_1 => Some(1),
            kind::REPORT_3 => Some(3),
            _ => None,
        }
    }

    /// Maximum response time in tenths of a second, as coded in the field (RFC 3376 s4.1.1 gives
    /// values of 128 and more a floating point form).
    pub fn maximum_response_code(&self) -> u8 {
        self.fixed[1]
    }

    /// Checksum.
    pub fn checksum(&self) -> u16 {
        u16::from_be_bytes([self.fixed[2], self.fixed[3]])
    }

    /// The group; unspecified in a general query. A version 3 report has it in its records.
    pub fn group(&self) -> Option<Ipv4Addr> {
        let f = self.fixed;
        (self.kind() != kind::REPORT_3).then(|| Ipv4Addr::new(f[4], f[5], f[6], f[7]))
    }

    /// A version 3 query suppresses router-side processing (RFC 3376 s4.1.5).
    pub fn suppress(&self) -> Option<bool> {
        self.query_3().map(|q| q[0] & 8 != 0)
    }

    /// Querier's robustness variable of a version 3 query.
    pub fn robustness(&self) -> Option<u8> {
        self.query_3().map(|q| q[0] & 7)
    }

    /// Querier's query interval in seconds, as coded in the field of a version 3 query.
    pub fn query_interval_code(&self) -> Option<u8> {
        self.query_3().map(|q| q[1])
    }

    /// Sources that a version 3 query asks about.
    pub fn query_sources(&self) -> impl Iterator<Item = Ipv4Addr> + use<'a> {
        let count = self.query_3().map_or(0, |q| usize::from(u16::from_be_bytes([q[2], q[3]])));
        let sources = self.body.get(4..).unwrap_or_default();
        sources.as_chunks::<4>().0.iter().take(count).map(|a| Ipv4Addr::from(*a))
    }

    /// Records of a version 3 report (RFC 3376 s4.2).
    pub fn records(&self) -> impl Iterator<Item = Record<'a, 4>> + use<'a> {
        let is_report = self.kind() == kind::REPORT_3;
        let count =
            if is_report { usize::from(u16::from_be_bytes([self.fixed[6], self.fixed[7]])) } else { 0 };
        Records::new(self.body).take(count)
    }

    fn query_3(&self) -> Option<&'a [u8; 4]> {
        self.body.first_chunk().filter(|_| self.kind() == kind::QUERY)
    }
}

/// A group record of IGMPv3 (addresses of 4 bytes) or MLDv2 (16 bytes).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Record<'a, const N: usize> {
    /// 1 is include, 2 is exclude, 3 to include, 4 to exclude, 5 allow new, 6 block old sources.
    pub kind: u8,
    /// The group.
    pub group: &'a [u8; N],
    /// Sources.
    pub sources: &'a [[u8; N]],
    /// Auxiliary data; no version defines any.
    pub auxiliary: &'a [u8],
}

/// Iterates over group records; ends at the first that is cut.
#[derive(Clone, Debug)]
pub(crate) struct Records<'a, const N: usize>(&'a [u8]);

impl<'a, const N: usize> Records<'a, N> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }
}

impl<'a, const N: usize> Iterator for Records<'a, N> {
    type Item = Record<'a, N>;

    fn next(&mut self) -> Option<Self::Item> {
        let (&[kind, words, n0, n1], rest) = self.0.split_first_chunk()?;
        let (group, rest) = rest.split_first_chunk()?;
        let (sources, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes([n0, n1])) * N)?;
        let (auxiliary, rest) = rest.split_at_checked(usize::from(words) * 4)?;
        self.0 = rest;
        Some(Record { kind, group, sources: sources.as_chunks().0, auxiliary })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        let general = [0x11, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(Igmp::parse(&general).unwrap().version(), Some(1));
        let timed = [0x11, 100, 0, 0, 0, 0, 0, 0];
        assert_eq!(Igmp::parse(&timed).unwrap().version(), Some(2));
        let third = [0x11, 100, 0, 0, 224, 0, 0, 9, 0x0a, 125, 0, 1, 10, 0, 0, 1];
        let query = Igmp::parse(&third).unwrap();
        assert_eq!((query.version(), query.suppress(), query.robustness()), (Some(3), Some(true), Some(2)));
        assert_eq!(query.query_sources().collect::<Vec<_>>(), [Ipv4Addr::new(10, 0, 0, 1)]);
    }

    #[test]
    fn records_end_where_they_are_cut() {
        let mut report =
            vec![0x22, 0, 0, 0, 0, 0, 0, 2, 1, 0, 0, 1, 239, 0, 0, 1, 10, 0, 0, 1, 4, 0, 0, 0, 239, 0, 0, 2];
        let message = Igmp::parse(&report).unwrap();
        let records: Vec<_> = message.records().collect();
        assert_eq!((records.len(), records[0].sources, records[1].kind), (2, &[[10, 0, 0, 1]][..], 4));
        report.truncate(26);
        assert_eq!(Igmp::parse(&report).unwrap().records().count(), 1);
    }
}
