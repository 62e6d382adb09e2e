//! Kerberos 5 (RFC 4120): realm, client, service, encryption types, errors.

pub(super) mod der;

use self::der::Value;
use crate::protocol::{DEEP, Findings, Look, Protocol, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::reader::Reader;
use crate::risk::Risk;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "kerberos",
    category: "authentication",
    encrypted: false,
    over: &[(Transport::Tcp, &[0..=0]), (Transport::Udp, &[0x6a..=0x7e])],
    ports: &[88, 464, 750],
    bound: false,
    fields: &["message", "realm", "client", "service", "encryption", "chosen_encryption", "error"],
    head: DEEP,
    inspect,
};

/// Application tags are the message types, constructed (RFC 4120 s5.10).
const APPLICATION: u8 = 0x60;
const AS_REQ: u8 = 10;
const AS_REP: u8 = 11;
const TGS_REQ: u8 = 12;
const TGS_REP: u8 = 13;
const ERROR: u8 = 30;

const SEQUENCE: u8 = 0x30;
const CONTEXT: u8 = 0xa0;

/// RFC 3961 and RFC 4757: DES in three modes, RC4 in two; deprecated by RFC 6649 and RFC 8429.
const WEAK: [u32; 5] = [1, 2, 3, 23, 24];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    if look.transport == Transport::Tcp {
        // RFC 4120 s7.2.2: the length in four bytes, the highest bit reserved.
        let Some([0, high, ..]) = reader.array::<4>() else {
            return if look.bytes.len() < 4 && !look.cut { Verdict::NeedMore } else { Verdict::No };
        };
        if high > 0xf {
            return Verdict::No;
        }
        if reader.is_empty() {
            return if look.cut { Verdict::No } else { Verdict::NeedMore };
        }
    }
    let Some(tag) = reader.rest().first() else { return Verdict::No };
    let kind = tag.wrapping_sub(APPLICATION);
    if !matches!(kind, 10..=15 | 20..=22 | ERROR) {
        return Verdict::No;
    }
    let Some(message) = Value::read(&mut reader) else {
        return if look.bytes.len() < 16 && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    // Over TCP the two lengths agree.
    if look.transport == Transport::Tcp && !agree(look.bytes, &message) {
        return Verdict::No;
    }
    if !message.is_whole() && !look.cut && look.transport == Transport::Tcp {
        return if message.body.len() < 24 || header(&message, kind).is_some() {
            Verdict::NeedMore
        } else {
            Verdict::No
        };
    }
    let Some(body) = header(&message, kind) else { return Verdict::No };
    findings.note("message", name(kind));
    match kind {
        AS_REQ | TGS_REQ => {
            if let Some(request) = part(&body, 4) {
                names(&request, [2, 1, 3], findings);
                if let Some(types) = part(&request, 8) {
                    for kind in types.parts().filter_map(|kind| kind.number()).take(16) {
                        findings.add("encryption", encryption(kind));
                    }
                }
            }
        }
        AS_REP | TGS_REP => {
            names(&body, [3, 4, 31], findings);
            if let Some(ticket) =
                body.part(CONTEXT | 5).and_then(|ticket| ticket.inner()).and_then(|ticket| ticket.inner())
            {
                names(&ticket, [31, 31, 2], findings);
            }
            if let Some(kind) =
                part(&body, 6).and_then(|sealed| part(&sealed, 0)).and_then(|kind| kind.number())
            {
                findings.note("chosen_encryption", encryption(kind));
                if WEAK.contains(&kind) {
                    findings.risk(Risk::WeakCipher);
                }
            }
        }
        ERROR => {
            names(&body, [9, 8, 10], findings);
            if let Some(code) = part(&body, 6).and_then(|code| code.number()) {
                findings.note("error", error(code));
            }
        }
        _ => {}
    }
    Verdict::proven("Kerberos message", Want::Reply)
}

fn agree(bytes: &[u8], message: &Value<'_>) -> bool {
    let told = Reader::new(bytes).array().map(u32::from_be_bytes).and_then(|len| usize::try_from(len).ok());
    let head = match message.len {
        0..=0x7f => 2,
        0x80..=0xff => 3,
        0x100..=0xffff => 4,
        _ => 5,
    };
    // Some senders do not use the shortest form.
    told.and_then(|told| told.checked_sub(message.len)).is_some_and(|rest| (head..=6).contains(&rest))
}

/// The sequence in the message, if its version and type are what they have to be.
fn header<'a>(message: &Value<'a>, kind: u8) -> Option<Value<'a>> {
    let body = message.inner().filter(|body| body.tag == SEQUENCE)?;
    let mut parts = body.parts();
    // Requests count from 1, the others from 0.
    let first = if matches!(kind, AS_REQ | TGS_REQ) { 1 } else { 0 };
    let version = parts.next().filter(|part| part.tag == CONTEXT | first)?.inner()?.number()?;
    let told = parts.next().filter(|part| part.tag == CONTEXT | (first + 1))?.inner()?.number()?;
    (version == 5 && told == u32::from(kind)).then_some(body)
}

/// What is in the explicit tag of that number.
fn part<'a>(value: &Value<'a>, number: u8) -> Option<Value<'a>> {
    value.part(CONTEXT | number)?.inner()
}

/// Realm, client and service by the numbers of their tags; 31 is none.
fn names(value: &Value<'_>, [realm, client, service]: [u8; 3], findings: &mut Findings) {
    if let Some(realm) = part(value, realm).filter(|realm| !realm.body.is_empty()) {
        findings.note("realm", lossy(realm.body, NAME_MAX));
    }
    for (field, number) in [("client", client), ("service", service)] {
        if let Some(name) = part(value, number).and_then(|name| principal(&name)) {
            findings.note(field, name);
        }
    }
}

/// RFC 4120 s5.2.2: a type, then the components, which are written with slashes.
fn principal(name: &Value<'_>) -> Option<Box<str>> {
    let components: Vec<&[u8]> = part(name, 1)?.parts().map(|component| component.body).take(8).collect();
    (!components.is_empty()).then(|| lossy(&components.join(&b'/'), NAME_MAX))
}

const fn name(kind: u8) -> &'static str {
    match kind {
        AS_REQ => "AS-REQ",
        AS_REP => "AS-REP",
        TGS_REQ => "TGS-REQ",
        TGS_REP => "TGS-REP",
        14 => "AP-REQ",
        15 => "AP-REP",
        20 => "KRB-SAFE",
        21 => "KRB-PRIV",
        22 => "KRB-CRED",
        _ => "KRB-ERROR",
    }
}

fn encryption(kind: u32) -> Box<str> {
    match kind {
        1 => "des-cbc-crc".into(),
        2 => "des-cbc-md4".into(),
        3 => "des-cbc-md5".into(),
        16 => "des3-cbc-sha1".into(),
        17 => "aes128-cts-hmac-sha1-96".into(),
        18 => "aes256-cts-hmac-sha1-96".into(),
        19 => "aes128-cts-hmac-sha256-128".into(),
        20 => "aes256-cts-hmac-sha384-192".into(),
        23 => "rc4-hmac".into(),
        24 => "rc4-hmac-exp".into(),
        25 => "camellia128-cts-cmac".into(),
        26 => "camellia256-cts-cmac".into(),
        other => other.to_string().into(),
    }
}

/// RFC 4120 s7.5.9: the common ones.
fn error(code: u32) -> Box<str> {
    match code {
        6 => "C_PRINCIPAL_UNKNOWN".into(),
        7 => "S_PRINCIPAL_UNKNOWN".into(),
        12 => "POLICY".into(),
        14 => "ETYPE_NOSUPP".into(),
        18 => "CLIENT_REVOKED".into(),
        23 => "KEY_EXPIRED".into(),
        24 => "PREAUTH_FAILED".into(),
        25 => "PREAUTH_REQUIRED".into(),
        32 => "TKT_EXPIRED".into(),
        37 => "SKEW".into(),
        52 => "RESPONSE_TOO_BIG".into(),
        68 => "WRONG_REALM".into(),
        other => other.to_string().into(),
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            50000,
            89,
            &[
                (
                    SRC,
                    b"\x6a\x3c\x30\x3a\xa1\x03\x02\x01\x05\xa2\x03\x02\x01\x0a\xa4\x2e\x30\x2c\xa0\x07\x03\x05\0\0\0\0\0\
                      \xa1\x10\x30\x0e\xa0\x03\x02\x01\x01\xa1\x07\x30\x05\x1b\x03pam\xa2\x06\x1b\x04A.EX\
                      \xa8\x07\x30\x05\x02\x01\x12\x02\x00",
                ),
                (DST, b"\x7e\x15\x30\x13\xa0\x03\x02\x01\x05\xa1\x03\x02\x01\x1e\xa6\x03\x02\x01\x19\xa9\x02\x1b\0"),
            ],
        ),
        Sample::tcp(
            50000,
            88,
            &[(DST, b"\0\0\0\x17\x7e\x15\x30\x13\xa0\x03\x02\x01\x05\xa1\x03\x02\x01\x1e\xa6\x03\x02\x01\x19\xa9\x02\x1b\0")],
        ),
    ],
    near_miss: &[
        Sample::udp(50000, 88, &[(DST, b"\x7e\x15\x30\x13\xa0\x03\x02\x01\x04\xa1\x03\x02\x01\x1e\xa6\x03\x02\x01\x19\xa9\x02\x1b\0")]),
        Sample::tcp(
            50000,
            88,
            &[(DST, b"\0\0\0\x37\x7e\x15\x30\x13\xa0\x03\x02\x01\x05\xa1\x03\x02\x01\x1e\xa6\x03\x02\x01\x19\xa9\x02\x1b\0")],
        ),
    ],
};
