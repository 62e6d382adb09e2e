//! Niagara Fox, of Tridium's building controllers: host, station, application, operating system.

use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "fox",
    category: "industrial",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'f'..=b'f'])],
    ports: &[1911, 3011],
    bound: false,
    fields: &["hostname", "station", "application", "version", "os", "brand"],
    head: SHALLOW,
    inspect,
};

/// Frame of kind a, with its number, the one it answers, channel and command.
const START: &[u8] = b"fox a ";

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if !look.bytes.starts_with(START) {
        return if START.starts_with(look.bytes) && !look.cut { Verdict::NeedMore } else { Verdict::No };
    }
    for line in look.bytes.split(|byte| *byte == b'\n') {
        let mut halves = line.splitn(2, |byte| *byte == b'=');
        let (Some(name), Some([b's', b':', value @ ..])) = (halves.next(), halves.next()) else { continue };
        let field = match name {
            b"hostName" => "hostname",
            b"station.name" => "station",
            b"app.name" => "application",
            b"app.version" => "version",
            b"os.name" => "os",
            b"brandId" => "brand",
            _ => continue,
        };
        findings.note(field, lossy(value, NAME_MAX));
    }
    let complete = look.bytes.windows(2).any(|window| window == b"}\n" || window == b"};");
    Verdict::proven("Fox frame", if complete { Want::Reply } else { Want::Rest })
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        1911,
        &[(
            SRC,
            b"fox a 1 -1 fox hello\n{\nfox.version=s:1.0\nid=i:1\nhostName=s:bms-01\nos.name=s:QNX\n};;\n",
        )],
    )],
    near_miss: &[Sample::tcp(50000, 1911, &[(SRC, b"fox b 1 -1 fox hello\n{\n")])],
};
