//! ANSI C12.22 meters (IEEE 1703): titles of who is called and who calls.

use super::mms::ber;
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Starts, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "c1222",
    category: "industrial",
    encrypted: false,
    over: &[(Transport::Tcp, FIRST), (Transport::Udp, FIRST)],
    ports: &[1153],
    bound: false,
    fields: &["called", "calling"],
    head: SHALLOW,
    inspect,
};

/// The application tag of ACSE's unit.
const FIRST: Starts = &[0x60..=0x60];

/// ACSE elements (IEEE 1703 s5.3.4): context, called and calling titles and numbers, and last the
/// user information that carries EPSEM.
fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut outer = Reader::new(look.bytes);
    let Some(unit) = ber::next(&mut outer) else {
        return if look.cut || look.transport == Transport::Udp || look.bytes.len() > 4 {
            Verdict::No
        } else {
            Verdict::NeedMore
        };
    };
    let (mut titles, mut information) = (0, false);
    let (mut called, mut calling) = (None, None);
    let mut elements = Reader::new(unit.value);
    while let Some(element) = ber::next(&mut elements) {
        match element.tag {
            0xa2 | 0xa6 => {
                let Some(title) = ber::next(&mut Reader::new(element.value)) else { break };
                // Universal or relative object identifier.
                if !matches!(title.tag, 0x06 | 0x80) || title.value.len() + 2 != element.value.len() {
                    return Verdict::No;
                }
                titles += 1;
                *(if element.tag == 0xa2 { &mut called } else { &mut calling }) = Some(title.value);
            }
            0xa1 | 0xa3..=0xa5 | 0xa7..=0xac | 0x8b => {}
            0xbe => {
                // EXTERNAL with an octet string.
                let external = ber::next(&mut Reader::new(element.value));
                if external.is_some_and(|external| external.tag != 0x28) {
                    return Verdict::No;
                }
                information = true;
            }
            _ => return Verdict::No,
        }
    }
    if !unit.whole && !look.cut && look.transport == Transport::Tcp {
        return Verdict::NeedMore;
    }
    if !unit.whole && !look.cut
        || titles == 0
        || !information
        || look.transport == Transport::Udp && !outer.is_empty()
    {
        return Verdict::No;
    }
    for (field, title) in [("called", called), ("calling", calling)] {
        if let Some(title) = title.and_then(ber::object_identifier) {
            findings.note(field, title);
        }
    }
    if look.hinted {
        Verdict::proven("C12.22 message at its port", Want::Reply)
    } else {
        Verdict::likely("ACSE elements of a C12.22 message", Want::Reply)
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        1153,
        &[(SRC, b"\x60\x26\xa2\x07\x06\x05\x2b\x06\x01\x04\x05\xa6\x07\x06\x05\x2b\x06\x01\x04\x06\xa8\x03\x02\x01\x01\xbe\x0d\x28\x0b\x81\x09\x90\x30\0\x01\0\x07\x20\0\x05")],
    )],
    near_miss: &[Sample::udp(
        50000,
        1153,
        &[(SRC, b"\x60\x26\xa2\x07\x06\x05\x2b\x06\x01\x04\x05\xe6\x07\x06\x05\x2b\x06\x01\x04\x06\xa8\x03\x02\x01\x01\xbe\x0d\x28\x0b\x81\x09\x90\x30\0\x01\0\x07\x20\0\x05")],
    )],
};
