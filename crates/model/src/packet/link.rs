use serde_json::json;
use wire::Header;
use wire::ieee80211::Ieee80211;
use wire::radiotap::Radiotap;

use super::layer::{Layer, hex, hex16};

/// Link headers and what lies between them and IP.
pub(super) fn layer(header: &Header<'_>) -> Option<Layer> {
    Some(match header {
        Header::Ethernet(h) => Layer::named("ethernet")
            .with("dst_mac", h.destination().to_string())
            .with("src_mac", h.source().to_string())
            .with("ethertype", h.length().is_none().then(|| hex16(h.type_or_length())))
            .with("length_bytes", h.length()),
        Header::Vlan(h) => Layer::named("vlan")
            .with("tpid", hex16(h.tpid))
            .with("priority", h.priority())
            .with("drop_eligible", h.drop_eligible())
            .with("id", h.id()),
        Header::Llc(h) => Layer::named("llc")
            .with("dsap", h.dsap())
            .with("ssap", h.ssap())
            .with("control", h.control())
            .with("snap_oui", h.snap_oui().map(|oui| hex(&oui)))
            .with("snap_protocol", h.snap_protocol().map(hex16)),
        Header::FabricPath(h) => {
            Layer::named("fabric-path").with("forwarding_tag", h.forwarding_tag()).with("ttl", h.ttl())
        }
        Header::Mpls(h) => Layer::named("mpls")
            .with("label", h.label())
            .with("traffic_class", h.traffic_class())
            .with("bottom_of_stack", h.bottom_of_stack())
            .with("ttl", h.ttl()),
        Header::ControlWord(h) => Layer::named("pseudowire-control-word")
            .with("flags", h.flags())
            .with("fragmentation", h.fragmentation())
            .with("length_bytes", h.length())
            .with("sequence", h.sequence()),
        Header::Pppoe(h) => Layer::named("pppoe")
            .with("version", h.version())
            .with("type", h.kind())
            .with("code", h.code())
            .with("session_id", h.session_id())
            .with("length_bytes", h.length()),
        Header::Ppp(h) => Layer::named("ppp")
            .with("address_control", h.address_control.map(|bytes| hex(&bytes)))
            .with("protocol", hex16(h.protocol)),
        Header::Chdlc(h) => Layer::named("cisco-hdlc")
            .with("address", h.address())
            .with("control", h.control())
            .with("protocol", hex16(h.protocol())),
        Header::Null(h) => Layer::named("loopback").with("family", h.family()),
        Header::Sll(h) => Layer::named("linux-sll")
            .with("packet_type", h.packet_type())
            .with("hardware_type", h.hardware_type())
            .with("address_length_bytes", h.address_len())
            .with("address", hex(h.address()))
            .with("protocol", hex16(h.protocol())),
        Header::Sll2(h) => Layer::named("linux-sll2")
            .with("protocol", hex16(h.protocol()))
            .with("interface_index", h.interface_index())
            .with("hardware_type", h.hardware_type())
            .with("packet_type", h.packet_type())
            .with("address_length_bytes", h.address_len())
            .with("address", hex(h.address())),
        Header::Ppi(h) => Layer::named("ppi")
            .with("version", h.version())
            .with("flags", h.flags())
            .with("header_length_bytes", h.header_len())
            .with("link_type", h.link_type())
            .list(
                "fields",
                h.fields().map(|(kind, data)| json!({"type": kind, "data": hex(data)})).collect(),
            ),
        Header::Radiotap(h) => radiotap(h),
        Header::Ieee80211(h) => ieee80211(h),
        _ => return None,
    })
}

fn radiotap(h: &Radiotap<'_>) -> Layer {
    let (frequency, channel_flags) = h.channel_mhz().unzip();
    Layer::named("radiotap")
        .with("version", h.version())
        .with("header_length_bytes", h.header_len())
        .with("present", h.present())
        .with("tsft_us", h.tsft_us())
        .with("flags", h.flags())
        .with("rate_mbps", h.rate_500kbps().map(|rate| f64::from(rate) / 2.0))
        .with("channel_mhz", frequency)
        .with("channel_flags", channel_flags)
        .with("signal_dbm", h.signal_dbm())
        .with("noise_dbm", h.noise_dbm())
        .with("tx_power_dbm", h.tx_power_dbm())
        .with("antenna", h.antenna())
        .with("rx_flags", h.rx_flags())
        .with("tx_flags", h.tx_flags())
        .with(
            "mcs",
            h.mcs().map(|(known, flags, index)| json!({"known": known, "flags": flags, "index": index})),
        )
        .list("fields", h.fields().map(|(bit, data)| json!({"bit": bit, "data": hex(data)})).collect())
}

fn ieee80211(h: &Ieee80211<'_>) -> Layer {
    Layer::named("ieee80211")
        .with("version", h.version())
        .with("type", h.kind())
        .with("subtype", h.subtype())
        .with("to_ds", h.to_ds())
        .with("from_ds", h.from_ds())
        .with("more_fragments", h.more_fragments())
        .with("retry", h.retry())
        .with("power_management", h.power_management())
        .with("more_data", h.more_data())
        .with("protected", h.protected())
        .with("order", h.order())
        .with("duration_us", h.duration())
        .with("address1", h.address1().to_string())
        .with("address2", h.address2().map(|mac| mac.to_string()))
        .with("address3", h.address3().map(|mac| mac.to_string()))
        .with("fragment_number", h.fragment_number())
        .with("sequence_number", h.sequence_number())
        .with("address4", h.address4().map(|mac| mac.to_string()))
        .with("qos_control", h.qos_control())
        .with("ht_control", h.ht_control())
        .with("src_mac", h.source().map(|mac| mac.to_string()))
        .with("dst_mac", h.destination().map(|mac| mac.to_string()))
}
