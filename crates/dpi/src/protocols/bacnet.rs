//! BACnet/IP (ASHRAE 135 annex J): services, device instances, properties asked for.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "bacnet",
    category: "industrial",
    encrypted: false,
    over: &[(Transport::Udp, &[0x81..=0x81])],
    ports: &[47808],
    bound: false,
    fields: &["link", "services", "device_instance", "vendor_id", "object", "property", "network"],
    head: SHALLOW,
    inspect,
};

/// Object type "device" (s21).
const DEVICE: u32 = 8;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    // J.2: type, function, length of the whole.
    let Some((&[0x81, function @ 0..=0x0c, high, low], body)) = look.bytes.split_first_chunk() else {
        return Verdict::No;
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length != look.bytes.len() && !(look.cut && length > look.bytes.len()) {
        return Verdict::No;
    }
    let network = match function {
        0x00 if length == 6 => None,
        0x02 | 0x06 if length == 4 => None,
        0x05 if length == 6 => None,
        0x08 if length == 10 => None,
        // Tables of ten-byte entries.
        0x01 | 0x03 | 0x07 if body.len().is_multiple_of(10) => None,
        // Forwarded messages have their sender's address in front.
        0x04 => body.get(6..),
        0x09..=0x0b => Some(body),
        0x0c => None,
        _ => return Verdict::No,
    };
    if network.is_some_and(|npdu| npdu.first() != Some(&1)) || (function == 0x04 && network.is_none()) {
        return Verdict::No;
    }
    findings.note("link", link_name(function));
    if let Some(npdu) = network {
        network_layer(npdu, findings);
    }
    // Its function and length are all there is to the simplest messages: the answer may say more.
    Verdict::proven("BACnet virtual link control and its length", Want::Reply)
}

fn link_name(function: u8) -> &'static str {
    match function {
        0x00 => "result",
        0x01 => "write-broadcast-distribution-table",
        0x02 => "read-broadcast-distribution-table",
        0x03 => "read-broadcast-distribution-table-ack",
        0x04 => "forwarded",
        0x05 => "register-foreign-device",
        0x06 => "read-foreign-device-table",
        0x07 => "read-foreign-device-table-ack",
        0x08 => "delete-foreign-device-table-entry",
        0x09 => "distribute-broadcast-to-network",
        0x0a => "unicast",
        0x0b => "broadcast",
        _ => "secure",
    }
}

/// s6.2.2: version, control, then destination and source as control says.
fn network_layer(npdu: &[u8], findings: &mut Findings) -> Option<()> {
    let mut reader = Reader::new(npdu);
    let [_, control] = reader.array()?;
    let has_destination = control & 0x20 != 0;
    if has_destination {
        reader.u16()?;
        reader.block8()?;
    }
    if control & 0x08 != 0 {
        findings.note("network", reader.u16()?);
        reader.block8()?;
    }
    if has_destination {
        reader.u8()?;
    }
    if control & 0x80 != 0 {
        findings.add("services", "network-layer".into());
        return None;
    }
    application_layer(reader, findings)
}

/// s20.1.2: the kind of PDU in the upper half of its first byte.
fn application_layer(mut reader: Reader<'_>, findings: &mut Findings) -> Option<()> {
    let first = reader.u8()?;
    match first >> 4 {
        0 => {
            reader.take(2)?;
            if first & 0x08 != 0 {
                reader.take(2)?;
            }
            let service = reader.u8()?;
            findings.add("services", confirmed(service).into());
            if matches!(service, 12 | 14 | 15) {
                property(reader, findings);
            }
        }
        1 => {
            let service = reader.u8()?;
            findings.add("services", unconfirmed(service).into());
            if service == 0 {
                i_am(reader, findings);
            }
        }
        2 | 3 => {
            let acked = reader.take(if first & 0x08 == 0 { 1 } else { 3 });
            acked?;
            let service = reader.u8()?;
            findings.add("services", confirmed(service).into());
            if matches!((first >> 4, service), (3, 12)) {
                property(reader, findings);
            }
        }
        5 => findings.add("services", "error".into()),
        6 => findings.add("services", "reject".into()),
        7 => findings.add("services", "abort".into()),
        _ => {}
    }
    Some(())
}

/// s16.10: device's identifier, greatest length, segmentation, vendor; all with application tags.
fn i_am(mut reader: Reader<'_>, findings: &mut Findings) -> Option<()> {
    let [0xc4, a, b, c, d] = reader.array()? else { return None };
    let identifier = u32::from_be_bytes([a, b, c, d]);
    (identifier >> 22 == DEVICE).then_some(())?;
    findings.note("device_instance", identifier & 0x3f_ffff);
    unsigned(&mut reader, 0x20)?;
    unsigned(&mut reader, 0x90)?;
    findings.note("vendor_id", unsigned(&mut reader, 0x20)?);
    Some(())
}

/// s15.5: context tags 0, the object, and 1, the property; one more byte of nesting for lists.
fn property(mut reader: Reader<'_>, findings: &mut Findings) -> Option<()> {
    let [0x0c, a, b, c, d] = reader.array()? else { return None };
    let identifier = u32::from_be_bytes([a, b, c, d]);
    findings.note("object", format!("{}:{}", identifier >> 22, identifier & 0x3f_ffff));
    if matches!(reader.rest(), [0x1e, ..]) {
        reader.u8()?;
        findings.note("property", unsigned(&mut reader, 0x08)?);
    } else {
        findings.note("property", unsigned(&mut reader, 0x18)?);
    }
    Some(())
}

/// An unsigned number behind its tag, whose lower bits are the number's length.
fn unsigned(reader: &mut Reader<'_>, tag: u8) -> Option<u32> {
    let first = reader.u8()?;
    let length @ 1..=4 = first & 0x07 else { return None };
    (first & 0xf8 == tag).then_some(())?;
    Some(reader.take(usize::from(length))?.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
}

/// BACnetConfirmedServiceChoice (s21).
fn confirmed(service: u8) -> &'static str {
    match service {
        0 => "acknowledge-alarm",
        1 => "confirmed-cov-notification",
        2 => "confirmed-event-notification",
        3 => "get-alarm-summary",
        5 => "subscribe-cov",
        6 => "atomic-read-file",
        7 => "atomic-write-file",
        8 => "add-list-element",
        9 => "remove-list-element",
        10 => "create-object",
        11 => "delete-object",
        12 => "read-property",
        14 => "read-property-multiple",
        15 => "write-property",
        16 => "write-property-multiple",
        17 => "device-communication-control",
        18 => "confirmed-private-transfer",
        20 => "reinitialize-device",
        26 => "read-range",
        28 => "subscribe-cov-property",
        29 => "get-event-information",
        _ => "other-confirmed",
    }
}

/// BACnetUnconfirmedServiceChoice (s21).
fn unconfirmed(service: u8) -> &'static str {
    match service {
        0 => "i-am",
        1 => "i-have",
        2 => "unconfirmed-cov-notification",
        3 => "unconfirmed-event-notification",
        4 => "unconfirmed-private-transfer",
        5 => "unconfirmed-text-message",
        6 => "time-synchronization",
        7 => "who-has",
        8 => "who-is",
        9 => "utc-time-synchronization",
        10 => "write-group",
        _ => "other-unconfirmed",
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(47808, 47808, &[(SRC, b"\x81\x0b\0\x0c\x01\x20\xff\xff\0\xff\x10\x08")]),
        Sample::udp(
            50000,
            47809,
            &[
                (SRC, b"\x81\x0a\0\x11\x01\x04\x02\x75\x01\x0c\x0c\x02\0\0\x07\x19\x4d"),
                (DST, b"\x81\x0a\0\x14\x01\0\x10\0\xc4\x02\0\0\x07\x22\x05\xc4\x91\x03\x21\x08"),
            ],
        ),
    ],
    near_miss: &[
        Sample::udp(47808, 47808, &[(SRC, b"\x81\x0b\0\x0d\x01\x20\xff\xff\0\xff\x10\x08")]),
        Sample::udp(47808, 47808, &[(SRC, b"\x81\x0b\0\x0c\x02\x20\xff\xff\0\xff\x10\x08")]),
    ],
};

#[cfg(test)]
mod tests {
    use crate::facts::Value;
    use crate::testing::{Flow, UDP};

    #[test]
    fn who_is_there() {
        let mut flow = Flow::new(UDP, 47808, 47808);
        flow.src(
            b"\x81\x0b\0\x19\x01\x20\xff\xff\0\xff\x10\0\xc4\x02\0\0\x07\x22\x05\xc4\x91\x03\x22\x01\x04",
        );
        let details = &flow.inspection.facts().details;
        assert!(details.contains(&("device_instance", Value::Number(7))), "{details:?}");
        assert!(details.contains(&("vendor_id", Value::Number(260))), "{details:?}");
    }
}
