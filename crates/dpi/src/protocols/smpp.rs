//! Short Message Peer-to-Peer (SMPP 3.3, 3.4, 5.0): commands, system id, addresses.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::risk::Risk;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "smpp",
    category: "chat",
    encrypted: false,
    over: &[(Transport::Tcp, &[0..=0])],
    ports: &[2775, 3550],
    bound: false,
    fields: &["commands", "system_id", "system_type"],
    head: SHALLOW,
    inspect,
};

/// Length, command, status, sequence number (SMPP 3.4 s3.2).
const HEADER: u32 = 16;
const RESPONSE: u32 = 0x8000_0000;
const MAX_LEN: u32 = 1 << 16;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if look.bytes.get(1).is_some_and(|byte| *byte != 0) {
        return Verdict::No;
    }
    let mut reader = Reader::new(look.bytes);
    let mut count = 0;
    let mut last = true;
    while !reader.is_empty() && count < 8 {
        let mut word = || reader.array().map(u32::from_be_bytes);
        let (Some(len), Some(command), Some(status), Some(sequence)) = (word(), word(), word(), word())
        else {
            last = false;
            break;
        };
        let Some(rest) = len.checked_sub(HEADER).filter(|_| len <= MAX_LEN) else { return Verdict::No };
        let request = command & RESPONSE == 0;
        let Some((_, least)) = name(command & !RESPONSE) else { return Verdict::No };
        // SMPP 3.4 s5.1.4: sequence numbers begin with 1 and have 31 bits; only answers have a status.
        // s4.3: the generic one is nothing but an answer, and to a message without a number.
        let generic = command & !RESPONSE == 0;
        let fits = match (request, generic) {
            (true, _) => !generic && status == 0 && rest >= least && sequence != 0,
            (false, true) => rest == 0 && (1..=0x0fff).contains(&status),
            (false, false) => status <= 0x0fff && sequence != 0,
        };
        if !fits || sequence > 0x7fff_ffff {
            return Verdict::No;
        }
        count += 1;
        if reader.rest().len() < usize::try_from(rest).unwrap_or(usize::MAX) {
            last = false;
            break;
        }
        reader.up_to(usize::try_from(rest).unwrap_or_default());
    }
    match count {
        0 if look.cut => Verdict::No,
        0 => Verdict::NeedMore,
        1 if !last && !look.hinted && !look.cut => Verdict::NeedMore,
        _ => {
            describe(look.bytes, findings);
            Verdict::proven("SMPP header", Want::Reply)
        }
    }
}

fn describe(bytes: &[u8], findings: &mut Findings) {
    let mut reader = Reader::new(bytes);
    while let Some([len, command, ..]) = header(&mut reader) {
        let Some((name, _)) = name(command & !RESPONSE) else { return };
        let body = reader.up_to(usize::try_from(len.saturating_sub(HEADER)).unwrap_or(usize::MAX));
        findings.add(
            "commands",
            if command & RESPONSE == 0 { name.into() } else { format!("{name}_resp").into() },
        );
        if matches!(command, 1 | 2 | 9) {
            let mut texts = body.split(|byte| *byte == 0);
            findings.note("system_id", lossy(texts.next().unwrap_or_default(), NAME_MAX));
            if texts.next().is_some_and(|password| !password.is_empty()) {
                findings.risk(Risk::CleartextCredentials);
            }
            if let Some(kind) = texts.next().filter(|kind| !kind.is_empty()) {
                findings.note("system_type", lossy(kind, NAME_MAX));
            }
        }
    }
}

fn header(reader: &mut Reader<'_>) -> Option<[u32; 4]> {
    let mut word = || reader.array().map(u32::from_be_bytes);
    Some([word()?, word()?, word()?, word()?])
}

/// Commands and the least length of a request's body (SMPP 3.4 s5.1.2.1).
fn name(command: u32) -> Option<(&'static str, u32)> {
    Some(match command {
        0 => ("generic_nack", 0),
        1 => ("bind_receiver", 7),
        2 => ("bind_transmitter", 7),
        3 => ("query_sm", 4),
        4 => ("submit_sm", 17),
        5 => ("deliver_sm", 17),
        6 => ("unbind", 0),
        7 => ("replace_sm", 9),
        8 => ("cancel_sm", 8),
        9 => ("bind_transceiver", 7),
        0x0b => ("outbind", 2),
        0x15 => ("enquire_link", 0),
        0x21 => ("submit_multi", 17),
        0x102 => ("alert_notification", 6),
        0x103 => ("data_sm", 10),
        0x111 => ("broadcast_sm", 16),
        0x112 => ("query_broadcast_sm", 4),
        0x113 => ("cancel_broadcast_sm", 8),
        _ => return None,
    })
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        2776,
        &[
            (SRC, b"\0\0\0\x20\0\0\0\x09\0\0\0\0\0\0\0\x01joe\0secret\0\0\x34\0\0\0"),
            (DST, b"\0\0\0\x15\x80\0\0\x09\0\0\0\0\0\0\0\x01smsc\0"),
        ],
    )],
    near_miss: &[Sample::tcp(
        50000,
        2775,
        &[(SRC, b"\0\0\0\x20\0\0\0\x0a\0\0\0\0\0\0\0\x01joe\0secret\0\0\x34\0\0\0")],
    )],
};
