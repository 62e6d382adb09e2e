//! PROXY protocol 1 and 2 (HAProxy's proxy-protocol.txt): who really connects, and what follows.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{http, tls};
use crate::facts::HostnameSource;
use crate::protocol::{DEEP, Findings, Look, Protocol, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "haproxy",
    category: "network",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'P'..=b'P', b'\r'..=b'\r'])],
    ports: &[80, 443],
    bound: false,
    fields: &["version", "source", "source_port", "destination", "destination_port"],
    head: DEEP,
    inspect,
};

/// s2.2.
const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// s2.1: the longest line.
const MAX_LINE: usize = 107;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if findings.noted("version").is_some()
        && !look.bytes.starts_with(b"PROXY ")
        && !look.bytes.starts_with(SIGNATURE)
    {
        // What the server answers; the header comes from the client only.
        let inner =
            tls::inside(look, look.bytes, findings).or_else(|| http::inside(look, look.bytes, findings));
        return inner.map_or(Verdict::No, |want| Verdict::proven("PROXY protocol header", want));
    }
    let rest = match look.bytes.first() {
        Some(b'P') => text(look, findings),
        _ => binary(look, findings),
    };
    match rest {
        Err(verdict) => verdict,
        Ok(rest) => {
            let inner = tls::inside(look, rest, findings).or_else(|| http::inside(look, rest, findings));
            let unsaid = rest.is_empty() && !look.cut;
            Verdict::proven(
                "PROXY protocol header",
                inner.unwrap_or(if unsaid { Want::Rest } else { Want::Nothing }),
            )
        }
    }
}

fn text<'a>(look: &Look<'a>, findings: &mut Findings) -> Result<&'a [u8], Verdict> {
    const START: &[u8] = b"PROXY ";
    if !look.bytes.iter().zip(START).all(|(a, b)| a == b) {
        return Err(Verdict::No);
    }
    let Some(end) = look.bytes.iter().take(MAX_LINE).position(|byte| *byte == b'\n') else {
        let open = !look.cut && look.bytes.len() < MAX_LINE;
        return Err(if open { Verdict::NeedMore } else { Verdict::No });
    };
    let (line, rest) = look.bytes.split_at_checked(end + 1).ok_or(Verdict::No)?;
    let line = std::str::from_utf8(line).map_err(|_| Verdict::No)?;
    let mut words = line.strip_suffix("\r\n").unwrap_or(line).split(' ').skip(1);
    let family = words.next();
    if family == Some("UNKNOWN") {
        findings.note("version", 1_u8);
        return Ok(rest);
    }
    let mut address = || words.next().and_then(|word| word.parse::<IpAddr>().ok());
    let (Some("TCP4" | "TCP6"), Some(source), Some(destination)) = (family, address(), address()) else {
        return Err(Verdict::No);
    };
    let mut port = || words.next().and_then(|word| word.parse::<u16>().ok());
    let (Some(source_port), Some(destination_port)) = (port(), port()) else { return Err(Verdict::No) };
    findings.note("version", 1_u8);
    note(findings, (source, source_port), (destination, destination_port));
    Ok(rest)
}

fn note(findings: &mut Findings, source: (IpAddr, u16), destination: (IpAddr, u16)) {
    findings.note("source", source.0.to_string());
    findings.note("source_port", source.1);
    findings.note("destination", destination.0.to_string());
    findings.note("destination_port", destination.1);
}

fn binary<'a>(look: &Look<'a>, findings: &mut Findings) -> Result<&'a [u8], Verdict> {
    if !look.bytes.iter().zip(SIGNATURE).all(|(a, b)| a == b) {
        return Err(Verdict::No);
    }
    let begun = if look.cut { Verdict::No } else { Verdict::NeedMore };
    let mut reader = Reader::new(look.bytes.get(SIGNATURE.len()..).ok_or(begun)?);
    let (Some(version), Some(family)) = (reader.u8(), reader.u8()) else { return Err(begun) };
    // Version 2, LOCAL or PROXY; no, IPv4, IPv6 or Unix addresses.
    if !matches!(version, 0x20 | 0x21) || family >> 4 > 3 || family & 15 > 2 {
        return Err(Verdict::No);
    }
    let mut body = Reader::new(reader.block16().ok_or(begun)?);
    findings.note("version", 2_u8);
    addresses(family, &mut body, findings);
    // PP2_TYPE_AUTHORITY.
    while let (Some(kind), Some(value)) = (body.u8(), body.block16()) {
        if kind == 2 {
            findings.facts.hostname = Some(lossy(value, NAME_MAX));
            findings.facts.hostname_source = Some(HostnameSource::Protocol);
        }
    }
    Ok(reader.rest())
}

fn addresses(family: u8, body: &mut Reader<'_>, findings: &mut Findings) -> Option<()> {
    let pair: (IpAddr, IpAddr) = match family >> 4 {
        1 => (Ipv4Addr::from(body.array::<4>()?).into(), Ipv4Addr::from(body.array::<4>()?).into()),
        2 => (Ipv6Addr::from(body.array::<16>()?).into(), Ipv6Addr::from(body.array::<16>()?).into()),
        3 => return body.take(216).map(|_| ()),
        _ => return None,
    };
    note(findings, (pair.0, body.u16()?), (pair.1, body.u16()?));
    Some(())
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            80,
            &[(
                SRC,
                b"PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\nGET / HTTP/1.1\r\nHost: a.example\r\n\r\n",
            )],
        ),
        Sample::tcp(
            50000,
            8443,
            &[(SRC, b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x01\xc6\x33\x64\x01\xdc\x04\x01\xbb")],
        ),
        Sample::tcp(50000, 8443, &[(SRC, b"PROXY UNKNOWN\r\n")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 80, &[(SRC, b"PROXY TCP4 192.0.2.1 198.51.100.999 56324 443\r\n")]),
        Sample::tcp(
            50000,
            80,
            &[(SRC, b"\r\n\r\n\0\r\nQUIT\n\x31\x11\0\x0c\xc0\0\x02\x01\xc6\x33\x64\x01\xdc\x04\x01\xbb")],
        ),
    ],
};

#[cfg(test)]
mod tests {
    use crate::testing::{Flow, TCP};

    #[test]
    fn what_follows_is_read() {
        let mut flow = Flow::new(TCP, 50000, 443);
        let hello = include_bytes!("../../tests/data/client_hello.bin");
        flow.src(&[b"PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n", &hello[..]].concat());
        assert_eq!(flow.name(), Some("haproxy"));
        assert_eq!(flow.inspection.facts().hostname.as_deref(), Some("www.example.org"));
        let source = flow.inspection.case.findings.noted("source_port").cloned();
        assert_eq!(source, Some(56324_u16.into()));
    }
}
