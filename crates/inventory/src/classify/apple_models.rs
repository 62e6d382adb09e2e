//! Apple's model identifiers (`MacBookPro18,3`): a family's name and two numbers.

/// A family: how its identifiers begin, what it is called, what kind of thing that is, what runs on it.
type Family = (&'static str, &'static str, &'static str, &'static str);

const FAMILIES: &[Family] = &[
    ("MacBookPro", "MacBook Pro", "laptop", "macOS"),
    ("MacBookAir", "MacBook Air", "laptop", "macOS"),
    ("MacBook", "MacBook", "laptop", "macOS"),
    ("Macmini", "Mac mini", "computer", "macOS"),
    ("MacPro", "Mac Pro", "computer", "macOS"),
    ("iMacPro", "iMac Pro", "computer", "macOS"),
    ("iMac", "iMac", "computer", "macOS"),
    ("Mac", "Mac", "computer", "macOS"),
    ("VirtualMac", "virtual Mac", "virtual-machine", "macOS"),
    ("iPhone", "iPhone", "phone", "iOS"),
    ("iPad", "iPad", "tablet", "iPadOS"),
    ("iPod", "iPod touch", "media-player", "iOS"),
    ("AppleTV", "Apple TV", "media-player", "tvOS"),
    ("AudioAccessory", "HomePod", "speaker", "audioOS"),
    ("Watch", "Apple Watch", "watch", "watchOS"),
    ("RealityDevice", "Apple Vision", "iot", "visionOS"),
    ("AirPort", "AirPort", "access-point", ""),
    ("TimeCapsule", "Time Capsule", "access-point", ""),
];

/// What an identifier says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct AppleModel {
    pub(crate) family: &'static str,
    pub(crate) kind: &'static str,
    /// Empty if it has no name.
    pub(crate) os: &'static str,
}

/// The family of an identifier: its name, then digits, a comma and digits.
pub(crate) fn of(identifier: &str) -> Option<AppleModel> {
    let (known, rest) =
        FAMILIES.iter().find_map(|family| Some((family, identifier.strip_prefix(family.0)?)))?;
    let (major, minor) = rest.split_once(',')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let &(_, family, kind, os) = known;
    (is_number(major) && is_number(minor)).then_some(AppleModel { family, kind, os })
}

/// The macOS that a Darwin major version belongs to, from macOS 11 on.
pub(crate) fn macos_of_darwin(major: u32) -> Option<u32> {
    match major {
        20..=24 => major.checked_sub(9),
        // Apple jumped from 15 to 26, the year to come.
        25..=30 => major.checked_add(1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families() {
        let kind = |identifier| of(identifier).map(|model| (model.family, model.kind, model.os));
        assert_eq!(kind("MacBookPro18,3"), Some(("MacBook Pro", "laptop", "macOS")));
        assert_eq!(kind("Mac14,2"), Some(("Mac", "computer", "macOS")));
        assert_eq!(kind("iPhone14,5"), Some(("iPhone", "phone", "iOS")));
        assert_eq!(kind("AudioAccessory5,1"), Some(("HomePod", "speaker", "audioOS")));
        for none in ["MacSamba", "iPhone", "iPhone14", "Xserve", "", "Watch6,", "MacBookPro18,3x"] {
            assert_eq!(kind(none), None, "{none}");
        }
        assert_eq!(
            (macos_of_darwin(22), macos_of_darwin(25), macos_of_darwin(9)),
            (Some(13), Some(26), None)
        );
    }
}
