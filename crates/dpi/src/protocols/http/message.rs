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

/// The same question of a message from its first line on, when what follows does not matter: most
/// have no body, and need no walk over their lines.
pub(in super::super) fn has_whole_header(bytes: &[u8]) -> bool {
    bytes.ends_with(b"\n\r\n") || after_header(bytes).is_some()
}

/// Name and raw value of each field up to the empty line.
#[derive(Clone, Debug)]
pub(in super::super) struct Fields<'a> {
    rest: &'a [u8],
    after: Option<&'a [u8]>,
}

impl<'a> Fields<'a> {
    pub(in super::super) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, after: None }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let all = self.rest;
            let (line, mut rest) = split_line(all)?;
            if line.is_empty() {
                (self.rest, self.after) = (&[], Some(rest));
                return None;
            }
            // RFC 9112 s5.2: a line that begins with a blank continues the one before.
            while matches!(rest.first(), Some(b' ' | b'\t')) {
                rest = split_line(rest).map_or(&[][..], |(_, after)| after);
            }
            self.rest = rest;
            let whole = all.get(..all.len() - rest.len()).unwrap_or(line);
            if let Some(colon) = line.iter().position(|byte| *byte == b':') {
                return Some((line.get(..colon)?.trim_ascii(), whole.get(colon + 1..)?));
            }
        }
    }
}

/// The fields that are read of a request or a response, found in one walk. Where a field comes
/// twice this has its first value, `last` its last one.
#[derive(Debug, Default)]
pub(super) struct Header<'a> {
    pub(super) host: Option<&'a [u8]>,
    pub(super) hosts: usize,
    pub(super) user_agent: Option<&'a [u8]>,
    pub(super) server: Option<&'a [u8]>,
    pub(super) content_type: Option<&'a [u8]>,
    pub(super) last: Last<'a>,
    /// Fields that say how long the content is, and one of them is not a number.
    pub(super) lengths: usize,
    pub(super) has_bad_length: bool,
    pub(super) is_encoded: bool,
    pub(super) has_transfer_coding: bool,
    pub(super) expects: bool,
    /// Basic or Bearer: a digest or a negotiation does not give the password away; these two can
    /// be used as they are.
    pub(super) has_credentials: bool,
    /// All the bytes of the fields, and the empty line.
    pub(super) bytes: &'a [u8],
    /// What follows the empty line, if that was seen.
    pub(super) after: Option<&'a [u8]>,
}

/// Trimmed values.
#[derive(Debug, Default)]
pub(super) struct Last<'a> {
    pub(super) user_agent: Option<&'a [u8]>,
    pub(super) content_type: &'a [u8],
    pub(super) content_length: &'a [u8],
}

impl<'a> Header<'a> {
    /// Reads what begins after the first line.
    pub(super) fn read(bytes: &'a [u8]) -> Self {
        let mut header = Self::default();
        let mut fields = Fields::new(bytes);
        for (name, value) in fields.by_ref() {
            header.take(name, value);
        }
        header.after = fields.after;
        let len = bytes.len() - fields.after.map_or(0, <[u8]>::len);
        header.bytes = bytes.get(..len).unwrap_or(bytes);
        header
    }

    fn take(&mut self, name: &[u8], value: &'a [u8]) {
        let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
        match name.len() {
            4 if is(b"host") => {
                self.host = self.host.or(Some(value));
                self.hosts += 1;
            }
            6 if is(b"server") => self.server = self.server.or(Some(value)),
            6 if is(b"expect") => self.expects = true,
            10 if is(b"user-agent") => {
                self.user_agent = self.user_agent.or(Some(value));
                self.last.user_agent = Some(value.trim_ascii());
            }
            12 if is(b"content-type") => {
                self.content_type = self.content_type.or(Some(value));
                self.last.content_type = value.trim_ascii();
            }
            14 if is(b"content-length") => {
                let value = value.trim_ascii();
                self.lengths += 1;
                self.has_bad_length |= value.is_empty() || !value.iter().all(u8::is_ascii_digit);
                self.last.content_length = value;
            }
            16 if is(b"content-encoding") => self.is_encoded = true,
            17 if is(b"transfer-encoding") => self.has_transfer_coding = true,
            13 | 19 if is(b"authorization") || is(b"proxy-authorization") => {
                let scheme = value.trim_ascii().split(|byte| *byte == b' ').next().unwrap_or_default();
                self.has_credentials |=
                    scheme.eq_ignore_ascii_case(b"basic") || scheme.eq_ignore_ascii_case(b"bearer");
            }
            _ => {}
        }
    }
}

/// A field's value, its folds made single spaces.
pub(in super::super) fn field(value: &[u8], max: usize) -> Box<str> {
    let value = value.trim_ascii();
    if memchr::memchr(b'\n', value).is_none() {
        return lossy(value, max);
    }
    let lines: Vec<_> = value.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).collect();
    lossy(&lines.join(&b' '), max)
}
