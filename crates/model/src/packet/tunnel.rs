use serde_json::json;
use wire::Header;

use super::layer::{Layer, hex, hex16};

/// Tunnel and security headers.
pub(super) fn layer(header: &Header<'_>) -> Option<Layer> {
    Some(match header {
        Header::Gre(h) => Layer::named("gre")
            .with("flags", hex16(h.flags()))
            .with("version", h.version())
            .with("protocol", hex16(h.protocol()))
            .with("checksum", h.checksum().map(hex16))
            .with("key", h.key())
            .with("payload_length_bytes", h.payload_len())
            .with("call_id", h.call_id())
            .with("sequence", h.sequence())
            .with("ack", h.ack()),
        Header::Erspan(h) => Layer::named("erspan")
            .with("version", h.version())
            .with("vlan", h.vlan())
            .with("cos", h.cos())
            .with("encapsulation", h.encapsulation())
            .with("truncated", h.truncated())
            .with("session_id", h.session_id())
            .with("index", h.index())
            .with("timestamp", h.timestamp())
            .with("security_group", h.security_group())
            .with("frame_type", h.frame_type())
            .with("hardware_id", h.hardware_id())
            .with("egress", h.egress())
            .with("granularity", h.granularity())
            .with("platform", h.platform().map(|bytes| hex(bytes))),
        Header::Vxlan(h) => Layer::named("vxlan")
            .with("flags", h.flags())
            .with("policy_flags", h.policy_flags())
            .with("group_policy_id", h.group_policy_id())
            .with("vni", h.vni()),
        Header::Geneve(h) => Layer::named("geneve")
            .with("version", h.version())
            .with("header_length_bytes", h.header_len())
            .with("control", h.control())
            .with("critical", h.critical())
            .with("protocol", hex16(h.protocol()))
            .with("vni", h.vni())
            .list(
                "options",
                h.options().map(|o| json!({"class": o.class, "type": o.kind, "data": hex(o.data)})).collect(),
            ),
        Header::GtpU(h) => Layer::named("gtp-u")
            .with("version", h.version())
            .with("type", h.kind())
            .with("length_bytes", h.length())
            .with("teid", h.teid())
            .with("sequence", h.sequence())
            .with("n_pdu_number", h.n_pdu_number())
            .list(
                "extensions",
                h.extensions().map(|(kind, content)| json!({"type": kind, "data": hex(content)})).collect(),
            ),
        Header::Teredo(h) => {
            let authentication = h.authentication().map(|a| {
                json!({
                    "client": hex(a.client),
                    "value": hex(a.value),
                    "nonce": a.nonce,
                    "confirmation": a.confirmation,
                })
            });
            let (origin_ip, origin_port) = h.origin().unzip();
            Layer::named("teredo")
                .with("authentication", authentication)
                .with("origin_ip", origin_ip)
                .with("origin_port", origin_port)
        }
        Header::Capwap(h) => Layer::named("capwap")
            .with("header_length_bytes", h.header_len())
            .with("radio_id", h.radio_id())
            .with("binding", h.binding())
            .with("native", h.is_native())
            .with("fragment", h.is_fragment())
            .with("last_fragment", h.last_fragment())
            .with("keep_alive", h.keep_alive())
            .with("fragment_id", h.fragment_id())
            .with("fragment_offset_bytes", h.fragment_offset())
            .with("radio_mac", h.radio_mac().map(hex))
            .with("wireless_information", h.wireless_information().map(hex)),
        Header::L2tp(h) => Layer::named("l2tp")
            .with("flags", hex16(h.flags))
            .with("control", h.is_control())
            .with("length_bytes", h.length)
            .with("tunnel_id", h.tunnel_id)
            .with("session_id", h.session_id)
            .with("sequence", h.sequence.map(|(sent, _)| sent))
            .with("next_sequence", h.sequence.map(|(_, expected)| expected))
            .with("offset_bytes", h.offset),
        Header::L2tp3(h) => Layer::named("l2tp3").with("session_id", h.session_id()),
        Header::Esp(h) => Layer::named("esp").with("spi", h.spi()).with("sequence", h.sequence()),
        Header::Ah(h) => Layer::named("ah")
            .with("next_header", h.next_header())
            .with("header_length_bytes", h.header_len())
            .with("spi", h.spi())
            .with("sequence", h.sequence())
            .with("icv", hex(h.icv())),
        _ => return None,
    })
}
