/// How long flows live and how many there may be.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Flows in all shards together; the least valuable goes when one more comes.
    pub max_flows: usize,
    /// Flows whose payload may be under inspection at one time in all shards together.
    pub max_inspections: usize,
    /// Idle times.
    pub timeouts: Timeouts,
    /// The VLAN ids tell flows apart. Off by default: the two directions of a flow may be tagged
    /// differently.
    pub vlan_in_key: bool,
}

/// After how long without a packet a flow is over, in nanoseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timeouts {
    /// TCP before the handshake is complete.
    pub tcp_half_open_ns: u64,
    /// TCP, open.
    pub tcp_established_ns: u64,
    /// TCP after both FINs or a RST: time for stray segments to come in.
    pub tcp_closed_ns: u64,
    /// UDP that nobody answered.
    pub udp_unanswered_ns: u64,
    /// UDP with packets both ways.
    pub udp_ns: u64,
    /// ICMP and ICMPv6.
    pub icmp_ns: u64,
    /// Every other transport.
    pub other_ns: u64,
    /// How long a fragment waits for its first fragment.
    pub fragment_ns: u64,
    /// A flow that lasts longer is recorded in parts of this length.
    pub active_ns: u64,
}

const SECOND: u64 = 1_000_000_000;

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_flows: 2_000_000,
            max_inspections: 200_000,
            timeouts: Timeouts::default(),
            vlan_in_key: false,
        }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            tcp_half_open_ns: 75 * SECOND,
            tcp_established_ns: 3600 * SECOND,
            tcp_closed_ns: 10 * SECOND,
            udp_unanswered_ns: 30 * SECOND,
            udp_ns: 120 * SECOND,
            icmp_ns: 30 * SECOND,
            other_ns: 60 * SECOND,
            fragment_ns: 30 * SECOND,
            active_ns: 3600 * SECOND,
        }
    }
}
