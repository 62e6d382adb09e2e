//! SNMP (RFC 1157, RFC 3416, RFC 3412): what agents say of their system in answers and traps.
//!
//! Communities are credentials: they are passed over and never kept.

use std::net::Ipv4Addr;

use dpi::ber::{INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, content, element, unsigned};
use dpi::{Reader, hex};
use wire::MacAddr;

use crate::classify::snmp as classify;
use crate::sighting::{Identity, NameSource, Subject};
use crate::watcher::{Heard, Look, On, Read, Watcher, is_host};
use crate::watchers::dhcp::readable;

pub(crate) const SNMP: Watcher = Watcher {
    name: "snmp",
    on: &[On::Udp(AGENT_PORT), On::Udp(TRAP_PORT)],
    notes: &[(
        SECTION,
        &[
            "version",
            "description",
            "object_id",
            "enterprise",
            "name",
            "location",
            "contact",
            "uptime_seconds",
            "model",
            "serial",
            "engine_id",
            "engine_mac",
        ],
    )],
    read: Read::Frame(read),
};

const SECTION: &str = "snmp";
const AGENT_PORT: u16 = 161;
const TRAP_PORT: u16 = 162;

/// Bindings read in one message.
const MOST_BINDINGS: usize = 64;

/// Tags of messages (RFC 3416 s3, RFC 1157 s4.1).
mod tag {
    pub(super) const RESPONSE: u8 = 0xa2;
    pub(super) const TRAP_V1: u8 = 0xa4;
    pub(super) const INFORM: u8 = 0xa6;
    pub(super) const TRAP: u8 = 0xa7;
    pub(super) const REPORT: u8 = 0xa8;
    /// RFC 2578 s7.1: IpAddress and TimeTicks.
    pub(super) const IP_ADDRESS: u8 = 0x40;
    pub(super) const TIME_TICKS: u8 = 0x43;
}

/// Objects, encoded: the system group (RFC 3418), the first physical entity (RFC 6933), the first
/// device (RFC 2790) and the printer's serial number (RFC 3805).
mod object {
    pub(super) const SYSTEM: &[u8] = &[0x2b, 6, 1, 2, 1, 1];
    pub(super) const ENTITY: &[u8] = &[0x2b, 6, 1, 2, 1, 47, 1, 1, 1, 1];
    pub(super) const DEVICE_DESCRIPTION: &[u8] = &[0x2b, 6, 1, 2, 1, 25, 3, 2, 1, 3, 1];
    pub(super) const PRINTER_SERIAL: &[u8] = &[0x2b, 6, 1, 2, 1, 43, 5, 1, 1, 17, 1];
    /// RFC 3418: private enterprises.
    pub(super) const ENTERPRISES: &[u8] = &[0x2b, 6, 1, 4, 1];
}

/// What of a message is about who sent it.
struct Message<'a> {
    version: &'static str,
    /// Who speaks, in version 3.
    engine: &'a [u8],
    /// Tag and content; absent if it is encrypted.
    pdu: Option<(u8, &'a [u8])>,
}

fn read(look: &Look<'_>, heard: &mut Heard<'_>) {
    let from_agent = look.packet.src_port == AGENT_PORT;
    let to_manager = look.packet.dst_port == TRAP_PORT;
    let Some(message) = parse(look.payload) else { return };
    let is_agents = match message.pdu {
        Some((tag::RESPONSE | tag::REPORT, _)) => from_agent,
        Some((tag::TRAP | tag::TRAP_V1 | tag::INFORM, _)) => to_manager,
        Some(_) => false,
        // Encrypted: from the agent's port it can only be an answer.
        None => from_agent,
    };
    if !is_agents {
        return;
    }
    match message.pdu {
        Some((tag::TRAP_V1, trap)) => old_trap(look, trap, heard),
        Some((tag, body)) => {
            heard.about(look.sender()).text(SECTION, "version", message.version);
            // An inform's engine is its receiver's (RFC 3414 s3.1).
            if tag != tag::INFORM {
                engine(message.engine, heard);
            }
            bindings(body, heard);
        }
        None => {
            heard.about(look.sender()).text(SECTION, "version", message.version);
            engine(message.engine, heard);
        }
    }
}

fn parse(bytes: &[u8]) -> Option<Message<'_>> {
    let mut reader = Reader::new(content(&mut Reader::new(bytes), SEQUENCE, false)?);
    let version = unsigned(content(&mut reader, INTEGER, false)?)?;
    if version == 3 {
        return parse_v3(&mut reader);
    }
    let version = match version {
        0 => "1",
        1 => "2c",
        _ => return None,
    };
    let _community = content(&mut reader, OCTET_STRING, false)?;
    let pdu = element(&mut reader, false)?;
    Some(Message { version, engine: &[], pdu: Some(pdu) })
}

/// RFC 3412 s6, RFC 3414 s2.4.
fn parse_v3<'a>(reader: &mut Reader<'a>) -> Option<Message<'a>> {
    let _header = content(reader, SEQUENCE, false)?;
    let security = content(reader, OCTET_STRING, false)?;
    let mut parameters = Reader::new(content(&mut Reader::new(security), SEQUENCE, false)?);
    let engine = content(&mut parameters, OCTET_STRING, false)?;
    let (tag, scoped) = element(reader, false)?;
    let pdu = match tag {
        SEQUENCE => {
            let mut scoped = Reader::new(scoped);
            let _context =
                (content(&mut scoped, OCTET_STRING, false)?, content(&mut scoped, OCTET_STRING, false)?);
            Some(element(&mut scoped, false)?)
        }
        OCTET_STRING => None,
        _ => return None,
    };
    Some(Message { version: "3", engine, pdu })
}

/// RFC 3411 s5, SnmpEngineID: whose format, then in which, then what.
fn engine(id: &[u8], heard: &mut Heard<'_>) {
    if !(5..=32).contains(&id.len()) {
        return;
    }
    heard.text(SECTION, "engine_id", &hex(id));
    let Some((first, rest)) = id.split_first_chunk::<4>() else { return };
    let number = u32::from_be_bytes(*first);
    enterprise(number & 0x7fff_ffff, 45, "engine", heard);
    // Cisco puts a zero before the address.
    let mac = match rest {
        [3, 0, mac @ ..] if mac.len() == 6 => mac,
        [3, mac @ ..] => mac,
        _ => return,
    };
    if let (true, Ok(mac)) = (number >> 31 == 1, <[u8; 6]>::try_from(mac)) {
        heard.note(SECTION, "engine_mac", MacAddr(mac).to_string());
    }
}

fn enterprise(number: u32, weight: u8, whose: &str, heard: &mut Heard<'_>) {
    if number != 0 {
        heard.note(SECTION, "enterprise", number);
        classify::by_enterprise(number, weight, &format!("{whose} of enterprise {number}"), heard);
    }
}

/// RFC 1157 s4.1.6: enterprise, agent's address, two numbers, time, bindings.
fn old_trap(look: &Look<'_>, trap: &[u8], heard: &mut Heard<'_>) {
    let mut reader = Reader::new(trap);
    let Some(kind) = content(&mut reader, OBJECT_IDENTIFIER, false) else { return };
    let Some(agent) = content(&mut reader, tag::IP_ADDRESS, false) else { return };
    let Ok(agent) = <[u8; 4]>::try_from(agent) else { return };
    let agent = Ipv4Addr::from(agent).into();
    let subject = if is_host(agent) && look.src_ip != Some(agent) {
        Subject { mac: None, ip: Some(agent) }
    } else {
        look.sender()
    };
    let (Some(_generic), Some(_specific), Some(time)) = (
        content(&mut reader, INTEGER, false),
        content(&mut reader, INTEGER, false),
        content(&mut reader, tag::TIME_TICKS, false),
    ) else {
        return;
    };
    heard.about(subject).text(SECTION, "version", "1");
    if let Some(number) = enterprise_of(kind) {
        enterprise(number, 60, "trap", heard);
    }
    uptime(time, heard);
    if let Some(list) = content(&mut reader, SEQUENCE, false) {
        bound(list, heard);
    }
}

/// RFC 3416 s3: request number, error and its index, bindings.
fn bindings(body: &[u8], heard: &mut Heard<'_>) {
    let mut reader = Reader::new(body);
    let (Some(_id), Some(error), Some(_index)) = (
        content(&mut reader, INTEGER, false),
        content(&mut reader, INTEGER, false),
        content(&mut reader, INTEGER, false),
    ) else {
        return;
    };
    if unsigned(error) != Some(0) {
        return;
    }
    if let Some(list) = content(&mut reader, SEQUENCE, false) {
        bound(list, heard);
    }
}

fn bound(list: &[u8], heard: &mut Heard<'_>) {
    let mut list = Reader::new(list);
    for _ in 0..MOST_BINDINGS {
        let Some(pair) = content(&mut list, SEQUENCE, false) else { return };
        let mut pair = Reader::new(pair);
        let Some(name) = content(&mut pair, OBJECT_IDENTIFIER, false) else { return };
        let Some((tag, value)) = element(&mut pair, false) else { return };
        told(name, tag, value, heard);
    }
}

fn told(name: &[u8], tag: u8, value: &[u8], heard: &mut Heard<'_>) {
    let text = || if tag == OCTET_STRING { readable(value) } else { String::new() };
    if let Some([column, 0]) = name.strip_prefix(object::SYSTEM) {
        match (column, tag) {
            (1, OCTET_STRING) => {
                let text = text();
                heard.text(SECTION, "description", &text);
                classify::by_description(&text, heard);
            }
            (2, OBJECT_IDENTIFIER) => {
                heard.text(SECTION, "object_id", &dotted(value).unwrap_or_default());
                if let Some(number) = enterprise_of(value) {
                    enterprise(number, 85, "system object", heard);
                }
            }
            (3, tag::TIME_TICKS) => uptime(value, heard),
            (4, _) => {
                heard.text(SECTION, "contact", &text());
            }
            (5, _) => {
                heard.text(SECTION, "name", &text()).name(&text(), NameSource::Snmp);
            }
            (6, _) => {
                heard.text(SECTION, "location", &text());
            }
            _ => {}
        }
        return;
    }
    // The first entity is the chassis, as a rule.
    match name.strip_prefix(object::ENTITY) {
        Some([13, 1]) => model(&text(), heard),
        Some([11, 1]) => serial(&text(), heard),
        _ => {}
    }
    match name {
        object::DEVICE_DESCRIPTION => model(&text(), heard),
        object::PRINTER_SERIAL => serial(&text(), heard),
        _ => {}
    }
}

fn model(text: &str, heard: &mut Heard<'_>) {
    heard.text(SECTION, "model", text);
    if !text.is_empty() {
        heard.vote(crate::sighting::About::Model, text, 80, SECTION, "its SNMP agent names the model");
    }
}

fn serial(text: &str, heard: &mut Heard<'_>) {
    heard.text(SECTION, "serial", text);
    if text.len() >= 5 {
        heard.identity(Identity::Serial(format!("snmp {text}").into()));
    }
}

/// Hundredths of seconds (RFC 2578 s7.1.8).
fn uptime(ticks: &[u8], heard: &mut Heard<'_>) {
    if let Some(ticks) = unsigned(ticks) {
        heard.note(SECTION, "uptime_seconds", ticks / 100);
    }
}

fn enterprise_of(object: &[u8]) -> Option<u32> {
    arc(&mut Reader::new(object.strip_prefix(object::ENTERPRISES)?))
}

/// The next number of an identifier: seven bits a byte (X.690 s8.19.2).
fn arc(reader: &mut Reader<'_>) -> Option<u32> {
    let mut number = 0u32;
    loop {
        let byte = reader.u8()?;
        number = number.checked_mul(128)?.checked_add(u32::from(byte & 0x7f))?;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
}

/// An identifier as people write it (X.690 s8.19.4: the first two numbers share one).
fn dotted(object: &[u8]) -> Option<String> {
    let mut reader = Reader::new(object);
    let first = arc(&mut reader)?;
    let (top, second) = if first < 80 { (first / 40, first % 40) } else { (2, first.checked_sub(80)?) };
    let mut text = format!("{top}.{second}");
    for _ in 0..32 {
        if reader.is_empty() {
            break;
        }
        text.push('.');
        text.push_str(&arc(&mut reader)?.to_string());
    }
    Some(text)
}

#[cfg(test)]
#[path = "snmp_tests.rs"]
mod tests;
