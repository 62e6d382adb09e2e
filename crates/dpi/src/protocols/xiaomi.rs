//! Xiaomi's push service over TCP and miIO, its devices' local protocol, over UDP: models, versions, device ids.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "xiaomi",
    category: "iot",
    encrypted: true,
    over: &[(Transport::Tcp, &[0xc2..=0xc2]), (Transport::Udp, &[b'!'..=b'!'])],
    ports: &[5222, 54321],
    bound: false,
    fields: &["model", "build", "server", "locale", "device_id"],
    head: SHALLOW,
    inspect,
};

/// Magic and version of the push service's frames.
const PUSH: [u8; 4] = [0xc2, 0xfe, 0x00, 0x05];

/// Longest frame that is believed.
const MOST: u32 = 1 << 20;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if look.transport == Transport::Udp {
        return local(look, findings);
    }
    let Some((start, rest)) = look.bytes.split_first_chunk::<8>() else {
        let begun = look.bytes.iter().zip(PUSH).all(|(byte, expected)| *byte == expected);
        return if begun && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    let [magic @ .., _, _, _, _] = start;
    let [_, _, _, _, length @ ..] = start;
    if *magic != PUSH || u32::from_be_bytes(*length) > MOST {
        return Verdict::No;
    }
    // Only the first frame is in clear: header's and payload's length, header, payload.
    let mut reader = Reader::new(rest);
    let enough = rest.len() >= usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
    if let Some([0, 2, high, low, _, _, _, _]) = reader.array()
        && reader.take(usize::from(u16::from_be_bytes([high, low]))).is_some()
    {
        hello(reader, findings);
    }
    Verdict::proven("frame of Xiaomi's push service", if enough { Want::Reply } else { Want::Rest })
}

/// A protocol buffer's fields, of which clients' carry text.
fn hello(mut reader: Reader<'_>, findings: &mut Findings) -> Option<()> {
    loop {
        match reader.u8()? {
            // Numbers of one byte.
            0x08 | 0x28 | 0x48 => {
                reader.u8()?;
            }
            key if key & 7 == 2 => {
                let text = reader.block8()?;
                let field = match key >> 3 {
                    2 => "model",
                    3 => "build",
                    7 => "server",
                    8 => "locale",
                    _ => continue,
                };
                if text.len() > 3 && text.iter().all(|byte| matches!(byte, b' '..=b'~')) {
                    findings.note(field, lossy(text, NAME_MAX));
                }
            }
            _ => return None,
        }
    }
}

/// miIO: magic, length of the whole, unknown, device id, stamp, checksum or token.
fn local(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some((&[b'!', b'1', high, low, unknown @ .., a, b, c, d], _)) = look.bytes.split_first_chunk::<12>()
    else {
        return Verdict::No;
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length < 32
        || (length != look.bytes.len() && !look.cut)
        || !matches!(unknown, [0, 0, 0, 0] | [0xff, 0xff, 0xff, 0xff])
    {
        return Verdict::No;
    }
    let device = u32::from_be_bytes([a, b, c, d]);
    if device != u32::MAX {
        findings.note("device_id", device);
    }
    Verdict::proven("miIO header and its length", Want::Reply)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            5222,
            &[(SRC, b"\xc2\xfe\0\x05\0\0\0\x17\0\x02\0\x02\0\0\0\x0d\x08\0\x08\x6a\x12\x09Some Phone\0\0\0\0")],
        ),
        Sample::udp(
            50000,
            54321,
            &[(SRC, b"!1\0\x20\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")],
        ),
    ],
    near_miss: &[
        Sample::tcp(50000, 5222, &[(SRC, b"\xc2\xfe\0\x06\0\0\0\x10\0\x02\0\x02\0\0\0\x0d")]),
        Sample::udp(
            50000,
            54321,
            &[(SRC, b"!1\0\x21\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")],
        ),
    ],
};
