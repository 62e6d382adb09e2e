use std::collections::HashSet;

use super::{MODULES, PROTOCOLS, SAMPLES};
use crate::candidates::Set;
use crate::protocol::{DEEP, Findings, Look, Protocol, SHALLOW, Sample, Transport, Verdict};
use crate::testing::{Flow, Noise, TCP, UDP};

#[test]
fn entries_are_well_formed() {
    assert!(PROTOCOLS.len() <= Set::CAPACITY);
    let mut names = HashSet::new();
    for protocol in PROTOCOLS {
        let name = protocol.name;
        assert!(names.insert(name), "{name} twice");
        assert!(name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-')), "{name}");
        assert!(!protocol.category.is_empty() && !protocol.over.is_empty(), "{name}");
        assert!(!protocol.bound || !protocol.ports.is_empty(), "{name}");
        assert!([SHALLOW, DEEP].contains(&protocol.head), "{name}");
        let snake = |field: &str| field.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'));
        assert!(protocol.fields.iter().all(|field| snake(field)), "{name}");
    }
}

#[test]
fn samples_are_told_from_near_misses() {
    let mut failures = Vec::new();
    for (protocol, samples) in PROTOCOLS.iter().zip(SAMPLES) {
        let name = protocol.name;
        assert!(!samples.positive.is_empty(), "{name} has no sample");
        assert!(!samples.near_miss.is_empty(), "{name} has no near miss");
        for (number, sample) in samples.positive.iter().enumerate() {
            let label = play(sample);
            if label != Some(name) {
                failures.push(format!("{name}: sample {number} became {label:?}"));
            }
        }
        for (number, sample) in samples.near_miss.iter().enumerate() {
            if play(sample) == Some(name) {
                failures.push(format!("{name}: near miss {number} was taken for it"));
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

/// Fields that are noted are those that the protocol lists.
#[test]
fn noted_fields_are_listed() {
    for (protocol, samples) in PROTOCOLS.iter().zip(SAMPLES) {
        for sample in samples.positive {
            for (field, _) in &played(sample).inspection.facts().details {
                assert!(protocol.fields.contains(field), "{} does not list {field}", protocol.name);
            }
        }
    }
}

/// The engine throws away what was noted on the way to "no" if it finds fields: whatever else is
/// written has to come with one.
#[test]
fn nothing_is_left_by_those_who_say_no() {
    let payloads: Vec<&[u8]> = SAMPLES
        .iter()
        .flat_map(|samples| samples.positive.iter().chain(samples.near_miss))
        .flat_map(|sample| sample.said)
        .map(|(_, payload)| *payload)
        .collect();
    for protocol in PROTOCOLS {
        for (transport, _) in protocol.over {
            for (bytes, hinted, cut) in payloads.iter().flat_map(|bytes| {
                [(false, false), (true, false), (true, true)].map(|(hinted, cut)| (*bytes, hinted, cut))
            }) {
                let ports = (50000, protocol.ports.first().copied().unwrap_or(50001));
                let look = Look {
                    transport: *transport,
                    ports,
                    from_src: true,
                    bytes,
                    cut,
                    hinted,
                    other: &[],
                    earlier: &[],
                    time: wire::Timestamp::new(1_700_000_000, 0),
                    lookups: true,
                };
                let mut findings = Findings::default();
                let verdict = (protocol.inspect)(&look, &mut findings);
                let left = findings.facts.details.is_empty() && !findings.is_empty();
                assert!(
                    matches!(verdict, Verdict::Match { .. }) || !left,
                    "{} leaves {findings:?} of {bytes:?}",
                    protocol.name
                );
            }
        }
    }
}

/// No answer matters here, only that there is one: what parsers make of anything at all.
#[test]
fn samples_survive_mutation() {
    let mut noise = Noise(7);
    for samples in SAMPLES {
        for sample in samples.positive.iter().chain(samples.near_miss) {
            for _ in 0..50 {
                let mut flow = flow(sample);
                for (from_src, payload) in sample.said {
                    let mut payload = payload.to_vec();
                    for _ in 0..1 + noise.next() % 3 {
                        let at = noise.next() as usize % payload.len();
                        payload[at] = noise.next() as u8;
                    }
                    payload.truncate(1 + noise.next() as usize % (payload.len() * 2));
                    if *from_src {
                        flow.src(&payload)
                    } else {
                        flow.dst(&payload)
                    };
                }
            }
        }
    }
}

fn flow(sample: &Sample) -> Flow {
    let transport = if sample.transport == Transport::Tcp { TCP } else { UDP };
    Flow::new(transport, sample.ports.0, sample.ports.1)
}

fn played(sample: &Sample) -> Flow {
    let mut flow = flow(sample);
    flow.play(sample.said);
    flow
}

fn play(sample: &Sample) -> Option<&'static str> {
    played(sample).name()
}

/// What netmonsec is for is to be believed: bytes that mean nothing get no label, whatever the port.
#[test]
fn noise_has_no_label() {
    let mut noise = Noise(2026);
    let mut ports: Vec<u16> = PROTOCOLS.iter().flat_map(|protocol| protocol.ports).copied().collect();
    ports.sort_unstable();
    ports.dedup();
    let mut labelled = std::collections::BTreeMap::new();
    let mut count = 0;
    while count < 20_000 {
        for port in &ports {
            let transport = if count % 2 == 0 { TCP } else { UDP };
            let src_port = if noise.next().is_multiple_of(4) { *port } else { 50_000 };
            let mut flow = Flow::new(transport, src_port, *port);
            for _ in 0..4 {
                let len = 1 + noise.next() as usize % if noise.next().is_multiple_of(2) { 64 } else { 1200 };
                let payload = noise.bytes(len);
                if noise.next().is_multiple_of(2) {
                    flow.src(&payload)
                } else {
                    flow.dst(&payload)
                };
            }
            count += 1;
            if let Some(name) = flow.name() {
                *labelled.entry(name).or_insert(0) += 1;
            }
        }
    }
    let wrong: u32 = labelled.values().sum();
    println!("{wrong} of {count} flows of noise got a label: {labelled:?}");
    assert!(wrong * 1000 <= count, "{wrong} of {count}: {labelled:?}");
}

/// `docs/protocols.md` is made of the registry and of the first line of each protocol's file:
/// `UPDATE_DOCS=1 cargo test -p netmonsec-dpi` writes it anew.
#[test]
fn documentation_is_up_to_date() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let path = format!("{root}/docs/protocols.md");
    let known = std::fs::read_to_string(&path).unwrap();
    let (begin, end) = ("<!-- protocols -->\n", "<!-- end of protocols -->\n");
    let (head, rest) = known.split_once(begin).expect("the mark before the table");
    let (_, tail) = rest.split_once(end).expect("the mark after the table");
    let mut rows: Vec<String> =
        PROTOCOLS.iter().zip(MODULES).map(|(p, module)| row(root, p, module)).collect();
    rows.sort();
    let table =
        "| Protocol | Category | Usual ports | What is read | Fields |\n|---|---|---|---|---|\n".to_owned();
    let made = [head, begin, "\n", &table, &rows.concat(), "\n", end, tail].concat();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        return std::fs::write(&path, &made).unwrap();
    }
    let differs = made.lines().zip(known.lines()).find(|(made, known)| made != known);
    assert!(made == known, "docs/protocols.md is out of date (UPDATE_DOCS=1 writes it): {differs:?}");
}

fn row(root: &str, protocol: &Protocol, module: &str) -> String {
    let path = format!("{root}/crates/dpi/src/protocols/{module}.rs");
    let source = std::fs::read_to_string(&path).unwrap();
    let mut lines = source.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim);
    let first: Vec<&str> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
    let text = first.join(" ").replace('|', "\\|");
    assert!(!text.is_empty(), "{path} does not begin with //!");
    let carriers: Vec<&str> = protocol.over.iter().map(|(over, _)| over.name()).collect();
    let mut ports: Vec<String> = protocol.ports.iter().map(ToString::to_string).collect();
    if ports.len() > 8 {
        ports.truncate(8);
        ports.push("…".into());
    }
    let fields: Vec<String> = protocol.fields.iter().map(|field| format!("`{field}`")).collect();
    format!(
        "| `{}` | {} | {} {} | {} | {} |\n",
        protocol.name,
        protocol.category,
        carriers.join(", "),
        ports.join(" "),
        text.trim_end_matches('.'),
        fields.join(" ")
    )
}

/// With `FUZZ_SEEDS=FOLDER`, writes every sample as an input of the fuzz target `dpi`
/// (`crates/engine/tests/mutations/dpi.rs`), so that it begins with every parser in reach.
#[test]
fn samples_fit_the_fuzz_target() {
    let usual = crate::Engine::usual_ports();
    assert!(usual.len() <= 4096);
    let folder = std::env::var_os("FUZZ_SEEDS").map(std::path::PathBuf::from);
    for (protocol, samples) in PROTOCOLS.iter().zip(SAMPLES) {
        for (number, sample) in samples.positive.iter().enumerate() {
            let transport = u8::from(sample.transport == Transport::Udp);
            let usual_place = usual.binary_search(&sample.ports.1).ok();
            let [low, high] = (usual_place.unwrap_or(0) as u16).to_le_bytes();
            let choice = transport | 4 | if usual_place.is_some() { 8 | high << 4 } else { 0 };
            // Port 50001 where the sample's is nobody's.
            let mut seed = vec![choice, 31, if usual_place.is_some() { low } else { 31 }];
            for (from_src, payload) in sample.said {
                for part in payload.chunks(0x7ff) {
                    let [low, high] = (part.len() as u16).to_le_bytes();
                    seed.extend([u8::from(*from_src) << 7 | high, low]);
                    seed.extend(part);
                }
            }
            if let Some(folder) = &folder {
                std::fs::write(folder.join(format!("{}-{number}", protocol.name)), seed).unwrap();
            }
        }
    }
}
