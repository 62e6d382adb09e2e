//! DLMS/COSEM meters (IEC 62056-46 HDLC frames, IEC 62056-47 wrapper) and IEC 62056-21 identification.

use crate::checksum::crc16_hdlc;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Starts, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::risk::Risk;
use crate::text::{NAME_MAX, find, lossy, past};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "iec62056",
    category: "industrial",
    encrypted: false,
    over: &[(Transport::Tcp, FIRST), (Transport::Udp, FIRST)],
    ports: &[4059, 4060, 4061],
    bound: false,
    fields: &["layer", "services", "authentication", "meter", "client", "server"],
    head: SHALLOW,
    inspect,
};

const FIRST: Starts = &[FLAG..=FLAG, 0x00..=0x00, b'/'..=b'/'];

/// HDLC's flag (ISO/IEC 13239 s4.2.1).
const FLAG: u8 = 0x7e;

/// Application context 2.16.756.5.8.1 and mechanism 2.16.756.5.8.2, without their last number
/// (IEC 62056-5-3 s7.2.2.2).
const MECHANISM: &[u8] = &[0x60, 0x85, 0x74, 0x05, 0x08, 0x02];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let found = match look.bytes {
        [FLAG, ..] => frame(look.bytes),
        [0, ..] => wrapped(look, findings),
        _ => sign_on(look, findings),
    };
    match found {
        Found::Apdu(layer, apdu) => {
            findings.note("layer", layer);
            note(apdu, findings);
            Verdict::proven("DLMS frame or wrapper", Want::Reply)
        }
        Found::Text => Verdict::likely("meter's sign-on", Want::Reply),
        Found::Partial if !look.cut && look.transport == Transport::Tcp => Verdict::NeedMore,
        Found::Partial | Found::Nothing => Verdict::No,
    }
}

enum Found<'a> {
    Apdu(&'static str, &'a [u8]),
    Text,
    Partial,
    Nothing,
}

/// IEC 62056-46 s6.4.4: format type 3 and length, addresses, control, two check sequences.
fn frame(bytes: &[u8]) -> Found<'_> {
    let Some((&[_, high, low], rest)) = bytes.split_first_chunk() else {
        return if matches!(bytes, [FLAG] | [FLAG, 0xa0..=0xaf]) { Found::Partial } else { Found::Nothing };
    };
    let length = usize::from(u16::from_be_bytes([high & 0x07, low]));
    if high & 0xf0 != 0xa0 || length < 7 {
        return Found::Nothing;
    }
    let (Some(checked), Some(&[check_low, check_high, flag])) =
        (bytes.get(1..length - 1), rest.get(length - 4..length - 1))
    else {
        return Found::Partial;
    };
    if flag != FLAG || crc16_hdlc(checked) != u16::from_le_bytes([check_low, check_high]) {
        return Found::Nothing;
    }
    // An LLC header (IEC 62056-46 s5.3.2) is in front of the application's message.
    let apdu = checked
        .windows(3)
        .position(|window| matches!(window, [0xe6, 0xe6 | 0xe7, 0x00]))
        .and_then(|at| checked.get(at + 3..));
    Found::Apdu("hdlc", apdu.unwrap_or_default())
}

/// IEC 62056-47 s5.3.3: version 1, source and destination, length.
fn wrapped<'a>(look: &Look<'a>, findings: &mut Findings) -> Found<'a> {
    if matches!(look.bytes, [_, version, ..] if *version != 1) {
        return Found::Nothing;
    }
    let Some((&[_, _, source_high, source_low, to_high, to_low, high, low], apdu)) =
        look.bytes.split_first_chunk()
    else {
        return Found::Partial;
    };
    let (source, to) = (u16::from_be_bytes([source_high, source_low]), u16::from_be_bytes([to_high, to_low]));
    let length = usize::from(u16::from_be_bytes([high, low]));
    // Client 16 is public, the server's management logical device is 1 (IEC 62056-47 s6.2).
    if source.max(to) > 0x4000 || source == to || length == 0 {
        return Found::Nothing;
    }
    let Some(first) = apdu.first() else { return Found::Partial };
    if service(*first).is_none() || apdu.len() > length && apdu.get(length..length + 2) != Some(&[0, 1]) {
        return Found::Nothing;
    }
    if apdu.len() < length && !look.cut {
        return Found::Partial;
    }
    let opens =
        matches!(first, 0x60 | 0x61) && apdu.get(1).is_some_and(|len| usize::from(*len) + 2 == length);
    if !look.hinted && !opens {
        return Found::Nothing;
    }
    let (client, server) = if is_request(*first) { (source, to) } else { (to, source) };
    findings.note("client", client);
    findings.note("server", server);
    Found::Apdu("wrapper", apdu.get(..length).unwrap_or(apdu))
}

fn is_request(tag: u8) -> bool {
    matches!(tag, 0x60 | 0x62 | 0xc0 | 0xc1 | 0xc3 | 0xc8 | 0xc9 | 0xcb | 0xd0 | 0xd1 | 0xd3)
}

/// IEC 62056-21 s6.3: the reader's request with the meter's address, or the meter's
/// identification: three letters of its maker, a baud rate's sign, the device.
fn sign_on<'a>(look: &Look<'a>, findings: &mut Findings) -> Found<'a> {
    let bytes = look.bytes;
    let Some(end) = find(bytes, b"\r\n") else {
        return if bytes.len() < 36 && bytes.is_ascii() { Found::Partial } else { Found::Nothing };
    };
    let line = bytes.get(1..end).unwrap_or_default();
    match line {
        [b'?', address @ .., b'!']
            if address.len() <= 32
                && address.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b' ') =>
        {
            Found::Text
        }
        [a, b, c, b'0'..=b'9' | b'A'..=b'I', device @ ..]
            if [a, b].iter().all(|byte| byte.is_ascii_uppercase())
                && c.is_ascii_alphabetic()
                && look.hinted
                && device.len() <= 18
                && device.iter().all(|byte| matches!(byte, b' '..=b'~')) =>
        {
            findings.note("meter", lossy(line, NAME_MAX));
            Found::Text
        }
        _ => Found::Nothing,
    }
}

fn note(apdu: &[u8], findings: &mut Findings) {
    let Some(name) = apdu.first().and_then(|tag| service(*tag)) else { return };
    findings.add("services", name.into());
    if apdu.first() != Some(&0x60) {
        return;
    }
    let Some(rest) = past(apdu, MECHANISM) else {
        findings.note("authentication", "none");
        return;
    };
    let Some((mechanism, rest)) = rest.split_first() else {
        return;
    };
    findings.note(
        "authentication",
        match mechanism {
            0 => "none",
            1 => "password",
            2 => "high",
            3 => "md5",
            4 => "sha1",
            5 => "gmac",
            6 => "sha256",
            7 => "ecdsa",
            _ => "other",
        },
    );
    // calling-authentication-value with a character string: the password itself.
    if *mechanism == 1 && Reader::new(rest).array() == Some([0xac]) {
        findings.risk(Risk::CleartextCredentials);
    }
}

/// IEC 62056-5-3 s8.5: tags of the messages.
fn service(tag: u8) -> Option<&'static str> {
    Some(match tag {
        0x05 => "read-request",
        0x06 => "write-request",
        0x0c => "read-response",
        0x0d => "write-response",
        0x0e => "confirmed-service-error",
        0x0f => "data-notification",
        0x60 => "associate-request",
        0x61 => "associate-response",
        0x62 => "release-request",
        0x63 => "release-response",
        0xc0 => "get-request",
        0xc1 => "set-request",
        0xc2 => "event-notification",
        0xc3 => "action-request",
        0xc4 => "get-response",
        0xc5 => "set-response",
        0xc7 => "action-response",
        0xc8 | 0xd0 => "ciphered-get-request",
        0xc9 | 0xd1 => "ciphered-set-request",
        0xcb | 0xd3 => "ciphered-action-request",
        0xcc | 0xd4 => "ciphered-get-response",
        0xcd | 0xd5 => "ciphered-set-response",
        0xcf | 0xd7 => "ciphered-action-response",
        0xd8 => "exception-response",
        0xdb => "general-ciphering",
        0xe0 => "general-block-transfer",
        _ => return None,
    })
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(50000, 5000, &[(SRC, b"\x7e\xa0\x07\x03\x21\x93\x0f\x01\x7e")]),
        Sample::tcp(
            50000,
            4059,
            &[(SRC, b"\0\x01\0\x10\0\x01\0\x0d\xc0\x01\xc1\0\x08\0\0\x01\0\0\xff\x02\0")],
        ),
        Sample::tcp(50000, 8000, &[(SRC, b"/?!\r\n")]),
        Sample::tcp(50000, 4059, &[(DST, b"/LGZ5\\2ZMD3104100.B32\r\n")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 4059, &[(SRC, b"\x7e\xa0\x07\x03\x21\x93\x0f\x02\x7e")]),
        Sample::tcp(
            50000,
            4059,
            &[(SRC, b"\0\x02\0\x10\0\x01\0\x0d\xc0\x01\xc1\0\x08\0\0\x01\0\0\xff\x02\0")],
        ),
        Sample::tcp(50000, 4059, &[(SRC, b"/path of something\r\n")]),
    ],
};

#[cfg(test)]
mod tests {
    use crate::risk::Risk;
    use crate::testing::{Flow, TCP};

    #[test]
    fn a_password_in_clear() {
        let mut flow = Flow::new(TCP, 50000, 4059);
        flow.src(b"\0\x01\0\x01\0\x01\0\x0d\x60\x0b\xa1\x09\x06\x07\x60\x85\x74\x05\x08\x01\x01");
        flow.next(TCP, 50000, 4059).src(
            b"\0\x01\0\x20\0\x01\0\x19\x60\x17\x8b\x07\x60\x85\x74\x05\x08\x02\x01\xac\x0a\x80\x0812345678\0\0",
        );
        assert_eq!(flow.name(), Some("iec62056"));
        assert!(flow.inspection.facts().risks.contains(Risk::CleartextCredentials));
    }
}
