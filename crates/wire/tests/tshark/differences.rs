//! Where we and tshark differ, and why.

use wire::{Flags, Malformed};

use crate::columns::Seen;

/// A kind of difference that was looked into.
pub(crate) struct Difference {
    pub(crate) name: &'static str,
    /// Who is right, and by what.
    pub(crate) why: &'static str,
    /// Whether this is it: the packet as we see it, tshark's protocols, the differing columns.
    pub(crate) is: fn(&Seen<'_>, &str, &[&str]) -> bool,
}

fn only(columns: &[&str], allowed: &[&str]) -> bool {
    columns.iter().all(|column| allowed.iter().any(|prefix| column.starts_with(prefix)))
}

/// Some level's UDP payload is one byte over and over: a flood tool wrote it, nobody's protocol.
fn is_filler(seen: &Seen<'_>) -> bool {
    seen.levels.last().is_some_and(|level| {
        let payload = level.payload(seen.frame.bytes);
        payload.len() > 8 && payload.iter().all(|b| Some(b) == payload.first())
    })
}

pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference {
        name: "port of a tunnel, filler behind it",
        why: "tshark goes by the port; headers of 0x58 over and over have reserved bits set, or a tunnel \
              that we do not follow (MPLS, GRE and MSRCP over UDP)",
        is: |seen, _, _| is_filler(seen),
    },
    Difference {
        name: "FabricPath",
        why: "tshark names the fabric's addresses otherwise and takes the last four bytes for a check \
              sequence, which the IP length says they are not",
        is: |_, protocols, _| protocols.starts_with("eth:cfp:"),
    },
    Difference {
        name: "sFlow sample",
        why: "a report on a packet that was elsewhere, not a packet here",
        is: |_, protocols, _| protocols.contains(":sflow:"),
    },
    Difference {
        name: "cut TCP header",
        why: "fewer than 20 bytes of it, or a data offset that no receiver takes (RFC 9293 s3.1): we give \
              the ports alone, tshark every field that happens to be there",
        is: |seen, _, columns| {
            only(columns, &["tcp."]) && seen.levels.iter().any(|level| level.flags.has(Flags::CUT_TRANSPORT))
        },
    },
    Difference {
        name: "cut TCP options",
        why: "the packet ends inside them; there is no payload, and tshark does not say how long it is",
        is: |seen, _, columns| only(columns, &["tcp.len", "tcp.options"]) && seen.tcp_options_are_cut(),
    },
    Difference {
        name: "IP length 0",
        why: "segmentation left to the NIC: we show the field as it stands, tshark the length it stands for",
        is: |seen, _, columns| {
            only(columns, &["ip.len"])
                && seen.levels.iter().any(|level| level.flags.has(Flags::OFFLOADED_LENGTH))
        },
    },
    Difference {
        name: "version against protocol",
        why: "protocol 41 says IPv6, the packet's first nibble does not (RFC 8200 s3): undecodable for us",
        is: |seen, _, columns| only(columns, &["ipv6."]) && seen.error == Some(Malformed::IpVersion),
    },
    Difference {
        name: "probe of a tunnel's port",
        why: "L2TP and ESP by their ports and content, from a scanner; tshark takes all it sends for TFTP by \
              then, because one probe was",
        is: |_, protocols, columns| only(columns, &["l2tp.", "esp."]) && protocols.ends_with(":udp:tftp"),
    },
    Difference {
        name: "length 0 in Ethernet",
        why: "below 0x0600 the field is a length (IEEE 802.3 clause 3.2.6); tshark excepts 0",
        is: |_, protocols, columns| columns == ["eth.len"] && protocols == "eth:ethertype:data",
    },
];
