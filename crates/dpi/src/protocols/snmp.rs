//! Simple Network Management Protocol 1, 2c, 3 (RFC 1157, 3416, 3412): messages, what a device is.
//!
//! Communities are not kept.

pub mod ber;

use std::fmt::Write as _;

use self::ber::{INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, content, element, unsigned};
use crate::notation::hexadecimal;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::text::{NAME_MAX, TEXT_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "snmp",
    category: "management",
    encrypted: false,
    over: &[(Transport::Udp, &[SEQUENCE..=SEQUENCE])],
    ports: &[161, 162],
    bound: false,
    fields: &[
        "version",
        "message",
        "object",
        "system_description",
        "system_name",
        "engine_id",
        "user",
        "encrypted",
    ],
    head: SHALLOW,
    inspect,
};

/// RFC 3416 s3 and, for the one with the tag 4, RFC 1157 s4.1.
const MESSAGES: [&str; 9] =
    ["get", "get-next", "response", "set", "trap", "get-bulk", "inform", "trap-v2", "report"];
const FIRST_MESSAGE: u8 = 0xa0;
const RESPONSE: u8 = 0xa2;
const TRAP_V1: u8 = 0xa4;

/// RFC 3418 s2: 1.3.6.1.2.1.1.1.0 and 1.3.6.1.2.1.1.5.0.
const SYS_DESCR: &[u8] = &[0x2b, 6, 1, 2, 1, 1, 1, 0];
const SYS_NAME: &[u8] = &[0x2b, 6, 1, 2, 1, 1, 5, 0];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    match read(look) {
        Some(message) => {
            let is_response = message.pdu.is_some_and(|(tag, _)| tag == RESPONSE);
            message.note(findings, look.cut);
            Verdict::proven("SNMP message", if is_response { Want::Nothing } else { Want::Reply })
        }
        None => Verdict::No,
    }
}

struct Message<'a> {
    version: &'static str,
    /// Tag and content; absent if it is encrypted.
    pdu: Option<(u8, &'a [u8])>,
    /// Version 3: who speaks for which engine.
    engine: &'a [u8],
    user: &'a [u8],
}

fn read<'a>(look: &Look<'a>) -> Option<Message<'a>> {
    let cut = look.cut;
    let mut reader = Reader::new(content(&mut Reader::new(look.bytes), SEQUENCE, cut)?);
    let version = unsigned(content(&mut reader, INTEGER, cut)?)?;
    match version {
        0 | 1 => {
            let _community = content(&mut reader, OCTET_STRING, cut)?;
            let (tag, body) = element(&mut reader, cut)?;
            let version = if version == 0 { "1" } else { "2c" };
            is_pdu(tag, body, cut).then_some(Message {
                version,
                pdu: Some((tag, body)),
                engine: &[],
                user: &[],
            })
        }
        3 => read_v3(&mut reader, cut),
        _ => None,
    }
}

/// RFC 3412 s6: header, parameters of the security model, and the scoped message.
fn read_v3<'a>(reader: &mut Reader<'a>, cut: bool) -> Option<Message<'a>> {
    let mut header = Reader::new(content(reader, SEQUENCE, cut)?);
    let _id = unsigned(content(&mut header, INTEGER, cut)?)?;
    let max_size = unsigned(content(&mut header, INTEGER, cut)?)?;
    let flags = content(&mut header, OCTET_STRING, cut)?;
    let _model = unsigned(content(&mut header, INTEGER, cut)?)?;
    if max_size < 484 || flags.len() != 1 {
        return None;
    }
    let security = content(reader, OCTET_STRING, cut)?;
    let mut message = Message { version: "3", pdu: None, engine: &[], user: &[] };
    // RFC 3414 s2.4: engine, boots, time, user.
    if let Some(parameters) = content(&mut Reader::new(security), SEQUENCE, cut) {
        let mut parameters = Reader::new(parameters);
        message.engine = content(&mut parameters, OCTET_STRING, cut).unwrap_or_default();
        let _boots_and_time =
            (content(&mut parameters, INTEGER, cut), content(&mut parameters, INTEGER, cut));
        message.user = content(&mut parameters, OCTET_STRING, cut).unwrap_or_default();
    }
    if let Some(scoped) = content(reader, SEQUENCE, cut) {
        let mut scoped = Reader::new(scoped);
        let _context = (content(&mut scoped, OCTET_STRING, cut), content(&mut scoped, OCTET_STRING, cut));
        message.pdu = element(&mut scoped, cut);
    }
    Some(message)
}

/// RFC 3416 s3: a request number and two more; RFC 1157 s4.1.6: traps begin with an identifier.
fn is_pdu(tag: u8, body: &[u8], cut: bool) -> bool {
    let mut reader = Reader::new(body);
    match tag {
        TRAP_V1 => content(&mut reader, OBJECT_IDENTIFIER, cut).is_some(),
        FIRST_MESSAGE..=0xa8 => (0..3).all(|_| content(&mut reader, INTEGER, cut).is_some()),
        _ => false,
    }
}

impl Message<'_> {
    fn note(&self, findings: &mut Findings, cut: bool) {
        findings.note("version", self.version);
        if !self.engine.is_empty() {
            findings.note("engine_id", hexadecimal(self.engine, 32));
        }
        if !self.user.is_empty() {
            findings.note("user", lossy(self.user, NAME_MAX));
        }
        let Some((tag, body)) = self.pdu else {
            findings.note("encrypted", true);
            return;
        };
        if let Some(name) = MESSAGES.get(usize::from(tag.wrapping_sub(FIRST_MESSAGE))) {
            findings.note("message", *name);
        }
        if tag != TRAP_V1 {
            note_variables(body, findings, cut);
        }
    }
}

fn note_variables(body: &[u8], findings: &mut Findings, cut: bool) {
    let mut reader = Reader::new(body);
    for _ in 0..3 {
        let _number = content(&mut reader, INTEGER, cut);
    }
    let Some(list) = content(&mut reader, SEQUENCE, cut) else { return };
    let mut list = Reader::new(list);
    for _ in 0..16 {
        let Some(variable) = content(&mut list, SEQUENCE, cut) else { return };
        let mut variable = Reader::new(variable);
        let Some(name) = content(&mut variable, OBJECT_IDENTIFIER, cut) else { return };
        if findings.noted("object").is_none() {
            findings.note("object", identifier(name));
        }
        let field = match name {
            SYS_DESCR => "system_description",
            SYS_NAME => "system_name",
            _ => continue,
        };
        if let Some(value) = content(&mut variable, OCTET_STRING, cut) {
            findings.note(field, lossy(value, TEXT_MAX));
        }
    }
}

/// X.690 s8.19: the first two numbers share a byte, the others are in base 128.
fn identifier(bytes: &[u8]) -> String {
    let mut text = String::new();
    let mut number = 0u32;
    for byte in bytes.iter().take(64) {
        number = number << 7 | u32::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            let _ = match text.is_empty() {
                true => write!(text, "{}.{}", number.min(80) / 40, number - number.min(80) / 40 * 40),
                false => write!(text, ".{number}"),
            };
            number = 0;
        }
    }
    text
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            50000,
            161,
            &[
                (SRC, b"\x30\x29\x02\x01\x01\x04\x06public\xa0\x1c\x02\x04\x12\x34\x56\x78\x02\x01\0\x02\x01\0\x30\x0e\x30\x0c\x06\x08\x2b\x06\x01\x02\x01\x01\x05\0\x05\0"),
                (DST, b"\x30\x2d\x02\x01\x01\x04\x06public\xa2\x20\x02\x04\x12\x34\x56\x78\x02\x01\0\x02\x01\0\x30\x12\x30\x10\x06\x08\x2b\x06\x01\x02\x01\x01\x05\0\x04\x04core"),
            ],
        ),
        Sample::udp(
            50000,
            1161,
            &[(SRC, b"\x30\x3e\x02\x01\x03\x30\x11\x02\x04\x12\x34\x56\x78\x02\x03\0\xff\xe3\x04\x01\x04\x02\x01\x03\x04\x10\x30\x0e\x04\0\x02\x01\0\x02\x01\0\x04\0\x04\0\x04\0\x30\x14\x04\0\x04\0\xa0\x0e\x02\x04\x12\x34\x56\x79\x02\x01\0\x02\x01\0\x30\0")],
        ),
    ],
    near_miss: &[Sample::udp(
        50000,
        161,
        &[(SRC, b"\x30\x29\x02\x01\x05\x04\x06public\xa0\x1c\x02\x04\x12\x34\x56\x78\x02\x01\0\x02\x01\0\x30\x0e\x30\x0c\x06\x08\x2b\x06\x01\x02\x01\x01\x05\0\x05\0")],
    )],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Value;
    use crate::testing::{Flow, UDP};

    #[test]
    fn what_a_device_says_of_itself() {
        let mut flow = Flow::new(UDP, 50000, 161);
        flow.play(SAMPLES.positive[0].said);
        let expected = [
            ("version", Value::from("2c")),
            ("message", Value::from("response")),
            ("object", Value::from("1.3.6.1.2.1.1.5.0")),
            ("system_name", Value::from("core")),
        ];
        assert_eq!(flow.inspection.facts().details, expected);
    }

    #[test]
    fn identifiers() {
        assert_eq!(identifier(&[0x2b, 6, 1, 4, 1, 0x82, 0x37]), "1.3.6.1.4.1.311");
        assert_eq!(identifier(&[0x88, 0x37]), "2.999");
    }
}
