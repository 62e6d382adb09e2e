//! Optimized Link State Routing (RFC 3626): a routing protocol of meshes.

use crate::notation::dotted;
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "olsr",
    category: "routing",
    encrypted: false,
    over: &[(Transport::Udp, &[0..=5])],
    ports: &[698],
    bound: true,
    fields: &["originator", "message"],
    head: SHALLOW,
    inspect,
};

/// RFC 3626 s3.3: the header of a message over IPv4.
const MESSAGE_LEN: u16 = 12;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let (Some(len), Some(_number)) = (reader.u16(), reader.u16()) else { return Verdict::No };
    if usize::from(len) != look.bytes.len() && !(look.cut && usize::from(len) > look.bytes.len()) {
        return Verdict::No;
    }
    // RFC 3626 s18.4; above them those of extensions, among them olsrd's with link quality.
    let (Some(kind @ (1..=6 | 128..=133 | 201 | 202)), Some(_validity), Some(size), Some(originator)) =
        (reader.u8(), reader.u8(), reader.u16(), reader.u32())
    else {
        return Verdict::No;
    };
    if size < MESSAGE_LEN || size > len - 4 {
        return Verdict::No;
    }
    findings.note("originator", dotted(originator));
    let name = match kind {
        1 | 201 => "hello",
        2 | 202 => "tc",
        3 => "mid",
        4 => "hna",
        _ => "other",
    };
    findings.note("message", name);
    Verdict::proven("OLSR packet and message that count what follows", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        698,
        698,
        &[(SRC, b"\0\x14\0\x07\x01\x86\0\x10\xc0\0\x02\x01\x01\0\0\x05\0\0\x05\x03")],
    )],
    near_miss: &[Sample::udp(
        698,
        698,
        &[(SRC, b"\0\x14\0\x07\x01\x86\0\x11\xc0\0\x02\x01\x01\0\0\x05\0\0\x05\x03")],
    )],
};

#[cfg(test)]
mod tests {
    use crate::facts::Value;
    use crate::testing::{Flow, UDP};

    #[test]
    fn hellos_with_link_quality() {
        let mut flow = Flow::new(UDP, 698, 698);
        flow.src(b"\0\x14\0\x07\xc9\x86\0\x10\xc0\0\x02\x01\x01\0\0\x05\0\0\x05\x03");
        assert!(flow.inspection.facts().details.contains(&("message", Value::from("hello"))));
    }
}
