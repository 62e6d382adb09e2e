//! S7 communication (Siemens' own, on RFC 1006): rack and slot, functions, the module's order number.

pub(super) mod tpkt;

use self::tpkt::{Packet, Packets, VERSION};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "s7comm",
    category: "industrial",
    encrypted: false,
    over: &[(Transport::Tcp, &[VERSION..=VERSION])],
    ports: &[102],
    bound: false,
    fields: &["connection", "rack", "slot", "functions", "order_number", "plc", "module", "serial"],
    head: SHALLOW,
    inspect,
};

/// Messages after which a direction has said what it does.
const ENOUGH: usize = 8;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut called_s7 = None;
    let mut count = 0_usize;
    for packet in Packets::new(look.bytes) {
        match packet {
            Packet::Wrong => return Verdict::No,
            Packet::Partial => break,
            Packet::Other => {}
            Packet::Connect { called } => {
                // Another's selector does not rule out S7: gateways and drives have their own.
                if let &[kind @ 1..=3, place] = called {
                    called_s7 = Some((kind, place));
                }
            }
            Packet::Data { bytes, whole } => match message(bytes, whole) {
                Step::Message(pdu) => {
                    count += 1;
                    note(&pdu, findings);
                }
                Step::Partial => break,
                Step::Wrong => return Verdict::No,
            },
        }
    }
    if let Some((kind, place)) = called_s7
        && (count > 0 || look.hinted)
    {
        findings.note(
            "connection",
            match kind {
                1 => "pg",
                2 => "op",
                _ => "basic",
            },
        );
        findings.note("rack", place >> 5);
        findings.note("slot", place & 0x1f);
    }
    let want = if count < ENOUGH { Want::Rest } else { Want::Reply };
    match (count, called_s7) {
        (1.., _) => Verdict::proven("S7 message in ISO transport", want),
        (0, Some(_)) if look.hinted => Verdict::likely("ISO transport connection to a rack and slot", want),
        _ if look.cut => Verdict::No,
        _ => Verdict::NeedMore,
    }
}

/// What is read of a message.
struct Pdu<'a> {
    kind: u8,
    parameters: &'a [u8],
    data: &'a [u8],
}

enum Step<'a> {
    Message(Pdu<'a>),
    Partial,
    Wrong,
}

/// Protocol id, kind, two reserved bytes, reference, lengths of parameters and data; answers
/// carry an error's class and code too.
fn message(bytes: &[u8], whole: bool) -> Step<'_> {
    match bytes {
        [0x32, 1 | 2 | 3 | 7, 0, 0, ..] => {}
        [] | [0x32] | [0x32, 1 | 2 | 3 | 7] | [0x32, 1 | 2 | 3 | 7, 0] if !whole => return Step::Partial,
        _ => return Step::Wrong,
    }
    let mut reader = Reader::new(bytes);
    let Some([_, kind, _, _, _, _, parameters_high, parameters_low, data_high, data_low]) = reader.array()
    else {
        return if whole { Step::Wrong } else { Step::Partial };
    };
    if matches!(kind, 2 | 3) && reader.take(2).is_none() {
        return if whole { Step::Wrong } else { Step::Partial };
    }
    let parameters = usize::from(u16::from_be_bytes([parameters_high, parameters_low]));
    let data = usize::from(u16::from_be_bytes([data_high, data_low]));
    if whole && reader.rest().len() != parameters + data {
        return Step::Wrong;
    }
    let parameters = reader.up_to(parameters);
    Step::Message(Pdu { kind, parameters, data: reader.up_to(data) })
}

fn note(pdu: &Pdu<'_>, findings: &mut Findings) {
    match (pdu.kind, pdu.parameters) {
        (1 | 3, [function, ..]) => {
            if let Some(name) = function_name(*function) {
                findings.add("functions", name.into());
            }
        }
        // Head, its length, method, kind and group in one byte, subfunction.
        (7, [0, 1, 0x12, _, _, group, subfunction, ..]) => {
            if let Some(name) = group_name(group & 0x0f, *subfunction) {
                findings.add("functions", name.into());
            }
            if (*group, *subfunction) == (0x84, 1) {
                system_status_list(pdu.data, findings);
            }
        }
        _ => {}
    }
}

fn function_name(function: u8) -> Option<&'static str> {
    Some(match function {
        0x00 => "cpu-services",
        0x04 => "read-variable",
        0x05 => "write-variable",
        0x1a => "request-download",
        0x1b => "download-block",
        0x1c => "download-ended",
        0x1d => "start-upload",
        0x1e => "upload",
        0x1f => "end-upload",
        0x28 => "program-invocation",
        0x29 => "plc-stop",
        0xf0 => "setup-communication",
        _ => return None,
    })
}

fn group_name(group: u8, subfunction: u8) -> Option<&'static str> {
    Some(match (group, subfunction) {
        (0, _) => "mode-transition",
        (1, _) => "programmer",
        (2, _) => "cyclic-data",
        (3, _) => "block-information",
        (4, 1) => "read-system-status-list",
        (4, _) => "cpu-functions",
        (5, _) => "security",
        (6, _) => "block-send-receive",
        (7, _) => "time",
        _ => return None,
    })
}

/// Lists 0x0011 (module identification) and 0x001c (component identification) say what it is.
fn system_status_list(data: &[u8], findings: &mut Findings) {
    let mut reader = Reader::new(data);
    // Return code 0xff is success; then transport size and length.
    let Some([0xff, 9, _, _]) = reader.array() else { return };
    let (Some(list), Some(_index), Some(size), Some(_count)) =
        (reader.u16(), reader.u16(), reader.u16(), reader.u16())
    else {
        return;
    };
    while let Some(element) = reader.take(usize::from(size)) {
        let Some((&[high, low], rest)) = element.split_first_chunk() else { return };
        let field = match (list & 0xff, u16::from_be_bytes([high, low])) {
            (0x11, 1) => "order_number",
            (0x1c, 1) => "plc",
            (0x1c, 2) => "module",
            (0x1c, 5) => "serial",
            _ => continue,
        };
        let length = if list & 0xff == 0x11 { 20 } else { 24 };
        let text = rest.get(..length).unwrap_or(rest);
        let end = text.iter().position(|byte| *byte == 0).unwrap_or(text.len());
        let text = text.get(..end).unwrap_or_default().trim_ascii();
        if !text.is_empty() {
            findings.note(field, lossy(text, NAME_MAX));
        }
    }
}

#[cfg(test)]
const CONNECT: &[u8] = b"\x03\0\0\x16\x11\xe0\0\0\0\x01\0\xc1\x02\x01\0\xc2\x02\x01\x02\xc0\x01\x0a";
#[cfg(test)]
const SETUP: &[u8] = b"\x03\0\0\x19\x02\xf0\x80\x32\x01\0\0\x04\0\0\x08\0\0\xf0\0\0\x01\0\x01\x01\xe0";

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(50000, 102, &[(SRC, CONNECT), (SRC, SETUP)]),
        Sample::tcp(
            50000,
            102,
            &[(DST, b"\x03\0\0\x1b\x02\xf0\x80\x32\x03\0\0\x04\0\0\x08\0\0\0\0\xf0\0\0\x01\0\x01\0\xf0")],
        ),
        Sample::tcp(50000, 102, &[(SRC, CONNECT)]),
    ],
    near_miss: &[
        Sample::tcp(
            50000,
            102,
            &[(SRC, b"\x03\0\0\x19\x02\xf0\x80\x33\x01\0\0\x04\0\0\x08\0\0\xf0\0\0\x01\0\x01\x01\xe0")],
        ),
        Sample::tcp(
            50000,
            102,
            &[(SRC, b"\x03\0\0\x19\x02\xf0\x80\x32\x01\0\0\x04\0\0\x09\0\0\xf0\0\0\x01\0\x01\x01\xe0")],
        ),
        // A remote desktop's request for a connection.
        Sample::tcp(
            50000,
            102,
            &[(SRC, b"\x03\0\0\x27\x22\xe0\0\0\0\0\0Cookie: mstshash=admin\r\n\x01\0\x08\0\0\0\0")],
        ),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Value;
    use crate::testing::{Flow, TCP};

    #[test]
    fn rack_slot_function_and_order_number() {
        let mut flow = Flow::new(TCP, 50000, 102);
        flow.src(CONNECT);
        flow.src(SETUP);
        let mut answer = b"\x03\0\0\x3d\x02\xf0\x80\x32\x07\0\0\x05\0\0\x0c\0\x20\
            \0\x01\x12\x08\x12\x84\x01\x01\0\0\0\0\xff\x09\0\x1c\0\x11\0\x01\0\x1c\0\x01\0\x01"
            .to_vec();
        answer.extend_from_slice(b"6ES7 315-2EH14-0AB0 \0\xc0");
        let length = u16::try_from(answer.len()).unwrap();
        answer[2..4].copy_from_slice(&length.to_be_bytes());
        answer[15..17].copy_from_slice(&(length - 17 - 12).to_be_bytes());
        answer[36..38].copy_from_slice(&22_u16.to_be_bytes());
        answer[38..40].copy_from_slice(&1_u16.to_be_bytes());
        flow.dst(&answer);
        let details = &flow.inspection.facts().details;
        for expected in [
            ("rack", Value::Number(0)),
            ("slot", Value::Number(2)),
            ("functions", Value::List(vec!["setup-communication".into(), "read-system-status-list".into()])),
        ] {
            assert!(details.contains(&expected), "{expected:?} {details:?}");
        }
    }
}
