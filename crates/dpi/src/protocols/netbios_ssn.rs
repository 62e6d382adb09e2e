//! NetBIOS session service (RFC 1002 s4.3): requests for sessions and their answers; what a
//! session carries is SMB.

use super::netbios_ns::decode;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "netbios-ssn",
    category: "file-transfer",
    encrypted: false,
    over: &[(Transport::Tcp, &[0x81..=0x85])],
    ports: &[139],
    bound: false,
    fields: &["called", "calling", "refusal"],
    head: SHALLOW,
    inspect,
};

const REQUEST: u8 = 0x81;
const POSITIVE: u8 = 0x82;
const NEGATIVE: u8 = 0x83;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let more = if look.cut { Verdict::No } else { Verdict::NeedMore };
    let (Some(kind), Some([0 | 1, high, low])) = (reader.u8(), reader.array()) else {
        return if look.bytes.len() < 4 && matches!(look.bytes.get(1), None | Some(0 | 1)) {
            more
        } else {
            Verdict::No
        };
    };
    let len = u16::from_be_bytes([high, low]);
    match (kind, len) {
        // Two encoded names; with a scope they are longer.
        (REQUEST, 68..=520) => {
            let (Some([32, called @ ..]), Some(0)) = (reader.array::<33>(), reader.u8()) else {
                let fits = look.bytes.get(4).is_none_or(|len| *len == 32) && look.bytes.len() < 38;
                return if fits { more } else { Verdict::No };
            };
            let Some((called, _)) = decode(&called) else { return Verdict::No };
            findings.note("called", called);
            if let Some([32, calling @ ..]) = reader.array::<33>()
                && let Some((calling, _)) = decode(&calling)
            {
                findings.note("calling", calling);
            }
            Verdict::proven("NetBIOS session request", Want::Reply)
        }
        (POSITIVE, 0) if look.hinted => Verdict::likely("NetBIOS session answer", Want::Reply),
        (NEGATIVE, 1) => match reader.u8() {
            Some(code @ (0x80..=0x83 | 0x8f)) => {
                findings.note("refusal", code);
                Verdict::proven("NetBIOS session refusal", Want::Reply)
            }
            Some(_) => Verdict::No,
            None => more,
        },
        _ => Verdict::No,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        1139,
        &[
            (
                SRC,
                b"\x81\0\0\x44\x20CKFDENECFDEFFCFGEFFCCACACACACACA\0\x20EOEFFECACACACACACACACACACACACAAA\0",
            ),
            (DST, b"\x82\0\0\0"),
        ],
    )],
    near_miss: &[Sample::tcp(
        50000,
        139,
        &[(SRC, b"\x81\0\0\x44\x20zKFDENECFDEFFCFGEFFCCACACACACACA\0\x20EOEFFECACACACACACACACACACACACAAA\0")],
    )],
};
