use crate::label::{Confidence, Label};

/// The label of an IP protocol without ports.
pub(crate) fn label(number: u8) -> Option<Label> {
    let entry = PROTOCOLS.iter().find(|entry| entry.number == number)?;
    Some(Label {
        protocol: entry.name,
        category: entry.category,
        encrypted: entry.encrypted,
        confidence: entry.confidence,
        evidence: entry.evidence,
    })
}

struct Entry {
    number: u8,
    name: &'static str,
    category: &'static str,
    encrypted: bool,
    confidence: Confidence,
    evidence: &'static str,
}

macro_rules! entries {
    ($($number:literal $name:literal $category:literal,)*) => {
        &[$(Entry {
            number: $number,
            name: $name,
            category: $category,
            // ESP's payload is all that IP carries encrypted; AH only signs.
            encrypted: $number == 50,
            // RFC 5798 s5.1 assigns 112 to VRRP, and CARP uses it too.
            confidence: if $number == 112 { Confidence::Likely } else { Confidence::Proven },
            evidence: if $number == 112 {
                "IP protocol number 112, which VRRP shares with CARP"
            } else {
                concat!("IP protocol number ", $number)
            },
        },)*]
    };
}

/// From IANA's registry of protocol numbers: those in use whose names mean nothing else.
static PROTOCOLS: &[Entry] = entries! {
    1 "icmp" "network",
    2 "igmp" "network",
    4 "ip-in-ip" "tunnel",
    8 "egp" "routing",
    9 "igrp" "routing",
    41 "6in4" "tunnel",
    46 "rsvp" "network",
    47 "gre" "tunnel",
    50 "esp" "vpn",
    51 "ah" "vpn",
    55 "mobile-ip" "tunnel",
    57 "skip" "vpn",
    58 "icmpv6" "network",
    88 "eigrp" "routing",
    89 "ospf" "routing",
    94 "ipip" "tunnel",
    97 "etherip" "tunnel",
    98 "encap" "tunnel",
    103 "pim" "routing",
    108 "ipcomp" "network",
    112 "vrrp" "routing",
    113 "pgm" "network",
    115 "l2tp" "tunnel",
    124 "isis-over-ipv4" "routing",
    132 "sctp" "network",
    135 "mobility-header" "network",
    137 "mpls-in-ip" "tunnel",
    138 "manet" "routing",
    139 "hip" "vpn",
    140 "shim6" "network",
    141 "wesp" "vpn",
    142 "rohc" "network",
    143 "ethernet" "tunnel",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_names() {
        let icmp = label(1).unwrap();
        assert_eq!(
            (icmp.protocol, icmp.confidence, icmp.evidence),
            ("icmp", Confidence::Proven, "IP protocol number 1")
        );
        assert!(label(50).is_some_and(|esp| esp.protocol == "esp" && esp.encrypted));
        assert!(label(112).is_some_and(|vrrp| vrrp.confidence == Confidence::Likely));
        assert_eq!(label(253), None, "for experiments (RFC 3692)");
        assert!(PROTOCOLS.is_sorted_by_key(|entry| entry.number));
    }
}
