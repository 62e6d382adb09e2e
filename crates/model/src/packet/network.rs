use serde_json::{Value, json};
use wire::Header;
use wire::arp::Arp;
use wire::icmp::Icmp;
use wire::icmpv6::Icmpv6;
use wire::igmp::{Igmp, Record};
use wire::ipv4::Ipv4;
use wire::ipv6::{Extension, Ipv6};
use wire::ndp::{self, Ndp};

use super::layer::{Layer, hex, hex16, quoted};

/// ARP, IP and the protocols that belong to IP.
pub(super) fn layer(header: &Header<'_>) -> Option<Layer> {
    Some(match header {
        Header::Arp(h) => arp(h),
        Header::Ipv4(h) => ipv4(h),
        Header::Ipv6(h) => ipv6(h),
        Header::Ipv6Extension(h) => extension(h),
        Header::Icmp(h) => icmp_header(h).list("quoted", h.quoted().map(quoted).unwrap_or_default()),
        Header::Icmpv6(h) => icmpv6_header(h).list("quoted", h.quoted().map(quoted).unwrap_or_default()),
        Header::Igmp(h) => igmp(h),
        _ => return None,
    })
}

fn arp(h: &Arp<'_>) -> Layer {
    let layer = Layer::named("arp")
        .with("hardware_type", h.hardware_type())
        .with("protocol_type", hex16(h.protocol_type()))
        .with("hardware_length_bytes", h.hardware_len())
        .with("protocol_length_bytes", h.protocol_len())
        .with("operation", h.operation());
    match h.sender().zip(h.target()) {
        Some((sender, target)) => layer
            .with("sender_mac", sender.0.to_string())
            .with("sender_ip", sender.1)
            .with("target_mac", target.0.to_string())
            .with("target_ip", target.1),
        None => layer
            .with("sender_hardware", hex(h.sender_hardware()))
            .with("sender_protocol", hex(h.sender_protocol()))
            .with("target_hardware", hex(h.target_hardware()))
            .with("target_protocol", hex(h.target_protocol())),
    }
}

fn ipv4(h: &Ipv4<'_>) -> Layer {
    let options = h.options().map(|option| {
        let route: Vec<_> = option.route().collect();
        match route.is_empty() {
            true => json!({"type": option.kind, "data": hex(option.data)}),
            false => json!({"type": option.kind, "data": hex(option.data), "route": route}),
        }
    });
    Layer::named("ipv4")
        .with("version", h.version())
        .with("header_length_bytes", h.header_len())
        .with("dscp", h.dscp())
        .with("ecn", h.ecn())
        .with("total_length_bytes", h.total_len())
        .with("id", h.id())
        .with("reserved_flag", h.reserved_flag())
        .with("dont_fragment", h.dont_fragment())
        .with("more_fragments", h.more_fragments())
        .with("fragment_offset_bytes", h.fragment_offset())
        .with("ttl", h.ttl())
        .with("protocol", h.protocol())
        .with("checksum", hex16(h.checksum()))
        .with("checksum_ok", h.checksum_ok())
        .with("src_ip", h.source())
        .with("dst_ip", h.destination())
        .list("options", options.collect())
}

fn ipv6(h: &Ipv6<'_>) -> Layer {
    Layer::named("ipv6")
        .with("version", h.version())
        .with("dscp", h.traffic_class() >> 2)
        .with("ecn", h.traffic_class() & 3)
        .with("flow_label", h.flow_label())
        .with("payload_length_bytes", h.payload_len())
        .with("next_header", h.next_header())
        .with("hop_limit", h.hop_limit())
        .with("src_ip", h.source())
        .with("dst_ip", h.destination())
}

fn extension(h: &Extension<'_>) -> Layer {
    let (routing_type, segments_left) = h.routing().unzip();
    let fragment = h.fragment();
    let route: Vec<_> = h.route().map(|address| json!(address)).collect();
    Layer::named("ipv6-extension")
        .with("type", h.kind)
        .with("next_header", h.next_header)
        .with("length_bytes", h.bytes.len())
        .with("fragment_offset_bytes", fragment.map(|f| f.offset))
        .with("more_fragments", fragment.map(|f| f.more))
        .with("id", fragment.map(|f| f.id))
        .with("routing_type", routing_type)
        .with("segments_left", segments_left)
        .list("route", route)
        .with("router_alert", h.router_alert())
        .with("jumbo_length_bytes", h.jumbo_length())
        .list("options", h.options().map(|(kind, data)| json!({"type": kind, "data": hex(data)})).collect())
}

/// An ICMP message without the packet that it may quote.
pub(super) fn icmp_header(h: &Icmp<'_>) -> Layer {
    let (id, sequence) = h.echo().unzip();
    let [originate, receive, transmit] = h.timestamps_ms().map_or([None; 3], |times| times.map(Some));
    let routers = h.routers().map(|(ip, preference)| json!({"ip": ip, "preference": preference}));
    Layer::named("icmp")
        .with("type", h.kind())
        .with("code", h.code())
        .with("checksum", hex16(h.checksum()))
        .with("rest_of_header", hex(&h.rest_of_header()))
        .with("id", id)
        .with("sequence", sequence)
        .with("gateway_ip", h.gateway())
        .with("next_hop_mtu_bytes", h.next_hop_mtu())
        .with("pointer", h.pointer())
        .with("originate_time_ms", originate)
        .with("receive_time_ms", receive)
        .with("transmit_time_ms", transmit)
        .with("address_mask", h.address_mask())
        .with("router_lifetime_s", h.router_lifetime_s())
        .list("routers", routers.collect())
        .list("extensions", objects(h.extensions()))
}

/// An ICMPv6 message without the packet that it may quote.
pub(super) fn icmpv6_header(h: &Icmpv6<'_>) -> Layer {
    let (id, sequence) = h.echo().unzip();
    let layer = Layer::named("icmpv6")
        .with("type", h.kind())
        .with("code", h.code())
        .with("checksum", hex16(h.checksum()))
        .with("rest_of_header", hex(&h.rest_of_header()))
        .with("id", id)
        .with("sequence", sequence)
        .with("next_hop_mtu_bytes", h.next_hop_mtu())
        .with("pointer", h.pointer())
        .with("maximum_response_code", h.maximum_response_code())
        .with("group_ip", h.group())
        .list("query_sources", h.query_sources().map(|ip| json!(ip)).collect())
        .list("records", h.records().map(|r| record(&r)).collect())
        .list("extensions", objects(h.extensions()));
    match Ndp::parse(h) {
        Some((message, options)) => {
            neighbor(layer, &message).list("options", options.map(ndp_option).collect())
        }
        None => layer,
    }
}

fn objects<'a>(objects: impl Iterator<Item = (u8, u8, &'a [u8])>) -> Vec<Value> {
    objects.map(|(class, kind, data)| json!({"class": class, "type": kind, "data": hex(data)})).collect()
}

fn neighbor(layer: Layer, message: &Ndp) -> Layer {
    match *message {
        Ndp::RouterAdvertisement {
            hop_limit,
            managed,
            other,
            home_agent,
            preference,
            router_lifetime_s,
            reachable_ms,
            retransmit_ms,
        } => layer
            .with("hop_limit", hop_limit)
            .with("managed", managed)
            .with("other_configuration", other)
            .with("home_agent", home_agent)
            .with("preference", preference)
            .with("router_lifetime_s", router_lifetime_s)
            .with("reachable_ms", reachable_ms)
            .with("retransmit_ms", retransmit_ms),
        Ndp::NeighborSolicitation { target } => layer.with("target_ip", target),
        Ndp::NeighborAdvertisement { router, solicited, overrides, target } => layer
            .with("router", router)
            .with("solicited", solicited)
            .with("override", overrides)
            .with("target_ip", target),
        Ndp::Redirect { target, destination } => {
            layer.with("target_ip", target).with("destination_ip", destination)
        }
        _ => layer,
    }
}

fn ndp_option(option: ndp::Opt<'_>) -> Value {
    match option {
        ndp::Opt::SourceLinkAddress(mac) => json!({"source_mac": mac.to_string()}),
        ndp::Opt::TargetLinkAddress(mac) => json!({"target_mac": mac.to_string()}),
        ndp::Opt::Prefix(p) => json!({
            "prefix": p.prefix,
            "prefix_length_bits": p.length,
            "on_link": p.on_link,
            "autonomous": p.autonomous,
            "valid_lifetime_s": p.valid_lifetime_s,
            "preferred_lifetime_s": p.preferred_lifetime_s,
        }),
        ndp::Opt::RedirectedPacket(packet) => json!({"redirected": quoted(packet)}),
        ndp::Opt::Mtu(mtu) => json!({"mtu_bytes": mtu}),
        ndp::Opt::DnsServers { lifetime_s, addresses } => {
            json!({"dns_servers": ndp::addresses(addresses).collect::<Vec<_>>(), "lifetime_s": lifetime_s})
        }
        ndp::Opt::DnsSearchList { lifetime_s, names } => {
            json!({"dns_search_list": hex(names), "lifetime_s": lifetime_s})
        }
        ndp::Opt::Other { kind, data } => json!({"type": kind, "data": hex(data)}),
        _ => Value::Null,
    }
}

fn igmp(h: &Igmp<'_>) -> Layer {
    Layer::named("igmp")
        .with("type", h.kind())
        .with("version", h.version())
        .with("maximum_response_code", h.maximum_response_code())
        .with("checksum", hex16(h.checksum()))
        .with("group_ip", h.group())
        .with("suppress", h.suppress())
        .with("robustness", h.robustness())
        .with("query_interval_code", h.query_interval_code())
        .list("query_sources", h.query_sources().map(|ip| json!(ip)).collect())
        .list("records", h.records().map(|r| record(&r)).collect())
}

fn record<const N: usize>(record: &Record<'_, N>) -> Value
where
    std::net::IpAddr: From<[u8; N]>,
{
    let ip = |bytes: &[u8; N]| std::net::IpAddr::from(*bytes);
    json!({
        "type": record.kind,
        "group_ip": ip(record.group),
        "sources": record.sources.iter().map(ip).collect::<Vec<_>>(),
        "auxiliary": hex(record.auxiliary),
    })
}
