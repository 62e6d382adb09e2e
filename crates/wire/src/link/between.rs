//! What may lie between an EtherType and IP.

use crate::ethernet::Ethernet;
use crate::fabric_path::{self, FabricPath};
use crate::header::Header;
use crate::llc::Llc;
use crate::mpls::{self, ControlWord, Mpls};
use crate::ppp::Ppp;
use crate::pppoe::{self, Pppoe};
use crate::vlan;
use crate::walk::{Bytes, MAX_STEPS, Next, Step};
use crate::{Malformed, ether_type};

/// Walks over LLC/SNAP behind an 802.3 length, MPLS labels, PPPoE, FabricPath.
///
/// `None` if `ethertype` is none of these, or hides nothing that is decoded further.
pub(crate) fn step<'a>(
    ethertype: u16,
    bytes: &mut Bytes<'a>,
    at: usize,
    met: &mut impl FnMut(Header<'a>),
) -> Result<Option<Step>, Malformed> {
    match ethertype {
        length if length < ether_type::FIRST => {
            bytes.end_at(at + usize::from(length));
            Ok(llc(bytes.from(at), at, met))
        }
        ether_type::MPLS | ether_type::MPLS_UPSTREAM => mpls(*bytes, at, met).map(Some),
        ether_type::PPPOE_SESSION | ether_type::PPPOE_DISCOVERY => pppoe(bytes, at, met),
        ether_type::FABRIC_PATH => {
            let (header, _) = FabricPath::split(bytes.from(at)).ok_or(Malformed::LinkTruncated)?;
            met(Header::FabricPath(header));
            Ok(Some(Step { next: Next::Ethernet, at: at + fabric_path::LEN }))
        }
        _ => Ok(None),
    }
}

/// Walks over an LLC header; `None` if no EtherType follows from it.
pub(crate) fn llc<'a>(here: &'a [u8], at: usize, met: &mut impl FnMut(Header<'a>)) -> Option<Step> {
    // Novell's IPX without LLC begins with a checksum that it does not use.
    let (header, _) = Llc::split(here).filter(|_| !here.starts_with(&[0xff, 0xff]))?;
    let step =
        header.ethertype().map(|kind| Step { next: Next::EtherType(kind), at: at + header.header_len() });
    met(Header::Llc(header));
    step
}

fn mpls<'a>(bytes: Bytes<'a>, mut at: usize, met: &mut impl FnMut(Header<'a>)) -> Result<Step, Malformed> {
    for _ in 0..MAX_STEPS {
        let (entry, rest) = Mpls::split(bytes.from(at)).ok_or(Malformed::LinkTruncated)?;
        met(Header::Mpls(entry));
        at += mpls::LEN;
        if entry.bottom_of_stack() {
            return Ok(behind_labels(rest, at, met));
        }
    }
    Err(Malformed::TooDeep)
}

/// The labels do not say what they carry; like any router that hashes, look at the first nibble
/// (RFC 4928 s3). A pseudowire's control word begins with 0 (RFC 4385 s3), but an Ethernet
/// pseudowire may do without (RFC 4448 s4.6) and show a destination address there.
fn behind_labels<'a>(here: &'a [u8], at: usize, met: &mut impl FnMut(Header<'a>)) -> Step {
    let word = ControlWord::split(here).filter(|(word, frame)| {
        is_plausible_ethernet(frame) || word.flags() == 0 && !is_plausible_ethernet(here)
    });
    if let Some((word, _)) = word {
        met(Header::ControlWord(word));
        return Step { next: Next::Ethernet, at: at + mpls::LEN };
    }
    let next = match here.first().map(|b| b >> 4) {
        Some(4 | 6) => Next::Ip,
        _ if is_plausible_ethernet(here) => Next::Ethernet,
        _ => Next::End,
    };
    Step { next, at }
}

fn pppoe<'a>(
    bytes: &mut Bytes<'a>,
    at: usize,
    met: &mut impl FnMut(Header<'a>),
) -> Result<Option<Step>, Malformed> {
    let (header, _) = Pppoe::split(bytes.from(at)).ok_or(Malformed::LinkTruncated)?;
    let ppp_at = at + pppoe::LEN;
    bytes.end_at(ppp_at + usize::from(header.length()));
    let is_session = (header.version(), header.kind(), header.code()) == (1, 1, pppoe::CODE_SESSION);
    met(Header::Pppoe(header));
    Ok(if is_session { ppp(bytes.from(ppp_at), ppp_at, met) } else { None })
}

/// Walks over a PPP header inside something else; `None` if it announces no IP.
pub(crate) fn ppp<'a>(here: &'a [u8], at: usize, met: &mut impl FnMut(Header<'a>)) -> Option<Step> {
    let (header, _) = Ppp::split(here)?;
    met(Header::Ppp(header));
    Some(Step { next: Next::EtherType(header.ethertype()?), at: at + header.header_len })
}

/// Looks like an Ethernet frame that carries something well known. For places where nothing says
/// so.
pub(crate) fn is_plausible_ethernet(bytes: &[u8]) -> bool {
    let Some((header, rest)) = Ethernet::split(bytes) else { return false };
    let nibble = rest.first().map(|b| b >> 4);
    match header.type_or_length() {
        ether_type::IPV4 => nibble == Some(4),
        ether_type::IPV6 => nibble == Some(6),
        ether_type::ARP | ether_type::MPLS | ether_type::PPPOE_DISCOVERY | ether_type::PPPOE_SESSION => true,
        kind if vlan::is_tag(kind) => true,
        length => (3..ether_type::FIRST).contains(&length) && usize::from(length) <= rest.len(),
    }
}
