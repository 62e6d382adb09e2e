//! IPv6 neighbour discovery (RFC 4861, RFC 4862): which hardware address an IPv6 address belongs to,
//! who routes, and what routers tell (RFC 4191, RFC 8106, RFC 8781, RFC 8910).

use std::net::{IpAddr, Ipv6Addr};

use dpi::{lossy, walk_dns_name};
use wire::icmpv6::Icmpv6;
use wire::ndp::{Ndp, Opt, Options, Prefix, addresses};
use wire::{MacAddr, ip_protocol};

use crate::network::Network;
use crate::sighting::{About, Evidence, Fact, Role, Subject};
use crate::watcher::{Heard, Look, MOST_TEXT, On, Read, Watcher, is_host};

pub(crate) const NDP: Watcher = Watcher {
    name: "ndp",
    on: &[On::Ip(ip_protocol::ICMPV6)],
    notes: &[(
        SECTION,
        &[
            "tentative",
            "router_lifetime_seconds",
            "preference",
            "hop_limit",
            "managed",
            "other_configuration",
            "home_agent",
            "prefixes",
            "routes",
            "mtu_bytes",
            "dns_servers",
            "dns_search",
            "nat64_prefixes",
            "captive_portal",
            "redirects",
        ],
    )],
    read: Read::Frame(read),
};

const SECTION: &str = "ndp";

/// Options looked at; RFC 4861 s9: as many as there are, but no router has more.
const MOST_OPTIONS: usize = 64;

fn read(look: &Look<'_>, heard: &mut Heard<'_>) {
    // RFC 4861 s6.1, s7.1, s8.1: with any other hop limit it may come from beyond a router.
    let (Some(IpAddr::V6(_)), 255) = (look.src_ip, look.packet.ttl) else { return };
    let Some(message) = Icmpv6::parse(look.payload) else { return };
    let (Some((ndp, options)), 0) = (Ndp::parse(&message), message.code()) else { return };
    match ndp {
        Ndp::RouterSolicitation => sender(look, &options, heard),
        Ndp::NeighborSolicitation { target } if is_host(target.into()) => {
            solicitation(look, target, &options, heard);
        }
        Ndp::NeighborAdvertisement { router, overrides, target, .. } if is_host(target.into()) => {
            advertisement(look, target, (router, overrides), &options, heard);
        }
        Ndp::RouterAdvertisement { .. } => router(look, &ndp, &options, heard),
        Ndp::Redirect { target, destination } if is_link_local(look.src_ip) => {
            sender(look, &options, heard);
            heard.role(Role::Router);
            if is_host(target.into()) && is_host(destination.into()) {
                heard.add(SECTION, "redirects", &format!("{destination} by {target}"));
            }
        }
        _ => {}
    }
}

/// The sender's addresses: the option's is the one to send to, whoever's frame it is.
fn sender(look: &Look<'_>, options: &Options<'_>, heard: &mut Heard<'_>) {
    let said = options.clone().take(MOST_OPTIONS).find_map(|option| match option {
        Opt::SourceLinkAddress(mac) if is_station(mac) => Some(mac),
        _ => None,
    });
    let me = Subject { mac: said.or(look.src_mac), ..look.sender() };
    heard.about(me);
    if me.ip.is_some() && me.mac.is_some() {
        // The hop limit says that no router is between, so that even without the option the frame's
        // address is the sender's.
        heard.address(Evidence::Ndp);
    } else {
        heard.say(Fact::Seen);
    }
}

fn solicitation(look: &Look<'_>, target: Ipv6Addr, options: &Options<'_>, heard: &mut Heard<'_>) {
    match look.src_ip {
        // RFC 4862 s5.4.2: it asks whether anybody has the address that it would like to have.
        Some(IpAddr::V6(ip)) if ip.is_unspecified() => {
            heard.about(look.sender()).say(Fact::Seen);
            heard.add(SECTION, "tentative", &target.to_string());
        }
        _ => sender(look, options, heard),
    }
}

fn advertisement(
    look: &Look<'_>,
    target: Ipv6Addr,
    (router, overrides): (bool, bool),
    options: &Options<'_>,
    heard: &mut Heard<'_>,
) {
    let said = options.clone().take(MOST_OPTIONS).find_map(|option| match option {
        Opt::TargetLinkAddress(mac) if is_station(mac) => Some(mac),
        _ => None,
    });
    let is_own = look.src_ip == Some(target.into());
    let mac = match said {
        // RFC 4861 s7.2.4: who must not replace what is cached answers for another, or has the
        // address with others (anycast).
        Some(_) if !overrides && !is_own => None,
        Some(mac) => Some(mac),
        None if is_own => look.src_mac,
        None => None,
    };
    match mac {
        Some(mac) => {
            heard.about(Subject { mac: Some(mac), ip: Some(target.into()) }).address(Evidence::Ndp);
        }
        None => drop(heard.about(look.sender()).say(Fact::Seen)),
    }
    if router {
        heard.role(Role::Router);
    }
}

/// RFC 4861 s4.2 and s6.1.2: only from an address of the link.
fn router(look: &Look<'_>, ndp: &Ndp, options: &Options<'_>, heard: &mut Heard<'_>) {
    let &Ndp::RouterAdvertisement {
        hop_limit,
        managed,
        other,
        home_agent,
        preference,
        router_lifetime_s,
        ..
    } = ndp
    else {
        return;
    };
    if !is_link_local(look.src_ip) {
        return;
    }
    sender(look, options, heard);
    heard.role(Role::Router);
    if router_lifetime_s > 0 {
        heard.role(Role::Gateway);
        heard.vote(About::Type, "router", 75, "ndp", "announces itself as default router of the link");
    }
    let preference = match preference {
        1 => "high",
        -1 => "low",
        _ => "medium",
    };
    heard
        .note(SECTION, "router_lifetime_seconds", router_lifetime_s)
        .note(SECTION, "preference", preference)
        .note(SECTION, "managed", managed)
        .note(SECTION, "other_configuration", other);
    if hop_limit > 0 {
        heard.note(SECTION, "hop_limit", hop_limit);
    }
    if home_agent {
        heard.note(SECTION, "home_agent", true);
    }
    let mut servers = Vec::new();
    for option in options.clone().take(MOST_OPTIONS) {
        match option {
            Opt::Prefix(prefix) => on_link(&prefix, heard),
            // RFC 8200 s5: no link may have less.
            Opt::Mtu(mtu) if mtu >= 1280 => drop(heard.note(SECTION, "mtu_bytes", mtu)),
            Opt::DnsServers { lifetime_s: 1.., addresses: list } => {
                for server in addresses(list).take(16).filter(|server| is_host((*server).into())) {
                    heard.add(SECTION, "dns_servers", &server.to_string());
                    servers.push(server);
                }
            }
            Opt::DnsSearchList { lifetime_s: 1.., names } => search_list(names, heard),
            Opt::Other { kind: 24, data } => route(data, heard),
            Opt::Other { kind: 37, data } => {
                let uri = lossy(data, MOST_TEXT);
                heard.text(SECTION, "captive_portal", uri.trim_end_matches('\0'));
            }
            Opt::Other { kind: 38, data } => nat64(data, heard),
            _ => {}
        }
    }
    for server in servers {
        heard.about(Subject { mac: None, ip: Some(server.into()) }).role(Role::DnsServer);
    }
}

/// RFC 4861 s4.6.2, s6.3.4: a prefix of this link, or one for addresses only.
fn on_link(prefix: &Prefix, heard: &mut Heard<'_>) {
    let Some(network) = network(prefix.prefix, prefix.length) else { return };
    if prefix.valid_lifetime_s == 0 {
        return;
    }
    heard.add(SECTION, "prefixes", &format!("{}/{}", network.address, network.prefix));
    if prefix.on_link {
        heard.say(Fact::OnLink(network));
    }
}

/// RFC 4191 s2.3: length, preference, lifetime, and as much of the prefix as it takes.
fn route(data: &[u8], heard: &mut Heard<'_>) {
    let Some((&[length, _, _, _, _, _], prefix)) = data.split_first_chunk() else { return };
    if let Some(network) = padded(prefix).and_then(|prefix| network(prefix, length)) {
        heard.add(SECTION, "routes", &format!("{}/{}", network.address, network.prefix));
    }
}

/// RFC 8781 s4: lifetime and a code of the length, then 96 bits of the prefix.
fn nat64(data: &[u8], heard: &mut Heard<'_>) {
    let Some((&[_, low], prefix @ [_, ..])) = data.split_first_chunk() else { return };
    let length = [96, 64, 56, 48, 40, 32].get(usize::from(low & 7)).copied();
    let network = length.zip(padded(prefix)).and_then(|(length, prefix)| network(prefix, length));
    if let Some(network) = network {
        heard.add(SECTION, "nat64_prefixes", &format!("{}/{}", network.address, network.prefix));
    }
}

/// The address that begins with these bytes.
fn padded(bytes: &[u8]) -> Option<Ipv6Addr> {
    let mut whole = [0; 16];
    whole.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(whole.into())
}

/// The block, without what is behind its length; `None` for groups and the link's own prefix, which
/// routers must not announce.
fn network(address: Ipv6Addr, prefix: u8) -> Option<Network> {
    if prefix > 128 || address.is_multicast() || address.is_unicast_link_local() {
        return None;
    }
    let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
    Some(Network { address: Ipv6Addr::from_bits(address.to_bits() & mask).into(), prefix })
}

/// RFC 8106 s5.2: names one after the other, then zeros.
fn search_list(names: &[u8], heard: &mut Heard<'_>) {
    let mut at = 0;
    for _ in 0..16 {
        let mut labels = Vec::new();
        let Some(end) = walk_dns_name(names, at, |label| labels.push(lossy(label, 63))) else { return };
        if labels.is_empty() {
            return;
        }
        heard.add(SECTION, "dns_search", &labels.join("."));
        at = end;
    }
}

fn is_station(mac: MacAddr) -> bool {
    !mac.is_group() && mac.0 != [0; 6]
}

fn is_link_local(ip: Option<IpAddr>) -> bool {
    matches!(ip, Some(IpAddr::V6(ip)) if ip.is_unicast_link_local())
}

#[cfg(test)]
#[path = "ndp_tests.rs"]
mod tests;
