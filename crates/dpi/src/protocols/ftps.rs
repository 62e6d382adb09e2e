//! FTP with AUTH TLS (RFC 4217): the conversation before, then the TLS hellos.

use super::ftp;
use super::smtps::then_tls;
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
    then_tls(&ftp::CONTROL, look, findings, "FTP, then TLS")
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
