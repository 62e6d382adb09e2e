//! FTP with AUTH TLS (RFC 4217): the conversation before, then the TLS hellos.

use super::ftp::{self, Control};
use super::smtps::upgraded;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Verdict};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "ftps",
    category: "file-transfer",
    encrypted: true,
    over: ftp::STARTS,
    ports: ftp::PORTS,
    bound: false,
    fields: ftp::FIELDS,
    head: SHALLOW,
    inspect,
};

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if !crate::dialogue::begins_as_text(look.bytes) {
        return Verdict::No;
    }
    let control = Control::of(look);
    let verdict = upgraded(look, control.sign(), findings, "FTP, then TLS");
    if matches!(verdict, Verdict::Match { .. }) {
        control.describe(findings);
    }
    verdict
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        21,
        &[
            (DST, b"220 FTP server\r\n"),
            (SRC, b"AUTH TLS\r\n"),
            (DST, b"234 Proceed\r\n"),
            (SRC, include_bytes!("../../tests/data/client_hello.bin")),
            (DST, include_bytes!("../../tests/data/server_hello.bin")),
        ],
    )],
    near_miss: &[Sample::tcp(50000, 21, &[(DST, b"220 FTP server\r\n"), (SRC, b"USER a\r\n")])],
};
