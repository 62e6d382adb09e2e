//! Mining pools (Stratum, Ethereum's getWork, Monero's JSON-RPC): method, worker, miner.

use crate::dialogue::contains;
use crate::facts::HostnameSource;
use crate::json;
#[cfg(test)]
use crate::protocol::{DST, SRC, Sample, Samples};
use crate::protocol::{Findings, Look, Protocol, SHALLOW, Transport, Verdict, Want};
use crate::text::{NAME_MAX, lossy};

pub(crate) const PROTOCOL: Protocol = Protocol {
    name: "mining",
    category: "mining",
    encrypted: false,
    over: &[(Transport::Tcp, &[b'{'..=b'{'])],
    ports: &[3333, 4444, 5555, 7777, 8008, 9999, 14433, 14444, 45560, 45700],
    bound: false,
    fields: &["methods", "worker", "miner"],
    head: SHALLOW,
    inspect,
};

/// What only pools and miners say.
const WORDS: [&[u8]; 9] = [
    b"\"mining.",
    b"\"eth_submitLogin\"",
    b"\"eth_submitWork\"",
    b"\"eth_getWork\"",
    b"\"eth_submitHashrate\"",
    b"\"keepalived\"",
    b"\"blob\":",
    b"\"job_id\":",
    b"\"worker\":",
];

fn inspect(look: &Look<'_>, findings: &mut Findings) -> Verdict {
    let login = contains(look.bytes, b"\"login\"")
        && contains(look.bytes, b"\"agent\"")
        && contains(look.bytes, b"\"pass\"");
    if !login && !WORDS.iter().any(|word| contains(look.bytes, word)) {
        let object =
            look.bytes.iter().take(64).all(|byte| matches!(byte, b'\t' | b'\r' | b'\n' | b' '..=b'~'));
        return if object && look.bytes.len() < 1024 && !look.cut { Verdict::NeedMore } else { Verdict::No };
    }
    for message in look.bytes.split(|byte| *byte == b'\n').take(8) {
        describe(message, findings);
    }
    let done = look.cut || !look.from_src || findings.noted("worker").is_some();
    Verdict::proven("message between miner and pool", if done { Want::Reply } else { Want::Rest })
}

fn describe(message: &[u8], findings: &mut Findings) {
    let Some(method) = json::text(message, "method") else { return };
    findings.add("methods", lossy(method, NAME_MAX));
    let mut parameters = strings(message);
    match method {
        b"mining.subscribe" => {
            if let Some(miner) = parameters.next() {
                findings.note("miner", lossy(miner, NAME_MAX));
            }
            // Equihash miners name the pool that they think they are talking to.
            if let Some(pool) = parameters.find(|pool| pool.contains(&b'.') && !pool.contains(&b' ')) {
                findings.facts.hostname = Some(lossy(pool, NAME_MAX));
                findings.facts.hostname_source = Some(HostnameSource::Protocol);
            }
        }
        b"mining.authorize" | b"eth_submitLogin" | b"eth_login" => {
            if let Some(worker) = parameters.next() {
                findings.note("worker", lossy(worker, NAME_MAX));
            }
        }
        b"login" => {
            if let Some(worker) =
                json::member(message, "params").and_then(|message| json::text(message, "login"))
            {
                findings.note("worker", lossy(worker, NAME_MAX));
            }
            if let Some(miner) = json::text(message, "agent") {
                findings.note("miner", lossy(miner, NAME_MAX));
            }
        }
        _ => {}
    }
}

/// The texts in the array of parameters.
fn strings(json: &[u8]) -> impl Iterator<Item = &[u8]> {
    let array = json::member(json, "params").and_then(|rest| rest.split(|byte| *byte == b']').next());
    array.unwrap_or_default().split(|byte| *byte == b'"').skip(1).step_by(2)
}

#[cfg(test)]
pub(crate) const SAMPLES: Samples = Samples {
    positive: &[
        Sample::tcp(
            50000,
            3333,
            &[
                (SRC, b"{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[\"miner/1.0\",null,\"pool.example\",\"3333\"]}\n"),
                (DST, b"{\"id\":1,\"result\":[\"04d5\",\"04d5\"],\"error\":null}\n"),
                (SRC, b"{\"id\":2,\"method\":\"mining.authorize\",\"params\":[\"joe.rig1\",\"x\"]}\n"),
            ],
        ),
        Sample::tcp(50000, 443, &[(SRC, b"{\"id\":1,\"method\":\"login\",\"params\":{\"login\":\"4BC\",\"pass\":\"x\",\"agent\":\"xmr/1\"}}\n")]),
    ],
    near_miss: &[Sample::tcp(50000, 3333, &[(SRC, b"{\"id\":1,\"method\":\"undermining.x\",\"params\":[]}\n")])],
};
