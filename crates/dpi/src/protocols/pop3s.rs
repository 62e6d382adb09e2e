//! POP3 with STLS (RFC 2595 s4): the conversation before, then the TLS hellos.

use super::pop3;
use super::smtps::then_tls;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Verdict};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "pop3s",
    category: "mail",
    encrypted: true,
    over: pop3::STARTS,
    ports: pop3::PORTS,
    bound: false,
    fields: pop3::FIELDS,
    head: SHALLOW,
    inspect,
};

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    then_tls(&pop3::MAIL, look, findings, "POP3, then TLS")
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        110,
        &[
            (DST, b"+OK ready\r\n"),
            (SRC, b"CAPA\r\n"),
            (DST, b"+OK\r\nSTLS\r\n.\r\n"),
            (SRC, b"STLS\r\n"),
            (DST, b"+OK begin\r\n"),
            (SRC, include_bytes!("../../tests/data/client_hello.bin")),
            (DST, include_bytes!("../../tests/data/server_hello.bin")),
        ],
    )],
    near_miss: &[Sample::tcp(50000, 110, &[(DST, b"+OK ready\r\n"), (SRC, b"USER joe\r\n")])],
};
