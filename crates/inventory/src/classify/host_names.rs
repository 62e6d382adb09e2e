//! Names that makers give their things before anybody names them, or that people rarely change.

use crate::sighting::About::{self, Os, Type, Vendor};
use crate::watcher::Heard;

/// The kind of sign that these votes are, whatever protocol carried the name.
const SOURCE: &str = "name";

/// What a sign says: about what, the value and how often that is right.
type Says = &'static [(About, &'static str, u8)];

/// What follows the beginning of such a name.
#[derive(Clone, Copy)]
enum Rest {
    Any,
    /// So many hexadecimal digits, and no more.
    Hex(usize),
    /// So many capital letters and digits.
    Capitals(usize),
}

const NAMES: &[(&str, Rest, Says)] = &[
    ("DESKTOP-", Rest::Capitals(7), &[(Os, "Windows", 85), (Type, "computer", 70)]),
    ("LAPTOP-", Rest::Capitals(8), &[(Os, "Windows", 85), (Type, "laptop", 85)]),
    ("WIN-", Rest::Capitals(11), &[(Os, "Windows", 85), (Type, "server", 70)]),
    ("android-", Rest::Hex(16), &[(Os, "Android", 90)]),
    ("iPhone", Rest::Any, &[(Os, "iOS", 85), (Type, "phone", 88), (Vendor, "Apple", 85)]),
    ("iPad", Rest::Any, &[(Os, "iPadOS", 85), (Type, "tablet", 88), (Vendor, "Apple", 85)]),
    ("MacBook", Rest::Any, &[(Os, "macOS", 80), (Type, "laptop", 88), (Vendor, "Apple", 85)]),
    ("Apple-TV", Rest::Any, &[(Os, "tvOS", 80), (Type, "media-player", 85), (Vendor, "Apple", 85)]),
    ("Galaxy-", Rest::Any, &[(Os, "Android", 80), (Type, "phone", 65), (Vendor, "Samsung", 80)]),
    ("Pixel-", Rest::Any, &[(Os, "Android", 80), (Type, "phone", 75), (Vendor, "Google", 75)]),
    ("raspberrypi", Rest::Any, &[(Os, "Linux", 80), (Type, "single-board-computer", 85)]),
    ("BRN", Rest::Hex(12), &[(Type, "printer", 92), (Vendor, "Brother", 92)]),
    ("BRW", Rest::Hex(12), &[(Type, "printer", 92), (Vendor, "Brother", 92)]),
    ("NPI", Rest::Hex(6), &[(Type, "printer", 90), (Vendor, "HP", 90)]),
    ("EPSON", Rest::Hex(6), &[(Type, "printer", 90), (Vendor, "Epson", 90)]),
    ("ESP_", Rest::Hex(6), &[(Type, "iot", 80), (Vendor, "Espressif", 70)]),
    ("ESP-", Rest::Hex(6), &[(Type, "iot", 80), (Vendor, "Espressif", 70)]),
    ("tasmota", Rest::Any, &[(Type, "smart-plug", 55)]),
    ("shellyplug", Rest::Any, &[(Type, "smart-plug", 85), (Vendor, "Shelly", 90)]),
    ("shelly", Rest::Any, &[(Type, "iot", 70), (Vendor, "Shelly", 85)]),
    ("Chromecast", Rest::Any, &[(Type, "media-player", 85), (Vendor, "Google", 80)]),
    ("Google-Home", Rest::Any, &[(Type, "speaker", 80), (Vendor, "Google", 80)]),
    ("SonosZP", Rest::Any, &[(Type, "speaker", 92), (Vendor, "Sonos", 92)]),
    ("Sonos-", Rest::Hex(12), &[(Type, "speaker", 92), (Vendor, "Sonos", 92)]),
    ("Roku", Rest::Any, &[(Type, "media-player", 70), (Vendor, "Roku", 75)]),
    ("LGwebOSTV", Rest::Any, &[(Type, "tv", 95), (Vendor, "LG", 92), (Os, "webOS", 90)]),
    ("Philips-hue", Rest::Any, &[(Type, "smart-home-hub", 90), (Vendor, "Philips Hue", 88)]),
    ("PS4-", Rest::Any, &[(Type, "game-console", 88), (Vendor, "Sony", 85)]),
    ("PS5-", Rest::Any, &[(Type, "game-console", 88), (Vendor, "Sony", 85)]),
    ("XboxOne", Rest::Any, &[(Type, "game-console", 88), (Vendor, "Microsoft", 85)]),
    ("DiskStation", Rest::Any, &[(Type, "nas", 88), (Vendor, "Synology", 88)]),
    ("homeassistant", Rest::Any, &[(Type, "smart-home-hub", 60), (Os, "Linux", 60)]),
    ("SEP", Rest::Hex(12), &[(Type, "voip-phone", 92), (Vendor, "Cisco", 92)]),
    ("axis-", Rest::Hex(12), &[(Type, "camera", 85), (Vendor, "Axis", 92)]),
    ("OpenWrt", Rest::Any, &[(Type, "router", 75), (Os, "OpenWrt", 80)]),
    ("fritz.box", Rest::Any, &[(Type, "router", 88), (Vendor, "AVM", 90)]),
];

/// What people put somewhere into their names: `Annas-iPhone`.
const PARTS: &[(&str, Says)] = &[
    ("-iphone", &[(Os, "iOS", 75), (Type, "phone", 80), (Vendor, "Apple", 75)]),
    ("-ipad", &[(Os, "iPadOS", 75), (Type, "tablet", 80), (Vendor, "Apple", 75)]),
    ("-macbook", &[(Os, "macOS", 75), (Type, "laptop", 80), (Vendor, "Apple", 75)]),
    ("-imac", &[(Os, "macOS", 75), (Type, "computer", 80), (Vendor, "Apple", 75)]),
    ("-mac-mini", &[(Os, "macOS", 75), (Type, "computer", 80), (Vendor, "Apple", 75)]),
    ("-apple-watch", &[(Os, "watchOS", 75), (Type, "watch", 80), (Vendor, "Apple", 75)]),
];

/// Votes for what a host name tells of its device.
pub(crate) fn votes(name: &str, heard: &mut Heard<'_>) {
    let name = name.strip_suffix(".local").unwrap_or(name);
    let first = |(known, rest, _): &&(&str, Rest, Says)| {
        name.get(..known.len()).is_some_and(|head| head.eq_ignore_ascii_case(known))
            && name.get(known.len()..).is_some_and(|tail| rest.fits(tail))
    };
    let lower = name.to_ascii_lowercase();
    let says = NAMES.iter().find(first).map(|(_, _, says)| *says);
    let says = says.or_else(|| PARTS.iter().find(|(part, _)| lower.contains(part)).map(|(_, says)| *says));
    for (about, value, weight) in says.unwrap_or_default() {
        heard.vote(*about, value, *weight, SOURCE, &format!("is called {name:?}"));
    }
}

impl Rest {
    fn fits(self, rest: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Hex(len) => rest.len() == len && rest.bytes().all(|byte| byte.is_ascii_hexdigit()),
            Self::Capitals(len) => {
                rest.len() == len
                    && rest.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sighting::Fact;
    use wire::Timestamp;

    fn said(name: &str) -> Vec<String> {
        let mut out = Vec::new();
        votes(name, &mut Heard::new("test", Timestamp::new(0, 0), 0, None, &mut out));
        let facts = crate::testing::facts(&out).into_iter();
        facts
            .filter_map(|fact| if let Fact::Vote(vote) = fact { Some(vote.value.into()) } else { None })
            .collect()
    }

    #[test]
    fn names_that_makers_give() {
        assert_eq!(said("DESKTOP-RB5T12G"), ["Windows", "computer"]);
        assert_eq!(said("Annas-iPhone.local"), ["iOS", "phone", "Apple"]);
        assert_eq!(said("brn001ba9000000"), ["printer", "Brother"]);
        for nothing in ["DESKTOP-anna", "desktop-1", "BRNO", "SEPTEMBER", "laptop", "", "é"] {
            assert!(said(nothing).is_empty(), "{nothing}");
        }
    }
}
