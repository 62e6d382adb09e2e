//! What device types, product tokens and header fields of UPnP say.

use crate::headers::Headers;
use crate::sighting::About::{self, Os, Type, Vendor};
use crate::sighting::Role;
use crate::watcher::Heard;

const SOURCE: &str = "ssdp";

type Says = &'static [(About, &'static str, u8)];

/// Device and service types without organisation and version.
const TYPES: &[(&str, Says)] = &[
    ("InternetGatewayDevice", &[(Type, "router", 88)]),
    ("WANDevice", &[(Type, "router", 80)]),
    ("WANConnectionDevice", &[(Type, "router", 80)]),
    ("WLANAccessPointDevice", &[(Type, "access-point", 80)]),
    ("WFADevice", &[(Type, "access-point", 45)]),
    ("MediaRenderer", &[(Type, "media-player", 60)]),
    ("MediaServer", &[(Type, "nas", 30)]),
    ("Printer", &[(Type, "printer", 90)]),
    ("Scanner", &[(Type, "scanner", 70)]),
    ("DigitalSecurityCamera", &[(Type, "camera", 92)]),
    ("dial", &[(Type, "media-player", 55)]),
    ("ZonePlayer", &[(Type, "speaker", 95), (Vendor, "Sonos", 95)]),
    ("BinaryLight", &[(Type, "light", 70)]),
    ("DimmableLight", &[(Type, "light", 80)]),
    ("MainTVServer2", &[(Type, "tv", 92), (Vendor, "Samsung", 92)]),
    ("RemoteControlReceiver", &[(Type, "tv", 75), (Vendor, "Samsung", 70)]),
];

/// Product tokens of software that runs on one kind of thing.
const PRODUCTS: &[(&str, Says)] = &[
    ("IpBridge/", &[(Type, "smart-home-hub", 90), (Vendor, "Philips Hue", 88)]),
    ("Sonos/", &[(Type, "speaker", 92), (Vendor, "Sonos", 95)]),
    ("Roku", &[(Type, "media-player", 85), (Vendor, "Roku", 90)]),
    ("MiniUPnPd/", &[(Type, "router", 65)]),
    ("IGD", &[(Type, "router", 60)]),
    ("FRITZ!Box", &[(Type, "router", 92), (Vendor, "AVM", 95)]),
    ("AVM FRITZ", &[(Vendor, "AVM", 95)]),
    ("Synology/", &[(Type, "nas", 90), (Vendor, "Synology", 92)]),
    ("MiniDLNA/", &[(Type, "nas", 30)]),
    ("WebOS/", &[(Type, "tv", 88), (Os, "webOS", 88)]),
    ("SEC_HHP", &[(Vendor, "Samsung", 85)]),
    ("Samsung", &[(Vendor, "Samsung", 75)]),
    ("Xbox", &[(Type, "game-console", 80), (Vendor, "Microsoft", 85)]),
    ("BRAVIA", &[(Type, "tv", 90), (Vendor, "Sony", 90)]),
    ("PlayStation", &[(Type, "game-console", 80), (Vendor, "Sony", 85)]),
    ("WeMo", &[(Type, "smart-plug", 60), (Vendor, "Belkin", 85)]),
    ("Ubiquiti", &[(Vendor, "Ubiquiti", 88)]),
    ("NetGear", &[(Vendor, "Netgear", 80)]),
    ("Yamaha", &[(Vendor, "Yamaha", 85)]),
    ("IpCamera", &[(Type, "camera", 75)]),
    ("Axis/", &[(Vendor, "Axis", 80), (Type, "camera", 60)]),
];

/// The type's name in `urn:schemas-upnp-org:device:MediaServer:1`; nothing for other targets.
pub(crate) fn short_type(target: &str) -> &str {
    let mut parts = target.trim().split(':');
    if !parts.next().is_some_and(|urn| urn.eq_ignore_ascii_case("urn")) {
        return match target {
            "roku:ecp" => "roku:ecp",
            _ => "",
        };
    }
    let (_organisation, kind, name) = (parts.next(), parts.next(), parts.next());
    match (kind, name) {
        (Some("device" | "service" | "DeviceType"), Some(name)) => name,
        _ => "",
    }
}

pub(crate) fn by_type(kind: &str, heard: &mut Heard<'_>) {
    let reason = format!("announces the type {kind}");
    if kind == "roku:ecp" {
        tell(&[(Type, "media-player", 88), (Vendor, "Roku", 90)], &reason, heard);
    }
    if let Some((_, says)) = TYPES.iter().find(|(known, _)| *known == kind) {
        tell(says, &reason, heard);
    }
    match kind {
        "InternetGatewayDevice" | "WANDevice" | "WANConnectionDevice" => heard.role(Role::Router),
        "Printer" => heard.role(Role::Printer),
        _ => heard,
    };
}

pub(crate) fn by_headers(headers: &Headers<'_>, heard: &mut Heard<'_>) {
    if headers.get("hue-bridgeid").is_some() {
        tell(&[(Type, "smart-home-hub", 92)], "names a Hue bridge id", heard);
    }
    if headers.get("x-rincon-household").is_some() {
        tell(&[(Type, "speaker", 92), (Vendor, "Sonos", 95)], "names a Sonos household", heard);
    }
}

/// `OS/version UPnP/1.0 product/version` (UPnP 2.0 s1.2.2), or what is sent in its place.
pub(crate) fn software(tokens: &str, says: &str, heard: &mut Heard<'_>) {
    let reason = format!("{says} {tokens:?}");
    for (_, says) in PRODUCTS.iter().filter(|(known, _)| tokens.contains(known)) {
        tell(says, &reason, heard);
    }
    if let Some(os) = system(tokens) {
        heard.vote(Os, &os, 75, SOURCE, &reason);
    }
}

/// The operating system among the product tokens.
fn system(tokens: &str) -> Option<String> {
    let after = |name: &str| {
        let rest = tokens.split_once(name)?.1;
        let version = rest.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.')).next()?;
        Some(version.trim_end_matches('.'))
            .filter(|version| version.starts_with(|c: char| c.is_ascii_digit()))
    };
    if tokens.contains("Microsoft-Windows") || tokens.contains("WindowsNT") || tokens.contains("Windows") {
        // UPnP's host on Windows: 6.1 is 7, 6.3 is 8.1 (and later ones that keep it), 10.0 is 10 and 11.
        let version = after("Windows-NT/").or_else(|| after("Microsoft-Windows/"));
        return Some(match version {
            Some("6.1") => "Windows 7".into(),
            Some("6.2") => "Windows 8".into(),
            Some("6.3") => "Windows 8.1".into(),
            Some(version) if version.starts_with("10.0") => "Windows 10".into(),
            _ => "Windows".into(),
        });
    }
    for (name, os) in [
        ("Android/", "Android"),
        ("iOS/", "iOS"),
        ("Mac OS X", "macOS"),
        ("Darwin/", "Darwin"),
        ("FreeBSD/", "FreeBSD"),
        ("OpenWRT/", "OpenWrt"),
        ("VxWorks/", "VxWorks"),
        ("Linux/", "Linux"),
        ("Linux ", "Linux"),
    ] {
        if tokens.contains(name) {
            return Some(after(name).map_or_else(|| os.into(), |version| format!("{os} {version}")));
        }
    }
    (tokens.starts_with("Linux") || tokens.ends_with(" Linux")).then(|| "Linux".into())
}

fn tell(says: Says, reason: &str, heard: &mut Heard<'_>) {
    for (about, value, weight) in says {
        heard.vote(*about, value, *weight, SOURCE, reason);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_without_their_wrapping() {
        assert_eq!(short_type("urn:schemas-upnp-org:device:MediaServer:1"), "MediaServer");
        assert_eq!(short_type("urn:dial-multiscreen-org:service:dial:1"), "dial");
        assert_eq!(short_type("upnp:rootdevice"), "");
        assert_eq!(short_type("uuid:abc"), "");
        assert_eq!(short_type("urn:"), "");
    }

    #[test]
    fn systems_among_tokens() {
        let os = |tokens| system(tokens);
        assert_eq!(os("Linux/3.14.0 UPnP/1.0 IpBridge/1.50.0").as_deref(), Some("Linux 3.14.0"));
        assert_eq!(
            os("Microsoft-Windows/10.0 UPnP/1.0 Microsoft-DLNA DLNADOC/1.50").as_deref(),
            Some("Windows 10")
        );
        assert_eq!(os("Linux, UPnP/1.0, Private UPnP SDK").as_deref(), Some("Linux"));
        assert_eq!(os("Roku/9.4.0 UPnP/1.0 Roku/9.4.0"), None);
        assert_eq!(os("Linux/").as_deref(), Some("Linux"));
    }
}
