//! Bitcoin's peers and those of its descendants (Bitcoin developer reference, P2P network):
//! network, command, software.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::reader::Reader;
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "bitcoin",
    category: "p2p",
    encrypted: false,
    over: &[(
        Transport::Tcp,
        &[
            0x0a..=0x0b,
            0x1c..=0x1c,
            0x24..=0x24,
            0xbf..=0xbf,
            0xc0..=0xc0,
            0xce..=0xce,
            0xe3..=0xe3,
            0xf4..=0xf4,
            0xf9..=0xfb,
            0xfd..=0xfd,
        ],
    )],
    ports: &[8333, 18333, 38333, 48333, 9333, 22556, 9999],
    bound: false,
    fields: &["network", "command", "version", "user_agent"],
    head: SHALLOW,
    inspect,
};

/// What messages of each network begin with.
const NETWORKS: [([u8; 4], &str); 14] = [
    ([0xf9, 0xbe, 0xb4, 0xd9], "bitcoin"),
    ([0x0b, 0x11, 0x09, 0x07], "bitcoin-testnet3"),
    ([0x1c, 0x16, 0x3f, 0x28], "bitcoin-testnet4"),
    ([0x0a, 0x03, 0xcf, 0x40], "bitcoin-signet"),
    ([0xfa, 0xbf, 0xb5, 0xda], "bitcoin-regtest"),
    ([0xe3, 0xe1, 0xf3, 0xe8], "bitcoin-cash"),
    ([0xf4, 0xe5, 0xf3, 0xf4], "bitcoin-cash-testnet"),
    ([0xfb, 0xc0, 0xb6, 0xdb], "litecoin"),
    ([0xfd, 0xd2, 0xc8, 0xf1], "litecoin-testnet"),
    ([0xc0, 0xc0, 0xc0, 0xc0], "dogecoin"),
    ([0xbf, 0x0c, 0x6b, 0xbd], "dash"),
    ([0xce, 0xe2, 0xca, 0xff], "dash-testnet"),
    ([0xf9, 0xbe, 0xb4, 0xfe], "namecoin"),
    ([0x24, 0xe9, 0x27, 0x64], "zcash"),
];

/// 32 MiB: no network has larger messages.
const LONGEST: u32 = 32 << 20;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let mut reader = Reader::new(look.bytes);
    let Some(magic) = reader.array::<4>() else {
        let fits = NETWORKS.iter().any(|(magic, _)| magic.starts_with(look.bytes));
        return if fits && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    let Some((_, network)) = NETWORKS.iter().find(|(known, _)| *known == magic) else { return Verdict::No };
    let (Some(command), Some(len), Some(_checksum)) =
        (reader.array::<12>(), reader.array().map(u32::from_le_bytes), reader.array::<4>())
    else {
        return if look.cut { Verdict::No } else { Verdict::NeedMore };
    };
    // Letters, then zeros to the end.
    let letters = command.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let (name, filler) = command.split_at_checked(letters).unwrap_or_default();
    if letters < 2 || filler.iter().any(|byte| *byte != 0) || len > LONGEST {
        return Verdict::No;
    }
    findings.note("network", *network);
    findings.note("command", lossy(name, NAME_MAX));
    if name == b"version"
        && !version(reader.rest(), findings)
        && !look.cut
        && reader.rest().len() < usize::try_from(len).unwrap_or(0)
    {
        return Verdict::proven("Bitcoin message header", Want::Rest);
    }
    Verdict::proven("Bitcoin message header", Want::Reply)
}

/// Version, services, time, two addresses, nonce, then the software's name.
fn version(body: &[u8], findings: &mut Findings) -> bool {
    let mut reader = Reader::new(body);
    let (Some(version), Some(_)) = (reader.array().map(u32::from_le_bytes), reader.take(76)) else {
        return false;
    };
    findings.note("version", version);
    match reader.block8() {
        Some(agent) => {
            findings.note("user_agent", lossy(agent, NAME_MAX));
            true
        }
        None => false,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        8334,
        &[(SRC, b"\xf9\xbe\xb4\xd9verack\0\0\0\0\0\0\0\0\0\0\x5d\xf6\xe0\xe2")],
    )],
    near_miss: &[
        Sample::tcp(50000, 8333, &[(SRC, b"\xf9\xbe\xb4\xd9verack\0\0\x01\0\0\0\0\0\0\0\x5d\xf6\xe0\xe2")]),
        Sample::tcp(50000, 8333, &[(SRC, b"\xf9\xbe\xb4\xdaverack\0\0\0\0\0\0\0\0\0\0\x5d\xf6\xe0\xe2")]),
    ],
};
