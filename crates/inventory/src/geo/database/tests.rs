//! With databases that are written here, by MaxMind's specification of the format, version 2.0.

use super::*;
use crate::geo::Geo;

/// A value of a data section.
enum Value {
    Text(&'static str),
    Short(u16),
    Number(u32),
    Long(u64),
    List,
    Map(Vec<(&'static str, Self)>),
}

use Value::{List, Long, Map, Number, Short, Text};

impl Value {
    /// A control byte with type and size, then the value; short ones only.
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Text(text) => {
                // From 29 on the size is 29 and a byte of what it is more.
                let length = text.len() as u8;
                out.push(2 << 5 | length.min(29));
                out.extend(length.checked_sub(29));
                out.extend(text.bytes());
            }
            Short(n) => {
                out.push(5 << 5 | 2);
                out.extend(n.to_be_bytes());
            }
            // Types above 7 are in a byte of their own, less 7.
            Long(n) => {
                out.extend([8, 9 - 7]);
                out.extend(n.to_be_bytes());
            }
            List => out.extend([0, 11 - 7]),
            Number(n) => {
                out.push(6 << 5 | 4);
                out.extend(n.to_be_bytes());
            }
            Map(entries) => {
                out.push(7 << 5 | entries.len() as u8);
                for (key, value) in entries {
                    Text(key).write(out);
                    value.write(out);
                }
            }
        }
    }
}

/// A database of IPv6 with records of 24 bits; IPv4 is at ::/96.
fn database(kind: &'static str, records: &[(&str, Value)]) -> Vec<u8> {
    #[derive(Clone, Copy)]
    enum Side {
        None,
        Node(u32),
        Data(u32),
    }
    let mut nodes = vec![[Side::None; 2]];
    let mut data = Vec::new();
    for (network, value) in records {
        let (address, prefix) = network.split_once('/').unwrap();
        let prefix: u32 = prefix.parse().unwrap();
        let (bits, length) = match address.parse().unwrap() {
            IpAddr::V4(v4) => (u128::from(v4.to_bits()), 96 + prefix),
            IpAddr::V6(v6) => (v6.to_bits(), prefix),
        };
        let offset = data.len() as u32;
        value.write(&mut data);
        let mut at = 0;
        for depth in 0..length {
            let side = (bits >> (127 - depth) & 1) as usize;
            if depth + 1 == length {
                nodes[at][side] = Side::Data(offset);
            } else if let Side::Node(next) = nodes[at][side] {
                at = next as usize;
            } else {
                nodes[at][side] = Side::Node(nodes.len() as u32);
                at = nodes.len();
                nodes.push([Side::None; 2]);
            }
        }
    }
    let count = nodes.len() as u32;
    let mut file = Vec::new();
    for side in nodes.into_iter().flatten() {
        let pointer = match side {
            Side::None => count,
            Side::Node(next) => next,
            Side::Data(offset) => count + 16 + offset,
        };
        file.extend(&pointer.to_be_bytes()[1..]);
    }
    file.extend([0; 16]);
    file.extend(data);
    file.extend(b"\xab\xcd\xefMaxMind.com");
    let about = Map(vec![
        ("binary_format_major_version", Short(2)),
        ("binary_format_minor_version", Short(0)),
        ("build_epoch", Long(1_780_000_000)),
        ("database_type", Text(kind)),
        ("description", Map(vec![])),
        ("languages", List),
        ("ip_version", Short(6)),
        ("node_count", Number(count)),
        ("record_size", Short(24)),
    ]);
    about.write(&mut file);
    file
}

fn open(bytes: Vec<u8>) -> Database {
    Database::of_bytes(Path::new("a.mmdb"), bytes).unwrap()
}

fn country(code: &'static str) -> Value {
    Map(vec![("country", Map(vec![("iso_code", Text(code))]))])
}

fn system(number: u32, name: &'static str) -> Value {
    Map(vec![("autonomous_system_number", Number(number)), ("autonomous_system_organization", Text(name))])
}

fn told(geo: &Geo, address: &str) -> (String, u32, String) {
    let place = geo.lookup(address.parse().unwrap());
    let country = place.country.map(|c| c.to_string()).unwrap_or_default();
    (country, place.asn.unwrap_or(0), place.org.unwrap_or_default().to_owned())
}

fn answer(country: &str, asn: u32, org: &str) -> (String, u32, String) {
    (country.to_owned(), asn, org.to_owned())
}

#[test]
fn the_layouts_of_several_makers() {
    let made = database(
        "Mixed",
        &[
            ("5.1.0.0/16", country("DE")),
            ("5.2.0.0/16", system(64500, "Example Net")),
            (
                "5.3.0.0/16",
                Map(vec![
                    ("country", Text("France")),
                    ("country_code", Text("FR")),
                    ("asn", Text("AS64501")),
                    ("as_name", Text("Exemple")),
                ]),
            ),
            ("5.4.0.0/16", Map(vec![("country", Text("IT")), ("asn", Text("nothing"))])),
            ("5.5.0.0/16", Map(vec![("registered_country", Map(vec![("iso_code", Text("ES"))]))])),
            ("5.6.0.0/16", Map(vec![("country", Number(7)), ("autonomous_system_number", Text("x"))])),
            ("2a00:5::/32", country("SE")),
        ],
    );
    let geo = Geo::new(vec![open(made)], false);
    assert_eq!(told(&geo, "5.1.0.0"), answer("DE", 0, ""));
    assert_eq!(told(&geo, "5.1.255.255"), answer("DE", 0, ""));
    assert_eq!(told(&geo, "5.2.3.4"), answer("", 64500, "Example Net"));
    assert_eq!(told(&geo, "5.3.3.4"), answer("FR", 64501, "Exemple"));
    assert_eq!(told(&geo, "5.4.3.4"), answer("IT", 0, ""));
    assert_eq!(told(&geo, "5.5.3.4"), answer("ES", 0, ""));
    assert_eq!(told(&geo, "5.6.3.4"), answer("", 0, ""));
    assert_eq!(told(&geo, "5.7.0.0"), answer("", 0, ""));
    assert_eq!(told(&geo, "2a00:5:ffff::1"), answer("SE", 0, ""));
    assert_eq!(told(&geo, "8.8.8.8"), answer("", 0, ""));
}

#[test]
fn the_first_that_knows_wins_and_the_embedded_table_fills_in() {
    let first = database("First", &[("8.8.8.0/24", country("DE")), ("10.0.0.0/8", country("DE"))]);
    let second =
        database("Second", &[("8.8.8.0/24", country("FR")), ("8.8.4.0/24", system(64500, "Example"))]);
    let geo = Geo::new(vec![open(first), open(second)], true);
    assert_eq!(told(&geo, "8.8.8.8"), answer("DE", 15169, "Google LLC"));
    assert_eq!(told(&geo, "8.8.4.4").1, 64500);
    assert_eq!(told(&geo, "8.8.4.4").2, "Example");
    assert_eq!(told(&geo, "10.1.2.3"), answer("", 0, ""));
    let names: Vec<_> = geo.databases().iter().map(|d| (d.kind(), d.built())).collect();
    assert_eq!(names, [("First", 1_780_000_000), ("Second", 1_780_000_000)]);
}

#[test]
fn what_is_no_database_is_refused_with_its_path() {
    let missing = Database::open(Path::new("/nowhere/a.mmdb")).unwrap_err().to_string();
    assert!(missing.starts_with("/nowhere/a.mmdb: No such file"), "{missing}");
    let folder = Database::open(Path::new("/")).unwrap_err().to_string();
    assert_eq!(folder, "/: is not a file");
    for bytes in [&b""[..], b"not a database", &database("Cut", &[("5.1.0.0/16", country("DE"))])[..60]] {
        let error = Database::of_bytes(Path::new("b.mmdb"), bytes.to_vec()).unwrap_err().to_string();
        assert!(error.starts_with("b.mmdb: no database in MaxMind's format"), "{error}");
    }
}

#[test]
fn a_damaged_database_does_no_harm() {
    let whole =
        database("Small", &[("5.1.0.0/16", country("DE")), ("2a00:5::/32", system(64500, "Example"))]);
    let addresses = ["5.1.2.3", "5.2.2.3", "2a00:5::1", "2a00:6::1"].map(|text| text.parse().unwrap());
    let mut known = 0;
    let mut ask = |bytes: Vec<u8>| {
        if let Ok(database) = Database::of_bytes(Path::new("c.mmdb"), bytes) {
            known += addresses.iter().filter(|a| database.look(**a) != Place::default()).count();
        }
    };
    (0..whole.len()).for_each(|length| ask(whole[..length].to_vec()));
    for at in 0..whole.len() {
        for byte in [0, 0xff, whole[at] ^ 0x20, whole[at] ^ 1, whole[at].wrapping_add(16)] {
            let mut damaged = whole.clone();
            damaged[at] = byte;
            ask(damaged);
        }
    }
    assert!(known > 0);
}
