//! mDNS and DNS-SD (RFC 6762, RFC 6763): host names, services, and what they say of the device.
//!
//! Only responses state something; known answers in questions are what others said. A reflector
//! or a sleep proxy repeats others' responses: facts go to the address that the host name has in
//! the response, and to the sender only if that is its own.

use std::net::IpAddr;

use wire::{Flags, MacAddr};

use crate::classify::{dns_sd, host_names};
use crate::dns::{INTERNET, Message, Name, Record, Txt, flag, kind, strings};
use crate::sighting::{About, Evidence, Fact, Identity, NameSource, Role, Service, Subject};
use crate::uuid;
use crate::watcher::{Heard, Look, On, Read, Watcher, is_host};

pub(crate) const MDNS: Watcher = Watcher {
    name: "mdns",
    on: &[On::Udp(PORT)],
    notes: &[(
        "mdns",
        &[
            "host",
            "services",
            "friendly_name",
            "model",
            "manufacturer",
            "firmware",
            "board",
            "os_version",
            "device_id",
            "location",
            "admin_url",
            "cpu",
            "system",
        ],
    )],
    read: Read::Frame(read),
};

const PORT: u16 = 5353;

/// Hosts that one response may speak for.
const MOST_HOSTS: usize = 16;

/// A host that has addresses in the response.
struct Host<'a> {
    name: Name<'a>,
    addresses: Vec<IpAddr>,
    /// One of them is where the response came from.
    is_sender: bool,
}

/// A service's instance, as its name says.
struct Instance {
    name: String,
    /// The service type without its underscore.
    kind: String,
    transport: &'static str,
}

fn read(look: &Look<'_>, heard: &mut Heard<'_>) {
    // RFC 6762 s6: responses come from the port, those to simple resolvers, too.
    if look.packet.src_port != PORT {
        return;
    }
    let cut = look.packet.flags.has(Flags::TRUNCATED);
    let Some(message) = Message::parse(look.payload, cut) else { return };
    // RFC 6762 s18.2 to s18.11: what a response must have; unicast DNS at this port has not.
    let is_mdns = message.is_response()
        && message.flags & flag::AUTHORITATIVE != 0
        && message.opcode() == 0
        && message.rcode() == 0
        && message.records.iter().all(|record| record.kind == 41 || record.class & 0x7fff == INTERNET);
    if !is_mdns || message.records.is_empty() {
        return;
    }
    let hosts = hosts(look, &message);
    addresses(look, &hosts, heard);
    gone(look, &message, heard);
    services(look, &message, &hosts, heard);
}

fn live<'m, 'a>(message: &'m Message<'a>, wanted: u16) -> impl Iterator<Item = &'m Record<'a>> {
    message.records.iter().filter(move |record| record.kind == wanted && record.ttl != 0)
}

fn hosts<'a>(look: &Look<'_>, message: &Message<'a>) -> Vec<Host<'a>> {
    let mut hosts: Vec<Host<'a>> = Vec::new();
    for record in message.records.iter().filter(|record| record.ttl != 0) {
        let Some(address) = record.address().filter(|address| is_host(*address)) else { continue };
        if !is_host_name(&record.name) {
            continue;
        }
        let is_sender = look.src_ip == Some(address);
        if let Some(host) = hosts.iter_mut().find(|host| host.name.is(&record.name)) {
            host.is_sender |= is_sender;
            if host.addresses.len() < MOST_HOSTS && !host.addresses.contains(&address) {
                host.addresses.push(address);
            }
        } else if hosts.len() < MOST_HOSTS {
            hosts.push(Host { name: record.name.clone(), addresses: vec![address], is_sender });
        }
    }
    hosts
}

/// `name.local` (RFC 6762 s3), and nothing that could not be a host's.
fn is_host_name(name: &Name<'_>) -> bool {
    matches!(name.labels(), [host, local]
        if local.eq_ignore_ascii_case(b"local") && host.first().is_some_and(|first| *first != b'_'))
}

/// Names and addresses of the hosts.
fn addresses(look: &Look<'_>, hosts: &[Host<'_>], heard: &mut Heard<'_>) {
    for host in hosts {
        let name = host.name.text();
        if host.is_sender {
            heard.about(look.sender());
            // To a group it came over this link only.
            if look.receiver().ip.is_none() {
                heard.address(Evidence::Announced);
            }
            named(&name, heard);
            // Other IPv4 addresses may be of bridges that every such host has (172.17.0.1).
            let others = host.addresses.iter().filter(|ip| Some(**ip) != look.src_ip);
            for ip in others.filter(|ip| ip.is_ipv6() || look.src_ip.is_some_and(|src| src.is_ipv6())) {
                heard.about(Subject { mac: look.src_mac, ip: Some(*ip) }).address(Evidence::Announced);
            }
            continue;
        }
        for ip in &host.addresses {
            named(&name, heard.about(Subject { mac: None, ip: Some(*ip) }));
        }
    }
    // Its own name would have been with the others in an address of the same family.
    let same_family = |ip: &IpAddr| look.src_ip.is_some_and(|src| src.is_ipv4() && ip.is_ipv4());
    let others = hosts.iter().flat_map(|host| &host.addresses).any(same_family);
    if others && !hosts.iter().any(|host| host.is_sender) {
        heard.about(look.sender()).role(Role::DiscoveryProxy);
    }
}

/// What a host is called. Browsers make up UUIDs to hide addresses behind (WebRTC): those are none.
fn named(name: &str, heard: &mut Heard<'_>) {
    if name.split('.').next().and_then(uuid::canonical).is_some() {
        return;
    }
    heard.text("mdns", "host", name).name(name, NameSource::Mdns);
    heard.identity(Identity::MdnsHost(name.to_lowercase().into()));
    host_names::votes(name, heard);
}

/// RFC 6762 s10.1: records that live no longer.
fn gone(look: &Look<'_>, message: &Message<'_>, heard: &mut Heard<'_>) {
    let dead = message.records.iter().filter(|record| record.ttl == 0);
    for record in dead {
        match record.kind {
            kind::A | kind::AAAA => {
                if let Some(ip) = record.address().filter(|ip| is_host(*ip)) {
                    let mac = look.src_mac.filter(|_| look.src_ip == Some(ip));
                    heard.about(Subject { mac, ip: Some(ip) }).say(Fact::AddressGone);
                }
            }
            kind::PTR => {
                if let Some(instance) = message.name_in(record, 0).as_ref().and_then(instance) {
                    heard.about(look.sender()).say(Fact::ServiceGone(instance.service(0)));
                }
            }
            kind::SRV => {
                if let Some(instance) = instance(&record.name) {
                    heard.about(look.sender()).say(Fact::ServiceGone(instance.service(port(record))));
                }
            }
            _ => {}
        }
    }
}

fn services(look: &Look<'_>, message: &Message<'_>, hosts: &[Host<'_>], heard: &mut Heard<'_>) {
    let find = |name: &Name<'_>| hosts.iter().find(|host| host.name.is(name));
    let at = |host: &Host<'_>| {
        if host.is_sender {
            look.sender()
        } else {
            Subject { mac: None, ip: host.addresses.first().copied() }
        }
    };
    // Where nothing says whose a record is: the only host's, or the sender's.
    let only = match hosts {
        [host] => at(host),
        _ => look.sender(),
    };
    // Of several hosts and none the sender's, it could be any.
    let is_unclear = hosts.len() > 1 && !hosts.iter().any(|host| host.is_sender);
    let target = |instance: &Name<'_>| {
        let srv = live(message, kind::SRV).find(|record| record.name.is(instance))?;
        message.name_in(srv, 6)
    };
    let whose = |instance: &Name<'_>| match target(instance) {
        Some(host) => find(&host).map(&at).or_else(|| hosts.is_empty().then_some(only)),
        None => (!is_unclear).then_some(only),
    };
    for record in live(message, kind::SRV) {
        let (Some(subject), Some(instance)) = (whose(&record.name), instance(&record.name)) else { continue };
        heard.about(subject).service(instance.service(port(record)));
        known(&instance, heard);
    }
    for record in live(message, kind::PTR) {
        let Some(name) = message.name_in(record, 0) else { continue };
        if let Some(kind) = enumerated(record, &name) {
            if !is_unclear {
                heard.about(only).add("mdns", "services", &kind);
            }
            continue;
        }
        // Those with a SRV record were told with their port.
        if live(message, kind::SRV).any(|srv| srv.name.is(&name)) {
            continue;
        }
        let (Some(subject), Some(instance)) = (whose(&name), instance(&name)) else { continue };
        heard.about(subject).service(instance.service(0));
        known(&instance, heard);
    }
    for record in live(message, kind::TXT) {
        let (Some(subject), Some(instance)) = (whose(&record.name), instance(&record.name)) else { continue };
        let txt = Txt::read(record.data);
        let is_group = instance.kind == "googlecast" && txt.get("md") == Some("Google Cast Group");
        if is_group || dns_sd::is_shared_queue(&instance.kind, &txt) {
            continue;
        }
        heard.about(subject);
        dns_sd::service(&instance.kind, heard);
        dns_sd::txt(&instance.kind, &instance.name, &txt, heard);
    }
    for record in live(message, kind::HINFO).filter(|record| is_host_name(&record.name)) {
        let Some(subject) = find(&record.name).map(&at) else { continue };
        system(record, heard.about(subject));
    }
}

/// What is known of a service by its type alone; of printing only the TXT record tells whose.
fn known(instance: &Instance, heard: &mut Heard<'_>) {
    heard.add("mdns", "services", &instance.kind);
    if !matches!(&*instance.kind, "ipp" | "ipps" | "printer" | "googlecast") {
        dns_sd::service(&instance.kind, heard);
    }
    // Avahi's "name [hardware address]" is about the host itself.
    if instance.kind == "workstation" && bracketed(&instance.name).is_some() {
        heard.vote(About::Os, "Linux", 60, "mdns", "announces a workstation as Avahi does");
    }
}

/// The processor and the system (RFC 1035 s3.3.2), which Avahi announces.
fn system(record: &Record<'_>, heard: &mut Heard<'_>) {
    let mut parts = strings(record.data).map(|part| dpi::lossy(part, 64));
    let (Some(cpu), Some(system)) = (parts.next(), parts.next()) else { return };
    heard.text("mdns", "cpu", &cpu).text("mdns", "system", &system);
    if system.eq_ignore_ascii_case("linux") {
        heard.vote(About::Os, "Linux", 85, "mdns", "host information says Linux");
    }
}

/// RFC 6763 s9: the list of service types.
fn enumerated(record: &Record<'_>, data: &Name<'_>) -> Option<String> {
    let [services, dns_sd, ..] = record.name.labels() else { return None };
    let [service, _, _] = data.labels() else { return None };
    (*services == b"_services" && *dns_sd == b"_dns-sd").then(|| service_type(service)).flatten()
}

/// `instance._type._tcp.local` (RFC 6763 s4.1).
fn instance(name: &Name<'_>) -> Option<Instance> {
    let [instance, kind, transport, _domain] = name.labels() else { return None };
    let transport = match transport.to_ascii_lowercase().as_slice() {
        b"_tcp" => "tcp",
        b"_udp" => "udp",
        _ => return None,
    };
    let name = dpi::lossy(instance, 63).into();
    Some(Instance { name, kind: service_type(kind)?, transport })
}

/// RFC 6335 s5.1: letters, digits and hyphens; some are longer than its 15.
fn service_type(label: &[u8]) -> Option<String> {
    let name = label.strip_prefix(b"_")?;
    let is_name = !name.is_empty()
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    is_name.then(|| dpi::lossy(name, 63).to_ascii_lowercase())
}

impl Instance {
    fn service(&self, port: u16) -> Service {
        Service {
            transport: self.transport,
            port,
            protocol: self.kind.as_str().into(),
            name: Some(self.name.as_str().into()),
            source: "mdns",
            ..Service::default()
        }
    }
}

/// RFC 2782: priority, weight, port, target.
fn port(record: &Record<'_>) -> u16 {
    match record.data {
        [_, _, _, _, high, low, ..] => u16::from_be_bytes([*high, *low]),
        _ => 0,
    }
}

/// The hardware address in `name [00:11:22:33:44:55]`.
fn bracketed(name: &str) -> Option<MacAddr> {
    let (_, mac) = name.strip_suffix(']')?.rsplit_once(" [")?;
    let mut bytes = [0; 6];
    let mut parts = mac.split(':');
    for byte in &mut bytes {
        *byte = u8::from_str_radix(parts.next().filter(|part| part.len() == 2)?, 16).ok()?;
    }
    parts.next().is_none().then_some(MacAddr(bytes))
}

#[cfg(test)]
#[path = "mdns_tests.rs"]
mod tests;
