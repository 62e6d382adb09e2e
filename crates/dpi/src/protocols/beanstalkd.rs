//! beanstalkd, a work queue: commands and tubes.

use crate::dialogue::{Lines, Sign, first_line, is_one_of, is_word, number, word};
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "beanstalkd",
    category: "message-queue",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'B'..=b'W', b'b'..=b'w'])],
    ports: &[11300],
    bound: false,
    fields: &["commands", "tubes"],
    head: SHALLOW,
    inspect,
};

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let sign = first_line(look.bytes, message).and(first_line(look.other, message));
    let verdict = sign.verdict(look, "beanstalkd command or answer", Want::Reply);
    if matches!(verdict, Verdict::Match { .. }) {
        for line in Lines(look.bytes).filter(|line| message(line) > Sign::No).take(8) {
            let (verb, rest) = word(line);
            if verb.first().is_some_and(u8::is_ascii_lowercase) {
                findings.add("commands", lossy(verb, NAME_MAX));
            }
            if is_one_of(verb, &[b"use", b"watch", b"USING"]) {
                findings.add("tubes", lossy(rest, NAME_MAX));
            }
        }
    }
    verdict
}

fn message(line: &[u8]) -> Sign {
    let (verb, rest) = word(line);
    let numbers = rest.split(|byte| *byte == b' ').take_while(|argument| number(argument).is_some()).count();
    let tube = is_word(rest) && rest.len() <= 200;
    match verb {
        b"put" if numbers == 4 => Sign::Strong,
        b"RESERVED" if numbers == 2 => Sign::Strong,
        b"reserve-with-timeout" | b"INSERTED" | b"WATCHING" if numbers == 1 => Sign::Strong,
        b"release" if numbers == 3 => Sign::Strong,
        b"list-tubes" | b"list-tubes-watched" | b"stats-tube" | b"peek-ready" => Sign::Strong,
        b"reserve" | b"stats" | b"TIMED_OUT" if rest.is_empty() => Sign::Weak,
        b"use" | b"watch" | b"ignore" | b"USING" if tube => Sign::Weak,
        b"delete" | b"bury" | b"touch" | b"kick" if numbers >= 1 => Sign::Weak,
        _ => Sign::No,
    }
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(50000, 11301, &[(SRC, b"put 1024 0 60 5\r\nhello\r\n"), (DST, b"INSERTED 1\r\n")]),
        Sample::tcp(50000, 11300, &[(SRC, b"watch mails\r\n"), (DST, b"WATCHING 2\r\n")]),
    ],
    near_miss: &[Sample::tcp(50000, 11300, &[(SRC, b"put 1024 0 60\r\nhello\r\n")])],
};
