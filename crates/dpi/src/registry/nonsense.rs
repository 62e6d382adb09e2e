//! Payload that is not uniform and still means nothing: what real traffic that nobody knows looks like.

use std::collections::BTreeMap;

use super::{PROTOCOLS, SAMPLES};
use crate::protocol::{Sample, Transport};
use crate::testing::{Flow, Noise, TCP, UDP};

/// Makes one message: the number of it in its flow, and what the flow's messages share.
type Kind = fn(&mut Noise, u64, &[u8]) -> Vec<u8>;

/// Every way to say nothing. What all messages of a flow share is noise too.
const KINDS: &[(&str, Kind)] = &[
    ("zeros", |noise, _, _| {
        let mut bytes = vec![0; len(noise)];
        for _ in 0..noise.next() % 6 {
            let at = noise.next() as usize % bytes.len();
            bytes[at] = (noise.next() % 16) as u8;
        }
        bytes
    }),
    ("mostly zeros", |noise, _, _| {
        (0..len(noise)).map(|_| if noise.next().is_multiple_of(5) { noise.next() as u8 } else { 0 }).collect()
    }),
    ("small numbers", |noise, _, _| (0..len(noise)).map(|_| (noise.next() % 8) as u8).collect()),
    ("u16 be", |noise, _, _| {
        (0..len(noise)).flat_map(|_| ((noise.next() % 300) as u16).to_be_bytes()).collect()
    }),
    ("u16 le", |noise, _, _| {
        (0..len(noise)).flat_map(|_| ((noise.next() % 300) as u16).to_le_bytes()).collect()
    }),
    ("u32 be", |noise, _, _| {
        (0..len(noise)).flat_map(|_| ((noise.next() % 300) as u32).to_be_bytes()).collect()
    }),
    ("u32 le", |noise, _, _| {
        (0..len(noise)).flat_map(|_| ((noise.next() % 300) as u32).to_le_bytes()).collect()
    }),
    ("counter", |noise, number, shared| {
        let mut bytes = u32::from(shared[0]).wrapping_add(number as u32).to_be_bytes().to_vec();
        if shared[1].is_multiple_of(2) {
            bytes.reverse();
        }
        if shared[2].is_multiple_of(2) {
            bytes.retain(|byte| *byte != 0);
            bytes.insert(0, 0);
        }
        bytes.extend(noise_of(noise));
        bytes
    }),
    ("length", |noise, _, shared| with_length(noise, shared, false)),
    ("length after a head", |noise, _, shared| with_length(noise, shared, true)),
    ("shared head", |noise, _, shared| {
        let mut bytes = shared[..1 + usize::from(shared[15] % 12)].to_vec();
        bytes.extend(noise_of(noise));
        bytes
    }),
    ("same size", |noise, _, shared| noise.bytes(1 + usize::from(shared[0]))),
    ("same message", |_, _, shared| shared[..1 + usize::from(shared[0]) % shared.len()].to_vec()),
    ("repeated byte", |noise, _, shared| {
        vec![if shared[0].is_multiple_of(2) { shared[1] } else { noise.next() as u8 }; len(noise)]
    }),
    ("words", |noise, _, _| lines(noise, 1, |noise| words(noise, b" "))),
    ("line", |noise, _, _| {
        let mut line = words(noise, b" ");
        line.extend(b"\r\n");
        line
    }),
    ("word", |noise, _, _| {
        let mut line = word(noise);
        line.extend(b"\r\n");
        line
    }),
    ("lines", |noise, _, _| lines(noise, 6, |noise| words(noise, b" "))),
    ("numbers", |noise, _, _| lines(noise, 3, |noise| list(noise, b" ", number))),
    ("csv", |noise, _, _| {
        lines(noise, 5, |noise| {
            list(
                noise,
                b",",
                |noise| if noise.next().is_multiple_of(2) { word(noise) } else { number(noise) },
            )
        })
    }),
    ("keys", |noise, _, _| lines(noise, 5, |noise| pair(noise, b"="))),
    ("headers", |noise, _, _| lines(noise, 5, |noise| pair(noise, b": "))),
    ("pairs", |noise, _, _| list(noise, b"&", |noise| pair(noise, b"="))),
    ("hex", |noise, _, _| hexadecimal(noise)),
    ("hex lines", |noise, _, _| lines(noise, 3, hexadecimal)),
    ("base64", |noise, _, _| {
        from(noise, b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    }),
    ("printable", |noise, _, _| (0..len(noise)).map(|_| 32 + (noise.next() % 95) as u8).collect()),
    ("capitals", |noise, _, _| lines(noise, 2, |noise| words(noise, b" ").to_ascii_uppercase())),
    ("json", |noise, _, _| {
        let mut bytes = b"{".to_vec();
        bytes.extend(list(noise, b",", |noise| {
            let (name, value) =
                (word(noise), if noise.next().is_multiple_of(2) { number(noise) } else { b"true".to_vec() });
            [&b"\""[..], &name, b"\":", &value].concat()
        }));
        bytes.extend(b"}");
        bytes
    }),
    ("xml", |noise, _, _| {
        let (name, inner) = (word(noise), words(noise, b" "));
        let head: &[u8] =
            if noise.next().is_multiple_of(2) { b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>" } else { b"" };
        [head, b"<", &name, b">", &inner, b"</", &name, b">"].concat()
    }),
    ("utf-8", |noise, _, _| {
        (0..len(noise))
            .filter_map(|_| char::from_u32(0x400 + (noise.next() % 256) as u32))
            .collect::<String>()
            .into_bytes()
    }),
    ("utf-16", |noise, _, _| word(noise).into_iter().flat_map(|byte| [byte, 0]).collect()),
    ("zip", |noise, _, _| after(noise, b"PK\x03\x04\x14\0\0\0\x08\0")),
    ("gzip", |noise, _, _| after(noise, b"\x1f\x8b\x08\0\0\0\0\0\0\x03")),
    ("zlib", |noise, _, _| after(noise, b"\x78\x9c")),
    ("png", |noise, _, _| after(noise, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")),
    ("jpeg", |noise, _, _| after(noise, b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01")),
];

fn len(noise: &mut Noise) -> usize {
    1 + noise.next() as usize % if noise.next().is_multiple_of(3) { 300 } else { 48 }
}

fn noise_of(noise: &mut Noise) -> Vec<u8> {
    let len = len(noise);
    noise.bytes(len)
}

fn after(noise: &mut Noise, head: &[u8]) -> Vec<u8> {
    [head, &noise_of(noise)].concat()
}

fn from(noise: &mut Noise, letters: &[u8]) -> Vec<u8> {
    (0..len(noise)).map(|_| letters[noise.next() as usize % letters.len()]).collect()
}

fn hexadecimal(noise: &mut Noise) -> Vec<u8> {
    from(noise, b"0123456789abcdef")
}

fn word(noise: &mut Noise) -> Vec<u8> {
    (0..2 + noise.next() % 9).map(|_| b'a' + (noise.next() % 26) as u8).collect()
}

fn number(noise: &mut Noise) -> Vec<u8> {
    let number = noise.next() % [10, 100, 1000, 100_000][noise.next() as usize % 4];
    let text = if noise.next().is_multiple_of(3) {
        format!("{number}.{}", noise.next() % 100)
    } else {
        number.to_string()
    };
    text.into_bytes()
}

fn list(noise: &mut Noise, between: &[u8], one: fn(&mut Noise) -> Vec<u8>) -> Vec<u8> {
    let parts: Vec<_> = (0..1 + noise.next() % 10).map(|_| one(noise)).collect();
    parts.join(between)
}

fn words(noise: &mut Noise, between: &[u8]) -> Vec<u8> {
    list(noise, between, word)
}

fn pair(noise: &mut Noise, between: &[u8]) -> Vec<u8> {
    let value = if noise.next().is_multiple_of(2) { word(noise) } else { number(noise) };
    [&word(noise), between, &value].concat()
}

fn lines(noise: &mut Noise, most: u64, one: fn(&mut Noise) -> Vec<u8>) -> Vec<u8> {
    let end: &[u8] = if noise.next().is_multiple_of(2) { b"\r\n" } else { b"\n" };
    let mut text: Vec<u8> = (0..1 + noise.next() % most).flat_map(|_| [&one(noise), end].concat()).collect();
    if noise.next().is_multiple_of(3) {
        text.truncate(text.len() - end.len());
    }
    text
}

/// A correct length of 16 or 32 bits at the start or after a few bytes, of what follows or of
/// everything; in every message of the flow alike.
fn with_length(noise: &mut Noise, shared: &[u8], head: bool) -> Vec<u8> {
    let before = if head { 2 + 2 * usize::from(shared[0] % 2) } else { 0 };
    let width = if shared[1].is_multiple_of(2) { 2 } else { 4 };
    let body = noise_of(noise);
    let whole = body.len() + width + before;
    let told = [body.len(), whole, whole - before, body.len() + width][usize::from(shared[2] % 4)] as u32;
    let mut field =
        if width == 2 { (told as u16).to_be_bytes().to_vec() } else { told.to_be_bytes().to_vec() };
    if shared[3].is_multiple_of(2) {
        field.reverse();
    }
    [&shared[4..4 + before], &field, &body].concat()
}

/// A flow of four messages, from one side or from both, long ones in two segments.
fn flow(noise: &mut Noise, transport: u8, ports: (u16, u16), kind: Kind) -> Flow {
    let mut flow = Flow::new(transport, ports.0, ports.1);
    let (way, shared) = (noise.next() % 4, noise.bytes(16));
    for number in 0..4 {
        let message = kind(noise, number, &shared);
        let cut = if transport == TCP && message.len() > 8 { message.len() / 2 } else { message.len() };
        for part in [&message[..cut], &message[cut..]].into_iter().filter(|part| !part.is_empty()) {
            match way {
                0 => flow.src(part),
                1 => flow.dst(part),
                _ if number % 2 == way % 2 => flow.src(part),
                _ => flow.dst(part),
            };
        }
    }
    flow
}

/// Those of all protocols.
fn ports() -> Vec<u16> {
    let mut ports: Vec<u16> = PROTOCOLS.iter().flat_map(|protocol| protocol.ports).copied().collect();
    ports.sort_unstable();
    ports.dedup();
    ports
}

fn transport(sample: &Sample) -> u8 {
    if sample.transport == Transport::Tcp { TCP } else { UDP }
}

#[test]
fn nonsense_has_no_label() {
    let mut noise = Noise(2027);
    let mut labelled = BTreeMap::new();
    let mut counts = [0, 0];
    let mut wrong = [0, 0];
    for (name, kind) in KINDS {
        for port in ports() {
            for transport in [TCP, UDP] {
                let away = noise.next().is_multiple_of(3);
                let port = if away { 49_152 + (noise.next() % 16_000) as u16 } else { port };
                let src_port = if noise.next().is_multiple_of(5) { port } else { 50_001 };
                let flow = flow(&mut noise, transport, (src_port, port), *kind);
                counts[usize::from(away)] += 1;
                if let Some(label) = flow.name() {
                    wrong[usize::from(away)] += 1;
                    *labelled.entry((label, *name, flow.confidence())).or_insert(0) += 1;
                }
            }
        }
    }
    println!("{wrong:?} of {counts:?} flows of nonsense got a label: {labelled:?}");
    let [at_port, away] = [0, 1].map(|i| (wrong[i], counts[i]));
    assert!(at_port.0 * 1000 <= at_port.1, "{at_port:?}: {labelled:?}");
    assert!(away.0 * 2000 <= away.1, "{away:?}: {labelled:?}");
}

/// A datagram's or stream's first two bytes are not enough, whoever's they are.
#[test]
fn two_bytes_are_no_label() {
    let mut noise = Noise(2028);
    let mut labelled = BTreeMap::new();
    let mut count = 0;
    for sample in SAMPLES.iter().flat_map(|samples| samples.positive) {
        for ports in [sample.ports, (50_002, 50_001)] {
            for _ in 0..2 {
                let mut flow = Flow::new(transport(sample), ports.0, ports.1);
                for (from_src, said) in sample.said.iter().cycle().take(2 * sample.said.len().min(4)) {
                    let head = &said[..said.len().min(2)];
                    let rest = noise.bytes(said.len() - head.len());
                    let message = if noise.next().is_multiple_of(2) {
                        after(&mut noise, head)
                    } else {
                        [head, &rest].concat()
                    };
                    if *from_src {
                        flow.src(&message)
                    } else {
                        flow.dst(&message)
                    };
                }
                count += 1;
                if let Some(label) = flow.name() {
                    *labelled.entry((label, flow.confidence())).or_insert(0) += 1;
                }
            }
        }
    }
    let wrong: u32 = labelled.values().sum();
    println!("{wrong} of {count} flows of two bytes and noise got a label: {labelled:?}");
    assert!(wrong * 100 <= count, "{wrong} of {count}: {labelled:?}");
}

/// What is known stays known at the ports of others, as far as their own messages differ.
#[test]
fn samples_keep_their_label_elsewhere() {
    // One format under two names: where no port tells which, the more usual name is right.
    const ALIKE: [(&str, &str); 4] =
        [("mdns", "dns"), ("llmnr", "dns"), ("gaijin", "enet"), ("enet", "gaijin")];
    let ports = ports();
    let mut labelled = BTreeMap::new();
    let mut count = 0;
    for (protocol, samples) in PROTOCOLS.iter().zip(SAMPLES) {
        for sample in samples.positive {
            for port in ports.iter().filter(|port| !protocol.ports.contains(port)) {
                let mut flow = Flow::new(transport(sample), 50_001, *port);
                for (from_src, said) in sample.said {
                    if *from_src {
                        flow.src(said)
                    } else {
                        flow.dst(said)
                    };
                }
                count += 1;
                if let Some(label) = flow.name()
                    && label != protocol.name
                    && !ALIKE.contains(&(protocol.name, label))
                {
                    labelled
                        .entry((protocol.name, label, flow.confidence()))
                        .or_insert_with(Vec::new)
                        .push(*port);
                }
            }
        }
    }
    let wrong: usize = labelled.values().map(Vec::len).sum();
    println!("{wrong} of {count} samples elsewhere got another label: {labelled:?}");
    assert!(wrong * 1000 <= count, "{wrong} of {count}: {labelled:?}");
    // Away from a port of its own nobody takes what is another's.
    assert!(labelled.values().all(|ports| ports.len() < 8), "{labelled:?}");
}
