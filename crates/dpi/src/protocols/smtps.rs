//! SMTP with STARTTLS (RFC 3207): the mail client's greeting, then the TLS hellos.

use super::smtp;
use super::tls;
use crate::dialogue::{Conversation, Sign, split_upgrade};
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
    then_tls(&smtp::MAIL, look, findings, "SMTP, then TLS")
}

/// The verdict on a conversation in clear that turns into TLS.
pub(super) fn then_tls(
    conversation: &Conversation,
    look: &Look<'_>,
    findings: &mut Findings,
    evidence: &'static str,
) -> Verdict {
    let Some(said) = conversation.said(look) else { return Verdict::No };
    match (conversation.sign(&said), split_upgrade(look.bytes)) {
        (Sign::No, _) => Verdict::No,
        (Sign::Weak | Sign::Strong, (lines, Some(records))) if !lines.is_empty() => {
            let Some(want) = tls::inside(look, records, findings) else { return Verdict::No };
            (conversation.describe)(&said, findings);
            Verdict::proven(evidence, want)
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
        flow.play(super::SAMPLES.positive[0].said);
        let facts = flow.inspection.facts();
        assert!(facts.ja3.is_some() && facts.ja3s.is_some() && facts.hostname.is_some());
        assert!(facts.details.iter().any(|(field, _)| *field == "banner"), "{:?}", facts.details);
    }
}
