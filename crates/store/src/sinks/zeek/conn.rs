use model::{Direction, Flow};

use super::super::facts;
use super::logs;
use super::value::Value;
use crate::item::SeenFlow;

/// A line of `conn`.
pub(super) fn row(seen: &SeenFlow) -> Vec<Value> {
    let flow = &seen.record;
    let [orig_ip_bytes, resp_ip_bytes] = facts::ip_bytes(flow);
    let (local_orig, local_resp) = match flow.direction {
        Direction::Outbound => (Some(true), Some(false)),
        Direction::Inbound => (Some(false), Some(true)),
        Direction::Lateral => (Some(true), Some(true)),
        Direction::External => (Some(false), Some(false)),
        Direction::Multicast => (None, Some(false)),
    };
    let mut row = logs::common(seen);
    row.extend([
        proto(flow).into(),
        Value::maybe(service(flow).as_ref()),
        Value::interval(flow.duration_ms),
        flow.src_payload_bytes.into(),
        flow.dst_payload_bytes.into(),
        state(flow).into(),
        Value::maybe(local_orig),
        Value::maybe(local_resp),
        // Gaps are counted in segments: how many bytes they were is not known.
        if flow.lost_segments == 0 { Value::Number(0) } else { Value::Unset },
        Value::maybe(history(flow).as_ref()),
        flow.src_packets.into(),
        orig_ip_bytes.into(),
        flow.dst_packets.into(),
        resp_ip_bytes.into(),
        // The tunnel's own flow is not named in the record.
        Value::Unset,
        Value::maybe(facts::protocol_number(&flow.transport).map(u64::from)),
        Value::maybe(flow.vlans.first().map(|id| u64::from(*id))),
        Value::maybe(flow.vlans.get(1).map(|id| u64::from(*id))),
        Value::maybe(flow.src_mac.as_deref()),
        Value::maybe(flow.dst_mac.as_deref()),
        flow.community_id.as_str().into(),
    ]);
    row
}

/// `transport_proto` of the documentation.
pub(super) fn proto(flow: &Flow) -> &'static str {
    match flow.transport.as_str() {
        "tcp" => "tcp",
        "udp" => "udp",
        "icmp" | "icmpv6" => "icmp",
        _ => "unknown_transport",
    }
}

/// What was seen to be spoken, by the names of the documentation's analysers; a port alone is no sign.
fn service(flow: &Flow) -> Option<String> {
    // ICMP is the transport there, and nothing on top of it.
    if flow.confidence == Some("port") || flow.protocol == flow.transport {
        return None;
    }
    Some(match flow.protocol {
        "unknown" => return None,
        "tls" | "dtls" => "ssl".to_owned(),
        "kerberos" => "krb".to_owned(),
        "vnc" => "rfb".to_owned(),
        other => other.replace('-', "_"),
    })
}

/// TCP's letters mean the same there; for UDP there is one a direction.
fn history(flow: &Flow) -> Option<String> {
    if flow.transport != "udp" {
        return flow.tcp_history.clone();
    }
    let sent = |packets: u64, letter: &'static str| if packets > 0 { letter } else { "" };
    Some([sent(flow.src_packets, "D"), sent(flow.dst_packets, "d")].concat())
}

/// `conn_state`, by what the documentation says that each means.
fn state(flow: &Flow) -> &'static str {
    match (flow.transport.as_str(), flow.src_packets > 0, flow.dst_packets > 0) {
        ("tcp", ..) => tcp_state(flow.tcp_history.as_deref().unwrap_or_default(), flow.state),
        ("udp", true, true) => "SF",
        ("udp", true, false) => "S0",
        ("udp", false, true) => "SHR",
        _ => "OTH",
    }
}

/// Of the history's first dozen events, and where the connection stood at the end, for what no longer
/// had room there.
fn tcp_state(history: &str, last: &str) -> &'static str {
    let at = |letter: char| history.find(letter);
    let has = |letter: char| at(letter).is_some();
    let (asked, answered) = (has('S'), has('h'));
    let replied = history.contains(|c: char| c.is_ascii_lowercase() && c != 'r');
    let went_on = has('A') || has('D') || has('F');
    let is_over = matches!(last, "closing" | "last-ack" | "time-wait");
    match (at('R'), at('r')) {
        (Some(orig), resp) if resp.is_none_or(|resp| orig < resp) => match (asked, answered) {
            (true, true) => "RSTO",
            (true, false) if !replied => "RSTOS0",
            _ => "OTH",
        },
        (_, Some(_)) => match (asked, answered) {
            (true, true) => "RSTR",
            (true, false) if !replied => "REJ",
            (false, true) => "RSTRH",
            _ => "OTH",
        },
        // Somebody did, and it is not known who.
        _ if last == "reset" => "OTH",
        _ => match (asked, answered, has('F') || is_over, has('f') || is_over) {
            (true, true, true, true) => "SF",
            (true, true, true, false) => "S2",
            (true, true, false, true) => "S3",
            (true, true, false, false) if went_on => "S1",
            (true, false, true, false) if !replied => "SH",
            (true, false, false, false) if !replied => "S0",
            (false, true, false, true) => "SHR",
            _ => "OTH",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_those_of_the_documentation() {
        for (history, last, expected) in [
            ("S", "syn-sent", "S0"),
            ("ShA", "established", "S1"),
            ("ShADad", "established", "S1"),
            ("ShADadFf", "time-wait", "SF"),
            ("ShADadfF", "time-wait", "SF"),
            ("Sr", "reset", "REJ"),
            ("ShAF", "fin-wait-1", "S2"),
            ("ShADadf", "fin-wait-2", "S3"),
            ("ShADadR", "reset", "RSTO"),
            ("ShR", "reset", "RSTO"),
            ("ShADadr", "reset", "RSTR"),
            ("ShADadRr", "reset", "RSTO"),
            ("SR", "reset", "RSTOS0"),
            ("hr", "reset", "RSTRH"),
            ("SF", "fin-wait-1", "SH"),
            ("hf", "fin-wait-1", "SHR"),
            ("ADad", "established", "OTH"),
            ("ADadFf", "time-wait", "OTH"),
            ("Sh", "syn-received", "OTH"),
            ("Sad", "established", "OTH"),
            ("", "established", "OTH"),
            // The end had no room.
            ("ShADadTtGgWw", "time-wait", "SF"),
            ("ShADadTtGgWw", "reset", "OTH"),
        ] {
            assert_eq!(tcp_state(history, last), expected, "{history} {last}");
        }
    }
}
