//! Zabbix, agents, proxies and senders to server (Zabbix protocol header): request and host.

use crate::dialogue::agree;
use crate::json;
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
#[cfg(test)]
use crate::protocol::{SRC, Sample, Samples};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "zabbix",
    category: "management",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'Z'..=b'Z'])],
    ports: &[10050, 10051],
    bound: false,
    fields: &["compressed", "request", "host", "item"],
    head: SHALLOW,
    inspect,
};

const MAGIC: &[u8] = b"ZBXD";
/// The flags byte: the protocol, a compressed body, 64-bit lengths.
const PROTOCOL_FLAG: u8 = 1;
const COMPRESSED: u8 = 2;
const FLAGS: u8 = 7;
/// Header with 32-bit lengths.
const HEADER: usize = 13;

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let Some(flags) = look.bytes.strip_prefix(MAGIC).and_then(|rest| rest.first()) else {
        return if agree(look.bytes, MAGIC) && !look.cut { Verdict::NeedMore } else { Verdict::No };
    };
    if flags & PROTOCOL_FLAG == 0 || flags & !FLAGS != 0 {
        return Verdict::No;
    }
    findings.note("compressed", flags & COMPRESSED != 0);
    if flags & COMPRESSED == 0
        && look.from_src
        && let Some(body) = look.bytes.get(HEADER..)
    {
        if body.starts_with(b"{") {
            for field in ["request", "host"] {
                if let Some(value) = json::text(body, field) {
                    findings.note(field, lossy(value, NAME_MAX));
                }
            }
        } else if !body.is_empty() {
            // Passive checks of agents before 7.0: the item's key alone.
            findings.note("item", lossy(body.trim_ascii(), NAME_MAX));
        }
    }
    Verdict::proven("Zabbix protocol header", Want::Reply)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[Sample::tcp(
        50000,
        10051,
        &[(SRC, b"ZBXD\x01\x2b\0\0\0\0\0\0\0{\"request\":\"active checks\",\"host\":\"web1\"}  ")],
    )],
    near_miss: &[Sample::tcp(50000, 10051, &[(SRC, b"ZBXD\x80\x2b\0\0\0\0\0\0\0{}")])],
};
