//! SMTP with STARTTLS (RFC 3207): the mail client's greeting, then the TLS hellos.

use super::smtp::{self, Mail};
use super::tls;
use crate::dialogue::{Sign, split_upgrade};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Verdict};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "smtps",
    category: "mail",
    encrypted: true,
    over: smtp::STARTS,
    ports: smtp::PORTS,
    bound: false,
    fields: smtp::FIELDS,
    head: SHALLOW,
    inspect,
};

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    if !crate::dialogue::begins_as_text(look.bytes) {
        return Verdict::No;
    }
    let mail = Mail::of(look);
    let verdict = upgraded(look, mail.sign(), findings, "SMTP, then TLS");
    if matches!(verdict, Verdict::Match { .. }) {
        mail.describe(findings);
    }
    verdict
}

/// The verdict on a conversation in clear, of which `sign` is known, that turns into TLS.
pub(super) fn upgraded(
    look: &Look<'_>,
    sign: Sign,
    findings: &mut Findings,
    evidence: &'static str,
) -> Verdict {
    match (sign, split_upgrade(look.bytes)) {
        (Sign::No, _) => Verdict::No,
        (Sign::Weak | Sign::Strong, (lines, Some(records))) if !lines.is_empty() => {
            match tls::inside(look, records, findings) {
                Some(want) => Verdict::proven(evidence, want),
                None => Verdict::No,
            }
        }
        _ if look.cut => Verdict::No,
        _ => Verdict::NeedMore,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        587,
        &[
            (DST, b"220 mail.example.org ESMTP ready\r\n"),
            (SRC, b"EHLO client.example.net\r\n"),
            (DST, b"250-mail.example.org\r\n250 STARTTLS\r\n"),
            (SRC, b"STARTTLS\r\n"),
            (DST, b"220 go ahead\r\n"),
            (SRC, include_bytes!("../../tests/data/client_hello.bin")),
            (DST, include_bytes!("../../tests/data/server_hello.bin")),
        ],
    )],
    near_miss: &[Sample::tcp(
        50000,
        587,
        &[(DST, b"220 mail.example.org ESMTP ready\r\n"), (SRC, b"EHLO a\r\n"), (SRC, b"MAIL FROM:<>\r\n")],
    )],
};

#[cfg(test)]
mod tests {
    use crate::testing::{Flow, TCP};

    #[test]
    fn the_hellos_after_starttls_are_read() {
        let mut flow = Flow::new(TCP, 50000, 25);
        for (from_src, payload) in super::SAMPLES.positive[0].said {
            if *from_src {
                flow.src(payload)
            } else {
                flow.dst(payload)
            };
        }
        let facts = flow.inspection.facts();
        assert!(facts.ja3.is_some() && facts.ja3s.is_some() && facts.hostname.is_some());
        assert!(facts.details.iter().any(|(field, _)| *field == "banner"), "{:?}", facts.details);
    }
}
