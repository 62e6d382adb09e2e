//! Two flow tables of the same packets, whose time stamps differ by microseconds.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Differ with the time stamp of the first packet, or have no counterpart in a pcap file.
const LEFT_OUT: [&str; 4] = ["id", "start", "end", "interface"];
/// Measured in time: each socket stamps a packet when it gets to it. Both must have them, and a
/// scheduler that comes between the two sockets must not fail the test.
const TIMES_MS: [&str; 6] =
    ["duration_ms", "handshake_rtt_ms", "rtt_min_ms", "rtt_avg_ms", "rtt_max_ms", "jitter_ms"];
const TOLERANCE_MS: f64 = 100.0;
/// Whether a segment that comes late was sent again or overtaken is told by how late it is.
const TOLD_BY_TIME: [&str; 5] =
    ["src_retransmits", "dst_retransmits", "src_out_of_order", "dst_out_of_order", "duplicate_packets"];

/// Fails where the tables differ.
pub(crate) fn same_flows(live: &[Value], file: &[Value]) {
    let (live, file) = (by_key(live), by_key(file));
    let only = |a: &BTreeMap<String, Value>, b: &BTreeMap<String, Value>| {
        a.keys().filter(|key| !b.contains_key(*key)).cloned().collect::<Vec<_>>()
    };
    assert_eq!(
        (only(&live, &file), only(&file, &live)),
        (vec![], vec![]),
        "flows only live, only in the file"
    );
    for (key, live) in &live {
        let file = &file[key];
        for field in TIMES_MS {
            let [a, b] = [live, file].map(|flow| flow[field].as_f64());
            let near =
                a.is_some() == b.is_some() && a.zip(b).is_none_or(|(a, b)| (a - b).abs() <= TOLERANCE_MS);
            assert!(near, "{key}: {field} {a:?} live, {b:?} in the file\n{live}\n{file}");
        }
        assert_eq!(lasting(live), lasting(file), "{key}");
    }
}

fn by_key(flows: &[Value]) -> BTreeMap<String, Value> {
    let key = |flow: &Value| {
        let fields = ["transport", "src_ip", "src_port", "dst_ip", "dst_port", "tunnel", "part"];
        fields.map(|field| flow[field].to_string()).join(" ")
    };
    let table: BTreeMap<_, _> = flows.iter().map(|flow| (key(flow), flow.clone())).collect();
    assert_eq!(table.len(), flows.len(), "a flow came twice");
    table
}

/// What does not depend on time.
fn lasting(flow: &Value) -> Map<String, Value> {
    let mut fields = flow.as_object().unwrap().clone();
    for field in LEFT_OUT.iter().chain(&TIMES_MS).chain(&TOLD_BY_TIME) {
        fields.remove(*field);
    }
    if let Some(Value::String(history)) = fields.get_mut("tcp_history") {
        history.retain(|letter| !matches!(letter, 'T' | 't'));
    }
    fields
}
