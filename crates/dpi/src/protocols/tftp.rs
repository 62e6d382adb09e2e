//! Trivial File Transfer Protocol (RFC 1350, RFC 2347): file and mode; blocks and their answers.

use wire::ip_protocol;

use crate::dialogue::is_one_of;
use crate::findings::Announcement;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::text::{NAME_MAX, TEXT_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "tftp",
    category: "file-transfer",
    encrypted: false,
    over: &[(Transport::Udp, &[0..=0])],
    ports: &[69],
    bound: false,
    fields: &["operation", "file", "mode", "error"],
    head: SHALLOW,
    inspect,
};

const READ: u16 = 1;
const WRITE: u16 = 2;
const DATA: u16 = 3;
const ACK: u16 = 4;
const ERROR: u16 = 5;
const OPTIONS: u16 = 6;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let Some(opcode) = reader.u16() else { return Verdict::No };
    match opcode {
        READ | WRITE => request(look, opcode, reader.rest(), findings),
        DATA | ACK => block(look, opcode, &mut reader),
        ERROR => {
            // RFC 1350 s5, RFC 2347: codes 0 to 8, a text and a zero.
            let (Some(0..=8), Some((0, text))) = (reader.u16(), reader.rest().split_last()) else {
                return Verdict::No;
            };
            if !text.iter().all(|byte| matches!(byte, b' '..=b'~')) || (text.is_empty() && !look.hinted) {
                return Verdict::No;
            }
            findings.note("error", lossy(text, TEXT_MAX));
            Verdict::proven("TFTP error", Want::Nothing)
        }
        OPTIONS => {
            let mut texts = reader.rest().split(|byte| *byte == 0);
            match texts.next() {
                Some(name) if is_option(name) => Verdict::proven("TFTP options", Want::Nothing),
                _ => Verdict::No,
            }
        }
        _ => Verdict::No,
    }
}

/// File, mode, and options with their values, each with a zero after it.
fn request(look: &Look<'_>, opcode: u16, texts: &[u8], findings: &mut Findings) -> Verdict {
    let mut parts = texts.split(|byte| *byte == 0);
    let (Some(file), Some(mode)) = (parts.next(), parts.next()) else { return Verdict::No };
    let printable = file.iter().all(|byte| matches!(byte, b' '..=b'~' | 0x80..));
    if file.is_empty() || !printable || !is_one_of(mode, &[b"netascii", b"octet", b"mail"]) {
        return Verdict::No;
    }
    findings.note("operation", if opcode == READ { "read" } else { "write" });
    findings.note("file", lossy(file, NAME_MAX));
    findings.note("mode", lossy(mode, NAME_MAX));
    // RFC 1350 s4: the answer comes from another port.
    findings.announce(Announcement::Flow {
        address: None,
        port: if look.from_src { look.ports.0 } else { look.ports.1 },
        transport: ip_protocol::UDP,
        protocol: "tftp",
        from_src: look.from_src,
    });
    Verdict::proven("TFTP request", Want::Reply)
}

/// Blocks are answered by their number: two datagrams that fit each other.
fn block(look: &Look<'_>, opcode: u16, reader: &mut Reader<'_>) -> Verdict {
    let Some(number) = reader.u16() else { return Verdict::No };
    if opcode == ACK && !reader.is_empty() {
        return Verdict::No;
    }
    // Block 0 is acknowledged only where a transfer to the server begins.
    let fits = number != 0
        && look.last(false).is_some_and(|before| {
            let mut start = Reader::new(&before.start);
            let (kind, theirs) = (start.u16(), start.u16());
            match opcode {
                ACK => kind == Some(DATA) && theirs == Some(number) && before.len >= 4,
                _ => {
                    kind == Some(ACK)
                        && before.len == 4
                        && theirs.map(|block| block.wrapping_add(1)) == Some(number)
                }
            }
        });
    // A transfer's first full block has the usual size, or the last one is shorter.
    let first = opcode == DATA && number == 1 && look.bytes.len() == 516;
    match () {
        () if fits => Verdict::proven("TFTP block and its acknowledgement", Want::Nothing),
        () if first => Verdict::likely("first block of a TFTP transfer", Want::Rest),
        () => Verdict::NeedMore,
    }
}

/// RFC 2348, RFC 2349, RFC 7440, RFC 2090.
fn is_option(name: &[u8]) -> bool {
    is_one_of(
        name,
        &[
            b"blksize",
            b"blksize2",
            b"tsize",
            b"timeout",
            b"utimeout",
            b"windowsize",
            b"rollover",
            b"multicast",
        ],
    )
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::udp(50000, 69, &[(SRC, b"\0\x01boot.img\0octet\0blksize\x001428\0")]),
        Sample::udp(40000, 50000, &[(SRC, b"\0\x03\0\x01hello"), (DST, b"\0\x04\0\x01")]),
        Sample::udp(40000, 50000, &[(SRC, b"\0\x06blksize\x001428\0")]),
    ],
    near_miss: &[
        Sample::udp(50000, 69, &[(SRC, b"\0\x01boot.img\0octopus\0")]),
        Sample::udp(40000, 50000, &[(SRC, b"\0\x03\0\x01hello"), (DST, b"\0\x04\0\x02")]),
    ],
};

#[cfg(test)]
mod tests {
    use crate::findings::Announcement;
    use crate::testing::{Flow, UDP};

    #[test]
    fn the_answer_is_announced() {
        let mut flow = Flow::new(UDP, 50000, 69);
        flow.src(b"\0\x01boot.img\0octet\0");
        let expected = Announcement::Flow {
            address: None,
            port: 50000,
            transport: UDP,
            protocol: "tftp",
            from_src: true,
        };
        assert_eq!(flow.inspection.case.findings.announcements, [expected]);
    }
}
