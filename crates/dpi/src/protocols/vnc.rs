//! Remote framebuffer protocol, VNC (RFC 6143): versions, security types.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "vnc",
    category: "remote-access",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'R'..=b'R'])],
    ports: &[5900, 5901, 5902, 5903, 5904, 5905, 5906],
    bound: false,
    fields: &["server_version", "client_version", "security"],
    head: SHALLOW,
    inspect,
};

const PREFIX: &[u8] = b"RFB ";
const VERSION_LEN: usize = 12;

/// RFC 6143 s7.1.2 and the registry of security types.
const SECURITY: [(u8, &str); 14] = [
    (1, "none"),
    (2, "vnc"),
    (5, "ra2"),
    (6, "ra2ne"),
    (16, "tight"),
    (17, "ultra"),
    (18, "tls"),
    (19, "vencrypt"),
    (20, "sasl"),
    (21, "md5"),
    (22, "xvp"),
    (30, "apple"),
    (129, "ra2-256"),
    (130, "ra2ne-256"),
];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let line = reader.up_to(VERSION_LEN);
    if !line.iter().zip(PREFIX).all(|(a, b)| a == b) {
        return Verdict::No;
    }
    let [_, _, _, _, version @ .., b'\n'] = line else {
        return if look.cut || line.len() == VERSION_LEN { Verdict::No } else { Verdict::NeedMore };
    };
    if !matches!(version, [_, _, _, b'.', _, _, _])
        || version.iter().any(|b| !b.is_ascii_digit() && *b != b'.')
    {
        return Verdict::No;
    }
    // RFC 6143 s7.1.1: the server speaks first.
    let from_server = !look.from_src;
    let field = if from_server { "server_version" } else { "client_version" };
    findings.note(field, lossy(version, NAME_MAX));
    let mut want = Want::Reply;
    if from_server {
        want = security(reader, version, findings);
    }
    Verdict::proven("RFB version", want)
}

/// What the server offers; in version 3.3 it decides.
fn security(mut reader: Reader<'_>, version: &[u8], findings: &mut Findings) -> Want {
    let types = if version <= b"003.006".as_slice() {
        match reader.array() {
            Some([0, 0, 0, kind]) => vec![kind],
            Some(_) => return Want::Reply,
            None => return Want::Rest,
        }
    } else {
        match reader.block8() {
            Some(types) => types.to_vec(),
            None => return Want::Rest,
        }
    };
    for kind in types {
        match SECURITY.iter().find(|(number, _)| *number == kind) {
            Some((_, name)) => findings.add("security", (*name).into()),
            None => findings.add("security", kind.to_string().into()),
        }
    }
    Want::Reply
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(50000, 5900, &[(DST, b"RFB 003.008\n"), (SRC, b"RFB 003.008\n"), (DST, b"\x02\x02\x13")]),
        Sample::tcp(50000, 6900, &[(DST, b"RFB 003.003\n\0\0\0\x02")]),
    ],
    near_miss: &[Sample::tcp(50000, 5900, &[(DST, b"RFB 003-008\n")])],
};
