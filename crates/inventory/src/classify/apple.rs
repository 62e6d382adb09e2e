//! Apple's systems by kernel version.

/// `macOS 13 or iOS 16` of Darwin 22. Begins with `Apple`, which all of these are.
pub(super) fn of_darwin(version: &str) -> Option<String> {
    let major: u8 = version.split('.').next()?.parse().ok()?;
    Some(match major {
        13..=19 => format!("Apple macOS 10.{} or iOS {}", major - 4, major - 6),
        20..=24 => format!("Apple macOS {} or iOS {}", major - 9, major - 6),
        // From here on all are numbered by year.
        25 => "Apple macOS 26 or iOS 26".to_owned(),
        _ => return None,
    })
}

/// macOS of Darwin, for programs that run nowhere else.
pub(super) fn macos_of_darwin(version: &str) -> Option<String> {
    let all = of_darwin(version)?;
    Some(all.strip_prefix("Apple ")?.split(" or ").next()?.to_owned())
}

/// What kind of thing a hardware identifier (`iPhone14,2`) is.
pub(super) fn kind(model: &str) -> Option<(&'static str, &'static str)> {
    Some(match model {
        m if m.starts_with("iPhone") => ("iOS", "phone"),
        m if m.starts_with("iPad") => ("iPadOS", "tablet"),
        m if m.starts_with("AppleTV") => ("tvOS", "media-player"),
        m if m.starts_with("Watch") => ("watchOS", "watch"),
        m if m.starts_with("AudioAccessory") => ("audioOS", "speaker"),
        m if m.starts_with("MacBook") => ("macOS", "laptop"),
        m if m.starts_with("Mac") || m.starts_with("iMac") => ("macOS", "computer"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_lead_to_systems() {
        assert_eq!(of_darwin("22.4.0").as_deref(), Some("Apple macOS 13 or iOS 16"));
        assert_eq!(of_darwin("19.6.0").as_deref(), Some("Apple macOS 10.15 or iOS 13"));
        assert_eq!(macos_of_darwin("23.1.0").as_deref(), Some("macOS 14"));
        assert_eq!((of_darwin("9"), of_darwin("x"), kind("Model")), (None, None, None));
    }
}
