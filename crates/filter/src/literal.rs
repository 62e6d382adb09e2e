use std::fmt;
use std::net::IpAddr;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::field::Kind;

/// Something that a field is compared with.
#[derive(Clone, PartialEq, Debug)]
pub enum Literal {
    /// Text; letter case does not matter.
    Text(String),
    /// A number: of bytes, milliseconds, or whatever the field counts.
    Number(f64),
    /// Addresses with the same first bits.
    Network(IpAddr, u8),
    /// A time as records write it, which sorts as text.
    Time(String),
    /// Yes or no.
    Flag(bool),
    /// How severe: 0 is info, 4 critical.
    Severity(u8),
}

const SEVERITIES: [&str; 5] = ["info", "low", "medium", "high", "critical"];

pub(crate) fn severity(name: &str) -> Option<u8> {
    let place = SEVERITIES.iter().position(|one| one.eq_ignore_ascii_case(name))?;
    u8::try_from(place).ok()
}

/// What a word is for a field of this kind, or what it should be.
pub(crate) fn read(kind: Kind, word: &str) -> Result<Literal, &'static str> {
    match kind {
        Kind::Text | Kind::List => Ok(Literal::Text(word.to_owned())),
        Kind::Number => scaled(word, &[]).map(Literal::Number).ok_or("a number"),
        Kind::Bytes => {
            scaled(word, &BYTES).map(Literal::Number).ok_or("a number of bytes such as 10M or 4KiB")
        }
        Kind::Duration => {
            scaled(word, &DURATIONS).map(Literal::Number).ok_or("a duration such as 250ms, 5s or 2h")
        }
        Kind::Address => network(word).ok_or("an address or a network such as 10.0.0.0/8"),
        Kind::Time => time(word).ok_or("a time such as 2026-11-22 or 2026-11-22T14:03:01Z"),
        Kind::Flag => match word {
            "true" | "yes" => Ok(Literal::Flag(true)),
            "false" | "no" => Ok(Literal::Flag(false)),
            _ => Err("true or false"),
        },
        Kind::Severity => severity(word).map(Literal::Severity).ok_or("info, low, medium, high or critical"),
    }
}

/// What a word is for a field that nothing is known of.
pub(crate) fn guess(word: &str) -> Literal {
    match word {
        "true" => Literal::Flag(true),
        "false" => Literal::Flag(false),
        _ => scaled(word, &[]).map_or_else(|| Literal::Text(word.to_owned()), Literal::Number),
    }
}

const BYTES: [(&str, f64); 17] = [
    ("", 1.0),
    ("B", 1.0),
    ("k", 1e3),
    ("K", 1e3),
    ("kB", 1e3),
    ("M", 1e6),
    ("MB", 1e6),
    ("G", 1e9),
    ("GB", 1e9),
    ("T", 1e12),
    ("TB", 1e12),
    ("Ki", 1024.0),
    ("KiB", 1024.0),
    ("Mi", 1_048_576.0),
    ("MiB", 1_048_576.0),
    ("Gi", 1_073_741_824.0),
    ("GiB", 1_073_741_824.0),
];

const DURATIONS: [(&str, f64); 6] =
    [("", 1.0), ("ms", 1.0), ("s", 1e3), ("m", 60e3), ("h", 3_600e3), ("d", 86_400e3)];

fn scaled(word: &str, units: &[(&str, f64)]) -> Option<f64> {
    let end = word.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '-').unwrap_or(word.len());
    let (number, unit) = word.split_at_checked(end)?;
    let number: f64 = number.parse().ok()?;
    if units.is_empty() {
        return unit.is_empty().then_some(number);
    }
    units.iter().find(|(name, _)| *name == unit).map(|(_, factor)| number * factor)
}

fn network(word: &str) -> Option<Literal> {
    let (address, bits) = match word.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (word, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.map_or(Some(most), |bits| bits.parse().ok())?;
    (bits <= most).then_some(Literal::Network(address, bits))
}

/// Whether an address is in a network.
pub fn is_in(address: IpAddr, network: IpAddr, bits: u8) -> bool {
    let same = |a: u128, b: u128, width: u32| {
        let rest = width.saturating_sub(u32::from(bits));
        rest >= width || a >> rest == b >> rest
    };
    match (address, network) {
        (IpAddr::V4(a), IpAddr::V4(b)) => same(a.to_bits().into(), b.to_bits().into(), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => same(a.to_bits(), b.to_bits(), 128),
        _ => false,
    }
}

fn time(word: &str) -> Option<Literal> {
    let time = match word.parse::<Timestamp>() {
        Ok(time) => time,
        Err(_) => word.parse::<Date>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp(),
    };
    Some(Literal::Time(format!("{time:.9}")))
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")),
            Self::Number(number) => write!(f, "{number}"),
            Self::Network(address, bits) => write!(f, "{address}/{bits}"),
            Self::Time(time) => write!(f, "{time}"),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Severity(rank) => f.write_str(SEVERITIES.get(usize::from(*rank)).unwrap_or(&"info")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_units_of_their_field() {
        let number = |kind, word| match read(kind, word) {
            Ok(Literal::Number(number)) => Some(number),
            _ => None,
        };
        assert_eq!(number(Kind::Bytes, "10M"), Some(10e6));
        assert_eq!(number(Kind::Bytes, "1.5KiB"), Some(1536.0));
        assert_eq!(number(Kind::Bytes, "10s"), None);
        assert_eq!(number(Kind::Duration, "2h"), Some(7_200_000.0));
        assert_eq!(number(Kind::Duration, "250"), Some(250.0));
        assert_eq!(number(Kind::Number, "10M"), None);
    }

    #[test]
    fn times_sort_as_records_write_them() {
        let time = |word| match read(Kind::Time, word) {
            Ok(Literal::Time(time)) => time,
            other => panic!("{other:?}"),
        };
        assert_eq!(time("2026-11-22"), "2026-11-22T00:00:00.000000000Z");
        assert_eq!(time("2026-11-22T01:00:00+01:00"), "2026-11-22T00:00:00.000000000Z");
        assert!(read(Kind::Time, "now").is_err());
    }

    #[test]
    fn networks_have_their_addresses() {
        let net = |text: &str| match network(text) {
            Some(Literal::Network(address, bits)) => (address, bits),
            other => panic!("{other:?}"),
        };
        for (network, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.1"),
            ("0.0.0.0/0", "1.2.3.4", "::1"),
            ("::/0", "fe80::1", "1.2.3.4"),
            ("192.0.2.7", "192.0.2.7", "192.0.2.8"),
            ("fd00::/8", "fd12::1", "fe80::1"),
        ] {
            let (address, bits) = net(network);
            assert!(is_in(inside.parse().unwrap(), address, bits), "{network} {inside}");
            assert!(!is_in(outside.parse().unwrap(), address, bits), "{network} {outside}");
        }
        assert!(network("10.0.0.0/33").is_none());
    }
}
