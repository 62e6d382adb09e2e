//! The lines of a list.

use std::net::IpAddr;

use super::Kind;

/// What stands in a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Entry {
    /// An address, or a network with as many bits.
    Network(IpAddr, u8),
    /// A domain or a fingerprint, in lower case.
    Text(Kind, String),
}

/// A line that cannot be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadEntry {
    /// Its number, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: String,
}

/// RFC 1035 s2.3.4.
const LONGEST_NAME: usize = 253;
const LONGEST_LABEL: usize = 63;

/// Every entry, in order.
pub(super) fn entries(text: &str) -> impl Iterator<Item = Result<Entry, BadEntry>> {
    let mut before_rows = true;
    let lines = text.strip_prefix('\u{feff}').unwrap_or(text).lines().zip(1..);
    lines.filter_map(move |(line, number)| {
        let line = without_comment(line).trim();
        if line.is_empty() {
            return None;
        }
        let is_heading = std::mem::take(&mut before_rows) && line.contains(',');
        match entry(line) {
            Some(entry) => Some(Ok(entry)),
            // The names of the columns.
            None if is_heading => None,
            None => Some(Err(BadEntry {
                line: number,
                what: format!(
                    "`{}` has no address, network, domain, JA3, JA4, SHA-1 or SHA-256",
                    line.chars().take(60).collect::<String>().escape_debug()
                ),
            })),
        }
    })
}

fn without_comment(line: &str) -> &str {
    let line = if line.trim_start().starts_with("//") { "" } else { line };
    line.split(['#', ';']).next().unwrap_or_default()
}

/// The line itself, the first value of a row that is one, or the name behind an address of nobody as
/// in hosts files.
fn entry(line: &str) -> Option<Entry> {
    if line.contains(',') {
        return line.split(',').find_map(|value| one(value.trim().trim_matches('"')));
    }
    match line.split_once([' ', '\t']) {
        Some(("0.0.0.0" | "127.0.0.1" | "::" | "::1", name)) => one(name.trim()),
        Some(_) => None,
        None => one(line),
    }
}

fn one(text: &str) -> Option<Entry> {
    network(text).or_else(|| fingerprint(text)).or_else(|| domain(text))
}

/// An address, one with a port, or a network; bits behind its prefix do not matter.
fn network(text: &str) -> Option<Entry> {
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Some(Entry::Network(ip, bits_of(ip)));
    }
    if let Ok(socket) = text.parse::<std::net::SocketAddr>() {
        return Some(Entry::Network(socket.ip(), bits_of(socket.ip())));
    }
    let (address, prefix) = text.split_once('/')?;
    let (ip, prefix) = (address.parse::<IpAddr>().ok()?, prefix.parse::<u8>().ok()?);
    // All of the Internet is nobody's list.
    (1..=bits_of(ip)).contains(&prefix).then_some(Entry::Network(ip, prefix))
}

fn bits_of(ip: IpAddr) -> u8 {
    if ip.is_ipv4() { 32 } else { 128 }
}

fn fingerprint(text: &str) -> Option<Entry> {
    // Certificates' digests are often written with colons between the bytes.
    let plain = if text.len() > 36 { text.replace(':', "") } else { text.to_owned() }.to_ascii_lowercase();
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let kind = match plain.len() {
        32 if is_hex(&plain) => Kind::Ja3,
        40 | 64 if is_hex(&plain) => Kind::Certificate,
        36 if is_ja4(&plain) => Kind::Ja4,
        _ => return None,
    };
    Some(Entry::Text(kind, plain))
}

/// `t13d1516h2_8daaf6152771_e5627efa2ab1`.
fn is_ja4(text: &str) -> bool {
    let mut parts = text.split('_');
    let (Some(a), Some(b), Some(c), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let hex = |part: &str| part.len() == 12 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    a.len() == 10 && a.starts_with(['t', 'q', 'd']) && a.is_ascii() && hex(b) && hex(c)
}

/// A name of at least two labels; `*.` in front of it is understood anyway.
fn domain(text: &str) -> Option<Entry> {
    let name = text.strip_prefix("*.").unwrap_or(text).trim_end_matches('.');
    let label = |label: &str| {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (1..=LONGEST_LABEL).contains(&label.len()) && label.bytes().all(is_letter)
    };
    let top = name.rsplit('.').next().unwrap_or_default();
    let fits = name.len() <= LONGEST_NAME
        && name.contains('.')
        && name.split('.').all(label)
        && !top.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| Entry::Text(Kind::Domain, name.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Entry> {
        entries(text).map(|entry| entry.unwrap()).collect()
    }

    fn domain(name: &str) -> Entry {
        Entry::Text(Kind::Domain, name.to_owned())
    }

    #[test]
    fn lines_and_comments() {
        let ip = |text: &str, bits| Entry::Network(text.parse().unwrap(), bits);
        let text = "# nothing\n\n192.0.2.1\n198.51.100.0/24 ; somebody\n// no\n  Bad.Example.  # yes\n2001:db8::/32\n\
                    0.0.0.0 ads.example\n*.wild.example\n";
        let found = [
            ip("192.0.2.1", 32),
            ip("198.51.100.0", 24),
            domain("bad.example"),
            ip("2001:db8::", 32),
            domain("ads.example"),
            domain("wild.example"),
        ];
        assert_eq!(read(text), found);
    }

    #[test]
    fn rows_of_values() {
        let text = "# a comment\nfirst_seen_utc,dst_ip,dst_port,c2_status,last_online,malware\n\
                    \"2021-05-16 19:49:33\",\"192.0.2.9\",\"4125\",\"online\",\"2026-01-01\",\"Some.Name\"\n\
                    2024-01-01 10:00:00,0123456789ABCDEF0123456789abcdef01234567,Some C&C\n\
                    \"2026-01-01\",\"1\",\"192.0.2.10:443\",\"ip:port\"\n";
        let sha1 = Entry::Text(Kind::Certificate, "0123456789abcdef0123456789abcdef01234567".into());
        let ip = |text: &str| Entry::Network(text.parse().unwrap(), 32);
        assert_eq!(read(text), [ip("192.0.2.9"), sha1, ip("192.0.2.10")]);
    }

    #[test]
    fn fingerprints() {
        let text = "0123456789abcdef0123456789abcdef\nt13d1516h2_8daaf6152771_e5627efa2ab1\n\
                    01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67\n";
        let kinds = read(text).into_iter().map(|entry| match entry {
            Entry::Text(kind, _) => kind,
            other => panic!("{other:?}"),
        });
        assert_eq!(kinds.collect::<Vec<_>>(), [Kind::Ja3, Kind::Ja4, Kind::Certificate]);
    }

    #[test]
    fn what_is_none_is_said_with_its_line() {
        for bad in
            ["localhost", "0.0.0.0/0", "192.0.2.1/33", "http://a.example/x", "1.2.3", "two words.example"]
        {
            let error = entries(&format!("a.example\n{bad}\n")).find_map(Result::err);
            assert_eq!(error.map(|error| error.line), Some(2), "{bad}");
        }
    }
}
