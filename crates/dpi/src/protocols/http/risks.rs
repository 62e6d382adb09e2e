//! What is worth a warning in a request and its response. The shapes are narrow on purpose: what
//! browsers and services say every day must not be among them.

use std::borrow::Cow;
use std::net::IpAddr;

use super::is_kind;
use super::message::Header;
use super::shapes::{AGENT, FIELD, TARGET};
use crate::protocol::Findings;
use crate::risk::Risk;

/// Bytes of a target and of a body that are searched.
const SEARCHED: usize = 2048;

pub(super) fn of_request(line: &[u8], uri: &[u8], header: &Header<'_>, body: &[u8], findings: &mut Findings) {
    let target = decoded(uri);
    let body = body.get(..SEARCHED).unwrap_or(body);
    TARGET.find_in(&target, |risk| findings.risk(risk));
    // Every one of these shapes has a brace, and few headers do.
    if memchr::memchr(b'{', header.bytes).is_some() {
        FIELD.find_in(header.bytes, |risk| findings.risk(risk));
    }
    let query = memchr::memchr(b'?', uri).and_then(|at| uri.get(at + 1..)).unwrap_or_default();
    let query = memchr::memchr(b'?', query).and_then(|at| query.get(..at)).unwrap_or(query);
    if has_password(query) || has_password(body) || header.has_credentials {
        findings.risk(Risk::CleartextCredentials);
    }
    if let Some(agent) = header.last.user_agent {
        AGENT.find_in(agent, |risk| findings.risk(risk));
        if agent.is_empty() {
            findings.risk(Risk::SuspiciousUserAgent);
        }
    }
    // RFC 9112 s3.2: one Host, no more and no fewer, though the old form of requests to proxies
    // has a host in its target; s6.3: either length or coding.
    let modern = line.ends_with(b"/1.1") && uri.starts_with(b"/");
    let hosts = if modern { 1..=1 } else { 0..=1 };
    let lengths = if header.has_transfer_coding { 0 } else { 1 };
    if !hosts.contains(&header.hosts)
        || header.lengths > lengths
        || header.has_bad_length
        || memchr::memchr(0, header.bytes).is_some()
    {
        findings.risk(Risk::Malformed);
    }
}

/// Risks of a host's name.
pub(in super::super) fn of_name(host: &[u8], findings: &mut Findings) {
    let Ok(text) = std::str::from_utf8(host) else { return };
    let is_like_address = host.first().is_some_and(u8::is_ascii_digit) || host.contains(&b':');
    if is_like_address && text.parse::<IpAddr>().is_ok() {
        findings.risk(Risk::NumericHost);
    }
    // RFC 3492, RFC 5890 s2.3.2.1.
    if memchr::memchr(b'-', host).is_some()
        && host.split(|byte| *byte == b'.').any(|label| is_kind(label, b"xn--"))
    {
        findings.risk(Risk::Punycode);
    }
}

/// A form's field, or a member of a JSON object, that holds a password.
fn has_password(text: &[u8]) -> bool {
    const NAMES: [&[u8]; 7] =
        [b"password", b"passwd", b"pwd", b"pass", b"passphrase", b"user_password", b"passw"];
    if text.first() == Some(&b'{') {
        return has_any(
            &text.to_ascii_lowercase(),
            &[b"\"password\":\"", b"\"password\": \"", b"\"passwd\":\"", b"\"passwd\": \""],
        );
    }
    let mut rest = Some(text);
    while let Some(all) = rest {
        let end = memchr::memchr(b'&', all);
        let (pair, after) = end.and_then(|end| all.split_at_checked(end)).unwrap_or((all, &[]));
        if let Some((name, value)) = memchr::memchr(b'=', pair).and_then(|at| pair.split_at_checked(at))
            && value.len() > 1
            && NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
        {
            return true;
        }
        rest = after.get(1..);
    }
    false
}

/// In lower case, with percent escapes (twice, as they are nested to slip past filters), pluses
/// and SQL's empty comments resolved.
fn decoded(uri: &[u8]) -> Cow<'_, [u8]> {
    let uri = uri.get(..SEARCHED).unwrap_or(uri);
    if memchr::memchr3(b'%', b'+', b'*', uri).is_none() {
        return Cow::Borrowed(uri);
    }
    let mut text = uri.to_ascii_lowercase();
    for _ in 0..2 {
        if !text.contains(&b'%') {
            break;
        }
        text = unescaped(&text);
        text.make_ascii_lowercase();
    }
    if text.contains(&b'+') || memchr::memmem::find(&text, b"/**/").is_some() {
        text.iter_mut().filter(|byte| **byte == b'+').for_each(|byte| *byte = b' ');
        let mut spaced = Vec::with_capacity(text.len());
        let mut rest = text.as_slice();
        while let Some((first, after)) = rest.split_first() {
            match rest.strip_prefix(b"/**/") {
                Some(after) => {
                    spaced.push(b' ');
                    rest = after;
                }
                None => {
                    spaced.push(*first);
                    rest = after;
                }
            }
        }
        return Cow::Owned(spaced);
    }
    Cow::Owned(text)
}

/// RFC 3986 s2.1.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let escape = match (first, after) {
            (b'%', &[high, low, ref after @ ..]) => digit(high).zip(digit(low)).map(|pair| (pair, after)),
            _ => None,
        };
        match escape {
            Some(((high, low), after)) => {
                out.push(high << 4 | low);
                rest = after;
            }
            None => out.push(*first),
        }
    }
    out
}

fn has_any(text: &[u8], shapes: &[&[u8]]) -> bool {
    shapes.iter().any(|shape| memchr::memmem::find(text, shape).is_some())
}

/// The first bytes of a response's body are worth waiting for.
pub(super) fn may_be_program(header: &Header<'_>) -> bool {
    let kind = header.last.content_type;
    let is_known = PROGRAMS.iter().any(|known| kind.eq_ignore_ascii_case(known));
    let open = header.last.content_length != b"0" && !header.is_encoded && !is_known;
    open && (is_kind(kind, b"application/octet") || is_kind(kind, b"application/x-"))
}

/// Media types that are programs whatever their bytes.
const PROGRAMS: [&[u8]; 11] = [
    b"application/x-msdownload",
    b"application/x-dosexec",
    b"application/x-msdos-program",
    b"application/x-executable",
    b"application/x-elf",
    b"application/x-mach-binary",
    b"application/x-ms-installer",
    b"application/x-msi",
    b"application/vnd.microsoft.portable-executable",
    b"application/vnd.android.package-archive",
    b"application/x-sh",
];

/// Begin of programs: ELF, Mach-O, Dalvik, scripts for a shell.
const STARTS: [&[u8]; 9] = [
    b"\x7fELF",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"dex\n03",
    b"#!/bin/",
    b"#!/usr/bin/",
    b"#! /bin/",
];

pub(super) fn of_response(status: u16, header: &Header<'_>, body: &[u8], findings: &mut Findings) {
    // RFC 9110 s15.3: success with content.
    if !matches!(status, 200 | 206) || header.last.content_length == b"0" {
        return;
    }
    let kind = header.last.content_type.split(|byte| *byte == b';').next().unwrap_or_default();
    let kind = kind.trim_ascii_end();
    let program = STARTS.iter().any(|start| body.starts_with(start)) || is_dos(body);
    if program || PROGRAMS.iter().any(|known| kind.eq_ignore_ascii_case(known)) {
        findings.risk(Risk::ExecutableDownload);
    }
}

/// MZ is two letters only: the header behind it says how long the last page is, and it has fewer
/// than 64 KiB of header paragraphs.
fn is_dos(body: &[u8]) -> bool {
    match body {
        &[b'M', b'Z', last, high, ..] if u16::from_le_bytes([last, high]) <= 512 => {
            body.get(..64).is_none_or(|header| header.get(0x3f) == Some(&0))
        }
        _ => false,
    }
}
