//! What a SYN or SYN+ACK shows of the stack that sent it, in the notation of p0f 3
//! (its README, "Understanding the signatures").

use std::fmt;
use std::hash::{Hash, Hasher};

use wire::ipv4::Ipv4;
use wire::ipv6::Ipv6;
use wire::tcp::{Tcp, flag};
use wire::{Net, Packet};

/// Options that are looked at; as many as p0f does.
const MOST_OPTIONS: usize = 24;

/// Hops beyond which a guess of the initial TTL is worth nothing.
pub const MOST_HOPS: u8 = 35;

/// Kinds of options (IANA tcp-parameters registry).
pub mod kind {
    #![allow(missing_docs)]
    pub const EOL: u8 = 0;
    pub const NOP: u8 = 1;
    pub const MSS: u8 = 2;
    pub const WINDOW_SCALE: u8 = 3;
    pub const SACK_PERMITTED: u8 = 4;
    pub const SACK: u8 = 5;
    pub const TIMESTAMPS: u8 = 8;
}

/// Peculiarities, one bit each, in the order that they are written in.
pub mod quirk {
    #![allow(missing_docs)]
    pub const DF: u32 = 1;
    pub const NONZERO_ID: u32 = 1 << 1;
    pub const ZERO_ID: u32 = 1 << 2;
    pub const ECN: u32 = 1 << 3;
    pub const RESERVED: u32 = 1 << 4;
    pub const FLOW: u32 = 1 << 5;
    pub const ZERO_SEQ: u32 = 1 << 6;
    pub const NONZERO_ACK: u32 = 1 << 7;
    pub const ZERO_ACK: u32 = 1 << 8;
    pub const NONZERO_URGENT: u32 = 1 << 9;
    pub const URG: u32 = 1 << 10;
    pub const PUSH: u32 = 1 << 11;
    pub const ZERO_TIMESTAMP: u32 = 1 << 12;
    pub const NONZERO_ECHO: u32 = 1 << 13;
    pub const TRAILING: u32 = 1 << 14;
    pub const EXCESSIVE_SCALE: u32 = 1 << 15;
    pub const BAD: u32 = 1 << 16;

    /// Bits and how they are written.
    pub const NAMES: [(u32, &str); 17] = [
        (DF, "df"),
        (NONZERO_ID, "id+"),
        (ZERO_ID, "id-"),
        (ECN, "ecn"),
        (RESERVED, "0+"),
        (FLOW, "flow"),
        (ZERO_SEQ, "seq-"),
        (NONZERO_ACK, "ack+"),
        (ZERO_ACK, "ack-"),
        (NONZERO_URGENT, "uptr+"),
        (URG, "urgf+"),
        (PUSH, "pushf+"),
        (ZERO_TIMESTAMP, "ts1-"),
        (NONZERO_ECHO, "ts2+"),
        (TRAILING, "opt+"),
        (EXCESSIVE_SCALE, "exws"),
        (BAD, "bad"),
    ];
}

/// A SYN or SYN+ACK, as far as it tells about the stack.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Observation {
    /// 4 or 6.
    pub version: u8,
    /// Time to live, as it arrived.
    pub ttl: u8,
    /// Bytes of IPv4 options.
    pub ip_options_len: u8,
    /// Bytes of IP and TCP header.
    pub headers_len: u8,
    /// Maximum segment size; 0 without the option.
    pub mss: u16,
    /// The window, unscaled.
    pub window: u16,
    /// Shift of the window; 0 without the option.
    pub scale: u8,
    /// Bytes behind the End of Option List.
    pub eol_padding: u8,
    /// Bits of [`quirk`].
    pub quirks: u32,
    /// There is payload.
    pub payload: bool,
    /// There is a timestamp that is not 0.
    pub timestamp: bool,
    /// Maximum segment size that the SYN had which this answers; 0 if there was none.
    pub peer_mss: u16,
    options: [u8; MOST_OPTIONS],
    option_count: u8,
}

/// In few pieces: a hasher takes its time for each.
impl Hash for Observation {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let sizes = [self.mss, self.window, self.peer_mss, u16::from_be_bytes([self.ttl, self.scale])];
        state.write_u64(sizes.iter().fold(0, |all, size| all << 16 | u64::from(*size)));
        state.write_u64(u64::from(self.quirks) << 8 | u64::from(self.headers_len));
        state.write(self.options());
    }
}

/// What a window is a multiple of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Multiple {
    /// Of the maximum segment size.
    Mss(u16),
    /// Of the maximum transmission unit.
    Mtu(u16),
}

impl Observation {
    /// From a segment whose SYN bit is set. `None` if it is a fragment, cut, or has FIN or RST, too.
    pub(crate) fn of(packet: &Packet, frame: &[u8]) -> Option<Self> {
        if packet.tcp_flags & (flag::FIN | flag::RST) != 0 {
            return None;
        }
        let net = frame.get(usize::from(packet.net_at)..)?;
        let (tcp, _) = Tcp::split(frame.get(usize::from(packet.transport_at)..)?)?;
        let mut seen = match packet.net {
            Net::Ipv4 => of_ipv4(&Ipv4::split(net)?.0)?,
            Net::Ipv6 => of_ipv6(&Ipv6::split(net)?.0),
            _ => return None,
        };
        seen.headers_len = seen.headers_len.saturating_add(u8::try_from(tcp.header_len()).ok()?);
        seen.window = tcp.window();
        seen.payload = packet.payload_len > 0;
        seen.quirks |= header_quirks(&tcp);
        seen.read_options(tcp.options_bytes(), tcp.flags() & flag::ACK == 0);
        Some(seen)
    }

    /// Kinds of the options, in wire order, No-Operations and the End of Option List included.
    pub fn options(&self) -> &[u8] {
        self.options.get(..usize::from(self.option_count)).unwrap_or_default()
    }

    /// The initial TTL that is likely, less the TTL that arrived.
    pub fn distance(&self) -> u8 {
        let initial = match self.ttl {
            0..=32 => 32,
            33..=64 => 64,
            65..=128 => 128,
            129.. => 255,
        };
        initial - self.ttl
    }

    /// What the window is a multiple of, the likeliest first. Scaling is left aside, as stacks do.
    pub fn multiple(&self) -> Option<Multiple> {
        const TIMESTAMPS_LEN: u16 = 12;
        const ETHERNET: u16 = 1500;
        let (v4, v6) = (40, 60);
        if self.window == 0 || self.mss < 100 {
            return None;
        }
        let of = |unit: u16| (unit > 0 && self.window.is_multiple_of(unit)).then(|| self.window / unit);
        let is_v6 = self.version == 6;
        let segments = [
            (true, self.mss),
            (self.timestamp, self.mss.saturating_sub(TIMESTAMPS_LEN)),
            (true, ETHERNET - v4),
            (true, ETHERNET - v4 - TIMESTAMPS_LEN),
            (is_v6, ETHERNET - v6),
            (is_v6, ETHERNET - v6 - TIMESTAMPS_LEN),
        ];
        let units = [
            (true, self.mss.saturating_add(v4)),
            (true, self.mss.saturating_add(self.headers_len.into())),
            (is_v6, self.mss.saturating_add(v6)),
            (true, ETHERNET),
        ];
        // A SYN+ACK may go by what the peer can take.
        let peers = [
            (self.peer_mss > 0, self.peer_mss),
            (self.peer_mss > 0, self.peer_mss.saturating_sub(TIMESTAMPS_LEN)),
        ];
        let first = |candidates: &[(bool, u16)]| {
            candidates.iter().filter(|(fits, _)| *fits).find_map(|(_, unit)| of(*unit))
        };
        first(&segments)
            .map(Multiple::Mss)
            .or_else(|| first(&units).map(Multiple::Mtu))
            .or_else(|| first(&peers).map(Multiple::Mss))
    }

    fn read_options(&mut self, options: &[u8], is_syn: bool) {
        let mut rest = options;
        while let Some((&option, behind)) = rest.split_first() {
            let Some(slot) = self.options.get_mut(usize::from(self.option_count)) else { break };
            *slot = option;
            self.option_count += 1;
            rest = match option {
                kind::EOL => {
                    self.eol_padding = u8::try_from(behind.len()).unwrap_or(u8::MAX);
                    if behind.iter().any(|byte| *byte != 0) {
                        self.quirks |= quirk::TRAILING;
                    }
                    return;
                }
                kind::NOP => behind,
                _ => match self.read_option(option, behind, is_syn) {
                    Some(rest) => rest,
                    None => break,
                },
            };
        }
        if !rest.is_empty() {
            self.quirks |= quirk::BAD;
        }
    }

    /// An option whose length byte `bytes` begin with; what follows it.
    ///
    /// Kinds of one length are read by that, whatever the length byte says.
    fn read_option<'a>(&mut self, option: u8, bytes: &'a [u8], is_syn: bool) -> Option<&'a [u8]> {
        let says = *bytes.first()?;
        let (len, known) = match option {
            kind::MSS => (4, true),
            kind::WINDOW_SCALE => (3, true),
            kind::SACK_PERMITTED => (2, true),
            kind::TIMESTAMPS => (10, true),
            kind::SACK => ((10..=34).contains(&says).then_some(says)?, false),
            _ => ((2..=40).contains(&says).then_some(says)?, false),
        };
        let (body, rest) = bytes.split_at_checked(usize::from(len) - 1)?;
        if known && says != len {
            self.quirks |= quirk::BAD;
        }
        match (option, body) {
            (kind::MSS, &[_, a, b]) => self.mss = u16::from_be_bytes([a, b]),
            (kind::WINDOW_SCALE, &[_, shift]) => {
                self.scale = shift;
                if shift > 14 {
                    self.quirks |= quirk::EXCESSIVE_SCALE;
                }
            }
            (kind::TIMESTAMPS, &[_, a, b, c, d, ref echo @ ..]) => {
                self.timestamp = [a, b, c, d] != [0; 4];
                if !self.timestamp {
                    self.quirks |= quirk::ZERO_TIMESTAMP;
                }
                if is_syn && echo.iter().any(|byte| *byte != 0) {
                    self.quirks |= quirk::NONZERO_ECHO;
                }
            }
            _ => {}
        }
        Some(rest)
    }
}

fn of_ipv4(ip: &Ipv4<'_>) -> Option<Observation> {
    if ip.more_fragments() || ip.fragment_offset() != 0 {
        return None;
    }
    let headers_len = u8::try_from(ip.header_len()).ok()?;
    let id = match (ip.dont_fragment(), ip.id()) {
        (true, 0) => quirk::DF,
        (true, _) => quirk::DF | quirk::NONZERO_ID,
        (false, 0) => quirk::ZERO_ID,
        (false, _) => 0,
    };
    let quirks = id | bit(ip.reserved_flag(), quirk::RESERVED) | bit(ip.ecn() != 0, quirk::ECN);
    let ip_options_len = headers_len.saturating_sub(20);
    Some(Observation {
        version: 4,
        ttl: ip.ttl(),
        ip_options_len,
        headers_len,
        quirks,
        ..Observation::default()
    })
}

fn of_ipv6(ip: &Ipv6<'_>) -> Observation {
    let quirks = bit(ip.flow_label() != 0, quirk::FLOW) | bit(ip.traffic_class() & 3 != 0, quirk::ECN);
    Observation { version: 6, ttl: ip.hop_limit(), headers_len: 40, quirks, ..Observation::default() }
}

fn header_quirks(tcp: &Tcp<'_>) -> u32 {
    let flags = tcp.flags();
    let has = |bit| flags & bit != 0;
    bit(has(flag::ECE | flag::CWR | flag::AE), quirk::ECN)
        | bit(tcp.seq() == 0, quirk::ZERO_SEQ)
        | bit(has(flag::ACK) && tcp.ack() == 0, quirk::ZERO_ACK)
        | bit(!has(flag::ACK) && tcp.ack() != 0, quirk::NONZERO_ACK)
        | bit(has(flag::URG), quirk::URG)
        | bit(!has(flag::URG) && tcp.urgent() != 0, quirk::NONZERO_URGENT)
        | bit(has(flag::PSH), quirk::PUSH)
}

fn bit(is: bool, bit: u32) -> u32 {
    if is { bit } else { 0 }
}

impl fmt::Display for Observation {
    /// `ver:ittl+dist:olen:mss:wsize,scale:olayout:quirks:pclass`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}+", self.version, self.ttl)?;
        match self.distance() {
            0..=MOST_HOPS => write!(f, "{}", self.distance())?,
            _ => f.write_str("?")?,
        }
        write!(f, ":{}:{}:", self.ip_options_len, self.mss)?;
        match self.multiple() {
            Some(Multiple::Mss(n)) => write!(f, "mss*{n}")?,
            Some(Multiple::Mtu(n)) => write!(f, "mtu*{n}")?,
            None => write!(f, "{}", self.window)?,
        }
        write!(f, ",{}:", self.scale)?;
        for (i, option) in self.options().iter().enumerate() {
            if i > 0 {
                f.write_str(",")?;
            }
            match *option {
                kind::EOL => write!(f, "eol+{}", self.eol_padding)?,
                kind::NOP => f.write_str("nop")?,
                kind::MSS => f.write_str("mss")?,
                kind::WINDOW_SCALE => f.write_str("ws")?,
                kind::SACK_PERMITTED => f.write_str("sok")?,
                kind::SACK => f.write_str("sack")?,
                kind::TIMESTAMPS => f.write_str("ts")?,
                other => write!(f, "?{other}")?,
            }
        }
        f.write_str(":")?;
        let quirks = quirk::NAMES.iter().filter(|(bit, _)| self.quirks & bit != 0);
        for (i, (_, name)) in quirks.enumerate() {
            write!(f, "{}{name}", if i > 0 { "," } else { "" })?;
        }
        f.write_str(if self.payload { ":+" } else { ":0" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_options(options: &[u8]) -> Observation {
        let mut seen =
            Observation { version: 4, ttl: 61, window: 64240, headers_len: 60, ..Default::default() };
        seen.read_options(options, true);
        seen
    }

    #[test]
    fn a_linux_syn_is_written_as_p0f_does() {
        let mut seen = with_options(&[2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7]);
        seen.quirks |= quirk::DF | quirk::NONZERO_ID;
        assert_eq!(seen.to_string(), "4:61+3:0:1460:mss*44,7:mss,sok,ts,nop,ws:df,id+:0");
    }

    #[test]
    fn padding_trailing_bytes_and_unknown_options_show() {
        let seen = with_options(&[253, 2, 1, 0, 0, 7]);
        assert_eq!(seen.to_string(), "4:61+3:0:0:64240,0:?253,nop,eol+2:opt+:0");
    }

    #[test]
    fn broken_options_are_bad_and_never_panic() {
        let good =
            [2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 0, 0, 0, 0, 9, 5, 10, 1, 2, 3, 4, 5, 6, 7, 8, 3, 3, 15];
        let whole = with_options(&good);
        assert_eq!(whole.quirks, quirk::ZERO_TIMESTAMP | quirk::NONZERO_ECHO | quirk::EXCESSIVE_SCALE);
        let cut: Vec<_> =
            (0..good.len()).filter(|n| with_options(&good[..*n]).quirks & quirk::BAD != 0).collect();
        let ends = [0, 4, 6, 16, 26];
        assert_eq!(cut, (0..good.len()).filter(|n| !ends.contains(n)).collect::<Vec<_>>());
        assert_eq!(with_options(&[2, 5, 5, 0xb4]).quirks, quirk::BAD);
        assert_eq!(with_options(&[1; 40]).options().len(), MOST_OPTIONS);
    }

    #[test]
    fn a_far_ttl_is_no_distance() {
        let seen = Observation { version: 4, ttl: 83, ..Default::default() };
        assert!(seen.to_string().starts_with("4:83+?:"));
    }

    #[test]
    fn a_synack_may_go_by_the_mss_of_its_peer() {
        let seen = Observation {
            version: 4,
            ttl: 64,
            mss: 1400,
            window: 13800,
            peer_mss: 1380,
            ..Default::default()
        };
        assert_eq!(seen.multiple(), Some(Multiple::Mss(10)));
    }
}
