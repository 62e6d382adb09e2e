//! DHCPv6 (RFC 8415): what a client says of itself, what it is given and by whom.

use std::net::{IpAddr, Ipv6Addr};

use dpi::{Reader, hex};
use wire::MacAddr;

use crate::classify;
use crate::sighting::{Evidence, Fact, Identity, NameSource, Role, Subject};
use crate::watcher::{Heard, Look, On, Read, Watcher, is_host};
use crate::watchers::dhcp::{is_duid, labels, readable};

pub(crate) const DHCP6: Watcher = Watcher {
    name: "dhcp6",
    on: &[On::Udp(SERVER_PORT), On::Udp(CLIENT_PORT)],
    notes: &[(
        SECTION,
        &[
            "duid",
            "duid_mac",
            "fqdn",
            "vendor_class",
            "enterprise",
            "fingerprint",
            "lease_seconds",
            "delegated_prefix",
            "server",
            "dns_servers",
            "domain",
        ],
    )],
    read: Read::Frame(read),
};

const SECTION: &str = "dhcp6";
const CLIENT_PORT: u16 = 546;
const SERVER_PORT: u16 = 547;

/// Options that one message may have.
const MOST_OPTIONS: usize = 64;

/// RFC 8415 s7.3.
mod kind {
    pub(super) const SOLICIT: u8 = 1;
    pub(super) const ADVERTISE: u8 = 2;
    pub(super) const REQUEST: u8 = 3;
    pub(super) const CONFIRM: u8 = 4;
    pub(super) const RENEW: u8 = 5;
    pub(super) const REBIND: u8 = 6;
    pub(super) const REPLY: u8 = 7;
    pub(super) const RELEASE: u8 = 8;
    pub(super) const DECLINE: u8 = 9;
    pub(super) const INFORMATION: u8 = 11;
    pub(super) const RELAY_FORWARD: u8 = 12;
    pub(super) const RELAY_REPLY: u8 = 13;
}

/// RFC 8415 s21, RFC 3646, RFC 4704, RFC 6939.
mod code {
    pub(super) const CLIENT: u16 = 1;
    pub(super) const SERVER: u16 = 2;
    pub(super) const ADDRESSES: u16 = 3;
    pub(super) const ADDRESS: u16 = 5;
    pub(super) const WANTED: u16 = 6;
    pub(super) const RELAYED: u16 = 9;
    pub(super) const VENDOR_CLASS: u16 = 16;
    pub(super) const DNS_SERVERS: u16 = 23;
    pub(super) const DOMAINS: u16 = 24;
    pub(super) const PREFIXES: u16 = 25;
    pub(super) const PREFIX: u16 = 26;
    pub(super) const FQDN: u16 = 39;
    pub(super) const LINK_ADDRESS: u16 = 79;
}

/// Options in order; nothing if one does not end.
struct Options<'a>(Vec<(u16, &'a [u8])>);

impl<'a> Options<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let mut options = Vec::new();
        while !reader.is_empty() {
            let (code, value) = (reader.u16()?, reader.block16()?);
            if options.len() < MOST_OPTIONS {
                options.push((code, value));
            }
        }
        Some(Self(options))
    }

    fn get(&self, code: u16) -> Option<&'a [u8]> {
        self.all(code).next()
    }

    fn all(&self, code: u16) -> impl Iterator<Item = &'a [u8]> {
        self.0.iter().filter(move |(own, _)| *own == code).map(|(_, value)| *value)
    }
}

fn read(look: &Look<'_>, heard: &mut Heard<'_>) {
    let mut reader = Reader::new(look.payload);
    let Some(kind) = reader.u8() else { return };
    let to_server = look.packet.dst_port == SERVER_PORT;
    match kind {
        kind::RELAY_FORWARD if to_server => relayed(look, &mut reader, heard),
        kind::RELAY_REPLY if look.packet.src_port == SERVER_PORT => {
            if relay_options(&mut reader).is_some_and(|options| options.get(code::RELAYED).is_some()) {
                heard.about(look.sender()).role(Role::DhcpServer);
            }
        }
        _ => {
            let Some(options) = reader.take(3).and_then(|_id| Options::read(reader.rest())) else { return };
            if to_server {
                asked(kind, look.sender(), &options, heard);
            } else if look.packet.src_port == SERVER_PORT {
                answered(look, kind, &options, heard);
            }
        }
    }
}

/// RFC 8415 s9: hops, link and peer address come before a relay's options.
fn relay_options<'a>(reader: &mut Reader<'a>) -> Option<Options<'a>> {
    let (_hops, _link, _peer) = (reader.u8()?, reader.array::<16>()?, reader.array::<16>()?);
    Options::read(reader.rest())
}

/// RFC 8415 s9.1: the message is in an option.
fn relayed(look: &Look<'_>, reader: &mut Reader<'_>, heard: &mut Heard<'_>) {
    let Some(options) = relay_options(reader) else { return };
    let Some(message) = options.get(code::RELAYED) else { return };
    heard.about(look.sender()).role(Role::DhcpRelay);
    // RFC 6939: type 1 is Ethernet. Without it there is nothing to know the client by.
    let Some(&[0, 1, a, b, c, d, e, f]) = options.get(code::LINK_ADDRESS) else { return };
    let mut inner = Reader::new(message);
    let (Some(kind), Some(_id)) = (inner.u8(), inner.take(3)) else { return };
    if let Some(options) = Options::read(inner.rest()) {
        asked(kind, Subject { mac: Some(MacAddr([a, b, c, d, e, f])), ip: None }, &options, heard);
    }
}

fn asked(kind: u8, client: Subject, options: &Options<'_>, heard: &mut Heard<'_>) {
    match kind {
        kind::SOLICIT | kind::REQUEST | kind::CONFIRM | kind::RENEW | kind::REBIND | kind::INFORMATION => {}
        kind::RELEASE | kind::DECLINE => {
            for (ip, _) in addresses(options) {
                heard.about(Subject { ip: Some(ip), ..client }).say(Fact::AddressGone);
            }
            return;
        }
        _ => return,
    }
    // RFC 8415 s18.2: all but information requests must have it.
    let duid = options.get(code::CLIENT).filter(|duid| is_duid(duid));
    if duid.is_none() && (kind != kind::INFORMATION || options.get(code::WANTED).is_none()) {
        return;
    }
    heard.about(client);
    if let Some(duid) = duid {
        identified(duid, heard);
    }
    // RFC 4704 s4.1: flags before the name.
    if let Some(name) = options.get(code::FQDN).and_then(|value| labels(value.get(1..)?)) {
        heard.text(SECTION, "fqdn", &name).name(&name, NameSource::Dhcp);
        classify::host_names::votes(&name, heard);
    }
    if let Some(wanted) = options.get(code::WANTED) {
        let (codes, _) = wanted.as_chunks::<2>();
        let codes = codes.iter().take(MOST_OPTIONS).map(|code| u16::from_be_bytes(*code).to_string());
        heard.text(SECTION, "fingerprint", &codes.collect::<Vec<_>>().join(","));
    }
    if let Some(value) = options.get(code::VENDOR_CLASS) {
        let mut reader = Reader::new(value);
        if let (Some(enterprise), Some(class)) = (reader.u32(), reader.block16()) {
            let class = readable(class);
            heard.note(SECTION, "enterprise", enterprise).text(SECTION, "vendor_class", &class);
            classify::dhcp::votes(&class, "", heard);
        }
    }
}

/// RFC 8415 s11: types 1 and 3 are made of a hardware address that the device had then.
fn identified(duid: &[u8], heard: &mut Heard<'_>) {
    heard.text(SECTION, "duid", &hex(duid)).identity(Identity::DhcpClient(hex(duid).into()));
    let mac = match duid {
        [0, 1, 0, 1, _, _, _, _, mac @ ..] | [0, 3, 0, 1, mac @ ..] => <[u8; 6]>::try_from(mac).ok(),
        _ => None,
    };
    if let Some(mac) = mac {
        heard.note(SECTION, "duid_mac", MacAddr(mac).to_string());
    }
}

fn answered(look: &Look<'_>, kind: u8, options: &Options<'_>, heard: &mut Heard<'_>) {
    let is_answer = matches!(kind, kind::ADVERTISE | kind::REPLY);
    let Some(duid) = options.get(code::SERVER).filter(|duid| is_answer && is_duid(duid)) else { return };
    heard.about(look.sender()).role(Role::DhcpServer).identity(Identity::DhcpClient(hex(duid).into()));
    let client = look.receiver();
    // An offer is made by all servers and taken from one.
    if kind != kind::REPLY || look.packet.dst_port != CLIENT_PORT || client == Subject::default() {
        return;
    }
    heard.about(client);
    if let Some(server) = look.sender().ip {
        heard.note(SECTION, "server", server.to_string());
    }
    let (servers, _) = options.get(code::DNS_SERVERS).unwrap_or_default().as_chunks::<16>();
    for server in servers.iter().take(8) {
        heard.add(SECTION, "dns_servers", &Ipv6Addr::from(*server).to_string());
    }
    heard.text(SECTION, "domain", &options.get(code::DOMAINS).and_then(labels).unwrap_or_default());
    for prefix in options.all(code::PREFIXES).filter_map(delegated) {
        heard.text(SECTION, "delegated_prefix", &prefix);
    }
    for (ip, seconds) in addresses(options) {
        heard.about(client).note(SECTION, "lease_seconds", seconds);
        let leased = heard.about(Subject { ip: Some(ip), ..client });
        // RFC 8415 s18.2.10.1: no lifetime left is none at all.
        if seconds == 0 {
            leased.say(Fact::AddressGone)
        } else {
            leased.address(Evidence::Dhcp)
        };
    }
}

/// RFC 8415 s21.4, s21.6: the addresses and how long each is valid.
fn addresses(options: &Options<'_>) -> Vec<(IpAddr, u32)> {
    let mut all = Vec::new();
    // Identity, T1 and T2 come before the options within.
    let inner = options.all(code::ADDRESSES).filter_map(|value| Options::read(value.get(12..)?));
    for options in inner {
        for value in options.all(code::ADDRESS).take(8) {
            let mut reader = Reader::new(value);
            let (Some(ip), Some(_preferred), Some(valid)) =
                (reader.array::<16>(), reader.u32(), reader.u32())
            else {
                continue;
            };
            all.push((IpAddr::from(ip), valid));
        }
    }
    all.retain(|(ip, _)| is_host(*ip));
    all
}

/// RFC 8415 s21.21, s21.22.
fn delegated(value: &[u8]) -> Option<String> {
    let options = Options::read(value.get(12..)?)?;
    let mut reader = Reader::new(options.get(code::PREFIX)?);
    let (_preferred, valid, len) = (reader.u32()?, reader.u32()?, reader.u8()?);
    let prefix = Ipv6Addr::from(reader.array::<16>()?);
    (valid != 0 && len <= 128).then(|| format!("{prefix}/{len}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sighting::Sighting;
    use crate::testing::{DST_MAC, SRC_MAC, facts, noted, sightings, udp};
    use dpi::Value;

    const DUID: [u8; 14] = [0, 1, 0, 1, 1, 2, 3, 4, 0, 0, 0x5e, 0, 0x53, 9];
    const SERVER_DUID: [u8; 10] = [0, 3, 0, 1, 0, 0, 0x5e, 0, 0x53, 1];

    fn option(code: u8, value: &[u8]) -> Vec<u8> {
        [&[0, code][..], &(value.len() as u16).to_be_bytes(), value].concat()
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn from_client(bytes: &[u8]) -> Vec<Sighting> {
        sightings(&udp((ip("fe80::1"), 546), (ip("ff02::1:2"), 547), bytes))
    }

    fn from_server(bytes: &[u8]) -> Vec<Sighting> {
        sightings(&udp((ip("fe80::2"), 547), (ip("fe80::1"), 546), bytes))
    }

    fn solicit() -> Vec<u8> {
        [
            vec![1, 1, 2, 3],
            option(1, &DUID),
            option(6, &[0, 17, 0, 23, 0, 24]),
            option(16, b"\0\0\x01\x37\0\x08MSFT 5.0"),
            option(39, b"\0\x05desk7"),
        ]
        .concat()
    }

    fn reply(kind: u8, valid: u8) -> Vec<u8> {
        let mut address = [0; 24];
        address[..2].copy_from_slice(&[0x20, 0x01]);
        address[15] = 7;
        address[23] = valid;
        let leased = [&[0; 12][..], &option(5, &address)].concat();
        [vec![kind, 1, 2, 3], option(1, &DUID), option(2, &SERVER_DUID), option(3, &leased)].concat()
    }

    #[test]
    fn a_client_introduces_itself() {
        let heard = from_client(&solicit());
        assert_eq!(heard.len(), 1);
        assert_eq!(heard[0].about, Subject { mac: Some(MacAddr(SRC_MAC)), ip: Some(ip("fe80::1")) });
        assert!(facts(&heard).contains(&Fact::Identity(Identity::DhcpClient(hex(&DUID).into()))));
        let text = |text: &str| Some(Value::Text(text.into()));
        assert_eq!(noted(&heard, "dhcp6", "duid_mac"), text("00:00:5e:00:53:09"));
        assert_eq!(noted(&heard, "dhcp6", "fingerprint"), text("17,23,24"));
        assert_eq!(noted(&heard, "dhcp6", "fqdn"), text("desk7"));
        assert_eq!(noted(&heard, "dhcp6", "vendor_class"), text("MSFT 5.0"));
    }

    #[test]
    fn a_reply_is_a_lease_and_an_advertisement_is_none() {
        let leased = Subject { mac: Some(MacAddr(DST_MAC)), ip: Some(ip("2001::7")) };
        let heard = from_server(&reply(7, 60));
        assert!(heard[0].facts.contains(&Fact::Role(Role::DhcpServer)));
        let lease = heard.iter().find(|sighting| sighting.about == leased).unwrap();
        assert_eq!(lease.facts, [Fact::Address(Evidence::Dhcp)]);
        assert!(from_server(&reply(7, 0)).iter().any(|sighting| sighting.facts == [Fact::AddressGone]));
        let offered = from_server(&reply(2, 60));
        assert_eq!(offered.len(), 1);
        assert_eq!(offered[0].about.ip, Some(ip("fe80::2")));
    }

    #[test]
    fn a_relay_names_the_client_by_its_hardware_address() {
        let link = option(79, &[0, 1, 0, 0x53, 0, 0, 0, 9]);
        let forward = [vec![12, 0], vec![0; 32], option(9, &solicit()), link].concat();
        let heard = sightings(&udp((ip("2001:db8::1"), 547), (ip("2001:db8::2"), 547), &forward));
        assert_eq!(heard.len(), 2);
        assert_eq!(heard[0].facts, [Fact::Role(Role::DhcpRelay)]);
        assert_eq!(heard[1].about, Subject { mac: Some(MacAddr([0, 0x53, 0, 0, 0, 9])), ip: None });
    }

    #[test]
    fn what_is_no_dhcp_says_nothing() {
        let whole = [vec![1, 1, 2, 3], option(1, &DUID)].concat();
        for end in 0..whole.len() {
            assert_eq!(from_client(&whole[..end]), [], "{end}");
        }
        let whole = reply(7, 60);
        for end in 0..whole.len() {
            assert!(
                facts(&from_server(&whole[..end])).iter().all(|fact| *fact != Fact::Address(Evidence::Dhcp))
            );
        }
        assert_eq!(from_client(&[1; 80]), []);
        assert_eq!(from_client(&reply(7, 60)), [], "clients do not answer");
    }
}
