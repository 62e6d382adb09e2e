//! SSH (RFC 4253): identification lines and key exchange offers, HASSH of both sides.

mod login;
mod offer;

use md5::{Digest, Md5};

use self::offer::Offer;
use crate::fingerprints::hex;
use crate::protocol::{DEEP, Findings, Look, Protocol, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::risk::Risk;
use crate::text::lossy;

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "ssh",
    category: "remote-access",
    encrypted: true,
    over: &[(Transport::Tcp, &[b'S'..=b'S'])],
    ports: &[22],
    bound: false,
    fields: &[
        "client",
        "server",
        "hassh",
        "hassh_server",
        "kex",
        "host_key",
        "cipher",
        "mac",
        "compression",
        "login_failures",
        "logged_in",
    ],
    head: DEEP,
    inspect,
};

/// Current, speaking both (RFC 4253 s5.1), and the protocol of 1995.
const PREFIXES: [&[u8]; 4] = [b"SSH-2.0-", b"SSH-1.99-", b"SSH-1.5-", b"SSH-1.3-"];

/// RFC 4253 s4.2.
const LINE_MAX: usize = 255;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some(prefix) = PREFIXES.iter().find(|prefix| look.bytes.starts_with(prefix)) else {
        let begun = !look.cut && PREFIXES.iter().any(|prefix| prefix.starts_with(look.bytes));
        return if begun { Verdict::NeedMore } else { Verdict::No };
    };
    // The end of the line may come later; that it is SSH is clear.
    let Some((line, rest)) = line(look.bytes) else {
        return Verdict::proven("SSH identification line", if look.cut { Want::Reply } else { Want::Rest });
    };
    let client = is_client(look);
    findings.note(if client { "client" } else { "server" }, lossy(line, LINE_MAX));
    let old = !matches!(prefix.get(4), Some(b'2')) && !prefix.starts_with(b"SSH-1.99");
    if old {
        findings.risk(Risk::ObsoleteSsh);
        return Verdict::proven("SSH 1 identification line", Want::Reply);
    }
    let Some(mine) = Offer::after_line(rest) else {
        return Verdict::proven("SSH identification line", if look.cut { Want::Reply } else { Want::Rest });
    };
    let (field, lists) =
        if client { ("hassh", mine.client_lists()) } else { ("hassh_server", mine.server_lists()) };
    if findings.noted(field).is_none() {
        findings.note(field, fingerprint(lists));
    }
    if !client && findings.noted("cipher").is_some() {
        // The offers have been compared; what is left to learn is whether the client gets in.
        return Verdict::proven("SSH key exchange offers", login::watch(look, rest, findings));
    }
    let other = self::line(look.other).and_then(|(_, rest)| Offer::after_line(rest));
    let Some(other) = other else {
        // Kept for comparison with what the other side will offer.
        return Verdict::proven("SSH key exchange offer", if look.cut { Want::Reply } else { Want::Rest });
    };
    let (client_offer, server_offer) = if client { (&mine, &other) } else { (&other, &mine) };
    negotiated(client_offer, server_offer, findings);
    // The client has said enough; the server tells how its logins end.
    let want = if client || look.cut { Want::Reply } else { Want::Rest };
    Verdict::proven("SSH key exchange offers", want)
}

/// The side that opened the flow, or the one that is not at the port of SSH.
fn is_client(look: &Look<'_>) -> bool {
    let (src, dst) = look.ports;
    look.from_src == (src != 22 || dst == 22)
}

/// The first line without its end, and what follows.
fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().take(LINE_MAX + 1).position(|byte| *byte == b'\n')?;
    let (line, rest) = bytes.split_at_checked(end)?;
    Some((line.strip_suffix(b"\r").unwrap_or(line), rest.get(1..)?))
}

/// HASSH (Salesforce, BSD 3-Clause): MD5 of the lists of key exchange, encryption, MAC and
/// compression algorithms.
fn fingerprint(lists: [&[u8]; 4]) -> String {
    hex(&Md5::digest(lists.join(&b';')))
}

/// RFC 4253 s7.1: the client's first algorithm that the server has too. Of two directions, the
/// client's is noted.
fn negotiated(client: &Offer<'_>, server: &Offer<'_>, findings: &mut Findings) {
    for ((field, wanted), offered) in
        ["kex", "host_key", "cipher", "mac", "compression"].into_iter().zip(client.used()).zip(server.used())
    {
        let mut wanted = wanted.split(|byte| *byte == b',');
        let common = wanted.find(|name| offered.split(|byte| *byte == b',').any(|other| other == *name));
        let Some(name) = common.filter(|name| !name.is_empty()) else { continue };
        if field != "compression" && is_weak(name) {
            findings.risk(Risk::WeakCipher);
        }
        findings.note(field, lossy(name, LINE_MAX));
    }
}

/// RFC 9142 s3 (SHOULD NOT and worse), RFC 8758 (RC4), and ciphers with blocks of 64 bits.
fn is_weak(name: &[u8]) -> bool {
    const WEAK: [&[u8]; 10] = [
        b"diffie-hellman-group1-sha1",
        b"diffie-hellman-group-exchange-sha1",
        b"rsa1024-sha1",
        b"3des-cbc",
        b"blowfish-cbc",
        b"cast128-cbc",
        b"des-cbc",
        b"idea-cbc",
        b"ssh-dss",
        b"none",
    ];
    WEAK.contains(&name) || name.starts_with(b"arcfour") || name.starts_with(b"hmac-md5")
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(50000, 2222, &[(DST, b"SSH-2.0-OpenSSH_10.2\r\n")]),
        Sample::tcp(
            50000,
            2222,
            &[
                (DST, b"SSH-1.99-OpenSSH_4.3\n"),
                (SRC, b"SSH-2.0-PuTTY_Release_0.83\r\n"),
                (SRC, include_bytes!("../../tests/data/ssh_offer.bin")),
                (DST, include_bytes!("../../tests/data/ssh_offer.bin")),
            ],
        ),
    ],
    near_miss: &[Sample::tcp(50000, 22, &[(DST, b"SSH-3.0-x\r\n")])],
};

#[cfg(test)]
mod tests {
    use crate::engine::Progress;
    use crate::testing::{Flow, TCP};
    use crate::{Risk, Value};

    const OFFER: &[u8] = include_bytes!("../../tests/data/ssh_offer.bin");

    fn text(flow: &Flow, field: &str) -> Option<String> {
        let details = &flow.inspection.facts().details;
        details.iter().find(|(known, _)| *known == field).map(|(_, value)| match value {
            Value::Text(text) => text.to_string(),
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn its_line_whole_and_in_pieces() {
        let mut flow = Flow::new(TCP, 50000, 2222);
        assert_eq!((flow.dst(b"SSH-2.0-OpenSSH_10.2\r\n"), flow.name()), (Progress::More, Some("ssh")));
        assert_eq!(text(&flow, "server").unwrap(), "SSH-2.0-OpenSSH_10.2");
        flow.next(TCP, 50000, 22);
        assert_eq!(flow.src(b"SSH-"), Progress::More);
        assert_eq!((flow.src(b"1.99-x"), flow.name()), (Progress::More, Some("ssh")));
    }

    #[test]
    fn offers_of_both_sides() {
        let mut flow = Flow::new(TCP, 50000, 22);
        flow.dst(b"SSH-2.0-server\r\n");
        flow.src(b"SSH-2.0-client\r\n");
        flow.src(&OFFER[..30]);
        flow.src(&OFFER[30..]);
        assert_eq!(flow.dst(OFFER), Progress::More);
        assert_eq!(text(&flow, "client").unwrap(), "SSH-2.0-client");
        assert_eq!(text(&flow, "kex").unwrap(), "curve25519-sha256");
        assert_eq!(text(&flow, "cipher").unwrap(), "3des-cbc");
        // MD5 of "curve25519-sha256,kex-x;3des-cbc,aes128-ctr;hmac-sha2-256;none".
        assert_eq!(text(&flow, "hassh"), text(&flow, "hassh_server"));
        assert_eq!(text(&flow, "hassh").unwrap(), "649cd3f6badb3e9942c10ee5e62eec41");
        assert!(flow.inspection.facts().risks.contains(Risk::WeakCipher));
    }

    #[test]
    fn the_protocol_of_1995_is_a_risk() {
        let mut flow = Flow::new(TCP, 50000, 22);
        flow.dst(b"SSH-1.5-1.2.33\n");
        assert!(flow.inspection.facts().risks.contains(Risk::ObsoleteSsh));
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
