//! Syslog (RFC 5424, RFC 3164; RFC 6587 over TCP): facility, severity, host and application.

use crate::dialogue::{is_one_of, number, word};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Starts, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "syslog",
    category: "management",
    encrypted: false,
    over: &[(Transport::Udp, &[b'<'..=b'<']), (Transport::Tcp, STREAM)],
    ports: &[514, 601, 1514, 5514],
    bound: false,
    fields: &["facility", "severity", "host", "application"],
    head: SHALLOW,
    inspect,
};

/// RFC 6587 s3.4.1: a length may come first.
const STREAM: Starts = &[b'1'..=b'9', b'<'..=b'<'];

/// RFC 5424 s6.2.1.
const FACILITIES: [&str; 24] = [
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
    "ntp", "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6",
    "local7",
];
const SEVERITIES: [&str; 8] =
    ["emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"];
const MONTHS: [&[u8]; 12] =
    [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let bytes = match look.transport {
        Transport::Tcp => counted(look.bytes),
        Transport::Udp => look.bytes,
    };
    let begun = look.transport == Transport::Tcp && !look.cut && look.bytes.len() < 32;
    let Some((priority, rest)) = priority(bytes) else {
        let opened = bytes.iter().all(|byte| byte.is_ascii_digit() || *byte == b'<' || *byte == b' ');
        return if begun && opened { Verdict::NeedMore } else { Verdict::No };
    };
    let start = rest.get(..rest.len().min(128)).unwrap_or_default();
    if !start.iter().all(|byte| matches!(byte, b'\t' | b'\r' | b'\n' | b' '..=b'~' | 0x80.. | 0)) {
        return Verdict::No;
    }
    if rest.len() < 16 && begun {
        return Verdict::NeedMore;
    }
    let named = header(rest);
    let tagged = rest
        .trim_ascii_start()
        .iter()
        .position(|byte| matches!(byte, b':' | b'[' | b'=' | b' '))
        .is_some_and(|at| at > 0);
    let sure = named.is_some() || (look.hinted && !rest.is_empty());
    if !sure && (!tagged || look.transport == Transport::Tcp) {
        return Verdict::No;
    }
    let place = |index: u64| usize::try_from(index).unwrap_or_default();
    findings.note("facility", FACILITIES.get(place(priority / 8)).copied().unwrap_or_default());
    findings.note("severity", SEVERITIES.get(place(priority % 8)).copied().unwrap_or_default());
    if let Some((host, application)) = named {
        findings.note("host", lossy(host, NAME_MAX));
        if !application.is_empty() {
            findings.note("application", lossy(application, NAME_MAX));
        }
    }
    match sure {
        true => Verdict::proven("syslog priority and header", Want::Nothing),
        false => Verdict::likely("syslog priority", Want::Nothing),
    }
}

/// What follows the octet count, if there is one.
fn counted(bytes: &[u8]) -> &[u8] {
    let (count, _) = word(bytes);
    let rest = bytes.get(count.len() + 1..).unwrap_or_default();
    if count.len() <= 6 && number(count).is_some() && rest.first() == Some(&b'<') { rest } else { bytes }
}

/// `<PRI>` without leading zeros, at most 23 * 8 + 7 (RFC 5424 s6.2.1).
fn priority(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let rest = bytes.strip_prefix(b"<")?;
    let end = rest.iter().take(4).position(|byte| *byte == b'>')?;
    let digits = rest.get(..end)?;
    let priority = number(digits)?;
    let padded = digits.len() > 1 && digits.starts_with(b"0");
    (priority <= 191 && !padded).then_some((priority, rest.get(end + 1..)?))
}

/// Host and application of a header that has a timestamp.
fn header(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = rest.trim_ascii_start();
    let (first, after) = word(rest);
    if first == b"1" {
        let (time, after) = word(after);
        let (host, after) = word(after);
        return (time == b"-" || is_iso(time)).then_some((host, word(after).0));
    }
    // RFC 3164 s4.1.2, and the ISO timestamps that many send instead.
    let after = if is_iso(first) {
        after
    } else if is_one_of(first, &MONTHS) {
        let (day, after) = word(after);
        let (time, after) = word(after);
        let (time, after) =
            if time.len() == 4 && number(time).is_some() { word(after) } else { (time, after) };
        let clock = time.get(2) == Some(&b':') && time.get(5) == Some(&b':');
        if !clock || number(day).is_none_or(|day| day > 31) {
            return None;
        }
        after
    } else {
        return None;
    };
    let (host, after) = word(after);
    let end = after.iter().position(|byte| matches!(byte, b':' | b'[' | b' ')).unwrap_or(0);
    Some((host, after.get(..end)?))
}

fn is_iso(time: &[u8]) -> bool {
    time.len() >= 19 && matches!(time, [b'1' | b'2', _, _, _, b'-', _, _, b'-', _, _, b'T', _, _, b':', ..])
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(50000, 514, &[(SRC, b"<34>Oct 11 22:14:15 web1 su[42]: failed for joe")]),
        Sample::udp(50000, 9514, &[(SRC, b"<165>1 2003-10-11T22:14:15.003Z web1 app 7 ID47 - hello")]),
        Sample::tcp(50000, 601, &[(SRC, b"58 <165>1 2003-10-11T22:14:15.003Z web1 app 7 ID47 - hello wor")]),
    ],
    near_miss: &[
        Sample::udp(50000, 514, &[(SRC, b"<192>Oct 11 22:14:15 web1 su: x")]),
        Sample::udp(50000, 514, &[(SRC, b"<34>\x01\x02\x03\x04\x05\x06")]),
        Sample::tcp(50000, 514, &[(SRC, b"<html><body>")]),
    ],
};

#[cfg(test)]
mod tests {
    use super::header;

    #[test]
    fn hosts_and_applications() {
        assert_eq!(header(b"Oct  1 22:14:15 web1 su[4]: x"), Some((&b"web1"[..], &b"su"[..])));
        assert_eq!(header(b"1 - web1 app - - - x"), Some((&b"web1"[..], &b"app"[..])));
        assert_eq!(
            header(b"2016-05-24T09:50:52.9+02:00 ldap01 slapd[1]: x"),
            Some((&b"ldap01"[..], &b"slapd"[..]))
        );
        assert_eq!(header(b"Oct 11 noon web1 su: x"), None);
    }
}
