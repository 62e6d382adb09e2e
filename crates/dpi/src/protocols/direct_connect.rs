//! Direct Connect, NMDC and ADC (nmdc.sourceforge.io, adc.sourceforge.io): first commands of hubs and clients, searches.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::text::{NAME_MAX, lossy, past};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "direct-connect",
    category: "p2p",
    encrypted: false,
    over: &[
        (Transport::Tcp, &[b'$'..=b'$', b'C'..=b'C', b'H'..=b'H']),
        (Transport::Udp, &[b'$'..=b'$', b'U'..=b'U']),
    ],
    ports: &[411, 412, 1412, 2780],
    bound: false,
    fields: &["software", "user"],
    head: SHALLOW,
    inspect,
};

/// NMDC's first commands, up to their parameters; each ends with a bar.
const NMDC: [&[u8]; 4] = [b"$Lock ", b"$Supports ", b"$MyNick ", b"$Key "];

/// ADC's first: what hub or client supports.
const ADC: [&[u8]; 2] = [b"HSUP AD", b"CSUP AD"];

/// Over UDP: results of a search, and ADC's.
const RESULTS: [&[u8]; 2] = [b"$SR ", b"URES "];

const MAX: usize = 1024;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if look.transport == Transport::Udp {
        return result(look.bytes, findings);
    }
    let more = if look.cut { Verdict::No } else { Verdict::NeedMore };
    if ADC.iter().any(|begin| look.bytes.starts_with(begin)) {
        return Verdict::proven("ADC support command", Want::Nothing);
    }
    let Some(begin) = NMDC.iter().find(|begin| look.bytes.starts_with(begin)) else {
        let begun = NMDC.iter().chain(&ADC).any(|begin| begin.starts_with(look.bytes));
        return if begun { more } else { Verdict::No };
    };
    let rest = look.bytes.get(begin.len()..).unwrap_or_default();
    let Some(end) = rest.iter().position(|byte| *byte == b'|') else {
        return if rest.len() < MAX { more } else { Verdict::No };
    };
    let text = rest.get(..end).unwrap_or_default();
    match *begin {
        b"$Lock " => {
            if let Some(software) = past(text, b" Pk=") {
                findings.note("software", lossy(software, NAME_MAX));
            }
        }
        b"$MyNick " => findings.note("user", lossy(text, NAME_MAX)),
        _ => {}
    }
    match *begin == b"$Key " && !look.hinted {
        true => Verdict::likely("NMDC command", Want::Rest),
        false => Verdict::proven("NMDC command", Want::Nothing),
    }
}

fn result(bytes: &[u8], findings: &mut Findings) -> Verdict {
    let Some(begin) = RESULTS.iter().find(|begin| bytes.starts_with(begin)) else { return Verdict::No };
    let ends = bytes.ends_with(b"|") || bytes.ends_with(b"\n");
    if !ends || bytes.len() < 16 {
        return Verdict::No;
    }
    let rest = bytes.get(begin.len()..).unwrap_or_default();
    findings.note("user", lossy(rest.split(|byte| *byte == b' ').next().unwrap_or_default(), NAME_MAX));
    Verdict::proven("result of a search", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            411,
            &[(DST, b"$Lock EXTENDEDPROTOCOLabcd Pk=verlihub1.2|"), (SRC, b"$Supports NoGetINFO |")],
        ),
        Sample::tcp(50000, 2780, &[(SRC, b"HSUP ADBASE ADTIGR\n")]),
        Sample::udp(50000, 412, &[(SRC, b"$SR bob music\\song.mp3\x05123 1/3\x05Hub (1.2.3.4)|")]),
    ],
    near_miss: &[
        Sample::tcp(50000, 411, &[(DST, b"$Look EXTENDEDPROTOCOLabcd Pk=verlihub1.2|")]),
        Sample::udp(50000, 412, &[(SRC, b"$SR bob music\\song.mp3\x05123 1/3\x05Hub (1.2.3.4)")]),
    ],
};
