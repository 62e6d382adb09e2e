//! Skinny (SCCP) of Cisco's telephones: messages by their length, version and number; the device's name.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "skinny",
    category: "voip",
    encrypted: false,
    // Messages begin with their length, of which all are multiples of four but few.
    over: &[(Transport::Tcp, &[0..=u8::MAX])],
    ports: &[2000],
    bound: true,
    fields: &["messages", "device"],
    head: SHALLOW,
    inspect,
};

/// Length of what follows the version, version, message; all little-endian.
const HEADER_LEN: usize = 12;
const MAX_LEN: usize = 8192;
const REGISTER: u32 = 1;

/// Messages after which no more are read.
const ENOUGH: usize = 8;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut rest = look.bytes;
    let mut read = 0;
    while let Some(message) = Message::read(rest) {
        let Some(message) = message else { return Verdict::No };
        let Some((body, after)) = rest.split_at_checked(message.len) else { break };
        if read == ENOUGH {
            break;
        }
        note(&message, body, findings);
        read += 1;
        rest = after;
    }
    const EVIDENCE: &str = "Skinny messages of consistent length, version and number";
    match (read, rest.len()) {
        // Twelve bytes of which hardly any is free.
        (1.., 0) => Verdict::proven(EVIDENCE, Want::Reply),
        (1.., HEADER_LEN..) => Verdict::proven(EVIDENCE, Want::Reply),
        _ if look.cut => match read {
            0 => Verdict::No,
            _ => Verdict::proven(EVIDENCE, Want::Reply),
        },
        (1.., _) => Verdict::proven(EVIDENCE, Want::Rest),
        _ => Verdict::NeedMore,
    }
}

struct Message {
    len: usize,
    number: u32,
}

impl Message {
    /// The header at the beginning: none yet, or none at all.
    fn read(bytes: &[u8]) -> Option<Option<Self>> {
        let (&len, rest) = bytes.split_first_chunk()?;
        let (&version, rest) = rest.split_first_chunk()?;
        let (&number, _) = rest.split_first_chunk()?;
        let len = usize::try_from(u32::from_le_bytes(len)).unwrap_or(usize::MAX);
        let (version, number) = (u32::from_le_bytes(version), u32::from_le_bytes(number));
        // Versions: basic, then those of CallManager 7 and later.
        let sound = (4..=MAX_LEN).contains(&len)
            && matches!(version, 0 | 0x0a..=0x16)
            && (matches!(number, 0..=0x60 | 0x81..=0x15f) || number & 0xffff_fff0 == 0x8000);
        Some(sound.then_some(Self { len: len.saturating_add(8), number }))
    }
}

fn note(message: &Message, body: &[u8], findings: &mut Findings) {
    if let Some(name) = name(message.number) {
        findings.add("messages", name.into());
    }
    if message.number == REGISTER
        && let Some(device) = body.get(HEADER_LEN..HEADER_LEN + 16)
    {
        let device = device.split(|byte| *byte == 0).next().unwrap_or_default();
        findings.note("device", lossy(device, NAME_MAX));
    }
}

fn name(number: u32) -> Option<&'static str> {
    Some(match number {
        0x00 => "KeepAlive",
        0x01 => "Register",
        0x02 => "IpPort",
        0x03 => "KeypadButton",
        0x05 => "Stimulus",
        0x06 => "OffHook",
        0x07 => "OnHook",
        0x0d => "TimeDateReq",
        0x0e => "ButtonTemplateReq",
        0x0f => "VersionReq",
        0x10 => "CapabilitiesRes",
        0x20 => "Alarm",
        0x22 => "OpenReceiveChannelAck",
        0x26 => "SoftKeyEvent",
        0x27 => "Unregister",
        0x81 => "RegisterAck",
        0x82 => "StartTone",
        0x85 => "SetRinger",
        0x86 => "SetLamp",
        0x8a => "StartMediaTransmission",
        0x8b => "StopMediaTransmission",
        0x8f => "CallInfo",
        0x9b => "CapabilitiesReq",
        0x9d => "RegisterReject",
        0x9f => "Reset",
        0x100 => "KeepAliveAck",
        0x105 => "OpenReceiveChannel",
        0x106 => "CloseReceiveChannel",
        0x111 => "CallState",
        _ => return None,
    })
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            2000,
            &[
                (SRC, b"\x14\0\0\0\0\0\0\0\x01\0\0\0SEP001122334455\0"),
                (DST, b"\x04\0\0\0\0\0\0\0\x9b\0\0\0"),
            ],
        ),
        Sample::tcp(50000, 2000, &[(SRC, b"\x04\0\0\0\x12\0\0\0"), (SRC, b"\0\0\0\0")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 2000, &[(SRC, b"\x04\0\0\0\x02\0\0\0\0\0\0\0")]),
        Sample::tcp(50000, 2000, &[(SRC, b"\x04\0\0\x01\0\0\0\0\0\0\0\0")]),
    ],
};
