//! NetBIOS name service (RFC 1002 s4.2): DNS's layout with encoded names and types of its own; the
//! name in question and what it stands for.

use super::dns::message::Message;
use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "netbios-ns",
    category: "network",
    encrypted: false,
    over: &[(Transport::Udp, ANY)],
    ports: &[137],
    bound: false,
    fields: &["name", "suffix"],
    head: SHALLOW,
    inspect,
};

/// RFC 1002 s4.2.1.3: general name service and node status.
const NB: u16 = 0x20;
const NBSTAT: u16 = 0x21;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let is_it = match Message::parse(look.bytes, look.cut).map(|message| message.raw_question()) {
        Some(Some((name, qtype))) => matches!(qtype, NB | NBSTAT) && is_encoded(name),
        // Responses carry no question, but the name in their first record (RFC 1002 s4.2.3).
        Some(None) => look.bytes.get(super::dns::message::HEADER_LEN..).is_some_and(is_encoded),
        // Registrations have opcode 5 and more of their own that DNS knows nothing of.
        None => is_other_operation(look.bytes),
    };
    if !is_it {
        return Verdict::No;
    }
    let first = look.bytes.get(super::dns::message::HEADER_LEN + 1..).and_then(|rest| rest.first_chunk());
    if let Some((name, suffix)) = first.and_then(decode) {
        findings.note("name", name);
        findings.note("suffix", suffix);
    }
    Verdict::proven("NetBIOS name in a DNS layout", Want::Nothing)
}

/// RFC 1001 s14.1: each letter stands for four bits; the 16th byte says what the name is of. No
/// name if there are other letters.
pub(super) fn decode(letters: &[u8; 32]) -> Option<(Box<str>, u8)> {
    let mut name = [0; 16];
    for (byte, pair) in name.iter_mut().zip(letters.as_chunks().0) {
        let [high @ b'A'..=b'P', low @ b'A'..=b'P'] = pair else { return None };
        *byte = (high - b'A') << 4 | (low - b'A');
    }
    let [text @ .., suffix] = name;
    let text = text.trim_ascii_end();
    let end = text.iter().position(|byte| *byte == 0).unwrap_or(text.len());
    Some((lossy(text.get(..end).unwrap_or_default(), NAME_MAX), suffix))
}

/// RFC 1001 s14.1: 16 bytes as 32 letters from A to P, in one label.
fn is_encoded(name: &[u8]) -> bool {
    matches!(name.split_first_chunk::<33>(), Some(([32, letters @ ..], _))
        if letters.iter().all(|letter| matches!(letter, b'A'..=b'P')))
}

/// RFC 1002 s4.2.1.1: WACK is opcode 7, refresh 8 or, in practice, 9; all carry one name.
fn is_other_operation(bytes: &[u8]) -> bool {
    let Some((header, rest)) = bytes.split_first_chunk::<{ super::dns::message::HEADER_LEN }>() else {
        return false;
    };
    let [_, _, flags, _, _, questions, _, answers, ..] = header;
    matches!(flags >> 3 & 0xf, 7..=9) && matches!((questions, answers), (0, 1) | (1, 0)) && is_encoded(rest)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        137,
        137,
        &[(SRC, b"\x12\x34\x01\x10\0\x01\0\0\0\0\0\0\x20EOEFFECACACACACACACACACACACACAAA\0\0\x20\0\x01")],
    )],
    near_miss: &[Sample::udp(
        137,
        137,
        &[(SRC, b"\x12\x34\x01\x10\0\x01\0\0\0\0\0\0\x20zzzzzECACACACACACACACACACACACAAA\0\0\x20\0\x01")],
    )],
};

#[cfg(test)]
mod tests {
    use super::super::dns::message::tests::MessageBuilder;
    use crate::engine::Progress;
    use crate::testing::{Flow, UDP};

    const NAME: &str = "FHEPFCELEHFCEPFFFACACACACACACABO";

    #[test]
    fn a_query() {
        let message = MessageBuilder::with_flags(1, 0x0110).question(NAME, 0x20).build();
        for port in [137, 40137] {
            let mut flow = Flow::new(UDP, 137, port);
            assert_eq!((flow.src(&message), flow.name()), (Progress::Done, Some("netbios-ns")));
        }
        let refresh = MessageBuilder::with_flags(1, 8 << 11).question(NAME, 0x20).build();
        let mut flow = Flow::new(UDP, 137, 137);
        assert_eq!((flow.src(&refresh), flow.name()), (Progress::Done, Some("netbios-ns")));
    }

    #[test]
    fn a_name_that_is_not_encoded() {
        for name in [&NAME[1..], &NAME.replace('F', "Z"), "wpad"] {
            let message = MessageBuilder::with_flags(1, 0x0110).question(name, 0x20).build();
            let mut flow = Flow::new(UDP, 137, 137);
            assert_eq!((flow.src(&message), flow.name()), (Progress::Done, None), "{name}");
        }
    }
}
