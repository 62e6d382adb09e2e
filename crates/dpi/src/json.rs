//! Single values out of JSON objects, without parsing the rest: enough for what programs and small
//! devices say of themselves.

/// What follows the name of the first member with this name, its colon and blanks.
pub(crate) fn member<'a>(json: &'a [u8], name: &str) -> Option<&'a [u8]> {
    // The same text may be a value before it is a name.
    memchr::memmem::find_iter(json, name).find_map(|at| {
        let rest = json.get(at.checked_sub(1)?..)?.strip_prefix(b"\"")?;
        let rest = rest.get(name.len()..)?.strip_prefix(b"\"")?.trim_ascii_start();
        Some(rest.strip_prefix(b":")?.trim_ascii_start())
    })
}

/// The text that a member is, up to the next quotation mark or as far as it is there.
pub(crate) fn text<'a>(json: &'a [u8], name: &str) -> Option<&'a [u8]> {
    Some(crate::text::until(member(json, name)?.strip_prefix(b"\"")?, b'"'))
}

/// The value of a member: a string without escapes, or a bare word.
pub fn value<'a>(json: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let rest = member(json, name)?;
    let (value, end): (_, fn(&u8) -> bool) = match rest.strip_prefix(b"\"") {
        Some(text) => (text, |byte| matches!(byte, b'"' | b'\\')),
        None => (rest, |byte| matches!(byte, b',' | b'}' | b']' | b' ' | b'\r' | b'\n')),
    };
    let length = value.iter().position(end)?;
    value
        .get(..length)
        .filter(|value| !value.is_empty() && !value.starts_with(b"{") && !value.starts_with(b"["))
}

#[cfg(test)]
mod tests {
    use super::{member, text, value};

    #[test]
    fn members_by_name() {
        let json = br#"{"a":{"id": "x1","n":12}, "on" : true}"#;
        assert_eq!(value(json, "id"), Some(&b"x1"[..]));
        assert_eq!(value(json, "n"), Some(&b"12"[..]));
        assert_eq!(value(json, "on"), Some(&b"true"[..]));
        assert_eq!(value(json, "a"), None);
        assert_eq!(value(json, "d"), None);
        assert_eq!(value(b"\"id\":\"cut", "id"), None);
    }

    #[test]
    fn names_are_not_values() {
        let json = b"{\"v\":\"a\",\"a\" : \"x\",\"n\":[1]}";
        assert_eq!(text(json, "a"), Some(&b"x"[..]));
        assert_eq!(member(json, "n"), Some(&b"[1]}"[..]));
        assert_eq!((text(json, "n"), text(json, "x")), (None, None));
        assert_eq!(text(b"\"id\":\"cut", "id"), Some(&b"cut"[..]));
    }
}
