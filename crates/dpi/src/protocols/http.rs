//! HTTP/1.0 and 1.1 (RFC 9112): the first request of a flow and its response, headers only.

use crate::facts::{Facts, HostnameSource};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::text::{NAME_MAX, TEXT_MAX, URI_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "http",
    category: "web",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'A'..=b'Z', b'\r'..=b'\r', b'\n'..=b'\n'])],
    ports: &[80, 3128, 8000, 8080, 8888],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

/// IANA's method registry, and what is seen beside it: UPnP, RPC over HTTP, BITS. Others are
/// recognised too, once the whole request line is there.
const METHODS: [&[u8]; 50] = [
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

const VERSION: &[u8] = b"HTTP/1.";

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    // RFC 9112 s2.2: empty lines before a request are ignored.
    let blank = look.bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    let bytes = look.bytes.get(blank..).unwrap_or_default();
    if blank > 4 || bytes.is_empty() {
        return if blank > 4 || look.cut { Verdict::No } else { Verdict::NeedMore };
    }
    // The shortest method has three letters; noise is seldom so alike.
    if !bytes.iter().take(3).all(u8::is_ascii_uppercase) {
        return Verdict::No;
    }
    if starts_like(bytes, VERSION) {
        response(look, bytes, &mut findings.facts)
    } else {
        request(look, bytes, &mut findings.facts)
    }
}

fn request(look: &Look<'_>, bytes: &[u8], facts: &mut Facts) -> Verdict {
    let Some((line, headers)) = split_line(bytes) else {
        return unfinished_request(look, bytes, facts);
    };
    let Some((method, uri)) = request_line(line) else { return Verdict::No };
    let Some(headers) = whole_header(headers, look.cut) else {
        return Verdict::proven("HTTP request line", Want::Rest);
    };
    let http = facts.http.get_or_insert_default();
    http.method = Some(lossy(method, NAME_MAX));
    http.uri = Some(lossy(uri, URI_MAX));
    let mut host = None;
    for (name, value) in Fields(headers) {
        if name.eq_ignore_ascii_case(b"host") {
            host = host.or(Some(value));
        } else if name.eq_ignore_ascii_case(b"user-agent") {
            http.user_agent.get_or_insert_with(|| field(value, TEXT_MAX));
        }
    }
    http.host = host.map(|host| field(host, NAME_MAX));
    let answered = http.status.is_some();
    // RFC 9112 s3.2.2, s3.2.3: the target of a request to a proxy names the host itself.
    let hostname = authority(method, uri).or(host).map(host_of).filter(|host| !host.is_empty());
    if let Some(hostname) = hostname {
        facts.hostname = Some(lossy(hostname, NAME_MAX));
        facts.hostname_source = Some(HostnameSource::HttpHost);
    }
    Verdict::proven("HTTP request line", if answered { Want::Nothing } else { Want::Reply })
}

/// A request line whose end has not been seen.
fn unfinished_request(look: &Look<'_>, bytes: &[u8], facts: &mut Facts) -> Verdict {
    let begun = METHODS.iter().any(|method| match bytes.strip_prefix(*method) {
        Some(rest) => rest.first().is_none_or(|byte| *byte == b' '),
        None => method.starts_with(bytes),
    });
    if !begun || !bytes.iter().all(|byte| matches!(byte, b' '..=b'~' | 0x80.. | b'\r')) {
        return Verdict::No;
    }
    if !look.cut {
        return Verdict::NeedMore;
    }
    let mut parts = bytes.splitn(2, |byte| *byte == b' ');
    match (parts.next(), parts.next()) {
        (Some(method), Some(uri)) if uri.starts_with(b"/") || uri.starts_with(b"http://") => {
            let http = facts.http.get_or_insert_default();
            http.method = Some(lossy(method, NAME_MAX));
            http.uri = Some(lossy(uri, URI_MAX));
            Verdict::likely("HTTP method and target, the rest of the line not seen", Want::Reply)
        }
        _ => Verdict::No,
    }
}

fn response(look: &Look<'_>, bytes: &[u8], facts: &mut Facts) -> Verdict {
    const EVIDENCE: &str = "HTTP status line";
    let mut bytes = bytes;
    loop {
        // RFC 9112 s4: version, status code, reason.
        let (Some(start), false) = (bytes.get(..VERSION.len() + 5), bytes.len() < VERSION.len() + 5) else {
            return if look.cut || !starts_like(bytes, VERSION) { Verdict::No } else { Verdict::NeedMore };
        };
        let Some(&[minor, b' ', a @ b'1'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9']) =
            start.strip_prefix(VERSION)
        else {
            return Verdict::No;
        };
        if !minor.is_ascii_digit() {
            return Verdict::No;
        }
        let status = [a, b, c].iter().fold(0, |n, digit| n * 10 + u16::from(digit - b'0'));
        let Some(headers) = split_line(bytes)
            .map_or_else(|| look.cut.then_some(&[][..]), |(_, headers)| whole_header(headers, look.cut))
        else {
            return Verdict::proven(EVIDENCE, Want::Rest);
        };
        // RFC 9110 s15.2: interim responses come before the one that counts, 101 is the last.
        if matches!(status, 100 | 102..=199)
            && let Some(next) = after_header(headers)
        {
            if next.is_empty() {
                return Verdict::proven(EVIDENCE, if look.cut { Want::Nothing } else { Want::Rest });
            }
            bytes = next;
            continue;
        }
        let http = facts.http.get_or_insert_default();
        http.status = Some(status);
        for (name, value) in Fields(headers) {
            if name.eq_ignore_ascii_case(b"server") {
                http.server.get_or_insert_with(|| field(value, NAME_MAX));
            } else if name.eq_ignore_ascii_case(b"content-type") {
                http.content_type.get_or_insert_with(|| field(value, NAME_MAX));
            }
        }
        let asked = http.method.is_some();
        return Verdict::proven(EVIDENCE, if asked { Want::Nothing } else { Want::Reply });
    }
}

/// Method and target of a line that ends in the version.
fn request_line(line: &[u8]) -> Option<(&[u8], &[u8])> {
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
fn authority<'a>(method: &[u8], uri: &'a [u8]) -> Option<&'a [u8]> {
    if method == b"CONNECT" {
        return Some(uri);
    }
    let scheme = uri.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case(b"http://"))?;
    uri.get(scheme.len()..)?.split(|byte| matches!(byte, b'/' | b'?')).next()
}

/// A Host field without the port; an IPv6 address without its brackets (RFC 3986 s3.2.2).
fn host_of(authority: &[u8]) -> &[u8] {
    let authority = authority.trim_ascii();
    if let Some(rest) = authority.strip_prefix(b"[") {
        return rest.split(|byte| *byte == b']').next().unwrap_or_default();
    }
    authority.split(|byte| *byte == b':').next().unwrap_or_default()
}

/// One of the two begins with the other.
fn starts_like(bytes: &[u8], prefix: &[u8]) -> bool {
    bytes.iter().zip(prefix).all(|(a, b)| a == b)
}

/// The first line without its end, and what follows. A bare LF ends it too (RFC 9112 s2.2).
fn split_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let line = bytes.get(..end)?;
    Some((line.strip_suffix(b"\r").unwrap_or(line), bytes.get(end + 1..)?))
}

/// The fields, if the empty line after them was seen or will not come.
fn whole_header(bytes: &[u8], cut: bool) -> Option<&[u8]> {
    (cut || after_header(bytes).is_some()).then_some(bytes)
}

/// What follows the empty line that ends the fields.
fn after_header(mut bytes: &[u8]) -> Option<&[u8]> {
    loop {
        let (line, rest) = split_line(bytes)?;
        if line.is_empty() {
            return Some(rest);
        }
        bytes = rest;
    }
}

/// Name and raw value of each field up to the empty line.
struct Fields<'a>(&'a [u8]);

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
            if let Some(colon) = line.iter().position(|byte| *byte == b':') {
                return Some((line.get(..colon)?.trim_ascii(), whole.get(colon + 1..)?));
            }
        }
    }
}

/// A field's value, its folds made single spaces.
fn field(value: &[u8], max: usize) -> Box<str> {
    let value = value.trim_ascii();
    if !value.contains(&b'\n') {
        return lossy(value, max);
    }
    let lines: Vec<_> = value.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).collect();
    lossy(&lines.join(&b' '), max)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        8123,
        &[
            (SRC, b"GET /a HTTP/1.1\r\nHost: www.example.org\r\n\r\n"),
            (DST, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        ],
    )],
    near_miss: &[Sample::tcp(50000, 80, &[(SRC, b"GET a banana, two pears\r\n\r\n")])],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Progress;
    use crate::testing::{Flow, TCP};

    const REQUEST: &[u8] =
        b"GET /a?b=c HTTP/1.1\r\nHost: Example.org:8080\r\nX: y\r\nUser-Agent: curl/8\r\n\r\n";
    const RESPONSE: &[u8] =
        b"HTTP/1.1 404 Not Found\r\nServer: nginx\r\nContent-Type: text/html;\r\n\t charset=utf-8\r\n\r\n<html>";

    fn flow() -> Flow {
        Flow::new(TCP, 50000, 8081)
    }

    fn assert_both(flow: &Flow) {
        assert_eq!(
            (flow.name(), flow.inspection.facts().hostname.as_deref()),
            (Some("http"), Some("Example.org"))
        );
        let http = flow.inspection.facts().http.as_deref().unwrap();
        let text = |field: &Option<Box<str>>| field.as_deref().map(str::to_owned).unwrap_or_default();
        assert_eq!((text(&http.method), text(&http.uri)), ("GET".into(), "/a?b=c".into()));
        assert_eq!((text(&http.host), text(&http.user_agent)), ("Example.org:8080".into(), "curl/8".into()));
        assert_eq!((http.status, text(&http.server)), (Some(404), "nginx".into()));
        assert_eq!(text(&http.content_type), "text/html; charset=utf-8");
    }

    #[test]
    fn request_and_response() {
        let mut flow = flow();
        assert_eq!(flow.src(REQUEST), Progress::More);
        assert_eq!(flow.buffers(), 0, "one segment is enough");
        assert_eq!(flow.dst(RESPONSE), Progress::Done);
        assert_both(&flow);
    }

    #[test]
    fn split_anywhere() {
        for size in [1, 2, 5, 30] {
            let mut flow = flow();
            REQUEST.chunks(size).for_each(|piece| assert_eq!(flow.src(piece), Progress::More));
            for piece in RESPONSE.chunks(size) {
                if flow.dst(piece) == Progress::Done {
                    break;
                }
            }
            assert_both(&flow);
        }
    }

    #[test]
    fn the_response_first_or_alone() {
        let mut flow = flow();
        assert_eq!((flow.dst(RESPONSE), flow.name()), (Progress::More, Some("http")));
        assert_eq!(flow.src(REQUEST), Progress::Done);
        assert_both(&flow);
    }

    #[test]
    fn interim_responses_are_passed_over() {
        let mut flow = flow();
        flow.src(REQUEST);
        assert_eq!(flow.dst(b"HTTP/1.1 100 Continue\r\n\r\n"), Progress::More);
        assert_eq!(flow.dst(RESPONSE), Progress::Done);
        assert_both(&flow);
    }

    #[test]
    fn unusual_requests() {
        let cases: [(&[u8], Option<&str>); 6] = [
            (b"\r\nPROPFIND / HTTP/1.1\nHost: a.example\n\n", Some("a.example")),
            (b"CONNECT b.example:443 HTTP/1.1\r\n\r\n", Some("b.example")),
            (b"GET http://c.example/x HTTP/1.0\r\nHost: other\r\n\r\n", Some("c.example")),
            (b"GET /a b c HTTP/1.0\r\n\r\n", None),
            (b"BREW /pot HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n", Some("2001:db8::1")),
            (b"POST / HTTP/1.1\r\nhost :\r\n d.example\r\n\r\n", Some("d.example")),
        ];
        for (request, host) in cases {
            let mut flow = flow();
            assert_eq!((flow.src(request), flow.name()), (Progress::More, Some("http")));
            assert_eq!(flow.inspection.facts().hostname.as_deref(), host);
        }
    }

    #[test]
    fn a_long_header_is_read_as_far_as_allowed() {
        let mut flow = flow();
        let request = [&REQUEST[..REQUEST.len() - 2], b"Cookie: ", &[b'x'; 5000]].concat();
        let mut last = Progress::More;
        request.chunks(1460).for_each(|piece| last = flow.src(piece));
        assert_eq!((last, flow.name()), (Progress::More, Some("http")));
        assert_eq!(flow.inspection.facts().hostname.as_deref(), Some("Example.org"));
        flow.next(TCP, 50000, 80);
        flow.src(&[b"GET /", &[b'u'; 5000][..]].concat());
        assert_eq!(flow.confidence(), Some(crate::Confidence::Likely));
        let uri = flow.inspection.facts().http.as_ref().and_then(|http| http.uri.clone());
        assert_eq!(uri.map(|uri| uri.len()), Some(URI_MAX));
    }

    #[test]
    fn near_misses() {
        let lines: [&[u8]; 9] = [
            b"GET / HTTP/2.0\r\n\r\n",
            b"INVITE sip:a@b SIP/2.0\r\n\r\n",
            b"HTTP/2 200 OK\r\n\r\n",
            b"HTTP/1.1 2x0 OK\r\n\r\n",
            b"HTTP/1.1200 OK\r\n\r\n",
            b"USER anonymous\r\n",
            b"GETAWAY",
            b"GET \x01\x02",
            b"\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n",
        ];
        for line in lines {
            let mut flow = Flow::new(TCP, 50000, 80);
            flow.src(line);
            assert_eq!(flow.name(), None, "{}", line.escape_ascii());
        }
    }
}
