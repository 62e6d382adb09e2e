use super::*;
use crate::packet::Net;
use crate::testing::{cat, ethernet, ipv4, ipv6, levels, small, small6, udp};
use crate::{Frame, Header, LinkType};

/// The inner level of `outer`, an IP packet: its tunnel and id, after checking what it carries.
fn carried(outer: &[u8]) -> Option<(Tunnel, u32)> {
    let levels = levels(LinkType::Raw, outer).unwrap();
    let inner = levels.get(1)?;
    assert_eq!((inner.src_port, inner.dst_port, inner.payload(outer)), (7, 9, &b"data"[..]));
    assert_eq!((inner.depth, levels.len()), (1, 2));
    Some((inner.tunnel, inner.tunnel_id))
}

fn over_udp(port: u16, header: &[u8], inner: &[u8]) -> Vec<u8> {
    ipv4(17, &udp(40000, port, &cat(&[header, inner])))
}

fn over_ip(protocol: u8, header: &[u8], inner: &[u8]) -> Vec<u8> {
    ipv4(protocol, &cat(&[header, inner]))
}

#[test]
fn ip_in_ip() {
    assert_eq!(carried(&ipv4(4, &small())), Some((Tunnel::IpInIp, 0)));
    assert_eq!(carried(&ipv4(41, &small6())), Some((Tunnel::SixInFour, 0)));
    assert_eq!(carried(&ipv6(4, &small())), Some((Tunnel::FourInSix, 0)));
    assert_eq!(carried(&ipv6(41, &small6())), Some((Tunnel::SixInSix, 0)));
}

#[test]
fn ip_in_ip_of_the_other_version() {
    assert_eq!(levels(LinkType::Raw, &ipv4(4, &small6())).unwrap_err(), Malformed::IpVersion);
}

#[test]
fn protocol_probes_carry_nothing() {
    for protocol in [4, 41, 47, 50, 51, 115] {
        assert_eq!(levels(LinkType::Raw, &ipv4(protocol, &[])).unwrap().len(), 1);
    }
}

#[test]
fn gre() {
    assert_eq!(carried(&over_ip(47, &[0, 0, 8, 0], &small())), Some((Tunnel::Gre, 0)));
    let keyed = [0xb0, 0, 0x86, 0xdd, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 1];
    assert_eq!(carried(&over_ip(47, &keyed, &small6())), Some((Tunnel::Gre, 7)));
    let bridged = ethernet(0x0800, &small());
    assert_eq!(carried(&over_ip(47, &[0, 0, 0x65, 0x58], &bridged)), Some((Tunnel::Gre, 0)));
    assert_eq!(carried(&over_ip(47, &[0, 0, 0x88, 0x47, 0, 1, 0x11, 64], &small())), Some((Tunnel::Gre, 0)));
    assert_eq!(carried(&over_ip(47, &[0, 0, 0x88, 0x3e, 0, 0, 0, 0], &small())), Some((Tunnel::Gre, 0)));
    // A keep-alive has protocol 0; a source route is refused.
    assert_eq!(carried(&over_ip(47, &[0, 0, 0, 0], &[])), None);
    assert_eq!(carried(&over_ip(47, &[0, 0, 8, 0], &[])), None);
    let routed = over_ip(47, &[0x40, 0, 8, 0, 0, 0, 0, 0], &small());
    assert_eq!(levels(LinkType::Raw, &routed).unwrap_err(), Malformed::TunnelHeader);
}

#[test]
fn pptp() {
    let ppp = cat(&[&[0xff, 0x03, 0x00, 0x21], &small()]);
    let with_length = |len: u8| [0x30, 0x01, 0x88, 0x0b, 0, len, 0, 5, 0, 0, 0, 1];
    let len = ppp.len() as u8;
    assert_eq!(carried(&over_ip(47, &with_length(len), &ppp)), Some((Tunnel::Gre, 5)));
    // Padding behind the payload length is none of it.
    let padded = cat(&[&ppp, &[0; 9]]);
    assert_eq!(carried(&over_ip(47, &with_length(len), &padded)), Some((Tunnel::Gre, 5)));
    // An acknowledgement alone, and a link control packet.
    assert_eq!(carried(&over_ip(47, &[0x20, 0x81, 0x88, 0x0b, 0, 0, 0, 5, 0, 0, 0, 1], &[])), None);
    assert_eq!(carried(&over_ip(47, &with_length(8), &[0xff, 3, 0xc0, 0x21, 9, 1, 0, 4])), None);
}

#[test]
fn erspan() {
    let frame = ethernet(0x0800, &small());
    assert_eq!(carried(&over_ip(47, &[0, 0, 0x88, 0xbe], &frame)), Some((Tunnel::Erspan, 0)));
    let two = [0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 0x64, 0x1a, 0x05, 0, 0, 0, 9];
    assert_eq!(carried(&over_ip(47, &two, &frame)), Some((Tunnel::Erspan, 0x205)));
    let three = [0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 0x64, 0, 7, 0, 0, 0, 9, 0, 0, 0, 0];
    assert_eq!(carried(&over_ip(47, &three, &frame)), Some((Tunnel::Erspan, 7)));
    let platform = cat(&[&three[..19], &[1], &[0; 8]]);
    assert_eq!(carried(&over_ip(47, &platform, &frame)), Some((Tunnel::Erspan, 7)));
    let ip = cat(&[&three[..18], &[2 << 2, 0]]);
    assert_eq!(carried(&over_ip(47, &ip, &small())), Some((Tunnel::Erspan, 7)));
    let wrong_version = cat(&[&two[..8], &[0x30], &two[9..]]);
    assert!(levels(LinkType::Raw, &over_ip(47, &wrong_version, &frame)).is_err());
}

#[test]
fn ah() {
    let transport = cat(&[&[17, 4, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], &[0xaa; 12]]);
    let packet = over_ip(51, &transport, &udp(7, 9, b"data"));
    assert_eq!(carried(&packet), Some((Tunnel::Ah, 256)));
    let inner = levels(LinkType::Raw, &packet).unwrap()[1];
    assert_eq!((inner.net, inner.ttl, inner.protocol, inner.bytes), (Net::Ipv4, 64, 17, packet.len() as u32));
    // In IPv6, options may stand behind it.
    let optioned = cat(&[&[60], &transport[1..], &[17, 0, 1, 4, 0, 0, 0, 0]]);
    assert_eq!(carried(&ipv6(51, &cat(&[&optioned, &udp(7, 9, b"data")]))), Some((Tunnel::Ah, 256)));
    // Tunnel mode: an IP packet of its own.
    let tunnel = cat(&[&[4], &transport[1..], &small()]);
    let levels = levels(LinkType::Raw, &ipv4(51, &tunnel)).unwrap();
    assert_eq!(
        levels.iter().map(|l| l.tunnel).collect::<Vec<_>>(),
        [Tunnel::None, Tunnel::Ah, Tunnel::IpInIp]
    );
}

#[test]
fn vxlan() {
    let frame = ethernet(0x0800, &small());
    for port in [4789, 8472] {
        let header = [8, 0, 0, 0, 0, 1, 2, 0];
        assert_eq!(carried(&over_udp(port, &header, &frame)), Some((Tunnel::Vxlan, 0x102)));
    }
    assert_eq!(carried(&over_udp(4789, &[0x88, 8, 0, 9, 0, 1, 2, 0], &frame)), Some((Tunnel::Vxlan, 0x102)));
    for near_miss in [
        [0, 0, 0, 0, 0, 1, 2, 0],
        [8, 0, 0, 1, 0, 1, 2, 0],
        [8, 0, 0, 0, 0, 1, 2, 1],
        [0x18, 0, 0, 0, 0, 1, 2, 0],
    ] {
        assert_eq!(carried(&over_udp(4789, &near_miss, &frame)), None);
    }
    // The sender's port is random; it may well be that of VXLAN.
    let answer = ipv4(17, &udp(4789, 53, &cat(&[&[8, 0, 0, 0, 0, 1, 2, 0], &frame])));
    assert_eq!(carried(&answer), None);
    assert_eq!(carried(&over_udp(4789, &[8, 0, 0, 0, 0, 1, 2, 0], &frame[..13])), None);
}

#[test]
fn vxlan_gpe() {
    assert_eq!(carried(&over_udp(4790, &[0x0c, 0, 0, 1, 0, 0, 5, 0], &small())), Some((Tunnel::Vxlan, 5)));
    assert_eq!(carried(&over_udp(4790, &[0x0c, 0, 0, 2, 0, 0, 5, 0], &small6())), Some((Tunnel::Vxlan, 5)));
    let frame = ethernet(0x86dd, &small6());
    assert_eq!(carried(&over_udp(4790, &[0x0c, 0, 0, 3, 0, 0, 5, 0], &frame)), Some((Tunnel::Vxlan, 5)));
    for near_miss in [[0x08, 0, 0, 1, 0, 0, 5, 0], [0x0d, 0, 0, 1, 0, 0, 5, 0], [0x0c, 0, 0, 4, 0, 0, 5, 0]] {
        assert_eq!(carried(&over_udp(4790, &near_miss, &small())), None);
    }
}

#[test]
fn geneve() {
    let frame = ethernet(0x0800, &small());
    assert_eq!(carried(&over_udp(6081, &[0, 0, 0x65, 0x58, 0, 0, 9, 0], &frame)), Some((Tunnel::Geneve, 9)));
    let with_option = [2, 0x40, 0x08, 0, 0, 0, 9, 0, 1, 3, 0x80, 1, 0, 0, 0, 1];
    assert_eq!(carried(&over_udp(6081, &with_option, &small())), Some((Tunnel::Geneve, 9)));
    // An option longer than the options, a control message, another version, a reserved bit.
    let mut broken = with_option;
    broken[11] = 2;
    assert_eq!(carried(&over_udp(6081, &broken, &small())), None);
    for near_miss in [
        [0, 0x80, 8, 0, 0, 0, 9, 0],
        [0x40, 0, 8, 0, 0, 0, 9, 0],
        [0, 1, 8, 0, 0, 0, 9, 0],
        [0, 0, 9, 0, 0, 0, 9, 0],
    ] {
        assert_eq!(carried(&over_udp(6081, &near_miss, &small())), None);
    }
}

#[test]
fn gtp_u() {
    let len = small().len() as u8;
    assert_eq!(carried(&over_udp(2152, &[0x30, 255, 0, len, 0, 0, 0, 5], &small())), Some((Tunnel::GtpU, 5)));
    let extended = [0x34, 255, 0, len + 8, 0, 0, 0, 5, 0, 0, 0, 0x85, 1, 0x10, 9, 0];
    assert_eq!(carried(&over_udp(2152, &extended, &small())), Some((Tunnel::GtpU, 5)));
    let mut endless = extended;
    endless[15] = 0x85;
    let near_misses = [
        over_udp(2152, &[0x30, 1, 0, len, 0, 0, 0, 5], &small()),
        over_udp(2152, &[0x38, 255, 0, len, 0, 0, 0, 5], &small()),
        over_udp(2152, &[0x30, 255, 0, len + 1, 0, 0, 0, 5], &small()),
        over_udp(2152, &[0x50, 255, 0, len, 0, 0, 0, 5], &small()),
        over_udp(2152, &[0x30, 255, 0, len, 0, 0, 0, 5], &[0x55; 32]),
        over_udp(2152, &endless, &small()),
    ];
    for near_miss in near_misses {
        assert_eq!(carried(&near_miss), None);
    }
}

#[test]
fn teredo() {
    assert_eq!(carried(&over_udp(3544, &[], &small6())), Some((Tunnel::Teredo, 0)));
    let origin = [0, 0, 0x12, 0x34, 1, 2, 3, 4];
    assert_eq!(carried(&ipv4(17, &udp(3544, 5555, &cat(&[&origin, &small6()])))), Some((Tunnel::Teredo, 0)));
    let authenticated = cat(&[&[0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0], &origin]);
    assert_eq!(carried(&over_udp(3544, &authenticated, &small6())), Some((Tunnel::Teredo, 0)));
    let mut stranger = small6();
    stranger[10] = 9;
    assert_eq!(carried(&over_udp(3544, &[], &stranger)), None);
    assert_eq!(carried(&over_udp(3544, &[], &small6()[..50])), None);
    assert_eq!(carried(&over_udp(3544, &[], &small())), None);
}

#[test]
fn l2tp_2() {
    let ppp = cat(&[&[0xff, 0x03, 0x00, 0x21], &small()]);
    let len = 8 + ppp.len() as u8;
    let id = 0x0001_0002;
    assert_eq!(carried(&over_udp(1701, &[0x40, 2, 0, len, 0, 1, 0, 2], &ppp)), Some((Tunnel::L2tp, id)));
    let full = [0x4a, 2, 0, len + 8, 0, 1, 0, 2, 0, 0, 0, 0, 0, 2, 9, 9];
    assert_eq!(carried(&over_udp(1701, &full, &ppp)), Some((Tunnel::L2tp, id)));
    let compressed = cat(&[&[0x21], &small()]);
    assert_eq!(carried(&over_udp(1701, &[0, 2, 0, 1, 0, 2], &compressed)), Some((Tunnel::L2tp, id)));
    let near_misses = [
        over_udp(1701, &[0x40, 2, 0, len + 1, 0, 1, 0, 2], &ppp),
        over_udp(1701, &[0x50, 2, 0, len, 0, 1, 0, 2], &ppp),
        over_udp(1701, &[0x40, 2, 0, len, 0, 1, 0, 0], &ppp),
        over_udp(1701, &[0xc8, 2, 0, len + 4, 0, 1, 0, 2, 0, 0, 0, 0], &ppp),
        over_udp(1701, &[0x40, 2, 0, 16, 0, 1, 0, 2], &[0xff, 3, 0xc0, 0x21, 9, 1, 0, 4]),
        over_udp(1701, &[0, 2, 0, 1, 0, 2], &cat(&[&[0x21], &small6()])),
    ];
    for near_miss in near_misses {
        assert_eq!(carried(&near_miss), None);
    }
}

#[test]
fn l2tp_3() {
    let frame = ethernet(0x0800, &small());
    for cookie in [0, 4, 8] {
        let header = cat(&[&[0, 0, 0, 7], &[0xc0; 8][..cookie]]);
        assert_eq!(carried(&over_ip(115, &header, &frame)), Some((Tunnel::L2tp, 7)));
        assert_eq!(carried(&over_ip(115, &header, &small())), Some((Tunnel::L2tp, 7)));
        let over = cat(&[&[0, 3, 0, 0], &header]);
        assert_eq!(carried(&over_udp(1701, &over, &frame)), Some((Tunnel::L2tp, 7)));
    }
    assert_eq!(carried(&over_ip(115, &[0, 0, 0, 0], &frame)), None);
    assert_eq!(carried(&over_ip(115, &[0, 0, 0, 7], &[0x11; 40])), None);
}

#[test]
fn later_fragments_have_no_tunnel_header() {
    let mut packet = ipv4(4, &small());
    packet[6..8].copy_from_slice(&[0, 1]);
    assert_eq!(levels(LinkType::Raw, &packet).unwrap().len(), 1);
}

#[test]
fn nesting_is_bounded() {
    let mut packet = small();
    for _ in 0..40 {
        packet = ipv4(4, &packet);
    }
    let levels = levels(LinkType::Raw, &packet).unwrap();
    assert_eq!(levels.len(), 1 + usize::from(Packet::MAX_DEPTH));
    let mut headers = 0;
    Packet::headers(&Frame::whole(LinkType::Raw, &packet), |_| headers += 1).unwrap();
    assert_eq!(headers, levels.len());
}

#[test]
fn headers_are_met_in_order() {
    let vxlan =
        over_udp(4789, &[8, 0, 0, 0, 0, 1, 2, 0], &ethernet(0x8100, &cat(&[&[0, 5, 8, 0], &small()])));
    let frame = ethernet(0x0800, &vxlan);
    let mut met = Vec::new();
    Packet::headers(&Frame::whole(LinkType::Ethernet, &frame), |header| {
        met.push(match header {
            Header::Ethernet(_) => "ethernet",
            Header::Ipv4(_) => "ipv4",
            Header::Udp(_) => "udp",
            Header::Vxlan(_) => "vxlan",
            Header::Vlan(_) => "vlan",
            _ => "another",
        });
    })
    .unwrap();
    assert_eq!(met, ["ethernet", "ipv4", "udp", "vxlan", "ethernet", "vlan", "ipv4", "udp"]);
}
