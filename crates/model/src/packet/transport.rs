use serde_json::{Value, json};
use wire::Header;
use wire::sctp::{Chunk, Chunks, Sctp};
use wire::tcp::{Opt, Tcp, flag};

use super::layer::{Layer, hex, hex16};

/// Transport headers.
pub(super) fn layer(header: &Header<'_>) -> Option<Layer> {
    Some(match header {
        Header::Tcp(h) => tcp(h),
        Header::Udp(h) => Layer::named("udp")
            .with("src_port", h.src_port())
            .with("dst_port", h.dst_port())
            .with("length_bytes", h.length())
            .with("checksum", hex16(h.checksum())),
        Header::UdpLite(h) => Layer::named("udp-lite")
            .with("src_port", h.src_port())
            .with("dst_port", h.dst_port())
            .with("checksum_coverage_bytes", h.checksum_coverage())
            .with("checksum", hex16(h.checksum())),
        Header::Sctp(h, chunks) => sctp(h, chunks.clone()),
        Header::Dccp(h) => Layer::named("dccp")
            .with("src_port", h.src_port())
            .with("dst_port", h.dst_port())
            .with("header_length_bytes", h.header_len())
            .with("ccval", h.ccval())
            .with("checksum_coverage", h.checksum_coverage())
            .with("checksum", hex16(h.checksum()))
            .with("type", h.kind())
            .with("extended", h.extended())
            .with("sequence", h.sequence())
            .with("service_code", h.service_code()),
        _ => return None,
    })
}

fn tcp(h: &Tcp<'_>) -> Layer {
    Layer::named("tcp")
        .with("src_port", h.src_port())
        .with("dst_port", h.dst_port())
        .with("seq", h.seq())
        .with("ack", h.ack())
        .with("header_length_bytes", h.data_offset())
        .with("reserved", h.reserved())
        .with("flags", flags(h.flags()))
        .with("window", h.window())
        .with("checksum", hex16(h.checksum()))
        .with("urgent_pointer", h.urgent())
        .list("options", h.options().map(option).collect())
}

fn flags(flags: u16) -> Vec<&'static str> {
    const NAMES: [(u16, &str); 9] = [
        (flag::FIN, "fin"),
        (flag::SYN, "syn"),
        (flag::RST, "rst"),
        (flag::PSH, "psh"),
        (flag::ACK, "ack"),
        (flag::URG, "urg"),
        (flag::ECE, "ece"),
        (flag::CWR, "cwr"),
        (flag::AE, "ae"),
    ];
    NAMES.iter().filter(|(bit, _)| flags & bit != 0).map(|(_, name)| *name).collect()
}

fn option(option: Opt<'_>) -> Value {
    match option {
        Opt::Nop => json!({"nop": true}),
        Opt::MaxSegmentSize(bytes) => json!({"max_segment_size_bytes": bytes}),
        Opt::WindowScale(shift) => json!({"window_scale": shift}),
        Opt::SackPermitted => json!({"sack_permitted": true}),
        Opt::Sack(edges) => {
            let edges: Vec<_> = edges.as_chunks().0.iter().map(|edge| u32::from_be_bytes(*edge)).collect();
            json!({"sack": edges.as_chunks::<2>().0})
        }
        Opt::Timestamps { value, echo } => json!({"timestamp_value": value, "timestamp_echo": echo}),
        Opt::Md5(digest) => json!({"md5": hex(digest)}),
        Opt::UserTimeout { minutes, value } => {
            json!({"user_timeout_s": u32::from(value) * if minutes { 60 } else { 1 }})
        }
        Opt::Authentication { key_id, next_key_id, mac } => {
            json!({"authentication": {"key_id": key_id, "next_key_id": next_key_id, "mac": hex(mac)}})
        }
        Opt::Multipath { subtype, data } => json!({"multipath": {"subtype": subtype, "data": hex(data)}}),
        Opt::FastOpen(cookie) => json!({"fast_open_cookie": hex(cookie)}),
        Opt::Other { kind, data } => json!({"kind": kind, "data": hex(data)}),
        other => json!({"kind": other.kind()}),
    }
}

fn sctp(h: &Sctp<'_>, chunks: Chunks<'_>) -> Layer {
    Layer::named("sctp")
        .with("src_port", h.src_port())
        .with("dst_port", h.dst_port())
        .with("verification_tag", h.verification_tag())
        .with("checksum", format!("{:#010x}", h.checksum()))
        .list("chunks", chunks.map(|chunk| self::chunk(&chunk)).collect())
}

fn chunk(chunk: &Chunk<'_>) -> Value {
    let mut value = json!({"type": chunk.kind, "flags": chunk.flags, "length_bytes": chunk.length});
    if let (Some(data), Value::Object(fields)) = (chunk.data(), &mut value) {
        fields.insert("tsn".into(), json!(data.tsn));
        fields.insert("stream".into(), json!(data.stream));
        fields.insert("stream_sequence".into(), json!(data.stream_sequence));
        fields.insert("payload_protocol".into(), json!(data.protocol));
    }
    value
}
