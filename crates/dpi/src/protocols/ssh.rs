//! SSH by its identification line (RFC 4253 s4.2).

#[cfg(test)]
use crate::protocol::{DST, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "ssh",
    category: "remote-access",
    encrypted: true,
    over: &[(Transport::Tcp, &[b'S'..=b'S'])],
    ports: &[22],
    bound: false,
    fields: &[],
    head: SHALLOW,
    inspect,
};

/// Current, speaking both (RFC 4253 s5.1), and the protocol of 1995.
const PREFIXES: [&[u8]; 3] = [b"SSH-2.0-", b"SSH-1.99-", b"SSH-1.5-"];

fn inspect(look: &Look<'_>, _findings: &mut Findings) -> Verdict {
    if PREFIXES.iter().any(|prefix| look.bytes.starts_with(prefix)) {
        return Verdict::proven("SSH identification line", Want::Nothing);
    }
    if !look.cut && PREFIXES.iter().any(|prefix| prefix.starts_with(look.bytes)) {
        return Verdict::NeedMore;
    }
    Verdict::No
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(50000, 2222, &[(DST, b"SSH-2.0-OpenSSH_10.2\r\n")])],
    near_miss: &[Sample::tcp(50000, 22, &[(DST, b"SSH-3.0-x\r\n")])],
};

#[cfg(test)]
mod tests {
    use crate::engine::Progress;
    use crate::testing::{Flow, TCP};

    #[test]
    fn its_line_whole_and_in_pieces() {
        let mut flow = Flow::new(TCP, 50000, 2222);
        assert_eq!((flow.dst(b"SSH-2.0-OpenSSH_10.2\r\n"), flow.name()), (Progress::Done, Some("ssh")));
        flow.next(TCP, 50000, 22);
        assert_eq!(flow.src(b"SSH-"), Progress::More);
        assert_eq!((flow.src(b"1.99-x"), flow.name()), (Progress::Done, Some("ssh")));
    }

    #[test]
    fn near_misses() {
        for line in [&b"SSH-3.0-x\r\n"[..], b"SSH 2.0", b"SSL-2.0-x", b"ssh-2.0-x"] {
            let mut flow = Flow::new(TCP, 50000, 22);
            flow.src(line);
            assert_eq!(flow.name(), None);
        }
    }
}
