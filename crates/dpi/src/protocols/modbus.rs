//! Modbus over TCP and UDP (Modbus Messaging on TCP/IP Implementation Guide V1.0b): units, functions, exceptions.

use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "modbus",
    category: "industrial",
    encrypted: false,
    over: &[(Transport::Tcp, ANY), (Transport::Udp, ANY)],
    ports: &[502],
    bound: false,
    fields: &["units", "functions", "exceptions"],
    head: SHALLOW,
    inspect,
};

/// A master repeats the same few questions: what these many messages do not say, more will not.
const ENOUGH: usize = 8;

/// A message: MBAP header (s3.1.3) and PDU.
struct Message<'a> {
    unit: u8,
    function: u8,
    data: &'a [u8],
}

enum Step<'a> {
    Message(Message<'a>),
    Partial,
    Wrong,
}

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let function;
    let mut exact = false;
    match step(&mut reader, look.hinted) {
        Step::Wrong => return Verdict::No,
        Step::Partial if look.cut || look.transport == Transport::Udp => return Verdict::No,
        Step::Partial => return Verdict::NeedMore,
        Step::Message(message) => {
            (function, exact) = (message.function, exact | is_exact(&message));
            note(&message, findings);
        }
    }
    let mut count = 1;
    while !reader.is_empty() {
        match step(&mut reader, look.hinted) {
            Step::Message(message) => {
                exact |= is_exact(&message);
                note(&message, findings);
            }
            Step::Partial => break,
            // A message that is not whole may have been lost before this one.
            Step::Wrong if look.hinted => break,
            Step::Wrong => return Verdict::No,
        }
        count += 1;
    }
    let want = if count < ENOUGH { Want::Rest } else { Want::Reply };
    let answered = answers(look, function);
    match (look.hinted, exact) {
        _ if answered || (exact && count > 1) => Verdict::proven("Modbus application protocol header", want),
        (true, true) => Verdict::proven("Modbus application protocol header at its port", want),
        (true, false) => Verdict::likely("Modbus application protocol header of another function", want),
        // One message of a few bytes is many things.
        (false, _) if look.cut => Verdict::No,
        (false, _) => Verdict::NeedMore,
    }
}

/// The other side has a message of the same transaction and function.
fn answers(look: &Look<'_>, function: u8) -> bool {
    let same = |bytes: &[u8]| {
        bytes.get(..4) == look.bytes.get(..4)
            && bytes.get(7).is_some_and(|theirs| theirs & 0x7f == function & 0x7f)
    };
    match look.transport {
        Transport::Tcp => same(look.other),
        Transport::Udp => look.last(false).is_some_and(|glimpse| same(&glimpse.start)),
    }
}

fn step<'a>(reader: &mut Reader<'a>, hinted: bool) -> Step<'a> {
    let bytes = reader.rest();
    // s3.1.3: the protocol identifier is 0, and a message has at most 260 bytes.
    if matches!(bytes, [_, _, protocol, ..] if *protocol != 0)
        || matches!(bytes, [_, _, _, protocol, ..] if *protocol != 0)
        || matches!(bytes, [_, _, _, _, length, ..] if *length > 1)
    {
        return Step::Wrong;
    }
    let Some((&[_, _, _, _, high, low], rest)) = bytes.split_first_chunk() else { return Step::Partial };
    let length = usize::from(u16::from_be_bytes([high, low]));
    if !(2..=260).contains(&length) {
        return Step::Wrong;
    }
    let [unit, function, ..] = rest else { return Step::Partial };
    let (unit, function) = (*unit, *function);
    let possible = fits(function, length) || (hinted && function != 0);
    if !possible {
        return Step::Wrong;
    }
    let Some((message, rest)) = rest.split_at_checked(length) else { return Step::Partial };
    *reader = Reader::new(rest);
    Step::Message(Message { unit, function, data: message.get(2..).unwrap_or_default() })
}

/// The function is a public one, and the length of unit and PDU can be its (Modbus Application
/// Protocol V1.1b3 s6).
fn fits(function: u8, length: usize) -> bool {
    match function {
        1..=4 => length == 6 || length >= 4,
        5 | 6 | 8 => length >= 6,
        7 => length == 2 || length == 3,
        11 | 12 | 17 | 43 => length >= 2,
        15 | 16 => length == 6 || length >= 8,
        20..=24 => length >= 4,
        // s7: a function code with the high bit set and one byte of exception code.
        0x81..=0x98 | 0xab => length == 3,
        _ => false,
    }
}

/// The length and the values are those of the function's request or response (Modbus Application
/// Protocol V1.1b3 s6.1 to s6.21, s7).
fn is_exact(message: &Message<'_>) -> bool {
    let counted = |at: usize| {
        let rest = message.data.get(at..).and_then(<[u8]>::split_first);
        rest.is_some_and(|(count, rest)| usize::from(*count) == rest.len())
    };
    match (message.function, message.data) {
        (1 | 2, [_, _, high, low]) if u16::from_be_bytes([*high, *low]) <= 2000 => true,
        (3 | 4, [_, _, high, low]) if u16::from_be_bytes([*high, *low]) <= 125 => true,
        (1..=4 | 12 | 17 | 20 | 21, [1..=255, ..]) => counted(0),
        (5, [_, _, 0 | 0xff, 0]) | (6 | 8, [_, _, _, _]) | (7, [] | [_]) | (22, [_, _, _, _, _, _]) => true,
        (11 | 12 | 17, []) | (11, [_, _, _, _]) | (15 | 16, [_, _, _, _]) | (24, [_, _]) => true,
        (15 | 16, _) => counted(4),
        (23, [_, _, _, _, _, _, _, _, _, _, ..]) => counted(8) || counted(0),
        (23, _) => counted(0),
        (24, [high, low, rest @ ..]) => usize::from(u16::from_be_bytes([*high, *low])) == rest.len(),
        // Device identification and what CANopen sends.
        (43, [0x0d | 0x0e, ..]) => true,
        (0x81..=0x98 | 0xab, [1..=11]) => true,
        _ => false,
    }
}

fn note(message: &Message<'_>, findings: &mut Findings) {
    findings.add("units", message.unit.to_string().into());
    let function = message.function & 0x7f;
    findings.add("functions", name(function).map_or_else(|| function.to_string().into(), Box::from));
    if message.function & 0x80 != 0
        && let Some(code) = message.data.first()
    {
        findings.add("exceptions", exception(*code).into());
    }
}

/// Modbus Application Protocol V1.1b3 s5.1.
fn name(function: u8) -> Option<&'static str> {
    Some(match function {
        1 => "read-coils",
        2 => "read-discrete-inputs",
        3 => "read-holding-registers",
        4 => "read-input-registers",
        5 => "write-single-coil",
        6 => "write-single-register",
        7 => "read-exception-status",
        8 => "diagnostics",
        11 => "get-comm-event-counter",
        12 => "get-comm-event-log",
        15 => "write-multiple-coils",
        16 => "write-multiple-registers",
        17 => "report-server-id",
        20 => "read-file-record",
        21 => "write-file-record",
        22 => "mask-write-register",
        23 => "read-write-multiple-registers",
        24 => "read-fifo-queue",
        43 => "encapsulated-interface",
        // Schneider Electric's own.
        90 => "umas",
        _ => return None,
    })
}

/// Modbus Application Protocol V1.1b3 s7.
fn exception(code: u8) -> &'static str {
    match code {
        1 => "illegal-function",
        2 => "illegal-data-address",
        3 => "illegal-data-value",
        4 => "server-device-failure",
        5 => "acknowledge",
        6 => "server-device-busy",
        8 => "memory-parity-error",
        10 => "gateway-path-unavailable",
        11 => "gateway-target-failed",
        _ => "other",
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            502,
            &[(SRC, b"\0\x07\0\0\0\x06\x11\x03\0\x6b\0\x03"), (DST, b"\0\x07\0\0\0\x03\x11\x83\x02")],
        ),
        Sample::tcp(
            50000,
            5020,
            &[(DST, b"\0\x07\0\0\0\x05\x01\x03\x02\x12\x34"), (DST, b"\0\x08\0\0\0\x05\x01\x03\x02\x12\x35")],
        ),
        Sample::udp(
            50000,
            5020,
            &[(SRC, b"\x01\x07\0\0\0\x06\x01\x10\0\0\0\x02"), (DST, b"\x01\x07\0\0\0\x06\x01\x10\0\0\0\x02")],
        ),
        Sample::udp(50000, 502, &[(SRC, b"\x01\x07\0\0\0\x06\x01\x10\0\0\0\x02")]),
    ],
    near_miss: &[
        // One answer of 11 bytes away from the port: DICOM's refusal of an association is another.
        Sample::tcp(50000, 5020, &[(DST, b"\x03\0\0\0\0\x04\0\x01\x01\x07")]),
        Sample::tcp(50000, 502, &[(SRC, b"\0\x07\0\x01\0\x06\x11\x03\0\x6b\0\x03")]),
        Sample::tcp(50000, 502, &[(SRC, b"\0\x07\0\0\x06\0\x11\x03\0\x6b\0\x03")]),
    ],
};

#[cfg(test)]
mod tests {
    use crate::facts::Value;
    use crate::testing::{Flow, TCP};

    #[test]
    fn a_message_in_pieces_and_its_exception() {
        let mut flow = Flow::new(TCP, 50000, 502);
        flow.src(b"\0\x07\0");
        assert_eq!(flow.name(), None);
        flow.src(b"\0\0\x06\x11\x01\0\x6b\0\x03");
        flow.dst(b"\0\x07\0\0\0\x03\x11\x81\x02");
        assert_eq!(flow.name(), Some("modbus"));
        let details = &flow.inspection.facts().details;
        assert!(details.contains(&("functions", Value::List(vec!["read-coils".into()]))), "{details:?}");
        assert!(details.contains(&("exceptions", Value::List(vec!["illegal-data-address".into()]))));
    }
}
