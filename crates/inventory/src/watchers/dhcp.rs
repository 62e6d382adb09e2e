//! DHCPv4 (RFC 2131): what a client says of itself, what it is given and by whom.

use std::net::{IpAddr, Ipv4Addr};

use dpi::{Reader, hex, lossy};

use crate::classify;
use crate::dhcp_message::{Message, code, kind};
use crate::network::Network;
use crate::sighting::{Evidence, Fact, Identity, NameSource, Role, Subject};
use crate::watcher::{Heard, Look, MOST_TEXT, On, Read, Watcher, is_host};

pub(crate) const DHCP: Watcher = Watcher {
    name: "dhcp",
    on: &[On::Udp(SERVER_PORT), On::Udp(CLIENT_PORT), On::Udp(PXE_PORT)],
    notes: &[(
        DHCP_SECTION,
        &[
            "host_name",
            "fqdn",
            "vendor_class",
            "enterprise",
            "user_class",
            "client_id",
            "fingerprint",
            "requested_address",
            "max_message_bytes",
            "boot_architecture",
            "machine_uuid",
            "mud_url",
            "circuit_id",
            "remote_id",
            "lease_seconds",
            "server",
            "relay",
            "netmask",
            "routers",
            "dns_servers",
            "domain",
            "ntp_servers",
            "wins_servers",
            "tftp_server",
            "boot_file",
            "captive_portal",
            "wpad",
            "refused",
        ],
    )],
    read: Read::Frame(read),
};

const DHCP_SECTION: &str = "dhcp";
const SERVER_PORT: u16 = 67;
const CLIENT_PORT: u16 = 68;
/// Boot servers beside a DHCP server (Intel, Preboot Execution Environment 2.1 s2.2.1).
const PXE_PORT: u16 = 4011;

fn read(look: &Look<'_>, heard: &mut Heard<'_>) {
    let Some(message) = Message::parse(look.payload) else { return };
    let is_server = |port| matches!(port, SERVER_PORT | PXE_PORT);
    match message.kind {
        Some(kind) if message.is_request && is_server(look.packet.dst_port) => {
            asked(look, &message, kind, heard);
        }
        Some(kind) if !message.is_request && is_server(look.packet.src_port) => {
            answered(look, &message, kind, heard);
        }
        _ => {}
    }
}

/// A client, or a relay for it, speaks.
fn asked(look: &Look<'_>, message: &Message<'_>, kind: u8, heard: &mut Heard<'_>) {
    let is_relayed = !message.relay_ip.is_unspecified();
    if is_relayed {
        heard.about(look.sender()).role(Role::DhcpRelay);
    }
    let Some(mac) = message.client_mac else { return };
    let mut client = Subject { mac: Some(mac), ip: host(message.client_ip) };
    match kind {
        kind::DISCOVER | kind::REQUEST | kind::INFORM => {
            heard.about(client);
            if client.ip.is_some() {
                // RFC 2131 s4.3.1: ciaddr is filled in by who answers ARP for it.
                heard.address(Evidence::Announced);
            }
            introduced(message, heard);
        }
        kind::RELEASE if client.ip.is_some() => {
            heard.about(client).say(Fact::AddressGone);
        }
        kind::DECLINE => {
            client.ip = message.address(code::REQUESTED).and_then(host);
            if client.ip.is_some() {
                heard.about(client).say(Fact::AddressGone);
            }
        }
        _ => {}
    }
}

/// What a client says of itself.
fn introduced(message: &Message<'_>, heard: &mut Heard<'_>) {
    let text = |code| message.option(code).map(readable).unwrap_or_default();
    let name = text(code::HOST_NAME);
    heard.text(DHCP_SECTION, "host_name", &name).name(&name, NameSource::Dhcp);
    if let Some(name) = message.option(code::FQDN).and_then(fqdn) {
        heard.text(DHCP_SECTION, "fqdn", &name).name(&name, NameSource::Dhcp);
    }
    let vendor_class = text(code::VENDOR_CLASS);
    heard.text(DHCP_SECTION, "vendor_class", &vendor_class);
    heard.text(DHCP_SECTION, "mud_url", &text(code::MUD_URL));
    if let Some(value) = message.option(code::USER_CLASS) {
        user_classes(value, heard);
    }
    if let Some(value) = message.option(code::VENDOR_CLASSES) {
        vendor_classes(value, heard);
    }
    let fingerprint = message.option(code::WANTED).map(numbers).unwrap_or_default();
    heard.text(DHCP_SECTION, "fingerprint", &fingerprint);
    if let Some(address) = message.address(code::REQUESTED).filter(|ip| is_host((*ip).into())) {
        heard.note(DHCP_SECTION, "requested_address", address.to_string());
    }
    if let Some(&[high, low]) = message.option(code::MOST_BYTES) {
        heard.note(DHCP_SECTION, "max_message_bytes", u16::from_be_bytes([high, low]));
    }
    if let Some(value) = message.option(code::ARCHITECTURE).and_then(<[u8]>::first_chunk) {
        heard.text(DHCP_SECTION, "boot_architecture", &architecture(u16::from_be_bytes(*value)));
    }
    // RFC 4578 s2.3: type 0 and a UUID of the machine. Boards share some, so it is no identity.
    if let Some(&[0, ref uuid @ ..]) = message.option(code::MACHINE)
        && uuid.len() == 16
    {
        heard.text(DHCP_SECTION, "machine_uuid", &hex(uuid));
    }
    if let Some(value) = message.option(code::CLIENT) {
        client_id(value, message, heard);
    }
    if let Some(value) = message.option(code::RELAY) {
        relay_information(value, heard);
    }
    classify::host_names::votes(&name, heard);
    classify::dhcp::votes(&vendor_class, &fingerprint, heard);
}

/// RFC 2132 s9.14: a type and an identifier; RFC 4361 s6.1: type 255, IAID and DUID.
fn client_id(value: &[u8], message: &Message<'_>, heard: &mut Heard<'_>) {
    if let [1, mac @ ..] = value
        && message.client_mac.is_some_and(|own| own.0 == *mac)
    {
        return;
    }
    heard.text(DHCP_SECTION, "client_id", &hex(value.get(..MOST_TEXT / 2).unwrap_or(value)));
    match value {
        [255, _, _, _, _, duid @ ..] if is_duid(duid) => {
            heard.identity(Identity::DhcpClient(hex(duid).into()));
        }
        // Windows' remote access server takes addresses for others under such ones.
        [b'R', b'A', b'S', b' ', ..] => {}
        [_, rest @ ..] if is_telling(rest) => {
            heard.identity(Identity::DhcpClient(hex(value).into()));
        }
        _ => {}
    }
}

/// RFC 8415 s11: a type and what follows it, at most 130 bytes in all.
pub(crate) fn is_duid(duid: &[u8]) -> bool {
    matches!(duid, [0, 1..=4, rest @ ..] if (8..=128).contains(&rest.len()) && is_telling(rest))
}

/// Long and mixed enough not to be somebody else's, too.
fn is_telling(id: &[u8]) -> bool {
    (6..=128).contains(&id.len()) && id.first().is_some_and(|first| id.iter().any(|byte| byte != first))
}

/// RFC 4702 s2: flags, two obsolete bytes, and a name in one of two encodings.
fn fqdn(value: &[u8]) -> Option<String> {
    let (&[flags, _, _], name) = value.split_first_chunk()?;
    if flags & 4 == 0 {
        return Some(readable(name));
    }
    labels(name)
}

/// A name in DNS's encoding without compression, whether it is ended or not.
pub(crate) fn labels(name: &[u8]) -> Option<String> {
    let mut reader = Reader::new(name);
    let mut text = String::new();
    while let Some(len @ 1..) = reader.u8() {
        let label = if len < 64 { reader.take(len.into())? } else { return None };
        if !text.is_empty() {
            text.push('.');
        }
        text.push_str(&readable(label));
    }
    Some(text)
}

/// RFC 3004 s4: blocks after their lengths; many send bare text.
fn user_classes(value: &[u8], heard: &mut Heard<'_>) {
    let mut reader = Reader::new(value);
    let mut classes = Vec::new();
    while let Some(class) = reader.block8().filter(|class| !class.is_empty()) {
        classes.push(readable(class));
    }
    if !reader.is_empty() {
        classes = vec![readable(value)];
    }
    for class in classes {
        heard.add(DHCP_SECTION, "user_class", &class);
    }
}

/// RFC 3925 s3: enterprise number and blocks of data, of which the first is the class.
fn vendor_classes(value: &[u8], heard: &mut Heard<'_>) {
    let mut reader = Reader::new(value);
    let (Some(enterprise), Some(data)) = (reader.u32(), reader.block8()) else { return };
    heard.note(DHCP_SECTION, "enterprise", enterprise);
    if let Some(class) = Reader::new(data).block8() {
        heard.text(DHCP_SECTION, "vendor_class", &readable(class));
    }
}

/// RFC 3046 s2: where the client hangs, in the words of the switch that relays.
fn relay_information(value: &[u8], heard: &mut Heard<'_>) {
    let mut reader = Reader::new(value);
    while let (Some(sub), Some(value)) = (reader.u8(), reader.block8()) {
        let text = || if is_readable(value) { readable(value) } else { hex(value) };
        match sub {
            1 => heard.text(DHCP_SECTION, "circuit_id", &text()),
            2 => heard.text(DHCP_SECTION, "remote_id", &text()),
            _ => heard,
        };
    }
}

/// RFC 4578 s2.1 and IANA's list that follows it.
fn architecture(number: u16) -> String {
    let name = match number {
        0 => "x86 BIOS",
        6 => "x86 UEFI",
        7 | 9 => "x64 UEFI",
        10 => "ARM 32-bit UEFI",
        11 => "ARM 64-bit UEFI",
        15 => "x86 UEFI HTTP",
        16 => "x64 UEFI HTTP",
        18 => "ARM 32-bit UEFI HTTP",
        19 => "ARM 64-bit UEFI HTTP",
        27 => "RISC-V 64-bit UEFI",
        other => return other.to_string(),
    };
    name.into()
}

/// A server, or a relay for it, speaks.
fn answered(look: &Look<'_>, message: &Message<'_>, kind: u8, heard: &mut Heard<'_>) {
    let server = message.address(code::SERVER).and_then(host);
    let client = Subject { mac: message.client_mac, ip: host(message.your_ip) };
    match kind {
        // A boot server beside the DHCP server offers no address.
        kind::OFFER if client.ip.is_none() => return,
        kind::OFFER | kind::ACK | kind::NAK => serves(look, message, server, heard),
        kind::LEASE_ACTIVE => {
            // RFC 4388 s6.4.2: who has the address that was asked about.
            let leased = Subject { ip: host(message.client_ip), ..client };
            if leased.mac.is_some() && leased.ip.is_some() {
                heard.about(leased).address(Evidence::Dhcp);
            }
            return;
        }
        _ => return,
    }
    if client.mac.is_none() {
        return;
    }
    match kind {
        kind::ACK => given(look, message, client, server, heard),
        kind::NAK => {
            let why = message.option(code::TEXT).map(readable).unwrap_or_default();
            let by = server.map_or_else(|| "unknown server".into(), |server| server.to_string());
            let why = if why.is_empty() { by } else { format!("{by}: {why}") };
            heard.about(Subject { ip: None, ..client }).text(DHCP_SECTION, "refused", &why);
        }
        _ => {}
    }
}

/// Who hands out addresses, and who carries that to and fro.
fn serves(look: &Look<'_>, message: &Message<'_>, server: Option<IpAddr>, heard: &mut Heard<'_>) {
    let relay = host(message.relay_ip);
    let Some(relay) = relay else {
        if server.is_none() || server == look.src_ip {
            heard.about(look.sender()).role(Role::DhcpServer);
        } else {
            // It has several addresses, or speaks from behind another.
            heard.about(Subject { mac: None, ip: server }).role(Role::DhcpServer);
        }
        return;
    };
    heard.about(Subject { mac: None, ip: Some(relay) }).role(Role::DhcpRelay);
    // RFC 5107: a relay may put itself in the server's place towards its clients.
    if server.is_some() && server != Some(relay) {
        let server = if server == look.src_ip { look.sender() } else { Subject { mac: None, ip: server } };
        heard.about(server).role(Role::DhcpServer);
    }
}

/// What a client got: only from an acknowledgement, since offers are made by all and most refused.
fn given(
    look: &Look<'_>,
    message: &Message<'_>,
    client: Subject,
    server: Option<IpAddr>,
    heard: &mut Heard<'_>,
) {
    // The answer to an INFORM leases nothing, but its client has the address in ciaddr.
    let address = if client.ip.is_some() { message.your_ip } else { message.client_ip };
    heard.about(Subject { ip: host(address), ..client });
    if client.ip.is_some() {
        heard.address(Evidence::Dhcp);
    }
    if let Some(seconds) = message.number(code::LEASE) {
        heard.note(DHCP_SECTION, "lease_seconds", seconds);
    }
    for (field, ip) in [("server", server), ("relay", host(message.relay_ip))] {
        if let Some(ip) = ip {
            heard.note(DHCP_SECTION, field, ip.to_string());
        }
    }
    let mask = message.address(code::MASK).and_then(prefix);
    if let Some(prefix) = mask {
        heard.note(DHCP_SECTION, "netmask", format!("/{prefix}"));
    }
    for (field, code) in [
        ("routers", code::ROUTERS),
        ("dns_servers", code::DNS_SERVERS),
        ("ntp_servers", code::NTP_SERVERS),
        ("wins_servers", code::WINS_SERVERS),
    ] {
        let list: Vec<Box<str>> = message.addresses(code).map(|ip| ip.to_string().into()).collect();
        if !list.is_empty() {
            heard.note(DHCP_SECTION, field, dpi::Value::List(list));
        }
    }
    for (field, code) in [
        ("domain", code::DOMAIN),
        ("tftp_server", code::TFTP_SERVER),
        ("captive_portal", code::CAPTIVE_PORTAL),
        ("wpad", code::WPAD),
    ] {
        heard.text(DHCP_SECTION, field, &message.option(code).map(readable).unwrap_or_default());
    }
    let file = readable(message.boot_file());
    heard.text(DHCP_SECTION, "boot_file", &file);
    if !file.is_empty()
        && message.option(code::TFTP_SERVER).is_none()
        && let Some(next) = host(message.next_ip)
    {
        heard.note(DHCP_SECTION, "tftp_server", next.to_string());
    }
    let name = message.option(code::HOST_NAME).map(readable).unwrap_or_default();
    heard.name(&name, NameSource::Dhcp);
    // Between server and relay it is another link's block that is spoken of.
    if let Some(prefix) = mask.filter(|_| look.packet.dst_port == CLIENT_PORT) {
        let bits = address.to_bits() & u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
        let address = Ipv4Addr::from_bits(bits).into();
        heard.say(Fact::OnLink(Network { address, prefix }));
    }
    if let Some(router) = message.addresses(code::ROUTERS).find_map(host) {
        heard.about(Subject { mac: None, ip: Some(router) }).role(Role::Gateway);
    }
}

/// Leading ones of a mask that is one (RFC 950 s2.1) and leaves room for hosts.
fn prefix(mask: Ipv4Addr) -> Option<u8> {
    let ones = mask.to_bits().leading_ones();
    let whole = mask.to_bits().checked_shl(ones).unwrap_or(0) == 0;
    u8::try_from(ones).ok().filter(|ones| whole && (8..=30).contains(ones))
}

fn host(ip: Ipv4Addr) -> Option<IpAddr> {
    Some(IpAddr::from(ip)).filter(|ip| is_host(*ip))
}

/// Codes as they stand there, in decimal: what programs are known by.
pub(crate) fn numbers(codes: &[u8]) -> String {
    let codes = codes.iter().take(MOST_TEXT / 4);
    codes.map(u8::to_string).collect::<Vec<_>>().join(",")
}

/// Text up to the NUL that some put at its end.
pub(crate) fn readable(bytes: &[u8]) -> String {
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last.saturating_add(1));
    lossy(bytes.get(..end).unwrap_or_default(), MOST_TEXT).into()
}

fn is_readable(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| matches!(byte, b' '..=b'~'))
}

#[cfg(test)]
#[path = "dhcp_tests.rs"]
mod tests;
