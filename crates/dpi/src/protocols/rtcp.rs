//! RTCP (RFC 3550 s6, RFC 3611, RFC 4585): reports and feedback, the sender's number and canonical name.

mod packet;

use packet::Packets;

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Glimpse, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "rtcp",
    category: "media",
    encrypted: false,
    over: &[(Transport::Udp, &[0x80..=0xbf]), (Transport::Tcp, &[0..=5])],
    ports: &[5005],
    bound: false,
    fields: &["packets", "ssrc", "cname", "encrypted"],
    head: SHALLOW,
    inspect,
};

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    match look.transport {
        Transport::Udp => datagram(look, findings),
        Transport::Tcp => stream(look, findings),
    }
}

/// RTP on the same port gives the flow its name: this stays a likely one as long as that may come.
fn datagram(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let reports = look.earlier.iter().filter(|glimpse| is_report(&glimpse.start)).count();
    if reports < look.earlier.len() {
        return Verdict::No;
    }
    let Some(compound) = compound(look.bytes) else {
        return encrypted(look, findings);
    };
    note(look.bytes, findings);
    // A report, two datagrams of this structure, or one with two packets.
    let report = matches!(look.bytes.get(1), Some(&(packet::SENDER_REPORT | packet::RECEIVER_REPORT)));
    match compound + reports + usize::from(report) {
        2.. => Verdict::likely("RTCP packets of consistent lengths", Want::Every),
        _ => Verdict::NeedMore,
    }
}

/// RFC 3550 s6.1: packets of version 2 whose lengths add up. How many.
fn compound(bytes: &[u8]) -> Option<usize> {
    let mut packets = Packets(bytes);
    let mut count = 0;
    for packet in &mut packets {
        packet.is_sound().then_some(())?;
        count += 1;
    }
    (packets.0.is_empty() && count > 0).then_some(count)
}

/// SRTCP (RFC 3711 s3.4) leaves eight bytes in clear; behind the packets come the E flag with an
/// index, and a tag of 4 to 16 bytes.
fn encrypted(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some(first) = Packets(look.bytes).next() else { return Verdict::No };
    let trailer = look.bytes.len().saturating_sub(first.whole_len());
    if !matches!(first.kind, packet::SENDER_REPORT | packet::RECEIVER_REPORT)
        || !first.is_sound()
        || trailer < 8
    {
        return Verdict::No;
    }
    let agrees = |glimpse: &Glimpse| {
        glimpse.from_src == look.from_src
            && glimpse.start.get(1) == Some(&first.kind)
            && glimpse.start.get(4..8) == look.bytes.get(4..8)
    };
    if look.earlier.iter().filter(|glimpse| agrees(glimpse)).count() < 2 {
        return Verdict::NeedMore;
    }
    findings.note("ssrc", first.source());
    findings.note("encrypted", true);
    Verdict::likely("secured RTCP reports of one source", Want::Nothing)
}

/// A datagram before began as a report does.
fn is_report(start: &[u8]) -> bool {
    matches!(start, [0x80..=0xbf, 192..=223, ..])
}

fn stream(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let mut count = 0;
    while !reader.is_empty() {
        let Some(frame) = reader.block16() else {
            let begun = matches!(
                reader.rest(),
                [_] | [_, _] | [_, _, 0x80..=0xbf] | [_, _, 0x80..=0xbf, 192..=223, ..]
            );
            return if begun && !look.cut { Verdict::NeedMore } else { Verdict::No };
        };
        match compound(frame) {
            Some(packets) => count += packets,
            None => return Verdict::No,
        }
        if count >= 3 {
            note(frame, findings);
            return Verdict::proven("framed RTCP packets of consistent lengths", Want::Nothing);
        }
    }
    if look.cut { Verdict::No } else { Verdict::NeedMore }
}

fn note(bytes: &[u8], findings: &mut Findings) {
    for packet in Packets(bytes) {
        if let Some(name) = packet.name() {
            findings.add("packets", name.into());
        }
        if findings.noted("ssrc").is_none() {
            findings.note("ssrc", packet.source());
        }
        if let Some(name) = packet.canonical_name() {
            findings.note("cname", name);
        }
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(
            40001,
            40003,
            &[(
                SRC,
                b"\x80\xc9\0\x01\x11\x22\x33\x44\x81\xca\0\x04\x11\x22\x33\x44\x01\x07a@b.org\0\0\0",
            )],
        ),
        Sample::udp(
            40001,
            40003,
            &[
                (SRC, b"\x80\xc8\0\x06\x11\x22\x33\x44ntp-time\0\0\0\x01\0\0\0\x02\0\0\0\x03"),
                (DST, b"\x80\xc9\0\x01\x11\x22\x33\x55"),
            ],
        ),
        Sample::tcp(
            40001,
            40003,
            &[(
                SRC,
                b"\0\x10\x80\xc9\0\x01\x11\x22\x33\x44\x80\xcb\0\x01\x11\x22\x33\x44\0\x08\x80\xc9\0\x01\x11\x22\x33\x44",
            )],
        ),
    ],
    near_miss: &[
        // The second packet is too long.
        Sample::udp(
            40001,
            40003,
            &[(
                SRC,
                b"\x80\xc9\0\x01\x11\x22\x33\x44\x81\xca\0\x05\x11\x22\x33\x44\x01\x07a@b.org\0\0\0",
            )],
        ),
        Sample::udp(40001, 5005, &[(SRC, b"\x81\xce\0\x02\x11\x22\x33\x44\x55\x66\x77\x88")]),
        Sample::udp(
            40001,
            40003,
            &[
                (SRC, b"\x80\0\0\x01\0\0\0\xa0\x11\x22\x33\x44abcdefghijklmnopqrstuvwxyz"),
                (SRC, b"\x80\xc9\0\x01\x11\x22\x33\x44"),
                (SRC, b"\x80\xc9\0\x01\x11\x22\x33\x44"),
            ],
        ),
    ],
};

#[cfg(test)]
mod tests {
    use crate::facts::Value;
    use crate::testing::{Flow, UDP};

    #[test]
    fn rtp_on_the_same_port_wins() {
        let mut flow = Flow::new(UDP, 40000, 40002);
        flow.src(b"\x80\xc9\0\x01\x11\x22\x33\x44\x81\xca\0\x04\x11\x22\x33\x44\x01\x07a@b.org\0\0\0");
        assert_eq!(flow.name(), Some("rtcp"));
        assert_eq!(flow.inspection.case.findings.noted("cname"), Some(&Value::from("a@b.org")));
        for sequence in 1..4 {
            flow.src(&[b"\x80\0\0", &[sequence][..], b"\0\0\0\xa0\x11\x22\x33\x44abcd"].concat());
        }
        assert_eq!(flow.name(), Some("rtp"));
    }
}
