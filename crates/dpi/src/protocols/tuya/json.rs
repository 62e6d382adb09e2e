//! Single values out of JSON objects, without parsing the rest: enough for what small devices say.

/// The value of the first member with this name: a string without escapes, or a bare word.
pub(in super::super) fn value<'a>(json: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let quoted = |at: usize| {
        json.get(at..at + name.len()) == Some(name.as_bytes())
            && json.get(at + name.len()) == Some(&b'"')
            && at.checked_sub(1).and_then(|before| json.get(before)) == Some(&b'"')
    };
    let at = (1..json.len()).find(|at| quoted(*at))?;
    let rest = json.get(at + name.len() + 1..)?.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
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
    use super::value;

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
}
