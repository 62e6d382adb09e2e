//! Members of JSON objects, found by name.
//!
//! Good for messages of a few hundred bytes of which some members are read wherever they stand.

/// It begins as an object, and as many end as begin. (Braces in strings are rare enough.)
pub(crate) fn is_object(json: &str) -> bool {
    let count = |brace| json.bytes().filter(|byte| *byte == brace).count();
    json.starts_with('{') && json.ends_with('}') && count(b'{') == count(b'}')
}

/// The text of the first member of this name that is a string; escapes stay as they are.
pub(crate) fn text<'a>(json: &'a str, name: &str) -> Option<&'a str> {
    let value = value(json, name)?.strip_prefix('"')?;
    let mut escaped = false;
    let end = value.find(|c| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    })?;
    value.get(..end).filter(|text| !text.is_empty())
}

/// What follows the colon of the first member of this name.
fn value<'a>(json: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = json;
    loop {
        // The same text may be a value before it is a name.
        let (_, after) = rest.split_once('"')?;
        rest = after;
        let named = after.strip_prefix(name).and_then(|after| after.strip_prefix('"'));
        if let Some(value) = named.and_then(|after| after.trim_start().strip_prefix(':')) {
            return Some(value.trim_start());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_found_wherever_they_are() {
        let json = r#"{"a":"model","b": {"model" : "HS\"1","c":""},"d":7}"#;
        assert_eq!(text(json, "model"), Some(r#"HS\"1"#));
        assert_eq!(text(json, "a"), Some("model"));
        assert_eq!(
            (text(json, "c"), text(json, "d"), text(json, "e"), text("\"a\":\"b", "a")),
            (None, None, None, None)
        );
    }
}
