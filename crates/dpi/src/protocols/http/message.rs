use crate::text::lossy;

/// IANA's method registry, and what is seen beside it: UPnP, RPC over HTTP, BITS. Others are
/// recognised too, once the whole request line is there.
pub(in super::super) const METHODS: [&[u8]; 50] = [
    b"ACL",
    b"BASELINE-CONTROL",
    b"BIND",
    b"BITS_POST",
    b"CCM_POST",
    b"CHECKIN",
    b"CHECKOUT",
    b"CONNECT",
    b"COPY",
    b"DELETE",
    b"GET",
    b"HEAD",
    b"LABEL",
    b"LINK",
    b"LOCK",
    b"MERGE",
    b"MKACTIVITY",
    b"MKCALENDAR",
    b"MKCOL",
    b"MKREDIRECTREF",
    b"MKWORKSPACE",
    b"MOVE",
    b"NOTIFY",
    b"OPTIONS",
    b"ORDERPATCH",
    b"PATCH",
    b"POLL",
    b"POST",
    b"PROPFIND",
    b"PROPPATCH",
    b"PURGE",
    b"PUT",
    b"QUERY",
    b"REBIND",
    b"REPORT",
    b"RPC_IN_DATA",
    b"RPC_OUT_DATA",
    b"SEARCH",
    b"SOURCE",
    b"SSTP_DUPLEX_POST",
    b"SUBSCRIBE",
    b"TRACE",
    b"UNBIND",
    b"UNCHECKOUT",
    b"UNLINK",
    b"UNLOCK",
    b"UNSUBSCRIBE",
    b"UPDATE",
    b"UPDATEREDIRECTREF",
    b"VERSION-CONTROL",
];

pub(in super::super) const VERSION: &[u8] = b"HTTP/1.";

/// Method and target of a line that ends in the version.
pub(in super::super) fn request_line(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let (front, version) = line.split_at_checked(line.len().checked_sub(VERSION.len() + 1)?)?;
    if !version.starts_with(VERSION) || !version.last().is_some_and(u8::is_ascii_digit) {
        return None;
    }
    // Targets with spaces are not allowed, and exist: method up to the first, version after the last.
    let front = front.strip_suffix(b" ")?;
    let space = front.iter().position(|byte| *byte == b' ')?;
    let (method, uri) = (front.get(..space)?, front.get(space + 1..)?);
    let is_method = |byte: &u8| byte.is_ascii_uppercase() || matches!(byte, b'-' | b'_');
    (!method.is_empty() && method.len() <= 24 && method.iter().all(is_method) && !uri.is_empty())
        .then_some((method, uri))
}

/// The host in a request target, if that has one.
pub(in super::super) fn authority<'a>(method: &[u8], uri: &'a [u8]) -> Option<&'a [u8]> {
    if method == b"CONNECT" {
        return Some(uri);
    }
    let scheme = uri.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case(b"http://"))?;
    uri.get(scheme.len()..)?.split(|byte| matches!(byte, b'/' | b'?')).next()
}

/// A Host field without the port; an IPv6 address without its brackets (RFC 3986 s3.2.2).
pub(in super::super) fn host_of(authority: &[u8]) -> &[u8] {
    let authority = authority.trim_ascii();
    if let Some(rest) = authority.strip_prefix(b"[") {
        return rest.split(|byte| *byte == b']').next().unwrap_or_default();
    }
    authority.split(|byte| *byte == b':').next().unwrap_or_default()
}

/// One of the two begins with the other.
pub(in super::super) fn starts_like(bytes: &[u8], prefix: &[u8]) -> bool {
    bytes.iter().zip(prefix).all(|(a, b)| a == b)
}

/// The first line without its end, and what follows. A bare LF ends it too (RFC 9112 s2.2).
pub(in super::super) fn split_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr::memchr(b'\n', bytes)?;
    let line = bytes.get(..end)?;
    Some((line.strip_suffix(b"\r").unwrap_or(line), bytes.get(end + 1..)?))
}

/// The fields, if the empty line after them was seen or will not come.
pub(in super::super) fn whole_header(bytes: &[u8], cut: bool) -> Option<&[u8]> {
    (cut || after_header(bytes).is_some()).then_some(bytes)
}

/// What follows the empty line that ends the fields.
pub(in super::super) fn after_header(mut bytes: &[u8]) -> Option<&[u8]> {
    loop {
        let (line, rest) = split_line(bytes)?;
        if line.is_empty() {
            return Some(rest);
        }
        bytes = rest;
    }
}

/// Name and raw value of each field up to the empty line.
pub(in super::super) struct Fields<'a>(pub(in super::super) &'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let all = self.0;
            let (line, mut rest) = split_line(all)?;
            if line.is_empty() {
                self.0 = &[];
                return None;
            }
            // RFC 9112 s5.2: a line that begins with a blank continues the one before.
            while matches!(rest.first(), Some(b' ' | b'\t')) {
                rest = split_line(rest).map_or(&[][..], |(_, after)| after);
            }
            self.0 = rest;
            let whole = all.get(..all.len() - rest.len()).unwrap_or(line);
            if let Some(colon) = memchr::memchr(b':', line) {
                return Some((line.get(..colon)?.trim_ascii(), whole.get(colon + 1..)?));
            }
        }
    }
}

/// A field's value, its folds made single spaces.
pub(in super::super) fn field(value: &[u8], max: usize) -> Box<str> {
    let value = value.trim_ascii();
    if !value.contains(&b'\n') {
        return lossy(value, max);
    }
    let lines: Vec<_> = value.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).collect();
    lossy(&lines.join(&b' '), max)
}
