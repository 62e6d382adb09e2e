//! PlayStation device discovery (Sony, no public specification): consoles that can be woken or played from afar.

#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::risk::Risk;
use crate::text::{NAME_MAX, holds, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "playstation-discovery",
    category: "game",
    encrypted: false,
    over: &[(Transport::Udp, &[b'H'..=b'H', b'L'..=b'L', b'S'..=b'S', b'W'..=b'W'])],
    ports: &[987, 9302, 9303],
    bound: false,
    fields: &["host", "type", "id", "version", "running"],
    head: SHALLOW,
    inspect,
};

const REQUESTS: [&[u8]; 3] = [b"SRCH * HTTP/1.1\n", b"WAKEUP * HTTP/1.1\n", b"LAUNCH * HTTP/1.1\n"];

/// HTTP's form, but for the ends of lines.
const ANSWER: &[u8] = b"HTTP/1.1 ";
const VERSION: &[u8] = b"device-discovery-protocol-version:";

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let request = REQUESTS.iter().any(|line| look.bytes.starts_with(line));
    if !request && !look.bytes.starts_with(ANSWER) {
        return Verdict::No;
    }
    if !holds(look.bytes, VERSION) {
        return Verdict::No;
    }
    for line in look.bytes.split(|byte| *byte == b'\n').skip(1) {
        let mut parts = line.splitn(2, |byte| *byte == b':');
        let (Some(key), Some(value)) = (parts.next(), parts.next()) else { continue };
        let field = match key {
            b"host-name" => "host",
            b"host-type" => "type",
            b"host-id" => "id",
            b"system-version" => "version",
            b"running-app-name" => "running",
            // A token, as good as a password.
            b"user-credential" => {
                findings.risk(Risk::CleartextCredentials);
                continue;
            }
            _ => continue,
        };
        findings.note(field, lossy(value.trim_ascii(), NAME_MAX));
    }
    Verdict::proven("message of device discovery", if request { Want::Reply } else { Want::Nothing })
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(50000, 987, &[
        (SRC, b"SRCH * HTTP/1.1\ndevice-discovery-protocol-version:00020020\n"),
        (DST, b"HTTP/1.1 200 Ok\nhost-id:001122\nhost-type:PS4\nhost-name:attic\ndevice-discovery-protocol-version:00020020\n"),
    ]),],
    near_miss: &[Sample::udp(50000, 987, &[(SRC, b"SRCH * HTTP/1.1\nother:00020020\n")]),],
};
