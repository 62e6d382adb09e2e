//! SoftEther VPN's NAT traversal (softether.org): keep-alives, the address seen from outside, registrations.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "softether",
    category: "vpn",
    encrypted: false,
    over: &[(Transport::Udp, &[0..=0, b'A'..=b'A', b'I'..=b'I'])],
    ports: &[5004],
    bound: false,
    fields: &["external_ip", "external_port", "host_name", "ddns_fqdn", "operation"],
    head: SHALLOW,
    inspect,
};

const KEEP_ALIVE: &[u8] = b"A";

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if look.bytes == KEEP_ALIVE {
        return Verdict::NeedMore;
    }
    if let Some((address, port)) = seen_from_outside(look.bytes) {
        findings.note("external_ip", lossy(address, NAME_MAX));
        findings.note("external_port", lossy(port, NAME_MAX));
        return Verdict::proven("SoftEther's answer to a keep-alive", Want::Rest);
    }
    match pack(look.bytes, look.cut, &mut |_, _| {}) {
        Some(()) => {
            pack(look.bytes, look.cut, &mut |name, value| note(name, value, findings));
            Verdict::proven("SoftEther registration", Want::Nothing)
        }
        None => Verdict::No,
    }
}

/// `IP=192.0.2.1,PORT=51381`.
fn seen_from_outside(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = bytes.strip_prefix(b"IP=")?;
    let comma = rest.iter().position(|byte| *byte == b',')?;
    let (address, rest) = rest.split_at_checked(comma)?;
    let port = rest.strip_prefix(b",PORT=")?;
    let sound = (2..=45).contains(&address.len())
        && address.iter().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':'))
        && (1..=5).contains(&port.len())
        && port.iter().all(u8::is_ascii_digit);
    sound.then_some((address, port))
}

fn note(name: &[u8], value: &[u8], findings: &mut Findings) {
    let field = match name {
        b"host_name" => "host_name",
        b"ddns_fqdn" => "ddns_fqdn",
        b"opcode" => "operation",
        _ => return,
    };
    findings.note(field, lossy(value, NAME_MAX));
}

/// Most elements and values of one.
const MOST: u32 = 64;

/// The project's serialisation: a count, then elements with name, type and values. Hands over
/// each text; `None` if it is not one, or does not end where the datagram does.
fn pack(bytes: &[u8], cut: bool, text: &mut dyn FnMut(&[u8], &[u8])) -> Option<()> {
    let mut reader = Reader::new(bytes);
    let elements = u32::from_be_bytes(reader.array()?);
    if !(1..=MOST).contains(&elements) {
        return None;
    }
    for number in 0..elements {
        if element(&mut reader, text).is_none() {
            // Of a datagram that was cut off the first elements have to do.
            return (cut && number >= 2).then_some(());
        }
    }
    reader.is_empty().then_some(())
}

fn element(reader: &mut Reader<'_>, text: &mut dyn FnMut(&[u8], &[u8])) -> Option<()> {
    // The length of a name counts a final zero that is not sent.
    let name = block(reader, 1)?;
    if name.is_empty()
        || !name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'@'))
    {
        return None;
    }
    let kind = u32::from_be_bytes(reader.array()?);
    let values = u32::from_be_bytes(reader.array()?);
    if values > MOST {
        return None;
    }
    for _ in 0..values {
        match kind {
            0 => _ = reader.array::<4>()?,
            1 => _ = block(reader, 0)?,
            2 | 3 => text(name, block(reader, 0)?),
            4 => _ = reader.array::<8>()?,
            _ => return None,
        }
    }
    Some(())
}

/// Bytes after their length, which counts some `more`.
fn block<'a>(reader: &mut Reader<'a>, more: u32) -> Option<&'a [u8]> {
    let len = u32::from_be_bytes(reader.array()?).checked_sub(more)?;
    reader.take(usize::try_from(len).ok()?)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(50000, 5004, &[(SRC, b"A"), (DST, b"IP=192.0.2.133,PORT=51381")]),
        Sample::udp(
            50000,
            40000,
            &[(
                SRC,
                b"\0\0\0\x02\0\0\0\x0ahost_name\0\0\0\x02\0\0\0\x01\0\0\0\x03vpn\0\0\0\x07opcode\0\0\0\x02\0\0\0\x01\0\0\0\x09get_token",
            )],
        ),
    ],
    near_miss: &[
        Sample::udp(50000, 5004, &[(SRC, b"A"), (DST, b"A")]),
        Sample::udp(50000, 5004, &[(DST, b"IP=192.0.2.133,PORT=none")]),
        Sample::udp(50000, 5004, &[(SRC, b"\0\0\0\x02\0\0\0\x0ahost_name\0\0\0\x02\0\0\0\x01\0\0\0\x03vpn")]),
    ],
};

#[cfg(test)]
mod tests {
    use crate::Value;
    use crate::testing::{Flow, UDP};

    #[test]
    fn a_registration_names_its_host() {
        let mut flow = Flow::new(UDP, 50000, 5004);
        super::SAMPLES.positive[1].said.iter().for_each(|(_, bytes)| _ = flow.src(bytes));
        let details = &flow.inspection.facts().details;
        assert_eq!(details[..], [("host_name", Value::from("vpn")), ("operation", Value::from("get_token"))]);
    }
}
