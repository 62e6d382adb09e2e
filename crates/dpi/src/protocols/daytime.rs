//! Daytime Protocol (RFC 867): a line with the time.

#[cfg(test)]
use crate::protocol::{DST, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "daytime",
    category: "network",
    encrypted: false,
    over: &[(Transport::Udp, &[b'\n'..=b'\n', b' '..=b'~']), (Transport::Tcp, &[b'\n'..=b'\n', b' '..=b'~'])],
    ports: &[13],
    bound: true,
    fields: &[],
    head: SHALLOW,
    inspect,
};

/// More than any server's line has.
const MOST: usize = 128;

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    let text = look.bytes.trim_ascii();
    // Syslog has a time, too, behind its priority.
    if look.bytes.len() > MOST
        || text.starts_with(b"<")
        || !text.iter().all(|byte| matches!(byte, b' '..=b'~'))
    {
        return Verdict::No;
    }
    let has_clock = text.windows(8).any(|window| {
        matches!(window, [a, b, b':', c, d, b':', e, f] if [a, b, c, d, e, f].iter().all(|digit| digit.is_ascii_digit()))
    });
    if has_clock {
        return Verdict::proven("line with a time of day", Want::Nothing);
    }
    if look.transport == Transport::Tcp && !look.cut { Verdict::NeedMore } else { Verdict::No }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(50000, 13, &[(DST, b"Tue Nov 14 22:13:20 2023\r\n")])],
    near_miss: &[Sample::udp(50000, 13, &[(DST, b"Tue Nov 14 22.13.20 2023\r\n")])],
};
