//! EtherNet/IP encapsulation (CIP volume 2, chapter 2): commands, CIP services, identities of devices.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Starts, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "enip",
    category: "industrial",
    encrypted: false,
    over: &[(Transport::Tcp, FIRST), (Transport::Udp, FIRST)],
    ports: &[44818],
    bound: false,
    fields: &[
        "commands",
        "services",
        "product",
        "vendor",
        "vendor_id",
        "device_type",
        "product_code",
        "revision",
        "serial",
    ],
    head: SHALLOW,
    inspect,
};

/// Low bytes of the commands (table 2-3.2).
const FIRST: Starts = &[0x00..=0x00, 0x04..=0x04, 0x63..=0x66, 0x6f..=0x70];

const HEADER_LEN: usize = 24;

/// Messages after which a direction has said what it does.
const ENOUGH: usize = 8;

enum Step<'a> {
    Message { command: u8, data: &'a [u8] },
    Partial,
    Wrong,
}

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let mut count = 0;
    let (mut spoke, mut strong) = (false, false);
    while !reader.is_empty() {
        match step(&mut reader) {
            Step::Wrong if spoke => break,
            Step::Wrong => return Verdict::No,
            Step::Partial => break,
            Step::Message { command, data } => {
                // Nothing but zeros may be a "nop" and anything else.
                spoke |= command > if look.hinted { 0 } else { 4 } || !data.is_empty() && command == 4;
                strong |= look.hinted || (command > 0 && !data.is_empty());
                count += 1;
                note(command, data, findings);
            }
        }
    }
    let trailing = look.transport == Transport::Udp && !strong && !reader.is_empty();
    if spoke && !trailing {
        let want = if count < ENOUGH { Want::Rest } else { Want::Reply };
        match strong {
            true => Verdict::proven("EtherNet/IP encapsulation header", want),
            // A small number in a field of zeros is many things.
            false => Verdict::likely("EtherNet/IP encapsulation header away from its port", want),
        }
    } else if look.cut || look.transport == Transport::Udp {
        Verdict::No
    } else {
        Verdict::NeedMore
    }
}

/// s2-3.1: command, length, session, status, sender's context, options.
fn step<'a>(reader: &mut Reader<'a>) -> Step<'a> {
    let bytes = reader.rest();
    match bytes {
        [0x00 | 0x04 | 0x63..=0x66 | 0x6f | 0x70] | [0x00 | 0x04 | 0x63..=0x66 | 0x6f | 0x70, 0, ..] => {}
        _ => return Step::Wrong,
    }
    let Some((header, rest)) = bytes.split_first_chunk::<HEADER_LEN>() else { return Step::Partial };
    let [command, _, low, high, _, _, _, _, status @ .., 0, 0, 0, 0] = header else { return Step::Wrong };
    // Of the status codes (table 2-3.3) the greatest is 0x69.
    let [0..=0x6a, 0, 0, 0, ..] = status else { return Step::Wrong };
    let length = usize::from(u16::from_le_bytes([*low, *high]));
    let possible = match command {
        0x65 => length == 4,
        0x66 => length == 0,
        0x63 => length == 0 || length > 30,
        0x6f | 0x70 => length == 0 || length >= 10,
        _ => true,
    };
    if !possible {
        return Step::Wrong;
    }
    // What the data begins with: the protocol's version and no options; interface 0; a count of
    // items and the type of the first.
    let begins: &[u8] = match command {
        0x65 => &[1, 0, 0, 0],
        0x6f | 0x70 => &[0, 0, 0, 0],
        0x04 if length > 0 => &[1, 0, 0, 1],
        _ => &[],
    };
    if length > 0 && rest.iter().zip(begins).any(|(own, expected)| own != expected) {
        return Step::Wrong;
    }
    let whole = rest.len() >= length;
    // The beginning of the data says as much as all of it.
    if !whole && rest.len() < 32 {
        return Step::Partial;
    }
    let mut ahead = Reader::new(rest);
    let data = ahead.up_to(length);
    *reader = ahead;
    Step::Message { command: *command, data }
}

fn note(command: u8, data: &[u8], findings: &mut Findings) {
    findings.add(
        "commands",
        match command {
            0x00 => "nop",
            0x04 => "list-services",
            0x63 => "list-identity",
            0x64 => "list-interfaces",
            0x65 => "register-session",
            0x66 => "unregister-session",
            0x6f => "send-rr-data",
            _ => "send-unit-data",
        }
        .into(),
    );
    match command {
        0x63 => identity(data, findings),
        0x6f | 0x70 => items(data, findings),
        _ => None,
    };
}

/// s2-4.3: one item 0x000c with protocol version, socket address, and the identity object.
fn identity(data: &[u8], findings: &mut Findings) -> Option<()> {
    let mut reader = Reader::new(data);
    let _count = reader.u16()?;
    let [0x0c, 0] = reader.array()? else { return None };
    reader.take(2 + 2 + 16)?;
    let vendor = reader.array().map(u16::from_le_bytes)?;
    findings.note("vendor_id", vendor);
    if let Some(name) = vendor_name(vendor) {
        findings.note("vendor", name);
    }
    findings.note("device_type", reader.array().map(u16::from_le_bytes)?);
    findings.note("product_code", reader.array().map(u16::from_le_bytes)?);
    let [major, minor] = reader.array()?;
    findings.note("revision", format!("{major}.{minor}"));
    let _status = reader.u16()?;
    let serial = reader.array().map(u32::from_le_bytes)?;
    findings.note("serial", format!("{serial:08x}"));
    findings.note("product", lossy(reader.block8()?, NAME_MAX));
    Some(())
}

/// Vendors that are met most often, of ODVA's list.
fn vendor_name(vendor: u16) -> Option<&'static str> {
    Some(match vendor {
        1 => "Rockwell Automation",
        26 => "Festo",
        40 => "WAGO",
        44 => "Yaskawa",
        47 => "Omron",
        90 => "HMS",
        108 => "Beckhoff",
        161 => "Mitsubishi Electric",
        243 => "Schneider Electric",
        283 => "Hilscher",
        808 => "SICK",
        _ => return None,
    })
}

/// s2-6: interface, timeout, items; 0x00b2 is unconnected data, 0x00b1 connected, behind a
/// sequence count.
fn items(data: &[u8], findings: &mut Findings) -> Option<()> {
    let mut reader = Reader::new(data);
    let [0, 0, 0, 0, _, _, count, 0] = reader.array()? else { return None };
    for _ in 0..count.min(4) {
        let kind = reader.array().map(u16::from_le_bytes)?;
        let length = usize::from(reader.array().map(u16::from_le_bytes)?);
        let data = reader.up_to(length);
        let message = match kind {
            0xb2 => data,
            0xb1 => data.get(2..)?,
            _ => continue,
        };
        if let Some(name) = service(*message.first()? & 0x7f) {
            findings.add("services", name.into());
        }
    }
    Some(())
}

/// CIP volume 1, appendix A, and those that controllers have of their own.
fn service(code: u8) -> Option<&'static str> {
    Some(match code {
        0x01 => "get-attributes-all",
        0x02 => "set-attributes-all",
        0x03 => "get-attribute-list",
        0x04 => "set-attribute-list",
        0x05 => "reset",
        0x06 => "start",
        0x07 => "stop",
        0x08 => "create",
        0x09 => "delete",
        0x0a => "multiple-service-packet",
        0x0e => "get-attribute-single",
        0x10 => "set-attribute-single",
        0x4b => "execute-pccc",
        0x4c => "read-tag",
        0x4d => "write-tag",
        0x4e => "forward-close",
        0x52 => "unconnected-send",
        0x53 => "write-tag-fragmented",
        0x54 => "forward-open",
        0x55 => "get-instance-attribute-list",
        0x5b => "large-forward-open",
        _ => return None,
    })
}

#[cfg(test)]
const IDENTITY: &[u8] = b"\x63\0\x36\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\
    \x01\0\x0c\0\x30\0\x01\0\0\x02\xaf\x12\x0a\0\0\x05\0\0\0\0\0\0\0\0\x01\0\x0e\0\x36\0\x14\x0b\x60\x31\x78\x56\x34\x12\x0e1756-L61/B LOG\x03";

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            50000,
            44818,
            &[
                (SRC, &[0x63, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
                (DST, IDENTITY),
            ],
        ),
        Sample::tcp(
            50000,
            44818,
            &[(SRC, b"\x65\0\x04\0\0\0\0\0\0\0\0\0\x01\x02\x03\x04\x05\x06\x07\x08\0\0\0\0\x01\0\0\0")],
        ),
    ],
    near_miss: &[
        Sample::tcp(
            50000,
            44818,
            &[(SRC, b"\x65\0\x05\0\0\0\0\0\0\0\0\0\x01\x02\x03\x04\x05\x06\x07\x08\0\0\0\0\x01\0\0\0\0")],
        ),
        Sample::tcp(50000, 44818, &[(SRC, &[0; 28])]),
    ],
};

#[cfg(test)]
mod tests {
    use super::IDENTITY;
    use crate::facts::Value;
    use crate::testing::{Flow, TCP};

    #[test]
    fn what_a_device_says_of_itself() {
        let mut flow = Flow::new(TCP, 50000, 44818);
        flow.dst(&IDENTITY[..11]);
        flow.dst(&IDENTITY[11..]);
        let details = &flow.inspection.facts().details;
        for (field, text) in [
            ("product", "1756-L61/B LOG"),
            ("revision", "20.11"),
            ("vendor", "Rockwell Automation"),
            ("serial", "12345678"),
        ] {
            assert!(details.contains(&(field, Value::Text(text.into()))), "{field} {details:?}");
        }
    }
}
