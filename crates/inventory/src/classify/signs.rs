//! What parts of banners are signs of: `data/banners.toml`.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::product::{find, version_behind};
use crate::sighting::About;
use crate::watcher::Heard;

/// What a text stands for.
#[derive(Deserialize, Clone, Debug)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sign {
    pub(crate) product: Option<Box<str>>,
    os: Option<Box<str>>,
    #[serde(rename = "type")]
    kind: Option<Box<str>>,
    vendor: Option<Box<str>>,
    model: Option<Box<str>>,
    weight: u8,
}

/// Kind of banner, then a part of it (a `^` in front: its beginning).
type File = HashMap<String, HashMap<String, Sign>>;

static SIGNS: LazyLock<HashMap<String, Vec<(Box<str>, Sign)>>> = LazyLock::new(|| {
    // That it can be read is what a test is for; a program that lacks it would know less.
    let file: File = toml::from_str(include_str!("../../../../data/banners.toml")).unwrap_or_default();
    let ordered = |signs: HashMap<String, Sign>| {
        let mut signs: Vec<(Box<str>, Sign)> = signs.into_iter().map(|(k, v)| (k.into(), v)).collect();
        // The longest says most; the name makes the order certain.
        signs.sort_by(|(a, _), (b, _)| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        signs
    };
    file.into_iter().map(|(kind, signs)| (kind, ordered(signs))).collect()
});

/// The longest text that the banner has, and what it stands for.
pub(crate) fn find_in<'a>(kind: &str, banner: &str) -> Option<(&'a str, &'a Sign)> {
    SIGNS.get(kind)?.iter().find_map(|(text, sign)| {
        let part = text.strip_prefix('^');
        let at = find(banner, part.unwrap_or(text));
        (at == Some(0) || part.is_none() && at.is_some()).then_some((part.unwrap_or(text), sign))
    })
}

impl Sign {
    /// Product and version that the banner names.
    pub(crate) fn product<'a>(&'a self, text: &str, banner: &'a str) -> Option<(&'a str, Option<&'a str>)> {
        Some((self.product.as_deref()?, version_behind(banner, text)))
    }

    /// It stands for this kind of device.
    pub(crate) fn is_kind(&self, kind: &str) -> bool {
        self.kind.as_deref() == Some(kind)
    }

    /// Says what it stands for.
    pub(crate) fn vote(&self, heard: &mut Heard<'_>, source: &'static str, reason: &str) {
        let all = [
            (About::Os, &self.os),
            (About::Type, &self.kind),
            (About::Vendor, &self.vendor),
            (About::Model, &self.model),
        ];
        for (about, value) in all {
            if let Some(value) = value {
                heard.vote(about, value, self.weight, source, reason);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_can_be_read_and_says_something_in_each_line() {
        let file: File = toml::from_str(include_str!("../../../../data/banners.toml")).unwrap();
        for (kind, signs) in &file {
            for (text, sign) in signs {
                let says = [&sign.product, &sign.os, &sign.kind, &sign.vendor, &sign.model];
                assert!(says.iter().any(|what| what.is_some()), "{kind}: {text}");
                assert!(text.trim_start_matches('^').len() >= 3, "{kind}: {text}");
                assert!((10..=95).contains(&sign.weight), "{kind}: {text}");
                if let Some(kind) = &sign.kind {
                    assert!(crate::TYPES.contains(&&**kind), "{text}: {kind}");
                }
            }
        }
    }

    #[test]
    fn the_longest_text_wins() {
        let (text, sign) = find_in("http-server", "HP HTTP Server; HP LaserJet").unwrap();
        assert_eq!((text, sign.kind.as_deref()), ("HP HTTP Server", Some("printer")));
        assert!(find_in("http-server", "nobody knows").is_none());
        assert!(find_in("nothing", "nginx").is_none());
    }
}
