use crate::VlanTag;
use crate::ah::Ah;
use crate::arp::Arp;
use crate::capwap::Capwap;
use crate::chdlc::Chdlc;
use crate::dccp::Dccp;
use crate::erspan::Erspan;
use crate::esp::Esp;
use crate::ethernet::Ethernet;
use crate::fabric_path::FabricPath;
use crate::geneve::Geneve;
use crate::gre::Gre;
use crate::gtpu::GtpU;
use crate::icmp::Icmp;
use crate::icmpv6::Icmpv6;
use crate::ieee80211::Ieee80211;
use crate::igmp::Igmp;
use crate::ipv4::Ipv4;
use crate::ipv6::{Extension, Ipv6};
use crate::l2tp::{L2tp, L2tp3};
use crate::llc::Llc;
use crate::mpls::{ControlWord, Mpls};
use crate::null::Null;
use crate::ppi::Ppi;
use crate::ppp::Ppp;
use crate::pppoe::Pppoe;
use crate::radiotap::Radiotap;
use crate::sctp::{Chunks, Sctp};
use crate::sll::Sll;
use crate::sll2::Sll2;
use crate::tcp::Tcp;
use crate::teredo::Teredo;
use crate::udp::Udp;
use crate::udp_lite::UdpLite;
use crate::vxlan::Vxlan;

/// A header that the walk down a frame met, see [`crate::Packet::headers`].
#[derive(Clone, Debug)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum Header<'a> {
    Ethernet(Ethernet<'a>),
    /// In the frame, or taken out of it by the kernel.
    Vlan(VlanTag),
    Llc(Llc<'a>),
    FabricPath(FabricPath<'a>),
    Mpls(Mpls<'a>),
    /// Between MPLS labels and an Ethernet frame.
    ControlWord(ControlWord<'a>),
    Pppoe(Pppoe<'a>),
    Ppp(Ppp),
    Chdlc(Chdlc<'a>),
    Null(Null<'a>),
    Sll(Sll<'a>),
    Sll2(Sll2<'a>),
    Ppi(Ppi<'a>),
    Radiotap(Radiotap<'a>),
    Ieee80211(Ieee80211<'a>),
    Arp(Arp<'a>),
    Ipv4(Ipv4<'a>),
    Ipv6(Ipv6<'a>),
    Ipv6Extension(Extension<'a>),
    Tcp(Tcp<'a>),
    Udp(Udp<'a>),
    UdpLite(UdpLite<'a>),
    Sctp(Sctp<'a>, Chunks<'a>),
    Dccp(Dccp<'a>),
    Icmp(Icmp<'a>),
    Icmpv6(Icmpv6<'a>),
    Igmp(Igmp<'a>),
    Esp(Esp<'a>),
    Ah(Ah<'a>),
    Gre(Gre<'a>),
    Erspan(Erspan<'a>),
    Vxlan(Vxlan<'a>),
    Geneve(Geneve<'a>),
    GtpU(GtpU<'a>),
    Teredo(Teredo<'a>),
    Capwap(Capwap<'a>),
    L2tp(L2tp),
    L2tp3(L2tp3<'a>),
}
