//! UUIDs, as several protocols write them.

/// A UUID in lower case with hyphens (RFC 9562 s4), from text that may leave them out or put it in
/// braces or behind `uuid:`. All zeros or all ones are nobody's.
pub(crate) fn canonical(text: &str) -> Option<String> {
    let text = text.trim().trim_start_matches(['{', '(']).trim_end_matches(['}', ')']);
    let after = |prefix: &str| {
        text.get(..prefix.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(prefix))
            .then(|| text.get(prefix.len()..))
            .flatten()
    };
    let text = after("urn:uuid:").or_else(|| after("uuid:")).unwrap_or(text);
    let digits: String = text.chars().filter(|c| *c != '-').map(|c| c.to_ascii_lowercase()).collect();
    let is_hex = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_hex || digits.bytes().all(|byte| byte == b'0') || digits.bytes().all(|byte| byte == b'f') {
        return None;
    }
    let part = |range: std::ops::Range<usize>| digits.get(range).unwrap_or_default();
    Some([part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)].join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_notation_for_all() {
        let one = Some("0123abcd-0000-1000-8000-00112233aabb".to_owned());
        for text in [
            "0123abcd-0000-1000-8000-00112233aabb",
            "uuid:0123ABCD-0000-1000-8000-00112233AABB",
            "urn:uuid:0123abcd-0000-1000-8000-00112233aabb",
            "{0123abcd000010008000001122 33aabb}",
            "0123abcd00001000800000112233aabb",
        ] {
            let expected = if text.contains(' ') { None } else { one.clone() };
            assert_eq!(canonical(text), expected, "{text}");
        }
        assert_eq!(canonical("00000000-0000-0000-0000-000000000000"), None);
        assert_eq!(canonical("uuid:"), None);
        assert_eq!(canonical("é"), None);
    }
}
