//! NetBIOS over UDP (RFC 1001, RFC 1002): names that hosts register, own and list; the browser
//! protocol's announcements (MS-BRWS) in its datagrams.

use std::net::{IpAddr, Ipv4Addr};

use dpi::{Reader, lossy};
use wire::{Flags, MacAddr};

use crate::browser;
use crate::classify::host_names;
use crate::dns::{Message, Name, Record};
use crate::sighting::{About, Evidence, NameSource, Role, Subject};
use crate::watcher::{Heard, Look, On, Read, Watcher, is_host};

pub(crate) const NETBIOS: Watcher = Watcher {
    name: "netbios",
    on: &[On::Udp(NAMES), On::Udp(DATAGRAMS)],
    notes: &[(
        "netbios",
        &["name", "workgroup", "names", "user", "unit_mac", "version", "functions", "comment"],
    )],
    read: Read::Frame(read),
};

/// Ports of the name service and of datagrams.
const NAMES: u16 = 137;
const DATAGRAMS: u16 = 138;

/// Record types (RFC 1002 s4.2.1.3).
const NB: u16 = 0x20;
const NBSTAT: u16 = 0x21;

/// RFC 1002 s4.2.1.1; 9 for a refresh is in use for 8, 15 is a host with several addresses.
mod opcode {
    pub(super) const QUERY: u16 = 0;
    pub(super) const REGISTRATION: u16 = 5;
    pub(super) const REFRESH: u16 = 8;
    pub(super) const REFRESH_TOO: u16 = 9;
    pub(super) const MULTIHOMED: u16 = 15;
}

/// RFC 1002 s4.2.1.3: the name is a group's.
const GROUP: u16 = 1 << 15;

/// Names that one message may list.
const MOST_NAMES: usize = 32;

/// A name and what it is of.
pub(crate) struct Named {
    pub(crate) text: Box<str>,
    pub(crate) suffix: u8,
    pub(crate) is_group: bool,
}

fn read(look: &Look<'_>, heard: &mut Heard<'_>) {
    let at = |port| look.packet.src_port == port || look.packet.dst_port == port;
    if at(NAMES) {
        name_service(look, heard);
    } else if at(DATAGRAMS) {
        datagram(look, heard);
    }
}

fn name_service(look: &Look<'_>, heard: &mut Heard<'_>) {
    let cut = look.packet.flags.has(Flags::TRUNCATED);
    let Some(message) = Message::parse(look.payload, cut) else { return };
    if message.rcode() != 0 {
        return;
    }
    match (message.is_response(), message.opcode()) {
        (false, opcode::REGISTRATION | opcode::REFRESH | opcode::REFRESH_TOO | opcode::MULTIHOMED) => {
            for record in message.records.iter().filter(|record| record.kind == NB) {
                owned(look, record, heard);
            }
        }
        (true, opcode::QUERY) if look.packet.src_port == NAMES => {
            for record in message.records.iter().take(message.answers) {
                match record.kind {
                    NB => owned(look, record, heard),
                    NBSTAT => listed(look, record.data, heard),
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// RFC 1002 s4.2.13: whose the name is, address by address.
fn owned(look: &Look<'_>, record: &Record<'_>, heard: &mut Heard<'_>) {
    let Some((text, suffix)) = decode(&record.name) else { return };
    let (entries, rest) = record.data.as_chunks::<6>();
    if !rest.is_empty() {
        return;
    }
    for [high, low, a, b, c, d] in entries.iter().take(MOST_NAMES) {
        let ip = IpAddr::from(Ipv4Addr::new(*a, *b, *c, *d));
        if !is_host(ip) {
            continue;
        }
        let is_group = u16::from_be_bytes([*high, *low]) & GROUP != 0;
        let subject =
            if look.src_ip == Some(ip) { look.sender() } else { Subject { mac: None, ip: Some(ip) } };
        tell(&Named { text: text.clone(), suffix, is_group }, heard.about(subject));
    }
}

/// RFC 1002 s4.2.18: all names of the sender, and its hardware address.
fn listed(look: &Look<'_>, data: &[u8], heard: &mut Heard<'_>) {
    let mut reader = Reader::new(data);
    let Some(count) = reader.u8().map(usize::from) else { return };
    let mut names = Vec::new();
    for _ in 0..count {
        let (Some(name), Some(flags)) = (reader.array::<16>(), reader.u16()) else { return };
        let [text @ .., suffix] = name;
        if names.len() < MOST_NAMES {
            names.push(Named { text: trimmed(&text), suffix, is_group: flags & GROUP != 0 });
        }
    }
    let unit = reader.array().map(MacAddr).filter(|mac| !mac.is_group());
    let Some(ip) = look.src_ip.filter(|ip| is_host(*ip)) else { return };
    match unit.filter(|unit| *unit != MacAddr([0; 6])) {
        Some(unit) => {
            // Behind a router the frame has another's.
            heard.about(Subject { mac: Some(unit), ip: Some(ip) }).address(Evidence::Announced);
            heard.note("netbios", "unit_mac", unit.to_string());
        }
        None => {
            heard.about(look.sender());
            if unit.is_some() {
                heard.vote(About::Os, "Linux", 50, "netbios", "lists no hardware address, as Samba does");
            }
        }
    }
    let machine = names.iter().find(|name| name.suffix == 0 && !name.is_group).map(|name| name.text.clone());
    for name in &names {
        tell(name, heard);
        // The messenger service has a name for the machine and one for who is logged on.
        if name.suffix == 3 && !name.is_group && machine.is_some() && machine.as_ref() != Some(&name.text) {
            heard.text("netbios", "user", &name.text);
        }
    }
}

/// What having a name means: by its 16th byte.
fn tell(name: &Named, heard: &mut Heard<'_>) {
    let text = &*name.text;
    if text.is_empty() || text == "*" || text.contains("__MSBROWSE__") {
        return;
    }
    heard.add("netbios", "names", &format!("{text}<{:02x}>", name.suffix));
    match (name.suffix, name.is_group) {
        (0x00, true) => heard.text("netbios", "workgroup", text),
        // Internet Information Server has names of its own.
        (0x00, false) if !text.starts_with("IS~") => {
            heard.text("netbios", "name", text).name(text, NameSource::Netbios);
            host_names::votes(text, heard);
            heard
        }
        (0x20, false) => {
            heard.text("netbios", "name", text).name(text, NameSource::Netbios).role(Role::FileServer)
        }
        (0x1b, false) | (0x1c, true) => heard.text("netbios", "workgroup", text).role(Role::DirectoryServer),
        _ => heard,
    };
}

/// RFC 1002 s4.4: who sends, and to a group what it is.
fn datagram(look: &Look<'_>, heard: &mut Heard<'_>) {
    let mut reader = Reader::new(look.payload);
    // Direct to one, to a group, to all.
    let (Some(0x10..=0x12), Some(_flags), Some(_id)) = (reader.u8(), reader.u8(), reader.u16()) else {
        return;
    };
    let (Some(ip), Some(_port), Some(_len), Some(0)) =
        (reader.array::<4>(), reader.u16(), reader.u16(), reader.u16())
    else {
        return;
    };
    let Some((text, suffix)) = encoded(&mut reader) else { return };
    let Some(_to) = encoded(&mut reader) else { return };
    let ip = IpAddr::from(ip);
    if !is_host(ip) {
        return;
    }
    let subject = if look.src_ip == Some(ip) { look.sender() } else { Subject { mac: None, ip: Some(ip) } };
    heard.about(subject);
    if matches!(suffix, 0x00 | 0x20) && !text.is_empty() {
        heard.text("netbios", "name", &text).name(&text, NameSource::Netbios);
    }
    browser::announcement(reader.rest(), heard);
}

/// An encoded name and its scope, in the datagram's own place.
fn encoded(reader: &mut Reader<'_>) -> Option<(Box<str>, u8)> {
    let first = reader.block8()?;
    let name = half_ascii(first)?;
    while let Some(len) = reader.u8().filter(|len| *len != 0) {
        reader.take(usize::from(len))?;
    }
    Some(name)
}

fn decode(name: &Name<'_>) -> Option<(Box<str>, u8)> {
    half_ascii(name.labels().first()?)
}

/// RFC 1001 s14.1: each letter stands for four bits; the 16th byte says what the name is of.
fn half_ascii(letters: &[u8]) -> Option<(Box<str>, u8)> {
    let letters: &[u8; 32] = letters.try_into().ok()?;
    let mut name = [0; 16];
    for (byte, pair) in name.iter_mut().zip(letters.as_chunks().0) {
        let [high @ b'A'..=b'P', low @ b'A'..=b'P'] = pair else { return None };
        *byte = (high - b'A') << 4 | (low - b'A');
    }
    let [text @ .., suffix] = name;
    Some((trimmed(&text), suffix))
}

/// Padded with spaces, or ended by NUL.
fn trimmed(text: &[u8]) -> Box<str> {
    let end = text.iter().position(|byte| *byte == 0).unwrap_or(text.len());
    lossy(text.get(..end).unwrap_or_default().trim_ascii_end(), 16)
}

#[cfg(test)]
#[path = "netbios_tests.rs"]
mod tests;
