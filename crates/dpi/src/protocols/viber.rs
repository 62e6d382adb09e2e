//! Viber: the framing of its messages over TCP and of its calls over UDP; no specification is public.

use crate::protocol::{ANY, Findings, Glimpse, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "viber",
    category: "chat",
    encrypted: true,
    over: &[(Transport::Tcp, ANY), (Transport::Udp, ANY)],
    ports: &[4244, 5242, 5243, 7985, 7987, 9785],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    match look.transport {
        Transport::Tcp => stream(look),
        Transport::Udp => datagram(look),
    }
}

/// The length of the whole message, a token, then fixed bytes around the version; once the session
/// is known, the length and a small counter.
fn stream(look: &Look<'_>) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let (Some(len), Some(_token)) = (reader.array().map(u16::from_le_bytes), reader.array::<4>()) else {
        return if look.cut || !look.hinted { Verdict::No } else { Verdict::NeedMore };
    };
    match reader.array() {
        Some([0xfc | 0xfd, 0xff, _, 0x80]) if (12..=4096).contains(&len) => {
            Verdict::proven("Viber's first message", Want::Nothing)
        }
        Some(_) => {
            let counted = matches!(look.bytes.get(2..6), Some([1..=255, 0, 0, 0]));
            let whole = look.bytes.len() == usize::from(len);
            if look.hinted && counted && whole && len > 20 {
                Verdict::likely("Viber message", Want::Nothing)
            } else {
                Verdict::No
            }
        }
        None if look.hinted && !look.cut => Verdict::NeedMore,
        None => Verdict::No,
    }
}

/// A call's number, a type and a size that belongs to it.
fn datagram(look: &Look<'_>) -> Verdict {
    let Some(call) = call(look.bytes, look.bytes.len()) else { return Verdict::No };
    let same = |glimpse: &Glimpse| self::call(&glimpse.start, usize::from(glimpse.len)) == Some(call);
    let known = look.earlier.iter().filter(|glimpse| same(glimpse)).count();
    match known {
        1.. => Verdict::proven("Viber datagrams of one call", Want::Nothing),
        0 if look.hinted => Verdict::likely("Viber datagram", Want::Rest),
        _ => Verdict::NeedMore,
    }
}

fn call(bytes: &[u8], len: usize) -> Option<[u8; 2]> {
    let [a, b, kind, 0, rest @ ..] = *bytes.first_chunk::<6>()? else { return None };
    let fits = match (kind, len) {
        (0x01, 20..) => rest == [5, 0],
        (0x03, 12) | (0x09, 20) | (0x0b, 34) | (0x0c, 76) | (0x11, 18) => true,
        (0x19 | 0x1b, 34) | (0x1a, 20) => true,
        _ => false,
    };
    fits.then_some([a, b])
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            4245,
            &[(SRC, b"\x18\0\xad\xd4\xdc\x17\xfc\xff\x05\x80\x09\0\0\0\0\0\0\0\0\0\x33\0\0\0")],
        ),
        Sample::udp(
            50000,
            8000,
            &[
                (SRC, b"\xed\xf6\x09\0\xb3\x39\x92\x91\x63\x01\0\0\xac\x19\x35\x8c\x8f\x64\xe4\x47"),
                (DST, b"\xed\xf6\x09\0\x9e\x3d\x92\x91\x63\x01\0\0\xac\x19\x35\x8c\x8f\x64\xe4\x47"),
            ],
        ),
    ],
    near_miss: &[
        Sample::tcp(
            50000,
            4244,
            &[(SRC, b"\x19\0\xad\xd4\xdc\x17\xfc\xfe\x05\x80\x09\0\0\0\0\0\0\0\0\0\x33\0\0\0")],
        ),
        Sample::udp(
            50000,
            7985,
            &[(SRC, b"\xed\xf6\x09\0\xb3\x39\x92\x91\x63\x01\0\0\xac\x19\x35\x8c\x8f\x64\xe4")],
        ),
    ],
};
