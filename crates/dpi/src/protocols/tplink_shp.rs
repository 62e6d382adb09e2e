//! TP-Link's smart home protocol, JSON under a cipher without key: model, alias, firmware, commands.

use crate::json;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "tplink-shp",
    category: "iot",
    encrypted: false,
    over: &[(Transport::Udp, &[0xd0..=0xd0]), (Transport::Tcp, &[0..=0])],
    ports: &[9999],
    bound: false,
    fields: &["command", "model", "alias", "firmware", "hardware", "device_id", "mac"],
    head: SHALLOW,
    inspect,
};

/// Each byte is its predecessor's cipher text and the clear one, exclusive or; the first key is this.
const KEY: u8 = 171;

/// Clear text that is looked at.
const MOST: usize = 2048;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let tcp = look.transport == Transport::Tcp;
    let (length, cipher) = match look.bytes {
        // Over TCP a length comes first.
        [0, 0, high, low, cipher @ ..] if tcp => (usize::from(u16::from_be_bytes([*high, *low])), cipher),
        [0, 0, _] | [0, 0] | [0] if tcp && !look.cut => return Verdict::NeedMore,
        _ if tcp => return Verdict::No,
        cipher => (cipher.len(), cipher),
    };
    // An object with a member in quotes, or an empty one.
    match cipher {
        [0xd0, 0xf2, ..] => {}
        [0xd0, 0xad] => {}
        [] | [0xd0] if tcp && !look.cut && length >= 2 => return Verdict::NeedMore,
        _ => return Verdict::No,
    }
    let cipher = cipher.get(..length.min(MOST)).unwrap_or(cipher);
    if length < 2 || !clear(cipher).all(|byte| byte >= 0x20 || matches!(byte, b'\r' | b'\n' | b'\t')) {
        return Verdict::No;
    }
    if !tcp && !look.cut && length <= MOST && clear(cipher).last() != Some(b'}') {
        return Verdict::No;
    }
    if cipher.len() < length.min(MOST) && !look.cut && tcp && length <= 4000 {
        return Verdict::NeedMore;
    }
    let text: Vec<u8> = clear(cipher).collect();
    note(&text, findings);
    if look.hinted || text.len() > 8 {
        Verdict::proven("JSON under TP-Link's cipher", Want::Reply)
    } else {
        Verdict::likely("beginning of JSON under TP-Link's cipher", Want::Reply)
    }
}

fn clear(cipher: &[u8]) -> impl Iterator<Item = u8> {
    cipher.iter().scan(KEY, |key, byte| Some(std::mem::replace(key, *byte) ^ byte))
}

fn note(json: &[u8], findings: &mut Findings) {
    // {"module":{"command":...}}
    let mut names = json.split(|byte| *byte == b'"');
    if let (Some(_), Some(module), Some(_), Some(command)) =
        (names.next(), names.next(), names.next(), names.next())
    {
        findings.note("command", format!("{}.{}", lossy(module, 64), lossy(command, 64)));
    }
    for (field, member) in [
        ("model", "model"),
        ("alias", "alias"),
        ("firmware", "sw_ver"),
        ("hardware", "hw_ver"),
        ("device_id", "deviceId"),
        ("mac", "mac"),
    ] {
        if let Some(value) = json::value(json, member) {
            findings.note(field, lossy(value, NAME_MAX));
        }
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(50000, 9999, &[(SRC, b"\xd0\xf2\x81\xf8\x8b\xff\x9a\xf7\xd5\xef\x94\xb6\xd1\xb4\xc0\x9f\xec\x95\xe6\x8f\xe1\x87\xe8\xca\xf0\x8b\xf6\x8b\xf6"), (DST, b"\xd0\xf2\x81\xf8\x8b\xff\x9a\xf7\xd5\xef\x94\xb6\xd1\xb4\xc0\x9f\xec\x95\xe6\x8f\xe1\x87\xe8\xca\xf0\x8b\xa9\xc4\xab\xcf\xaa\xc6\xe4\xde\xfc\xb4\xe7\xd6\xe7\xd7\xff\xba\xef\xc6\xe4\xc8\xea\x8b\xe7\x8e\xef\x9c\xbe\x84\xa6\xea\x8b\xe6\x96\xb4\xc9\xb4\xc9")]),
        Sample::tcp(50000, 9999, &[(SRC, b"\0\0\0\x1d\xd0\xf2\x81\xf8\x8b\xff\x9a\xf7\xd5\xef\x94\xb6\xd1\xb4\xc0\x9f\xec\x95\xe6\x8f\xe1\x87\xe8\xca\xf0\x8b\xf6\x8b\xf6")]),
    ],
    near_miss: &[
        Sample::udp(50000, 9999, &[(SRC, b"\xd0\xf2\x80\x80\x80\x80\x80\x80")]),
        Sample::tcp(50000, 9999, &[(SRC, b"\0\0\0\x1e\xd0\xf2\x81\xf8\x8b\xff\x9a\xf7\xd5\xef\x94\xb6\xd1\xb4\xc0\x9f\xec\x95\xe6\x8f\xe1\x87\xe8\xca\xf0\x8b\xf6\x8b\xf6\xf7")]),
    ],
};

#[cfg(test)]
mod tests {
    use super::SAMPLES;
    use crate::facts::Value;
    use crate::testing::{Flow, UDP};

    #[test]
    fn what_a_plug_says_of_itself() {
        let mut flow = Flow::new(UDP, 50000, 9999);
        flow.src(SAMPLES.positive[0].said[0].1);
        flow.dst(SAMPLES.positive[0].said[1].1);
        let details = &flow.inspection.facts().details;
        for (field, text) in [("command", "system.get_sysinfo"), ("model", "HS110(EU)"), ("alias", "Lamp")] {
            assert!(details.contains(&(field, Value::Text(text.into()))), "{field} {details:?}");
        }
    }
}
