//! IMAP with STARTTLS (RFC 9051 s6.2.1): the conversation before, then the TLS hellos.

use super::imap;
use super::smtps::then_tls;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Verdict};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "imaps",
    category: "mail",
    encrypted: true,
    over: imap::STARTS,
    ports: imap::PORTS,
    bound: false,
    fields: imap::FIELDS,
    head: SHALLOW,
    inspect,
};

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    then_tls(&imap::MAIL, look, findings, "IMAP, then TLS")
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        143,
        &[
            (DST, b"* OK IMAP4rev1 ready\r\n"),
            (SRC, b"a1 STARTTLS\r\n"),
            (DST, b"a1 OK begin\r\n"),
            (SRC, include_bytes!("../../tests/data/client_hello.bin")),
            (DST, include_bytes!("../../tests/data/server_hello.bin")),
        ],
    )],
    near_miss: &[Sample::tcp(50000, 143, &[(DST, b"* OK ready\r\n"), (SRC, b"a1 LOGIN a b\r\n")])],
};
