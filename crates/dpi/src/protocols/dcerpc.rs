//! DCE/RPC (C706; [MS-RPCE]) over TCP and UDP: interface, operation, user.

use super::smb::ntlm;
use crate::fingerprints::hex;
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "dcerpc",
    category: "network",
    encrypted: false,
    over: &[(Transport::Tcp, &[5..=5]), (Transport::Udp, &[4..=4])],
    ports: &[135, 593, 34964],
    bound: false,
    fields: &[
        "interface",
        "operation",
        "message",
        "user",
        "domain",
        "host",
        "server",
        "server_name",
        "server_version",
        "client_version",
    ],
    head: SHALLOW,
    inspect,
};

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    match look.transport {
        Transport::Tcp => connection(look, findings),
        Transport::Udp => datagram(look, findings),
    }
}

/// Types of messages (C706 s12.6.4).
const BIND: u8 = 11;
const ALTER_CONTEXT: u8 = 14;
const REQUEST: u8 = 0;

const MESSAGES: [&str; 20] = [
    "request",
    "ping",
    "response",
    "fault",
    "working",
    "nocall",
    "reject",
    "ack",
    "cl_cancel",
    "fack",
    "cancel_ack",
    "bind",
    "bind_ack",
    "bind_nak",
    "alter_context",
    "alter_context_resp",
    "auth3",
    "shutdown",
    "co_cancel",
    "orphaned",
];

/// C706 s12.6.3: version 5, type, flags, representation, lengths, call.
fn connection(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let more = if look.cut { Verdict::No } else { Verdict::NeedMore };
    let Some([5, minor, kind, _flags]) = reader.array() else {
        let fits = look.bytes.get(1).is_none_or(|minor| *minor <= 1) && look.bytes.len() < 4;
        return if fits { more } else { Verdict::No };
    };
    // Types of connectionless calls do not occur here.
    if minor > 1 || !matches!(kind, 0 | 2 | 3 | 11..=19) {
        return Verdict::No;
    }
    let (Some(representation), Some(lengths), Some(_call)) =
        (reader.array::<4>(), reader.array::<4>(), reader.array::<4>())
    else {
        return more;
    };
    let Some(order) = Order::of(representation) else { return Verdict::No };
    let [a, b, c, d] = lengths;
    let (len, auth) = (order.u16([a, b]), order.u16([c, d]));
    if len < 16 || auth > len || representation[3] != 0 {
        return Verdict::No;
    }
    let body = reader.up_to(usize::from(len).saturating_sub(16));
    if body.len() + 16 < usize::from(len) && !look.cut && body.len() < 1024 {
        return Verdict::NeedMore;
    }
    findings.note("message", MESSAGES.get(usize::from(kind)).copied().unwrap_or("other"));
    match kind {
        BIND | ALTER_CONTEXT => contexts(body, order, findings),
        REQUEST => {
            if let Some([a, b]) = body.get(6..).and_then(|rest| rest.first_chunk()) {
                findings.note("operation", order.u16([*a, *b]));
            }
        }
        _ => {}
    }
    if auth > 0 {
        let trailer = body.len().saturating_sub(usize::from(auth));
        ntlm::find(body.get(trailer..).unwrap_or_default(), findings);
    }
    // The login ends with the third message of the client.
    let more = look.from_src && matches!(kind, BIND) && auth > 0;
    Verdict::proven("DCE/RPC header", if more { Want::Rest } else { Want::Reply })
}

/// Presentation contexts: each names an interface and transfer syntaxes (C706 s12.6.3.1).
fn contexts(body: &[u8], order: Order, findings: &mut Findings) {
    let mut reader = Reader::new(body.get(8..).unwrap_or_default());
    let Some([count, ..]) = reader.array::<4>() else { return };
    for _ in 0..count.min(16) {
        let (Some([_, _, transfers, _]), Some(uuid), Some(_version)) =
            (reader.array(), reader.array::<16>(), reader.array::<4>())
        else {
            return;
        };
        findings.add("interface", interface(&uuid, order));
        if reader.take(usize::from(transfers) * 20).is_none() {
            return;
        }
    }
}

/// C706 s12.5.2: 80 bytes, of which the last but six give the length of what follows.
fn datagram(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let (Some([4, kind, _flags, flags2]), Some([integers, floats, reserved, _serial])) =
        (reader.array(), reader.array())
    else {
        return Verdict::No;
    };
    // The representation has three bytes here, of which the last is zero.
    if kind > 10 || flags2 & 0xfc != 0 || reserved != 0 {
        return Verdict::No;
    }
    let Some(order) = Order::of([integers, floats, 0, 0]) else { return Verdict::No };
    let (Some(_object), Some(uuid), Some(_activity)) =
        (reader.array::<16>(), reader.array(), reader.array::<16>())
    else {
        return Verdict::No;
    };
    // Boot time, version, sequence; operation, hints, length, fragment, authentication, serial.
    let (Some(_), Some([a, b, _, _, _, _]), Some([c, d])) =
        (reader.array::<12>(), reader.array(), reader.array())
    else {
        return Verdict::No;
    };
    if reader.array::<4>().is_none() {
        return Verdict::No;
    }
    let len = usize::from(order.u16([c, d]));
    if len != reader.rest().len() && !look.cut {
        return Verdict::No;
    }
    findings.note("message", MESSAGES.get(usize::from(kind)).copied().unwrap_or("other"));
    findings.add("interface", interface(&uuid, order));
    findings.note("operation", order.u16([a, b]));
    Verdict::proven("connectionless DCE/RPC header", Want::Reply)
}

/// Byte order of integers: the first byte's high half; the low one says ASCII or EBCDIC.
#[derive(Clone, Copy)]
enum Order {
    Little,
    Big,
}

impl Order {
    fn of(representation: [u8; 4]) -> Option<Self> {
        match representation {
            [0x10 | 0x11, 0..=3, 0, _] => Some(Self::Little),
            [0x00 | 0x01, 0..=3, 0, _] => Some(Self::Big),
            _ => None,
        }
    }

    const fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        }
    }
}

/// An interface by its name where that is known, else as its UUID is written.
fn interface(uuid: &[u8; 16], order: Order) -> Box<str> {
    let [a, b, c, d, e, f, g, h, rest @ ..] = *uuid;
    let (first, second, third) = match order {
        Order::Little => {
            (u32::from_le_bytes([a, b, c, d]), u16::from_le_bytes([e, f]), u16::from_le_bytes([g, h]))
        }
        Order::Big => {
            (u32::from_be_bytes([a, b, c, d]), u16::from_be_bytes([e, f]), u16::from_be_bytes([g, h]))
        }
    };
    let name = match first {
        0xe1af_8308 => "epmapper",
        0x1234_5778 if third == 0xef00 && rest.ends_with(&[0xab]) => "lsarpc",
        0x1234_5778 => "samr",
        0x1234_5678 if rest.ends_with(&[0xfb]) => "netlogon",
        0x1234_5678 => "spoolss",
        0x367a_bb81 => "svcctl",
        0x4b32_4fc8 => "srvsvc",
        0x6bff_d098 => "wkssvc",
        0x338c_d001 => "winreg",
        0xe351_4235 => "drsuapi",
        0x1ff7_0682 => "atsvc",
        0x8653_5470 | 0x8653_5510 => "schrpc",
        0x8652_3d4a => "schrpc",
        0x76f0_3f96 => "lsacap",
        0x0000_01a0 => "ISystemActivator",
        0x0000_0131 => "IRemUnknown",
        0x0000_0143 => "IRemUnknown2",
        0x99fc_fec4 => "IOXIDResolver",
        0x9556_dc99 => "IWbemLevel1Login",
        0xf309_ad18 => "IWbemLevel1Login",
        0x8227_3fdc => "eventlog",
        0xf6be_aff7 => "eventlog6",
        0xa4f1_db00 => "mapi",
        0xf5cc_5a18 => "nspi",
        0xc681_d488 => "efsrpc",
        0xdf19_41c5 => "efsrpc",
        0x4fc7_42e0 => "dfsnm",
        0xdea0_0001 => "PNIO device",
        0xdea0_0002 => "PNIO controller",
        0xdea0_0003 => "PNIO supervisor",
        0xdea0_0004 => "PNIO parameter server",
        _ => {
            let [clock, sequence, node @ ..] = rest;
            let node = hex(&node);
            return format!("{first:08x}-{second:04x}-{third:04x}-{clock:02x}{sequence:02x}-{node}").into();
        }
    };
    name.into()
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            49152,
            &[(
                SRC,
                b"\x05\0\x0b\x03\x10\0\0\0\x48\0\0\0\x01\0\0\0\xd0\x16\xd0\x16\0\0\0\0\x01\0\0\0\0\0\x01\0\
                  \x08\x83\xaf\xe1\x1f\x5d\xc9\x11\x91\xa4\x08\0\x2b\x14\xa0\xfa\x03\0\0\0\
                  \x04\x5d\x88\x8a\xeb\x1c\xc9\x11\x9f\xe8\x08\0\x2b\x10\x48\x60\x02\0\0\0",
            )],
        ),
        Sample::udp(
            49155,
            40000,
            &[(
                SRC,
                b"\x04\0\x20\0\0\0\0\0\xde\xa0\0\0\x6c\x97\x11\xd1\x82\x71\0\x01\x01\x01\x01\x4d\
                  \xde\xa0\0\x01\x6c\x97\x11\xd1\x82\x71\0\xa0\x24\x42\xdf\x7d\
                  \x35\xfd\xa9\0\x35\x8a\x12\x12\x80\x04\0\x1c\x06\x0b\x26\xed\
                  \0\0\0\0\0\0\0\x01\0\0\0\0\0\0\xff\xff\xff\xff\0\x04\0\0\0\0abcd",
            )],
        ),
    ],
    near_miss: &[
        Sample::tcp(
            50000,
            135,
            &[(SRC, b"\x05\0\x0b\x03\x60\0\0\0\x48\0\0\0\x01\0\0\0\xd0\x16\xd0\x16\0\0\0\0")],
        ),
        Sample::udp(
            49155,
            34964,
            &[(
                SRC,
                b"\x04\0\x20\0\0\0\0\0\xde\xa0\0\0\x6c\x97\x11\xd1\x82\x71\0\x01\x01\x01\x01\x4d\
                  \xde\xa0\0\x01\x6c\x97\x11\xd1\x82\x71\0\xa0\x24\x42\xdf\x7d\
                  \x35\xfd\xa9\0\x35\x8a\x12\x12\x80\x04\0\x1c\x06\x0b\x26\xed\
                  \0\0\0\0\0\0\0\x01\0\0\0\0\0\0\xff\xff\xff\xff\0\x07\0\0\0\0abcd",
            )],
        ),
    ],
};
