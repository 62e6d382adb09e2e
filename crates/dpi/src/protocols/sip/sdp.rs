//! SDP (RFC 8866) as far as it says where media will go.

use std::net::IpAddr;

use crate::text::{NAME_MAX, holds, lossy};

/// A media description whose port is in use.
pub(crate) struct Media {
    /// Absent for the address of the side that spoke.
    pub(crate) address: Option<IpAddr>,
    pub(crate) port: u16,
    /// What it will carry.
    pub(crate) protocol: &'static str,
    /// Where RTCP goes, if not to the same port.
    pub(crate) control: Option<u16>,
    /// Its first word: audio, video ...
    pub(crate) kind: Box<str>,
}

/// Descriptions looked at.
const MOST: usize = 8;

/// The media over UDP of a session description.
pub(crate) fn media(body: &[u8]) -> Vec<Media> {
    let mut session = None;
    let mut found: Vec<Media> = Vec::new();
    // Attributes of a description that is not known, or not in use, are no one's.
    let mut inside = false;
    let mut begun = false;
    for line in body.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii) {
        match line {
            [b'm', b'=', rest @ ..] => {
                begun = true;
                let media = description(rest, session);
                inside = media.is_some() && found.len() < MOST;
                found.extend(media.filter(|_| inside));
            }
            [b'c', b'=', rest @ ..] => match (begun, found.last_mut()) {
                (false, _) => session = connection(rest),
                (true, Some(media)) if inside => media.address = connection(rest).or(media.address),
                (true, _) => {}
            },
            [b'a', b'=', rest @ ..] if inside => {
                if let Some(media) = found.last_mut() {
                    attribute(rest, media);
                }
            }
            _ => {}
        }
    }
    found
}

/// RFC 8866 s5.14: media, port, protocol, formats.
fn description(line: &[u8], address: Option<IpAddr>) -> Option<Media> {
    let mut words = line.split(|byte| *byte == b' ');
    let kind = words.next()?;
    let port = words.next()?.split(|byte| *byte == b'/').next()?;
    let port: u16 = std::str::from_utf8(port).ok()?.parse().ok()?;
    let protocol = words.next()?;
    let has = |part: &[u8]| holds(protocol, part);
    let protocol = match protocol {
        _ if port == 0 || protocol.starts_with(b"TCP") => return None,
        // RFC 3711 or RFC 5764 protects it.
        _ if has(b"RTP/SAVP") => "srtp",
        _ if has(b"RTP/") => "rtp",
        b"udptl" | b"UDPTL" => "t38",
        _ => return None,
    };
    // RFC 3550 s11: the next port.
    let control = port.checked_add(1).filter(|_| protocol != "t38");
    Some(Media { address, port, protocol, control, kind: lossy(kind, NAME_MAX) })
}

/// RFC 8866 s5.7: network, family, address.
fn connection(line: &[u8]) -> Option<IpAddr> {
    let address = line.split(|byte| *byte == b' ').nth(2)?.split(|byte| *byte == b'/').next()?;
    let address: IpAddr = std::str::from_utf8(address).ok()?.parse().ok()?;
    // RFC 3264 s8.4: held calls have no address.
    (!address.is_unspecified()).then_some(address)
}

/// RFC 5761 s5.1.1 and RFC 3605: the same port for RTCP, or quite another.
fn attribute(line: &[u8], media: &mut Media) {
    if line == b"rtcp-mux" {
        media.control = None;
    } else if let Some(rest) = line.strip_prefix(b"rtcp:")
        && let Some(port) = rest.split(|byte| *byte == b' ').next()
        && let Some(port) = std::str::from_utf8(port).ok().and_then(|port| port.parse().ok())
    {
        media.control = Some(port).filter(|port| *port != media.port);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_ports() {
        let body = b"v=0\r\nc=IN IP4 192.0.2.1\r\nm=audio 10 RTP/SAVP 0\r\na=rtcp-mux\r\n\
            m=video 20/2 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP6 2001:db8::1\r\na=rtcp:53020 IN IP4 192.0.2.9\r\n\
            m=image 30 udptl t38\r\nc=IN IP4 192.0.2.66\r\nm=audio 40 RTP/AVP 8\r\nc=IN IP4 0.0.0.0\r\n";
        let found: Vec<_> = media(body)
            .into_iter()
            .map(|media| (media.address.map(|a| a.to_string()), media.port, media.protocol, media.control))
            .collect();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            found,
            [
                (text("192.0.2.1"), 10, "srtp", None),
                (text("2001:db8::1"), 20, "srtp", Some(53020)),
                (text("192.0.2.66"), 30, "t38", None),
                (text("192.0.2.1"), 40, "rtp", Some(41)),
            ]
        );
    }
}
