//! Host names taken apart: what somebody registered, and what stands in front of it.

use crate::sketch::mixed;

/// Endings under which names are registered that have a dot in them, the common ones. Where one is missing the
/// domain comes out a label too short, which lumps together what belongs to different people: that is why
/// country codes with short second labels are taken for such endings below.
const ENDINGS: [&str; 20] = [
    "amazonaws.com",
    "appspot.com",
    "azurewebsites.net",
    "blogspot.com",
    "cloudapp.net",
    "cloudfront.net",
    "duckdns.org",
    "dyndns.org",
    "firebaseapp.com",
    "github.io",
    "gitlab.io",
    "herokuapp.com",
    "home.arpa",
    "in-addr.arpa",
    "ip6.arpa",
    "netlify.app",
    "no-ip.org",
    "pages.dev",
    "web.app",
    "workers.dev",
];

/// Second labels under country codes: `co.uk`, `com.au`, `ac.jp`.
const SECOND: [&str; 12] = ["ac", "co", "com", "edu", "gob", "gov", "gv", "mil", "ne", "net", "or", "org"];

/// The part in front of the registered domain, without the dot between, and the domain. Of a name of one or two labels
/// the front is empty. A name that ends in no top-level domain is nothing but front.
pub(crate) fn split(name: &str) -> (&str, &str) {
    if !is_top(name.rsplit('.').next().unwrap_or_default()) {
        return (name, "");
    }
    let labels = name.rsplit('.').count();
    let mut take = 2;
    let tail = |count: usize| {
        let at = name.rmatch_indices('.').nth(count.saturating_sub(1)).map_or(0, |(at, _)| at + 1);
        name.get(at..).unwrap_or(name)
    };
    let mut last = name.rsplit('.');
    let (top, second) = (last.next().unwrap_or_default(), last.next().unwrap_or_default());
    let is = |text: &str, other: &str| text.eq_ignore_ascii_case(other);
    if top.len() == 2 && SECOND.iter().any(|known| is(second, known))
        || ENDINGS.iter().any(|known| is(tail(2), known))
    {
        take = 3;
    }
    if labels <= take {
        return ("", name);
    }
    let domain = tail(take);
    let front = name.len().saturating_sub(domain.len() + 1);
    (name.get(..front).unwrap_or_default(), domain)
}

/// Top-level domains are letters (RFC 1123 s2.1), or letters in another guise (RFC 5890 s2.3.2.1).
fn is_top(label: &str) -> bool {
    let other = label.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("xn--"));
    other || label.bytes().all(|byte| byte.is_ascii_alphabetic() || !byte.is_ascii())
}

/// A number for a name. Letter case does not matter: resolvers vary it to make answers hard to forge.
pub(crate) fn number(name: &str) -> u64 {
    name.bytes().fold(0, |hash, byte| mixed(hash ^ u64::from(byte.to_ascii_lowercase())))
}

/// Shannon entropy of the characters of a text, in bits per character; letter case counts.
pub(crate) fn entropy(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text.bytes() {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count += 1;
        }
    }
    let all = text.len().max(1) as f64;
    let part = |count: &u32| {
        let share = f64::from(*count) / all;
        if *count == 0 { 0.0 } else { -share * share.log2() }
    };
    counts.iter().map(part).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_registered() {
        for (name, front, domain) in [
            ("www.example.org", "www", "example.org"),
            ("example.org", "", "example.org"),
            ("a.b.example.co.uk", "a.b", "example.co.uk"),
            ("x.bucket.amazonaws.com", "x", "bucket.amazonaws.com"),
            ("localhost", "", "localhost"),
            ("t.lab.test", "t", "lab.test"),
            ("xn--a.xn--b.XN--p1ai", "xn--a", "xn--b.XN--p1ai"),
            ("word.00ff12", "word.00ff12", ""),
        ] {
            assert_eq!(split(name), (front, domain), "{name}");
        }
    }

    #[test]
    fn letter_case_does_not_matter() {
        assert_eq!(number("wWw.eXaMple.org"), number("www.example.org"));
    }
}
