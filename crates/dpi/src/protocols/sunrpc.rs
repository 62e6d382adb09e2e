//! ONC RPC (RFC 5531) of programs other than the file services: program, version, procedure.

use super::nfs::rpc::{self, Body, Message};
use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "sunrpc",
    category: "network",
    encrypted: false,
    over: &[(Transport::Udp, ANY), (Transport::Tcp, &[0x80..=0x80])],
    ports: &[],
    bound: false,
    fields: &["program", "version", "procedure", "machine"],
    head: SHALLOW,
    inspect,
};

/// RFC 5531 s8.1: numbers below are assigned, those of users and of sessions come after.
const ASSIGNED: std::ops::Range<u32> = 100_000..0x2000_0000;
const OTHERS: std::ops::Range<u32> = 0x2000_0000..0x6000_0000;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some(message) = Message::read(look) else {
        return if rpc::may_become(look) { Verdict::NeedMore } else { Verdict::No };
    };
    let Body::Call(call) = message.body else {
        return match rpc::asked(look, message.id) {
            Some((program, _)) if is_program(program) => {
                Verdict::proven("RPC reply to its call", Want::Reply)
            }
            _ => Verdict::No,
        };
    };
    if !is_program(call.program) {
        return Verdict::No;
    }
    findings.note("program", call.program);
    findings.note("version", call.version);
    findings.note("procedure", call.procedure);
    if let Some((machine, _)) = call.unix {
        findings.note("machine", lossy(machine, NAME_MAX));
    }
    Verdict::proven("RPC call", Want::Reply)
}

fn is_program(program: u32) -> bool {
    ASSIGNED.contains(&program) || OTHERS.contains(&program)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        800,
        801,
        &[(
            SRC,
            b"\x12\x34\x56\x78\0\0\0\0\0\0\0\x02\0\x01\x86\xa4\0\0\0\x02\0\0\0\x03\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        )],
    )],
    near_miss: &[Sample::udp(
        800,
        801,
        &[(
            SRC,
            b"\x12\x34\x56\x78\0\0\0\0\0\0\0\x02\0\x01\x86\xa4\0\0\0\x02\0\0\0\x03\0\0\0\x09\0\0\0\0\0\0\0\0\0\0\0\0",
        )],
    )],
};
