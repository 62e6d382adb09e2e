//! VxWorks' debug agent (WDB), a remote procedure call over UDP: procedures.

use crate::protocol::{ANY, Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "wdb",
    category: "remote-access",
    encrypted: false,
    over: &[(Transport::Udp, ANY)],
    ports: &[17185],
    bound: true,
    fields: &["procedure"],
    head: SHALLOW,
    inspect,
};

/// Call of RPC version 2 (RFC 5531 s9) to the agent's program, version 1.
fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let [_, _, _, _, 0, 0, 0, 0, 0, 0, 0, 2, 0x55, 0x55, 0x55, 0x55, 0, 0, 0, 1, 0, 0, 0, procedure, ..] =
        look.bytes
    else {
        return Verdict::No;
    };
    findings.note(
        "procedure",
        match procedure {
            1 => "connect",
            2 => "disconnect",
            3 => "mode-set",
            10 => "memory-read",
            11 => "memory-write",
            30 => "context-create",
            31 => "context-kill",
            122 => "target-ping",
            _ => "other",
        },
    );
    Verdict::proven("call of VxWorks' debug agent", Want::Nothing)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::udp(
        50000,
        17185,
        &[(SRC, b"\x12\x34\x56\x78\0\0\0\0\0\0\0\x02\x55\x55\x55\x55\0\0\0\x01\0\0\0\x01\0\0\0\0\0\0\0\0")],
    )],
    near_miss: &[Sample::udp(
        50000,
        17185,
        &[(SRC, b"\x12\x34\x56\x78\0\0\0\0\0\0\0\x02\0\x01\x86\xa5\0\0\0\x01\0\0\0\x01\0\0\0\0\0\0\0\0")],
    )],
};
