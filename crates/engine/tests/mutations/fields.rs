//! Reads every field of a header, for none of them may fail.

use std::hint::black_box;

use wire::{Header, icmpv6, igmp, ndp, pppoe, tcp};

/// Calls the named methods and lets the compiler throw none of it away.
macro_rules! read {
    ($view:expr, $($field:ident)+) => {
        {
            $(let _ = black_box($view.$field());)+
        }
    };
}

/// Runs an iterator to its end, which must come: each item takes at least a byte.
fn walk<T>(items: impl Iterator<Item = T>) {
    let count = items.map(black_box).take(1 << 17).count();
    assert!(count < 1 << 17, "an iterator that does not end");
}

pub(crate) fn read(header: &Header<'_>) {
    match header {
        Header::Ethernet(h) => read!(h, destination source type_or_length length),
        Header::Vlan(h) => read!(h, id priority drop_eligible),
        Header::Llc(h) => {
            read!(h, dsap ssap control snap_oui snap_protocol header_len ethertype);
        }
        Header::FabricPath(h) => read!(h, forwarding_tag ttl),
        Header::Mpls(h) => read!(h, label traffic_class bottom_of_stack ttl),
        Header::ControlWord(h) => read!(h, flags fragmentation length sequence),
        Header::Pppoe(h) => read!(h, version kind code session_id length),
        Header::Ppp(h) => read!(h, ethertype),
        Header::Chdlc(h) => read!(h, address control protocol),
        Header::Null(h) => read!(h, family ethertype),
        Header::Sll(h) => read!(h, packet_type hardware_type address_len address source protocol),
        Header::Sll2(h) => {
            read!(h, protocol interface_index hardware_type packet_type address_len address source);
        }
        Header::Ppi(h) => {
            read!(h, version flags header_len link_type);
            walk(h.fields());
        }
        Header::Radiotap(h) => {
            read!(h, version header_len present tsft_us flags rate_500kbps channel_mhz signal_dbm noise_dbm
                tx_power_dbm antenna rx_flags tx_flags mcs);
            walk(h.fields());
        }
        Header::Ieee80211(h) => {
            read!(h, header_len version kind subtype to_ds from_ds more_fragments retry power_management
                more_data protected order duration address1 address2 address3 address4 fragment_number
                sequence_number qos_control aggregated ht_control source destination carries_llc);
        }
        Header::Arp(h) => {
            read!(h, hardware_type protocol_type hardware_len protocol_len operation sender_hardware
                sender_protocol target_hardware target_protocol sender target);
        }
        Header::Esp(h) => read!(h, spi sequence),
        Header::Ah(h) => read!(h, next_header header_len spi sequence icv),
        Header::Gre(h) => {
            read!(h, flags version protocol header_len checksum key payload_len call_id sequence ack);
        }
        Header::Erspan(h) => {
            read!(h, version vlan cos encapsulation truncated session_id index timestamp security_group
                frame_type hardware_id egress granularity platform header_len);
        }
        Header::Vxlan(h) => {
            read!(h, flags policy_flags group_policy_id next_protocol vni reserved is_plausible
                is_plausible_gpe);
        }
        Header::Geneve(h) => {
            read!(h, version header_len control critical protocol vni is_plausible);
            walk(h.options());
        }
        Header::GtpU(h) => {
            read!(h, version is_gtp kind length teid sequence n_pdu_number header_len is_plausible);
            walk(h.extensions());
        }
        Header::Teredo(h) => read!(h, header_len authentication origin),
        Header::Capwap(h) => {
            read!(h, header_len radio_id binding is_native is_fragment last_fragment keep_alive fragment_id
                fragment_offset radio_mac wireless_information is_plausible);
        }
        Header::L2tp(h) => read!(h, is_control is_plausible),
        Header::L2tp3(h) => read!(h, session_id header_len),
        above => ip_and_above(above),
    }
}

fn ip_and_above(header: &Header<'_>) {
    match header {
        Header::Ipv4(h) => {
            read!(h, version header_len dscp ecn total_len id reserved_flag dont_fragment more_fragments
                fragment_offset ttl protocol checksum checksum_ok source destination options_bytes);
            for option in h.options() {
                read!(option, router_alert);
                walk(option.route());
            }
        }
        Header::Ipv6(h) => {
            read!(h, version traffic_class flow_label payload_len next_header hop_limit source destination);
        }
        Header::Ipv6Extension(h) => {
            read!(h, fragment routing router_alert jumbo_length);
            walk(h.route());
            walk(h.options());
        }
        Header::Tcp(h) => {
            read!(h, src_port dst_port seq ack data_offset header_len reserved flags window checksum urgent);
            walk(h.options().map(|option| option.kind()));
            black_box(tcp::timestamps(h.options_bytes()));
        }
        Header::Udp(h) => read!(h, src_port dst_port length checksum),
        Header::UdpLite(h) => read!(h, src_port dst_port checksum_coverage checksum),
        Header::Sctp(h, chunks) => {
            read!(h, src_port dst_port verification_tag checksum);
            walk(chunks.clone().map(|chunk| chunk.data().map(|data| data.payload.len())));
        }
        Header::Dccp(h) => {
            read!(h, src_port dst_port header_len ccval checksum_coverage checksum kind extended sequence
                service_code);
        }
        Header::Icmp(h) => {
            read!(h, kind code checksum rest_of_header body echo gateway next_hop_mtu pointer timestamps_ms
                address_mask router_lifetime_s is_error quoted);
            walk(h.routers());
            walk(h.extensions());
        }
        Header::Icmpv6(h) => icmpv6(h),
        Header::Igmp(h) => {
            read!(h, kind version maximum_response_code checksum group suppress robustness
                query_interval_code);
            walk(h.query_sources());
            walk(h.records().map(|r: igmp::Record<'_, 4>| (r.kind, r.sources.len(), r.auxiliary.len())));
        }
        _ => {}
    }
}

fn icmpv6(h: &icmpv6::Icmpv6<'_>) {
    read!(h, kind code checksum rest_of_header body echo next_hop_mtu pointer is_error quoted
        maximum_response_code group);
    walk(h.extensions());
    walk(h.records());
    walk(h.query_sources());
    if let Some((message, options)) = ndp::Ndp::parse(h) {
        black_box(message);
        walk(options);
    }
    // PPPoE's tags and the address lists of NDP are read by their users; any bytes will do.
    walk(pppoe::Tags::new(h.body()));
    walk(ndp::addresses(h.body()));
}
