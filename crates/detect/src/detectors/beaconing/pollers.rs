//! What is even by design.

/// Protocols that poll, or are the network's own.
const PROTOCOLS: [&str; 28] = [
    "ntp",
    "dns",
    "mdns",
    "llmnr",
    "dhcp",
    "dhcpv6",
    "ssdp",
    "snmp",
    "stun",
    "netbios-ns",
    "nat-pmp",
    "pcp",
    "icmp",
    "icmpv6",
    "igmp",
    "syslog",
    "netflow",
    "ipfix",
    "sflow",
    "radius",
    "imap",
    "imaps",
    "pop3",
    "pop3s",
    "ocsp",
    "ptp",
    "apns",
    "ntske",
];

/// Categories of applications that poll: those of `data/applications.toml`, and names that others give theirs.
const CATEGORIES: [&str; 12] = [
    "advertising",
    "analytics",
    "iot",
    "mail",
    "monitoring",
    "network-test",
    "operating-system",
    "push",
    "security",
    "software-update",
    "telemetry",
    "update",
];

/// Categories in which anybody can have a server: to be known for one of them says nothing.
const RENTED: [&str; 4] = ["cdn", "cloud", "development", "file-sharing"];

/// Whether a flow is of a kind that polls.
pub(super) fn polls(record: &model::Flow) -> bool {
    PROTOCOLS.contains(&record.protocol)
        || record.port_hint.is_some_and(|service| PROTOCOLS.contains(&service))
        || record.application.is_some()
            && record.category.is_some_and(|category| CATEGORIES.contains(&category))
        || record.encrypted_dns.is_some()
}

/// The application of a flow, if only its maker has such servers.
pub(super) fn application(record: &model::Flow) -> Option<&'static str> {
    record.application.filter(|_| record.category.is_some_and(|category| !RENTED.contains(&category)))
}
