//! DNS: the names that addresses of this place are found by.

use std::net::IpAddr;

use dpi::DnsAnswer;

use crate::sighting::{NameSource, Subject};
use crate::watcher::{FlowLook, Heard, On, Read, Watcher, is_host};

pub(crate) const DNS: Watcher =
    Watcher { name: "dns", on: &[On::Flow("dns")], notes: &[], read: Read::Flow(read) };

const A: u16 = 1;
const PTR: u16 = 12;
const AAAA: u16 = 28;

/// More addresses than one host has are a service's.
const MOST_ADDRESSES: usize = 2;

fn read(look: &FlowLook<'_>, heard: &mut Heard<'_>) {
    let Some(dns) = look.ended.facts.as_deref().and_then(|facts| facts.dns.as_deref()) else { return };
    if dns.rcode != Some(0) {
        return;
    }
    match dns.qtype {
        A | AAAA => {
            let addresses = dns.answers.iter().filter_map(|answer| match answer {
                DnsAnswer::Address(ip) => Some(*ip),
                _ => None,
            });
            let addresses: Vec<IpAddr> = addresses.collect();
            // Who resolves here answers for names of this place; others send blocked names anywhere.
            let is_ours = look.record.direction == model::Direction::Lateral || is_local_name(&dns.query);
            if !is_ours || addresses.len() > MOST_ADDRESSES || !is_name(&dns.query) {
                return;
            }
            for ip in addresses.into_iter().filter(|ip| is_private(*ip)) {
                heard.about(Subject { mac: None, ip: Some(ip) }).name(&dns.query, NameSource::Dns);
            }
        }
        PTR => {
            let Some(ip) = reversed(&dns.query).filter(|ip| is_private(*ip)) else { return };
            let name = dns.answers.iter().find_map(|answer| match answer {
                DnsAnswer::Name(name) => Some(name),
                _ => None,
            });
            if let Some(name) = name.filter(|name| is_name(name)) {
                heard.about(Subject { mac: None, ip: Some(ip) }).name(name, NameSource::Dns);
            }
        }
        _ => {}
    }
}

/// RFC 1918, RFC 4193.
fn is_private(ip: IpAddr) -> bool {
    is_host(ip)
        && match ip {
            IpAddr::V4(ip) => ip.is_private(),
            IpAddr::V6(ip) => ip.is_unique_local(),
        }
}

/// A name that devices have: no service's (`_http._tcp`), none that every network has.
fn is_name(name: &str) -> bool {
    let first = name.split('.').next().unwrap_or_default();
    let general = ["localhost", "wpad", "isatap", "autodiscover", "www"];
    !first.is_empty()
        && !first.starts_with('_')
        && !general.iter().any(|known| known.eq_ignore_ascii_case(first))
}

/// RFC 6762 appendix G, RFC 8375, and a single label.
fn is_local_name(name: &str) -> bool {
    let own =
        ["lan", "home", "internal", "intranet", "corp", "private", "local", "localdomain", "arpa", "box"];
    let last = name.rsplit('.').next().unwrap_or_default();
    last == name || own.iter().any(|own| own.eq_ignore_ascii_case(last))
}

/// The address that a name of the reverse tree stands for (RFC 1035 s3.5, RFC 3596 s2.5).
fn reversed(name: &str) -> Option<IpAddr> {
    let name = name.to_ascii_lowercase();
    if let Some(parts) = name.strip_suffix(".in-addr.arpa") {
        let mut octets = [0u8; 4];
        let mut parts = parts.split('.');
        for octet in octets.iter_mut().rev() {
            *octet = parts.next()?.parse().ok()?;
        }
        return parts.next().is_none().then(|| octets.into());
    }
    let digits = name.strip_suffix(".ip6.arpa")?;
    let mut bits = 0u128;
    let mut count = 0;
    for digit in digits.rsplit('.') {
        let value = u128::from_str_radix(digit, 16).ok().filter(|_| digit.len() == 1)?;
        bits = bits << 4 | value;
        count += 1;
    }
    (count == 32).then(|| IpAddr::from(bits.to_be_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::{By, Talk, of};
    use crate::sighting::Fact;

    fn answer(question: &[u8], kind: u8, data: &[u8]) -> Vec<Fact> {
        let query = [&b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0"[..], question, &[0, kind, 0, 1]].concat();
        let mut response = query.clone();
        (response[2], response[3], response[7]) = (0x81, 0x80, 1);
        response.extend([0xc0, 12, 0, kind, 0, 1, 0, 0, 0, 60, 0, data.len() as u8]);
        response.extend(data);
        let heard = Talk::udp(53, &[(By::Client, &query), (By::Server, &response)]).sightings();
        of(&heard, "192.168.1.7".parse().unwrap())
    }

    fn name(name: &str) -> Vec<Fact> {
        vec![Fact::Name { name: name.into(), source: NameSource::Dns }]
    }

    #[test]
    fn local_addresses_get_the_names_they_are_found_by() {
        assert_eq!(answer(b"\x03nas\x03lan\0", 1, &[192, 168, 1, 7]), name("nas.lan"));
        let reverse = b"\x017\x011\x03168\x03192\x07in-addr\x04arpa\0";
        assert_eq!(answer(reverse, 12, b"\x02tv\x03lan\0"), name("tv.lan"));
    }

    #[test]
    fn what_every_network_has_is_no_name() {
        assert!(answer(b"\x04wpad\x03lan\0", 1, &[192, 168, 1, 7]).is_empty());
        assert!(answer(b"\x03nas\x03lan\0", 1, &[198, 51, 100, 7]).is_empty());
    }

    #[test]
    fn the_reverse_tree() {
        assert_eq!(reversed("7.1.168.192.in-addr.arpa"), "192.168.1.7".parse().ok());
        let v6 = format!("{}0.0.d.f.ip6.arpa", "1.".to_owned() + &"0.".repeat(27));
        assert_eq!(reversed(&v6), "fd00::1".parse().ok());
        assert_eq!(
            (reversed("1.168.192.in-addr.arpa"), reversed("x.ip6.arpa"), reversed("")),
            (None, None, None)
        );
    }
}
