//! NMEA 0183 and AIS sentences over TCP and UDP (IEC 61162-1): talkers and sentences.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Starts, Transport, Verdict, Want};
use crate::text::lossy;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "nmea",
    category: "iot",
    encrypted: false,
    over: &[(Transport::Udp, FIRST), (Transport::Tcp, FIRST)],
    ports: &[10110],
    bound: false,
    fields: &["sentences"],
    head: SHALLOW,
    inspect,
};

const FIRST: Starts = &[b'$'..=b'$', b'!'..=b'!'];

/// Longest sentence (s7.3), with room for what receivers add.
const MOST: usize = 120;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let partial = look.transport == Transport::Tcp && !look.cut && look.bytes.len() < MOST;
    let partial =
        if partial && look.bytes.iter().all(u8::is_ascii) { Verdict::NeedMore } else { Verdict::No };
    let line = look.bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let Some(star) = line.iter().position(|byte| *byte == b'*') else {
        return if line.len() < look.bytes.len() { Verdict::No } else { partial };
    };
    let (Some(sentence), Some(digits)) = (line.get(1..star), line.get(star + 1..star + 3)) else {
        return partial;
    };
    let sum = sentence.iter().fold(0, |sum, byte| sum ^ byte);
    let expected = std::str::from_utf8(digits).ok().and_then(|digits| u8::from_str_radix(digits, 16).ok());
    let name = sentence.split(|byte| *byte == b',').next().unwrap_or_default();
    if expected != Some(sum)
        || !(4..=8).contains(&name.len())
        || !name.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        || !sentence.contains(&b',')
    {
        return Verdict::No;
    }
    for line in look.bytes.split(|byte| *byte == b'\n') {
        let name = line.get(1..).unwrap_or_default().split(|byte| *byte == b',').next().unwrap_or_default();
        if (4..=8).contains(&name.len())
            && name.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        {
            findings.add("sentences", lossy(name, 8));
        }
    }
    Verdict::proven("NMEA sentence with a correct checksum", Want::Reply)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(50000, 10110, &[(DST, b"$GPGLL,4916.45,N,12311.12,W,225444,A*31\r\n")]),
        Sample::udp(50000, 4001, &[(SRC, b"!AIVDM,1,1,,A,14eG;o@034o8sd<L9i:a;WF>062D,0*7D\r\n")]),
    ],
    near_miss: &[Sample::tcp(50000, 10110, &[(DST, b"$GPGLL,4916.45,N,12311.12,W,225444,A*32\r\n")])],
};
