//! Lightweight Directory Access Protocol 2 and 3 (RFC 4511), also over UDP (CLDAP, [MS-ADTS]
//! s6.3.3): binds, searches, results, StartTLS.

use super::kerberos::der::Value;
use super::smb::ntlm;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::risk::Risk;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "ldap",
    category: "authentication",
    encrypted: false,
    over: &[(Transport::Tcp, &[0x30..=0x30]), (Transport::Udp, &[0x30..=0x30])],
    ports: &[389, 3268],
    bound: false,
    fields: &[
        "operation",
        "version",
        "bind_dn",
        "mechanism",
        "base",
        "filter_attributes",
        "result",
        "starttls",
        "user",
        "domain",
        "host",
        "server",
        "server_name",
        "server_version",
        "client_version",
    ],
    head: SHALLOW,
    inspect,
};

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 2;
const OCTETS: u8 = 4;
const ENUMERATED: u8 = 10;

/// Operations (RFC 4511 appendix B): application tags.
mod operation {
    pub(super) const BIND: u8 = 0x60;
    pub(super) const BIND_RESPONSE: u8 = 0x61;
    pub(super) const UNBIND: u8 = 0x42;
    pub(super) const SEARCH: u8 = 0x63;
    pub(super) const ENTRY: u8 = 0x64;
    pub(super) const EXTENDED: u8 = 0x77;
    pub(super) const EXTENDED_RESPONSE: u8 = 0x78;
}

/// RFC 4511 s4.14.1.
const START_TLS: &[u8] = b"1.3.6.1.4.1.1466.20037";

/// A TLS record with a hello.
const TLS_HANDSHAKE: u8 = 22;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let mut want = None;
    for _ in 0..8 {
        if reader.is_empty() {
            break;
        }
        // After StartTLS nothing but TLS follows.
        if want.is_some() && reader.rest().first() == Some(&TLS_HANDSHAKE) {
            want = Some(super::tls::inside(look, reader.rest(), findings).unwrap_or(Want::Reply));
            break;
        }
        let Some(message) = Value::read(&mut reader).filter(|message| message.tag == SEQUENCE) else {
            if want.is_none() && look.bytes.len() < 6 && !look.cut && look.transport == Transport::Tcp {
                return Verdict::NeedMore;
            }
            break;
        };
        if !message.is_whole() && !look.cut && look.transport == Transport::Tcp && message.body.len() < 512 {
            let fits = begins(&message);
            return match want {
                Some(_) => Verdict::proven("LDAP messages", Want::Rest),
                None if fits => Verdict::NeedMore,
                None => Verdict::No,
            };
        }
        match self::message(&message, findings) {
            Some(next) => want = Some(next),
            None => break,
        }
    }
    want.map_or(Verdict::No, |want| Verdict::proven("LDAP message", want))
}

/// The message's number is right, as far as it is there.
fn begins(message: &Value<'_>) -> bool {
    matches!(message.body, [] | [2] | [2, 1..=4, ..]) && (8..1 << 24).contains(&message.len)
}

/// Number, operation, perhaps controls.
fn message(message: &Value<'_>, findings: &mut Findings) -> Option<Want> {
    let mut parts = message.parts();
    parts.next().filter(|id| id.tag == INTEGER && id.body.len() <= 4)?.number()?;
    let operation = parts.next()?;
    if parts.next().is_some_and(|controls| controls.tag != 0xa0) {
        return None;
    }
    let (name, want) = match operation.tag {
        operation::BIND => ("bind", bind(&operation, findings)?),
        operation::UNBIND if operation.len == 0 => ("unbind", Want::Nothing),
        operation::SEARCH => ("search", search(&operation, findings)?),
        operation::ENTRY => {
            operation.inner().filter(|name| name.tag == OCTETS)?;
            ("entry", Want::Reply)
        }
        operation::EXTENDED => ("extended", extended(&operation, findings)?),
        // Results: code, name, message.
        operation::BIND_RESPONSE | 0x65 | 0x67 | 0x69 | 0x6b | 0x6d | 0x6f | operation::EXTENDED_RESPONSE => {
            let name = if operation.tag == operation::BIND_RESPONSE { "bind" } else { "result" };
            (name, result(&operation, findings)?)
        }
        // Modify, add, compare, rename: an entry's name first.
        0x66 | 0x68 | 0x6c | 0x6e => {
            operation.inner().filter(|name| name.tag == OCTETS && name.is_whole())?;
            ("change", Want::Reply)
        }
        0x4a => ("delete", Want::Reply),
        0x50 if operation.len <= 4 => ("abandon", Want::Reply),
        0x73 => {
            operation.inner().filter(|url| url.tag == OCTETS && url.body.starts_with(b"ldap"))?;
            ("referral", Want::Reply)
        }
        _ => return None,
    };
    if findings.noted("operation").is_none() || operation.tag == operation::SEARCH {
        findings.note("operation", name);
    }
    Some(want)
}

/// RFC 4511 s4.2: version, name, how.
fn bind(operation: &Value<'_>, findings: &mut Findings) -> Option<Want> {
    let mut parts = operation.parts();
    let version = parts
        .next()
        .filter(|version| version.tag == INTEGER)?
        .number()
        .filter(|version| (2..=3).contains(version))?;
    let name = parts.next().filter(|name| name.tag == OCTETS)?;
    findings.note("version", version);
    if !name.body.is_empty() {
        findings.note("bind_dn", lossy(name.body, NAME_MAX));
    }
    if let Some(how) = parts.next() {
        let mechanism = match how.tag {
            0x80 => {
                // An empty password is none: anonymous (RFC 4513 s5.1).
                if how.len > 0 {
                    findings.risk(Risk::CleartextCredentials);
                }
                lossy(if how.len > 0 { b"simple" } else { b"anonymous" }, NAME_MAX)
            }
            0xa3 => {
                let mut parts = how.parts();
                let name = parts.next().map_or(&b""[..], |name| name.body);
                if let Some(credentials) = parts.next() {
                    sasl(name, credentials.body, findings);
                }
                lossy(name, NAME_MAX)
            }
            // Active Directory's own NTLM (Sicily).
            0x89..=0x8b => {
                ntlm::find(how.body, findings);
                lossy(b"NTLM", NAME_MAX)
            }
            _ => return None,
        };
        findings.note("mechanism", mechanism);
    }
    Some(Want::Rest)
}

fn sasl(mechanism: &[u8], credentials: &[u8], findings: &mut Findings) {
    ntlm::find(credentials, findings);
    if mechanism == b"PLAIN" {
        findings.risk(Risk::CleartextCredentials);
        if let Some(user) = credentials.split(|byte| *byte == 0).nth(1) {
            findings.note("user", lossy(user, NAME_MAX));
        }
    }
}

/// RFC 4511 s4.5.1: base, scope, aliases, limits, types, filter, attributes.
fn search(operation: &Value<'_>, findings: &mut Findings) -> Option<Want> {
    let mut parts = operation.parts();
    let base = parts.next().filter(|base| base.tag == OCTETS && base.is_whole())?;
    parts.next().filter(|scope| scope.tag == ENUMERATED)?.number().filter(|scope| *scope <= 3)?;
    parts.next().filter(|aliases| aliases.tag == ENUMERATED)?;
    findings.note("base", lossy(base.body, NAME_MAX));
    // Names asked for: CLDAP's Netlogon tells a client looking for its domain.
    if let Some(attributes) = parts.nth(4).filter(|attributes| attributes.tag == SEQUENCE) {
        for attribute in attributes.parts().take(8) {
            findings.add("filter_attributes", lossy(attribute.body, NAME_MAX));
        }
    }
    Some(Want::Reply)
}

fn extended(operation: &Value<'_>, findings: &mut Findings) -> Option<Want> {
    let name = operation.inner().filter(|name| {
        name.tag == 0x80 && name.body.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
    })?;
    if name.body == START_TLS {
        findings.note("starttls", true);
    }
    Some(Want::Rest)
}

/// RFC 4511 s4.1.9.
fn result(operation: &Value<'_>, findings: &mut Findings) -> Option<Want> {
    let mut parts = operation.parts();
    let code = parts
        .next()
        .filter(|code| code.tag == ENUMERATED)?
        .number()
        .filter(|code| *code < 128 || *code == 4096)?;
    parts.next().filter(|name| name.tag == OCTETS)?;
    parts.next().filter(|message| message.tag == OCTETS)?;
    findings.note("result", code);
    let credentials = parts.find(|part| part.tag == 0x87);
    if let Some(credentials) = credentials {
        ntlm::find(credentials.body, findings);
    }
    let goes_on = operation.tag == operation::EXTENDED_RESPONSE && findings.noted("starttls").is_some();
    Some(if goes_on { Want::Rest } else { Want::Reply })
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            1389,
            &[
                (SRC, b"\x30\x1c\x02\x01\x01\x60\x17\x02\x01\x03\x04\x0acn=pam,o=x\x80\x06secret"),
                (DST, b"\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\0\x04\0\x04\0"),
            ],
        ),
        Sample::udp(
            50000,
            389,
            &[(
                SRC,
                b"\x30\x2d\x02\x01\x01\x63\x28\x04\0\x0a\x01\0\x0a\x01\0\x02\x01\0\x02\x01\0\x01\x01\0\
                  \x87\x0bobjectClass\x30\x08\x04\x06dnsXyz",
            )],
        ),
    ],
    near_miss: &[
        Sample::tcp(
            50000,
            389,
            &[(SRC, b"\x30\x1c\x02\x01\x01\x60\x17\x02\x01\x07\x04\x0acn=pam,o=x\x80\x06secret")],
        ),
        Sample::tcp(50000, 389, &[(SRC, b"\x30\x0c\x02\x01\x01\x04\x07public\0")]),
    ],
};
