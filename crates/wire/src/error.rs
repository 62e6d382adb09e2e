use std::fmt;

/// Why a frame, or what it encapsulates, could not be decoded. Each cause is a counter.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Malformed {
    /// The frame ends inside its link-layer header.
    LinkTruncated,
    /// The capture's link type is not one that is decoded.
    LinkUnsupported,
    /// More VLAN tags, labels or extension headers than any sane network stacks.
    TooDeep,
    /// The frame ends inside the IP header or its extension headers.
    NetTruncated,
    /// The version nibble is not what the layer below announced.
    IpVersion,
    /// IPv4 header length below 20 bytes, or beyond the packet.
    IpHeaderLength,
    /// The IP total length is smaller than the IP header.
    IpTotalLength,
    /// A tunnel header that is cut or contradicts itself.
    TunnelHeader,
}

impl Malformed {
    /// Every cause, in the order of [`Malformed::index`].
    pub const ALL: [Self; 8] = [
        Self::LinkTruncated,
        Self::LinkUnsupported,
        Self::TooDeep,
        Self::NetTruncated,
        Self::IpVersion,
        Self::IpHeaderLength,
        Self::IpTotalLength,
        Self::TunnelHeader,
    ];

    /// Position in [`Malformed::ALL`], for arrays of counters.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Name of the counter.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LinkTruncated => "link-truncated",
            Self::LinkUnsupported => "link-unsupported",
            Self::TooDeep => "too-deep",
            Self::NetTruncated => "net-truncated",
            Self::IpVersion => "ip-version",
            Self::IpHeaderLength => "ip-header-length",
            Self::IpTotalLength => "ip-total-length",
            Self::TunnelHeader => "tunnel-header",
        }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
