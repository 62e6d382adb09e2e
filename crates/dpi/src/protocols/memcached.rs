//! memcached, text and binary protocol, over UDP with its frame header: commands, version.

use crate::dialogue::{Lines, Sign, first_line, is_text, is_word, line, number, word};
use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "memcached",
    category: "database",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'A'..=b'Z', b'a'..=b'z', 0x80..=0x81]), (Transport::Udp, ANY)],
    ports: &[11211],
    bound: false,
    fields: &["commands", "version"],
    head: SHALLOW,
    inspect,
};

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if look.transport == Transport::Udp {
        return datagram(look, findings);
    }
    if matches!(look.bytes.first(), Some(0x80 | 0x81)) {
        return binary(look);
    }
    let sign = |bytes: &[u8]| match bytes.first() {
        Some(0x80 | 0x81) => Sign::No,
        _ => first_line(bytes, message),
    };
    let verdict =
        sign(look.bytes).and(sign(look.other)).verdict(look, "memcached command or answer", Want::Rest);
    let Verdict::Match { sure, evidence, .. } = verdict else { return verdict };
    describe(look.bytes, findings);
    Verdict::Match { sure, evidence, want: if look.bytes.len() > 512 { Want::Reply } else { Want::Rest } }
}

/// protocol.txt, "UDP protocol": request, number, count, and two reserved zeros.
fn datagram(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let [_, _, n0, n1, c0, c1, 0, 0, body @ ..] = look.bytes else { return Verdict::No };
    if u16::from_be_bytes([*n0, *n1]) >= u16::from_be_bytes([*c0, *c1]) {
        return Verdict::No;
    }
    let sign = match line(body) {
        Some((line, _)) if is_text(line) => message(line),
        _ => Sign::No,
    };
    match sign {
        Sign::Strong => {}
        Sign::Weak if look.hinted => {}
        _ => return Verdict::No,
    }
    describe(body, findings);
    Verdict::proven("memcached frame and command", Want::Reply)
}

fn describe(bytes: &[u8], findings: &mut Findings) {
    for line in Lines(bytes).take(16).filter(|line| is_text(line)) {
        let (verb, rest) = word(line);
        match verb {
            b"STAT" => {
                if let (b"version", version) = word(rest) {
                    findings.note("version", lossy(version, NAME_MAX));
                }
            }
            b"VERSION" => findings.note("version", lossy(rest, NAME_MAX)),
            _ if verb.first().is_some_and(u8::is_ascii_lowercase) && message(line) >= Sign::Weak => {
                findings.add("commands", lossy(verb, NAME_MAX));
            }
            _ => {}
        }
    }
}

fn message(line: &[u8]) -> Sign {
    let (verb, rest) = word(line);
    let mut arguments = rest.split(|byte| *byte == b' ').filter(|argument| !argument.is_empty());
    let key = arguments.next().is_some_and(|key| is_word(key) && key.len() <= 250);
    let numbers = arguments.take_while(|argument| number(argument).is_some()).count();
    match verb {
        b"set" | b"add" | b"replace" | b"append" | b"prepend" if key && numbers >= 3 => Sign::Strong,
        b"cas" if key && numbers >= 4 => Sign::Strong,
        b"VALUE" if key && numbers >= 2 => Sign::Strong,
        b"STAT" if matches!(word(rest).0, b"pid" | b"version" | b"uptime" | b"items:1:number") => {
            Sign::Strong
        }
        b"gat" | b"gats" | b"incr" | b"decr" | b"touch" | b"get" | b"gets" | b"delete" if key => Sign::Weak,
        b"STAT" if key => Sign::Weak,
        b"VERSION" if key => Sign::Weak,
        b"CLIENT_ERROR" | b"SERVER_ERROR" if key => Sign::Strong,
        b"stats" | b"flush_all" => Sign::Weak,
        b"version" | b"quit" | b"ERROR" | b"STORED" | b"NOT_STORED" | b"EXISTS" | b"NOT_FOUND" | b"END"
        | b"DELETED" | b"TOUCHED" | b"OK"
            if rest.is_empty() =>
        {
            Sign::Weak
        }
        _ => Sign::No,
    }
}

/// The binary protocol's header has 24 bytes.
fn binary(look: &Look<'_>) -> Verdict {
    let Some(header) = look.bytes.first_chunk::<24>() else {
        // Data type, the sixth byte, is always 0.
        let fits = look.bytes.get(5).is_none_or(|kind| *kind == 0)
            && look.bytes.get(1).is_none_or(|code| *code <= 0x48);
        return if fits && look.hinted && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    let [magic, opcode, k0, k1, extras, kind, s0, s1, b0, b1, b2, b3, ..] = *header;
    let (key, status) = (u32::from(u16::from_be_bytes([k0, k1])), u16::from_be_bytes([s0, s1]));
    let body = u32::from_be_bytes([b0, b1, b2, b3]);
    let request = magic == 0x80;
    // Flags and expiry of a set, delta of an increment, verbosity or expiry.
    let lengths: &[u8] = match opcode {
        0x01..=0x03 | 0x11..=0x13 if request => &[8],
        0x05 | 0x06 | 0x15 | 0x16 if request => &[20],
        0x08 | 0x18 | 0x1c..=0x1e if request => &[0, 4],
        0x00 | 0x09 | 0x0c | 0x0d if !request => &[0, 4],
        0x00..=0x48 => &[0],
        _ => &[],
    };
    let known = kind == 0
        && lengths.contains(&extras)
        && key <= 250
        && body >= key + u32::from(extras)
        && body <= 1 << 20
        && (request || status <= 0x86);
    if known { Verdict::proven("memcached binary header", Want::Nothing) } else { Verdict::No }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            11211,
            &[(SRC, b"stats\r\n"), (DST, b"STAT pid 7\r\nSTAT version 1.6.9\r\nEND\r\n")],
        ),
        Sample::tcp(50000, 2121, &[(SRC, b"set key 0 60 5\r\nhello\r\n")]),
        Sample::tcp(50000, 2121, &[(SRC, b"\x80\x00\0\x03\0\0\0\0\0\0\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0key")]),
        Sample::udp(50000, 11211, &[(SRC, b"\0\x01\0\0\0\x01\0\0stats\r\n")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 11211, &[(SRC, b"status\r\n")]),
        Sample::udp(50000, 11211, &[(SRC, b"\0\x01\0\x02\0\x01\0\0stats\r\n")]),
        Sample::tcp(
            50000,
            2121,
            &[(SRC, b"\x80\x00\0\x03\x07\0\0\0\0\0\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0key")],
        ),
    ],
};
