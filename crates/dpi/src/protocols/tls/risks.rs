//! What an administrator should know of a handshake.

use std::net::IpAddr;

use wire::Timestamp;

use super::certificate::{Parsed, alternative_names};
use crate::dialogue::{after, contains};
use crate::facts::{Certificate, HostnameSource};
use crate::findings::Findings;
use crate::fingerprints::Carrier;
use crate::iana::cipher_suite_name;
use crate::risk::{Risk, Risks};

const TLS_1_1: u16 = 0x0302;

const DTLS_1_0: u16 = 0xfeff;

/// RFC 8996 deprecates TLS below 1.2, and DTLS 1.0; what OpenSSL spoke before that is 0x0100.
pub(super) fn of_choice(version: u16, cipher: u16, risks: &mut Risks) {
    if version <= TLS_1_1 || version == DTLS_1_0 {
        risks.insert(Risk::ObsoleteTls);
    }
    if cipher_suite_name(cipher).is_some_and(is_weak) {
        risks.insert(Risk::WeakCipher);
    }
}

/// Without secrecy or authentication, of export strength, with RC4 (RFC 7465) or with blocks of
/// 64 bits (CVE-2016-2183).
fn is_weak(suite: &str) -> bool {
    let mut words = suite.as_bytes().split(|byte| *byte == b'_').skip(1).peekable();
    while let Some(word) = words.next() {
        match word {
            b"NULL" | b"anon" | b"RC4" | b"RC2" | b"DES" | b"DES40" | b"3DES" if words.peek().is_some() => {
                return true;
            }
            word if word.starts_with(b"EXPORT") => return true,
            _ => {}
        }
    }
    matches!(suite, "TLS_SHA256_SHA256" | "TLS_SHA384_SHA384")
}

/// RFC 7919 s1: primes below 2048 bits.
pub(super) fn of_prime(prime: &[u8], findings: &mut Findings) {
    let zeros = prime.iter().take_while(|byte| **byte == 0).count();
    if (1..2048 / 8).contains(&(prime.len() - zeros)) {
        findings.risk(Risk::WeakKey);
    }
}

/// RFC 6066 s3 forbids addresses; an A-label (RFC 5890 s2.3.2.1) begins with `xn--`.
pub(super) fn of_name(name: &[u8], findings: &mut Findings) {
    let Ok(text) = std::str::from_utf8(name) else { return };
    let is_like_address = name.first().is_some_and(u8::is_ascii_digit) || name.contains(&b':');
    if is_like_address && text.parse::<IpAddr>().is_ok() {
        findings.risk(Risk::NumericHost);
    }
    if memchr::memchr(b'-', name).is_some()
        && name.split(|byte| *byte == b'.').any(|label| after(label, b"xn--").is_some())
    {
        findings.risk(Risk::Punycode);
    }
}

pub(super) fn of_certificate(parsed: &Parsed<'_>, now: Timestamp, carrier: Carrier, findings: &mut Findings) {
    let certificate = &parsed.certificate;
    let now = i64::try_from(now.secs()).unwrap_or(i64::MAX);
    let early = certificate.not_before.is_some_and(|begin| now < begin);
    let late = certificate.not_after.is_some_and(|end| now > end);
    if early || late {
        findings.risk(Risk::CertificateExpired);
    }
    // Peers of WebRTC do so by design (RFC 8827 s6.5); they compare fingerprints.
    if certificate.self_signed && carrier != Carrier::Dtls {
        findings.risk(Risk::CertificateSelfSigned);
    }
    if is_long_lived(parsed) {
        findings.risk(Risk::CertificateLongLived);
    }
    if has_weak_key(certificate) {
        findings.risk(Risk::WeakKey);
    }
    let facts = &findings.facts;
    if facts.hostname_source == Some(HostnameSource::Sni)
        && let Some(host) = &facts.hostname
        && !parsed.matches(host)
    {
        findings.risk(Risk::CertificateMismatch);
    }
}

/// Factoring gets near 1024 bits; MD5 and SHA-1 no longer bind a signature to a text (RFC 9155).
fn has_weak_key(certificate: &Certificate) -> bool {
    let least = match certificate.key.as_deref() {
        Some("RSA" | "DSA") => 2048,
        Some(key) if key.starts_with("EC ") => 224,
        _ => 0,
    };
    let signature = certificate.signature.as_bytes();
    // The root's own signature convinces nobody, whatever its hash.
    let weak_hash =
        [b"md2", b"md5"].iter().any(|hash| contains(signature, *hash)) || contains(signature, b"sha1");
    certificate.key_bits.is_some_and(|bits| bits < least) || (weak_hash && !certificate.self_signed)
}

const DAY: i64 = 86_400;

/// The CA/Browser Forum's Baseline Requirements s6.3.2: most days that certificates issued since
/// some second may be valid.
const LIMITS: [(i64, i64); 6] = [
    (1_868_054_400, 47),  // 2029-03-15
    (1_805_068_800, 100), // 2027-03-15
    (1_773_532_800, 200), // 2026-03-15
    (1_598_918_400, 398), // 2020-09-01
    (1_519_862_400, 825), // 2018-03-01
    (0, 39 * 31),
];

/// Of those that public authorities seem to have issued: for a name in public, and by somebody
/// who gives an organisation (s7.1.2 there).
fn is_long_lived(parsed: &Parsed<'_>) -> bool {
    let certificate = &parsed.certificate;
    let (Some(begin), Some(end)) = (certificate.not_before, certificate.not_after) else { return false };
    let public = !certificate.self_signed
        && !parsed.is_ca
        && parsed.issuer_has_organization
        && certificate.san.iter().any(|name| is_public(name));
    let limit = LIMITS.iter().find(|(since, _)| begin >= *since).map_or(i64::MAX, |(_, days)| days * DAY);
    // The last second is part of the validity.
    public && end.saturating_sub(begin) > limit
}

/// A name below a domain that is not for private use (RFC 6761, RFC 6762, and usage).
fn is_public(name: &str) -> bool {
    const PRIVATE: [&str; 9] =
        ["local", "localhost", "localdomain", "internal", "lan", "home", "corp", "test", "invalid"];
    match name.rsplit_once('.') {
        Some((_, top)) => {
            top.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-') && !PRIVATE.contains(&top)
        }
        None => false,
    }
}

impl Parsed<'_> {
    /// RFC 9525 s6.3: names among the alternative ones; the common name (RFC 6125 s6.4.4) only if
    /// there are none. Not knowing any name is no mismatch.
    fn matches(&self, host: &str) -> bool {
        let mut names = alternative_names(self.alternatives).peekable();
        match (names.peek().is_some(), &self.common_name) {
            (true, _) => names.any(|name| name_matches(&name, host)),
            (false, Some(name)) => name_matches(name, host),
            (false, None) => true,
        }
    }
}

/// RFC 9525 s6.3: a wildcard is the whole first label and stands for one label.
fn name_matches(name: &str, host: &str) -> bool {
    let (name, host) = (name.trim_end_matches('.'), host.trim_end_matches('.'));
    match name.strip_prefix("*.") {
        Some(parent) => host.split_once('.').is_some_and(|(label, rest)| {
            !label.is_empty() && rest.eq_ignore_ascii_case(parent) && host.parse::<IpAddr>().is_err()
        }),
        None => name.eq_ignore_ascii_case(host) || same_address(name, host),
    }
}

fn same_address(name: &str, host: &str) -> bool {
    name.parse::<IpAddr>().is_ok_and(|address| host.parse() == Ok(address))
}

#[cfg(test)]
mod tests {
    use super::super::certificate::{parse, tests::CERTIFICATE};
    use super::*;

    fn risks_at(second: u64, host: &str) -> Risks {
        let mut findings = Findings::default();
        findings.facts.hostname = Some(host.into());
        findings.facts.hostname_source = Some(HostnameSource::Sni);
        of_certificate(
            &parse(CERTIFICATE, true).unwrap(),
            Timestamp::new(second, 0),
            Carrier::Tcp,
            &mut findings,
        );
        findings.facts.risks
    }

    #[test]
    fn names_and_wildcards() {
        assert!(name_matches("www.Example.org", "WWW.example.org."));
        assert!(name_matches("*.example.org", "a.example.org"));
        assert!(!name_matches("*.example.org", "example.org"));
        assert!(!name_matches("*.example.org", "a.b.example.org"));
        assert!(!name_matches("*.0.2.7", "192.0.2.7"));
        assert!(name_matches("2001:db8::1", "2001:db8:0::1"));
    }

    #[test]
    fn validity_and_name() {
        let good = risks_at(1_750_000_000, "x.example.net");
        assert_eq!(good.names().collect::<Vec<_>>(), ["certificate-self-signed"]);
        assert!(risks_at(1_768_000_000, "192.0.2.7").contains(Risk::CertificateExpired));
        assert!(risks_at(1_730_000_000, "192.0.2.7").contains(Risk::CertificateExpired));
        assert!(risks_at(1_750_000_000, "example.org").contains(Risk::CertificateMismatch));
    }

    #[test]
    fn how_long_public_ones_may_last() {
        let mut parsed = parse(CERTIFICATE, true).unwrap();
        assert!(!is_long_lived(&parsed), "nobody vouches for it");
        (parsed.certificate.self_signed, parsed.is_ca) = (false, false);
        assert!(!is_long_lived(&parsed));
        parsed.certificate.not_after = Some(1_735_689_600 + 398 * DAY + 1);
        assert!(is_long_lived(&parsed));
        parsed.certificate.san = vec!["nas.local".into(), "nas".into(), "192.0.2.7".into()];
        assert!(!is_long_lived(&parsed));
    }

    #[test]
    fn suites() {
        let of = |version, cipher| {
            let mut risks = Risks::default();
            of_choice(version, cipher, &mut risks);
            (risks.contains(Risk::ObsoleteTls), risks.contains(Risk::WeakCipher))
        };
        assert_eq!(of(0x0304, 0x1301), (false, false));
        assert_eq!(of(0x0303, 0x000a), (false, true));
        assert_eq!(of(0x0303, 0x0034), (false, true));
        assert_eq!(of(0x0301, 0xc02f), (true, false));
        assert_eq!(of(0xfefd, 0xc02f), (false, false));
        assert_eq!(of(0xfeff, 0x0005), (true, true));
    }

    #[test]
    fn names_asked_for() {
        let of = |name: &[u8]| {
            let mut findings = Findings::default();
            of_name(name, &mut findings);
            findings.facts.risks.names().collect::<Vec<_>>()
        };
        assert_eq!(of(b"www.xn--mnchen-3ya.de"), ["punycode"]);
        assert_eq!(of(b"192.0.2.1"), ["numeric-host"]);
        assert!(of(b"example.org").is_empty());
    }
}
