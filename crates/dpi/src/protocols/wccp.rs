//! Cisco's Web Cache Communication Protocol 2 (draft-mclaggan-wccp-v2rev1): caches and routers.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "wccp",
    category: "management",
    encrypted: false,
    over: &[(Transport::Udp, &[0..=0])],
    ports: &[2048],
    bound: true,
    fields: &["message"],
    head: SHALLOW,
    inspect,
};

/// s5.1 to s5.4: here I am, I see you, redirect assign, removal query.
const MESSAGES: [&str; 4] = ["here-i-am", "i-see-you", "redirect-assign", "removal-query"];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let (Some(kind), Some(0x0200 | 0x0201), Some(len)) = (reader.u32(), reader.u16(), reader.u16()) else {
        return Verdict::No;
    };
    let message = kind.checked_sub(10).and_then(|at| MESSAGES.get(usize::try_from(at).ok()?));
    let exact = usize::from(len) == reader.rest().len() || look.cut;
    let Some(message) = message.filter(|_| exact) else { return Verdict::No };
    findings.note("message", *message);
    Verdict::proven("WCCP header that counts what follows", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(2048, 2048, &[(SRC, b"\0\0\0\x0a\x02\0\0\x08\0\0\0\x04\0\0\0\0")])],
    near_miss: &[Sample::udp(2048, 2048, &[(SRC, b"\0\0\0\x0a\x02\0\0\x09\0\0\0\x04\0\0\0\0")])],
};

#[cfg(test)]
mod tests {
    use crate::facts::Value;
    use crate::testing::{Flow, UDP};

    #[test]
    fn a_query_before_a_cache_is_removed() {
        let mut flow = Flow::new(UDP, 2048, 2048);
        flow.src(b"\0\0\0\x0d\x02\0\0\x08\0\0\0\x04\0\0\0\0");
        assert_eq!(flow.inspection.facts().details, [("message", Value::from("removal-query"))]);
    }
}
