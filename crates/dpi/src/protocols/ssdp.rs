//! Simple Service Discovery Protocol (UPnP Device Architecture 2.0): what is sought, what a device is.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::text::{NAME_MAX, TEXT_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "ssdp",
    category: "network",
    encrypted: false,
    over: &[(Transport::Udp, &[b'M'..=b'N', b'H'..=b'H'])],
    ports: &[1900],
    bound: false,
    fields: &["method", "target", "usn", "server", "location", "user_agent", "state"],
    head: SHALLOW,
    inspect,
};

/// UPnP Device Architecture 2.0 s1.2, s1.3: two requests and a response.
const BEGINNINGS: [(&[u8], &str); 3] =
    [(b"M-SEARCH * HTTP/1.", "m-search"), (b"NOTIFY * HTTP/1.", "notify"), (b"HTTP/1.1 200 ", "response")];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some((_, method)) = BEGINNINGS.iter().find(|(beginning, _)| look.bytes.starts_with(beginning)) else {
        return Verdict::No;
    };
    // A response elsewhere must at least name a service.
    let fields = || look.bytes.split(|byte| *byte == b'\n').skip(1).take(32).filter_map(field);
    let names_service = || fields().any(|(name, _)| is(name, b"usn") || is(name, b"st"));
    if *method == "response" && !look.hinted && !names_service() {
        return Verdict::No;
    }
    findings.note("method", *method);
    for (name, value) in fields() {
        let Some((_, field)) = FIELDS.iter().find(|(known, _)| is(name, known)) else { continue };
        findings.note(field, lossy(value, if *field == "location" { TEXT_MAX } else { NAME_MAX }));
    }
    // Searchers and devices speak from ports of their own: what answers is another flow.
    Verdict::proven("SSDP start line", Want::Nothing)
}

const FIELDS: [(&[u8], &str); 7] = [
    (b"st", "target"),
    (b"nt", "target"),
    (b"usn", "usn"),
    (b"server", "server"),
    (b"location", "location"),
    (b"user-agent", "user_agent"),
    (b"nts", "state"),
];

fn is(name: &[u8], known: &[u8]) -> bool {
    name.eq_ignore_ascii_case(known)
}

fn field(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = line.split_at_checked(colon)?;
    Some((name, value.get(1..)?.trim_ascii()))
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            50000,
            1900,
            &[(SRC, b"M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\nST: ssdp:all\r\n\r\n")],
        ),
        Sample::udp(
            50000,
            51900,
            &[(DST, b"HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nSERVER: Linux UPnP/1.0\r\n\r\n")],
        ),
    ],
    near_miss: &[
        Sample::udp(50000, 1900, &[(SRC, b"M-SEARCH /x HTTP/1.1\r\nHOST: a\r\n\r\n")]),
        Sample::udp(50000, 51900, &[(DST, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")]),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Value;
    use crate::testing::{Flow, UDP};

    #[test]
    fn fields_are_noted() {
        let mut flow = Flow::new(UDP, 50000, 1900);
        flow.src(SAMPLES.positive[0].said[0].1);
        let expected = [("method", Value::from("m-search")), ("target", Value::from("ssdp:all"))];
        assert_eq!(flow.inspection.facts().details, expected);
    }
}
