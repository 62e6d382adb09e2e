//! Omron's factory interface network service over UDP and TCP (W421): nodes, commands, the controller's model.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "fins",
    category: "industrial",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'F'..=b'F']), (Transport::Udp, &[0x80..=0x81, 0xc0..=0xc1])],
    ports: &[9600],
    bound: false,
    fields: &["source", "destination", "commands", "model", "version"],
    head: SHALLOW,
    inspect,
};

const MAGIC: &[u8] = b"FINS";

/// Messages after which a direction has said what it does.
const ENOUGH: usize = 8;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if look.transport == Transport::Udp {
        return datagram(look, findings);
    }
    let mut reader = Reader::new(look.bytes);
    let mut count = 0;
    while !reader.is_empty() {
        if reader.rest().len() < MAGIC.len() && MAGIC.starts_with(reader.rest()) {
            break;
        }
        if !reader.rest().starts_with(MAGIC) {
            return if count > 0 { Verdict::proven("FINS/TCP header", Want::Reply) } else { Verdict::No };
        }
        // Length of what follows it, command, error.
        let Some([_, _, _, _, 0, 0, high, low]) = reader.array() else { break };
        let length = usize::from(u16::from_be_bytes([high, low]));
        if length < 8 {
            return Verdict::No;
        }
        let message = reader.up_to(length);
        // Command 2 carries a frame, behind four bytes of error.
        if let [0, 0, 0, 2, _, _, _, _, frame @ ..] = message {
            note(frame, findings);
        }
        count += 1;
    }
    match count {
        0 if look.cut => Verdict::No,
        0 if matches!(look.bytes, [_, _, _, _, byte, ..] if *byte != 0) => Verdict::No,
        0 => Verdict::NeedMore,
        1..ENOUGH => Verdict::proven("FINS/TCP header", Want::Rest),
        _ => Verdict::proven("FINS/TCP header", Want::Reply),
    }
}

fn datagram(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    // s5-1-2: control, reserved, gateways, network, node and unit of both, service id, command.
    let [_, 0, 0..=7, to_net, _, to_unit, net, _, unit, _, main, sub, ..] = look.bytes else {
        return Verdict::No;
    };
    if *to_net > 0x7f || *net > 0x7f || !is_unit(*to_unit) || !is_unit(*unit) {
        return Verdict::No;
    }
    let known = command(*main, *sub);
    if known.is_none() && !(look.hinted && *main <= 0x30 && look.bytes.get(2) == Some(&2)) {
        return Verdict::No;
    }
    note(look.bytes, findings);
    if look.hinted {
        Verdict::proven("FINS header at its port", Want::Reply)
    } else {
        Verdict::likely("FINS header", Want::Reply)
    }
}

/// CPU, network unit, board, CPU bus units.
fn is_unit(unit: u8) -> bool {
    matches!(unit, 0x00 | 0xfe | 0xe1 | 0x10..=0x1f)
}

fn note(frame: &[u8], findings: &mut Findings) -> Option<()> {
    let mut reader = Reader::new(frame);
    let [control, _, _, to_net, to_node, to_unit, net, node, unit, _, main, sub] = reader.array()?;
    findings.note("destination", format!("{to_net}.{to_node}.{to_unit}"));
    findings.note("source", format!("{net}.{node}.{unit}"));
    let name = command(main, sub);
    findings.add("commands", name.map_or_else(|| format!("{main:02x}{sub:02x}").into(), Box::from));
    // Controller data read: end code, then 20 characters each of model and version.
    if control & 0x40 != 0 && (main, sub) == (5, 1) {
        let [0, 0] = reader.array()? else { return None };
        for field in ["model", "version"] {
            let text = reader.take(20)?;
            let end = text.iter().position(|byte| *byte == 0).unwrap_or(text.len());
            findings.note(field, lossy(text.get(..end)?.trim_ascii(), NAME_MAX));
        }
    }
    Some(())
}

/// s5-2.
fn command(main: u8, sub: u8) -> Option<&'static str> {
    Some(match (main, sub) {
        (0x01, 0x01) => "memory-area-read",
        (0x01, 0x02) => "memory-area-write",
        (0x01, 0x03) => "memory-area-fill",
        (0x01, 0x04) => "multiple-memory-area-read",
        (0x01, 0x05) => "memory-area-transfer",
        (0x02, 0x01) => "parameter-area-read",
        (0x02, 0x02) => "parameter-area-write",
        (0x02, 0x03) => "parameter-area-clear",
        (0x03, 0x06) => "program-area-read",
        (0x03, 0x07) => "program-area-write",
        (0x03, 0x08) => "program-area-clear",
        (0x04, 0x01) => "run",
        (0x04, 0x02) => "stop",
        (0x05, 0x01) => "controller-data-read",
        (0x05, 0x02) => "connection-data-read",
        (0x06, 0x01) => "controller-status-read",
        (0x06, 0x20) => "cycle-time-read",
        (0x07, 0x01) => "clock-read",
        (0x07, 0x02) => "clock-write",
        (0x08, 0x01) => "loop-back-test",
        (0x09, 0x20) => "message-read",
        (0x0c, 0x01) => "access-right-acquire",
        (0x0c, 0x02) => "access-right-forced-acquire",
        (0x0c, 0x03) => "access-right-release",
        (0x21, 0x01) => "error-clear",
        (0x21, 0x02) => "error-log-read",
        (0x22, 0x01) => "file-name-read",
        (0x22, 0x02) => "file-read",
        (0x22, 0x03) => "file-write",
        (0x23, 0x01) => "forced-set-reset",
        (0x23, 0x02) => "forced-set-reset-cancel",
        _ => return None,
    })
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            50000,
            9600,
            &[
                (SRC, b"\x80\0\x02\0\0\0\0\x63\0\xef\x05\x01\0"),
                (DST, b"\xc0\0\x02\0\x63\0\0\0\0\xef\x05\x01\0\0CJ2M-CPU31          02.01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
            ],
        ),
        Sample::tcp(50000, 9600, &[(SRC, b"FINS\0\0\0\x0c\0\0\0\0\0\0\0\0\0\0\0\0")]),
    ],
    near_miss: &[
        Sample::udp(50000, 9600, &[(SRC, b"\x80\x01\x02\0\0\0\0\x63\0\xef\x05\x01\0")]),
        Sample::tcp(50000, 9600, &[(SRC, b"FINE\0\0\0\x0c\0\0\0\0\0\0\0\0\0\0\0\0")]),
    ],
};
