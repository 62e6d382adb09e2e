//! SOCKS 4, 4a and 5 (RFC 1928, RFC 1929): who is to be reached, and what is said to them.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{http, tls};
use crate::facts::HostnameSource;
use crate::protocol::{DEEP, Findings, Look, Protocol, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::reader::Reader;
use crate::risk::Risk;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "socks",
    category: "tunnel",
    encrypted: false,
    // Versions, and the zero of a version 4 reply.
    over: &[(Transport::Tcp, &[4..=5, 0..=0])],
    ports: &[1080, 1081, 9050, 9150],
    bound: false,
    fields: &["version", "command", "target", "target_port", "user", "reply"],
    head: DEEP,
    inspect,
};

const COMMANDS: [&str; 3] = ["connect", "bind", "udp-associate"];

/// What a stream can end with before all is there.
type Parsed<T> = Result<T, Verdict>;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let known = findings.noted("command").is_some();
    let parsed = match (look.bytes.first(), look.bytes.get(1)) {
        (Some(5), _) if (known && !look.from_src) || is_reply5(look) => reply5(look, findings),
        (Some(5), _) => request5(look, findings),
        (Some(4), _) => request4(look, findings),
        (Some(0), Some(0x5a..=0x5d)) if known || is_request4(look.other) => reply4(look, findings),
        _ => Err(Verdict::No),
    };
    match parsed {
        Err(verdict) => verdict,
        Ok(rest) => Verdict::proven("SOCKS request or its reply", inner(look, rest, findings)),
    }
}

fn begun(look: &Look<'_>) -> Verdict {
    if look.cut { Verdict::No } else { Verdict::NeedMore }
}

/// Version, command, port, address, user, and in 4a a name instead of the address.
fn request4<'a>(look: &Look<'a>, findings: &mut Findings) -> Parsed<&'a [u8]> {
    let mut reader = Reader::new(look.bytes);
    let _version = reader.u8();
    let command = reader.u8().ok_or_else(|| begun(look))?;
    if !matches!(command, 1 | 2) {
        return Err(Verdict::No);
    }
    let port = reader.u16().ok_or_else(|| begun(look))?;
    let address = reader.array().ok_or_else(|| begun(look))?;
    let user = text(look, &mut reader)?;
    let named = matches!(address, [0, 0, 0, 1..=u8::MAX]);
    if port == 0 || (address == [0; 4] && command == 1) {
        return Err(Verdict::No);
    }
    let name = if named { Some(text(look, &mut reader)?).filter(|name| !name.is_empty()) } else { None };
    // Without a user and a name it is eight bytes and a zero.
    if !look.hinted
        && name.is_none()
        && !reader.is_empty()
        && tls::inside(look, reader.rest(), &mut Findings::default()).is_none()
    {
        return Err(Verdict::No);
    }
    findings.note("version", if named { "4a" } else { "4" });
    if !user.is_empty() {
        findings.note("user", lossy(user, NAME_MAX));
    }
    let target =
        name.map_or_else(|| Ipv4Addr::from(address).to_string().into(), |name| lossy(name, NAME_MAX));
    target_of(command, name.is_some(), target, port, findings);
    Ok(reader.rest())
}

/// A text and the zero behind it.
fn text<'a>(look: &Look<'a>, reader: &mut Reader<'a>) -> Parsed<&'a [u8]> {
    let rest = reader.rest();
    let Some(end) = rest.iter().take(256).position(|byte| *byte == 0) else {
        return Err(if rest.len() < 256 { begun(look) } else { Verdict::No });
    };
    let text = reader.up_to(end);
    reader.up_to(1);
    if text.iter().all(|byte| (b' '..=b'~').contains(byte)) { Ok(text) } else { Err(Verdict::No) }
}

fn target_of(command: u8, named: bool, target: Box<str>, port: u16, findings: &mut Findings) {
    if let Some(command) = COMMANDS.get(usize::from(command).wrapping_sub(1)) {
        findings.note("command", *command);
    }
    findings.note("target", target.clone());
    findings.note("target_port", port);
    if named {
        findings.facts.hostname = Some(target);
        findings.facts.hostname_source = Some(HostnameSource::Protocol);
    }
}

/// RFC 1928 s3: the methods offered; each side's stream goes on with what was agreed on.
fn request5<'a>(look: &Look<'a>, findings: &mut Findings) -> Parsed<&'a [u8]> {
    let mut reader = Reader::new(look.bytes);
    let _version = reader.u8();
    let methods = reader.block8();
    let offered = look.bytes.get(2..).unwrap_or_default();
    let count = look.bytes.get(1).copied().unwrap_or(1);
    // No method, GSSAPI, password, those that IANA knows, private ones.
    let valid = offered.iter().take(count.into()).all(|method| matches!(method, 0..=9 | 0x80..=0xfe));
    // A method is offered once.
    let mut seen = [false; 256];
    let twice = offered
        .iter()
        .take(count.into())
        .any(|method| seen.get_mut(usize::from(*method)).is_some_and(|seen| std::mem::replace(seen, true)));
    if !(1..=16).contains(&count) || !valid || twice {
        return Err(Verdict::No);
    }
    let methods = methods.ok_or_else(|| begun(look))?;
    if reader.is_empty() {
        // The answer names one of them.
        let answered = matches!(*look.other, [5, method, ..] if methods.contains(&method));
        return Err(match answered || look.hinted {
            true => Verdict::likely("SOCKS 5 greeting", Want::Rest),
            false => begun(look),
        });
    }
    // RFC 1929 s2: version 1, user, password.
    if reader.rest().first() == Some(&1) {
        reader.u8();
        let user = reader.block8().ok_or_else(|| begun(look))?;
        let password = reader.block8().ok_or_else(|| begun(look))?;
        if user.is_empty() || !methods.contains(&2) {
            return Err(Verdict::No);
        }
        if !password.is_empty() {
            findings.risk(Risk::CleartextCredentials);
        }
        findings.note("version", "5");
        findings.note("user", lossy(user, NAME_MAX));
        if reader.is_empty() {
            return Err(Verdict::proven("SOCKS 5 user and password", Want::Rest));
        }
    }
    let start: [u8; 3] = reader.array().ok_or_else(|| begun(look))?;
    let [5, command @ 1..=3, 0] = start else { return Err(Verdict::No) };
    let (target, named) = address(&mut reader).map_err(|()| begun(look))?.ok_or(Verdict::No)?;
    let port = reader.u16().ok_or_else(|| begun(look))?;
    findings.note("version", "5");
    target_of(command, named, target, port, findings);
    Ok(reader.rest())
}

/// RFC 1928 s5: `Err` if it is not there yet, `Ok(None)` if there is no such kind.
fn address(reader: &mut Reader<'_>) -> Result<Option<(Box<str>, bool)>, ()> {
    Ok(match reader.u8().ok_or(())? {
        1 => Some((Ipv4Addr::from(reader.array::<4>().ok_or(())?).to_string().into(), false)),
        4 => Some((Ipv6Addr::from(reader.array::<16>().ok_or(())?).to_string().into(), false)),
        3 => {
            let name = reader.block8().ok_or(())?;
            let valid = !name.is_empty() && name.iter().all(|byte| byte.is_ascii_graphic());
            let numeric =
                std::str::from_utf8(name).is_ok_and(|name| name.parse::<std::net::IpAddr>().is_ok());
            valid.then(|| (lossy(name, NAME_MAX), !numeric))
        }
        _ => None,
    })
}

/// The bytes are the server's: a method chosen, perhaps a word on the password, a reply.
fn is_reply5(look: &Look<'_>) -> bool {
    match *look.bytes {
        // Where the client's greeting is known, this cannot be another one.
        [5, method, ..] if matches!(look.other, [5, ..]) => {
            let methods = Reader::new(look.other.get(1..).unwrap_or_default()).block8();
            methods.is_some_and(|methods| methods.contains(&method) || method == 0xff)
        }
        [5, 0 | 2, 5, 0..=8, 0, 1 | 3 | 4, ..] => true,
        _ => !look.from_src && look.bytes.len() == 2,
    }
}

fn reply5<'a>(look: &Look<'a>, findings: &mut Findings) -> Parsed<&'a [u8]> {
    let mut reader = Reader::new(look.bytes);
    let (Some(_), Some(method)) = (reader.u8(), reader.u8()) else { return Err(begun(look)) };
    if method == 2 && reader.rest().first() == Some(&1) {
        reader.up_to(2);
    }
    if reader.is_empty() {
        let asked = look.other.first() == Some(&5) || findings.noted("command").is_some();
        return Err(match asked {
            true => Verdict::likely("SOCKS 5 greeting and its answer", Want::Rest),
            false => begun(look),
        });
    }
    let start: [u8; 3] = reader.array().ok_or_else(|| begun(look))?;
    let [5, reply @ 0..=8, 0] = start else { return Err(Verdict::No) };
    address(&mut reader).map_err(|()| begun(look))?.ok_or(Verdict::No)?;
    reader.u16().ok_or_else(|| begun(look))?;
    findings.note("version", "5");
    findings.note("reply", reply);
    Ok(reader.rest())
}

fn is_request4(bytes: &[u8]) -> bool {
    matches!(bytes, [4, 1 | 2, ..])
}

fn reply4<'a>(look: &Look<'a>, findings: &mut Findings) -> Parsed<&'a [u8]> {
    let mut reader = Reader::new(look.bytes);
    let [_, reply, ..] = reader.array::<8>().ok_or_else(|| begun(look))?;
    findings.note("reply", reply);
    Ok(reader.rest())
}

/// What is said through the proxy in this direction.
fn inner(look: &Look<'_>, rest: &[u8], findings: &mut Findings) -> Want {
    if rest.is_empty() {
        return if look.cut { Want::Reply } else { Want::Rest };
    }
    let name = findings.facts.hostname.clone().zip(findings.facts.hostname_source);
    let want = tls::inside(look, rest, findings).or_else(|| http::inside(look, rest, findings));
    // The name that the proxy was asked for is the one that counts.
    if let Some((name, source)) = name {
        findings.facts.hostname = Some(name);
        findings.facts.hostname_source = Some(source);
    }
    want.unwrap_or(Want::Reply)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            1085,
            &[
                (SRC, b"\x05\x02\0\x01"),
                (DST, b"\x05\0"),
                (SRC, b"\x05\x01\0\x03\x0bexample.org\x01\xbb"),
                (DST, b"\x05\0\0\x01\xc0\0\x02\x01\x01\xbb"),
                (SRC, include_bytes!("../../tests/data/client_hello.bin")),
            ],
        ),
        Sample::tcp(50000, 1080, &[(SRC, b"\x04\x01\0\x50\0\0\0\x01\0example.org\0")]),
        Sample::tcp(
            50000,
            1080,
            &[(SRC, b"\x05\x01\x02"), (DST, b"\x05\x02"), (SRC, b"\x01\x04user\x08password")],
        ),
    ],
    near_miss: &[
        Sample::tcp(50000, 1080, &[(SRC, b"\x05\x01\x7f")]),
        Sample::tcp(50000, 1080, &[(SRC, b"\x04\x03\0\x50\0\0\0\x01\0example.org\0")]),
        Sample::tcp(50000, 1085, &[(SRC, b"\x05\x02\0\x01"), (DST, b"\x05\x03")]),
    ],
};

#[cfg(test)]
mod tests {
    use crate::testing::{Flow, TCP};

    fn played(number: usize) -> Flow {
        let mut flow = Flow::new(TCP, 50000, 1080);
        flow.play(super::SAMPLES.positive[number].said);
        flow
    }

    #[test]
    fn targets_and_users() {
        let flow = played(0);
        let facts = flow.inspection.facts();
        assert_eq!(facts.hostname.as_deref(), Some("example.org"));
        assert!(facts.ja4.is_some());
        let flow = played(2);
        assert_eq!(flow.inspection.facts().risks.names().collect::<Vec<_>>(), ["cleartext-credentials"]);
        assert_eq!(
            flow.inspection.case.findings.noted("user"),
            Some(&crate::facts::Value::from(Box::<str>::from("user")))
        );
    }
}
