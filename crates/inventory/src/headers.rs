//! Header fields in HTTP's notation over UDP (RFC 9112 s5).

/// Fields read; nobody sends more.
const MOST_FIELDS: usize = 48;

/// The fields behind a first line.
#[derive(Debug)]
pub(crate) struct Headers<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Headers<'a> {
    /// The first line and the fields of a message. Lines that are no field are passed over, since
    /// there are devices that send such; a last line without its end is not believed.
    pub(crate) fn read(message: &'a [u8]) -> Option<(&'a str, Self)> {
        // Some end their messages with NUL bytes or binary leftovers.
        let head = match std::str::from_utf8(message) {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(message.get(..error.valid_up_to())?).ok()?,
        };
        let (first, rest) = head.split_once("\r\n").or_else(|| head.split_once('\n'))?;
        let mut fields = Vec::new();
        for line in rest.split_inclusive('\n').take_while(|line| line.ends_with('\n')) {
            let line = line.trim_end_matches(['\r', '\n']);
            if line.is_empty() || fields.len() == MOST_FIELDS {
                break;
            }
            if let Some((name, value)) = line.split_once(':') {
                fields.push((name.trim(), value.trim()));
            }
        }
        Some((first.trim_end(), Self(fields)))
    }

    /// The value of a field, letters of its name in either case.
    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        let field = self.0.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
        field.map(|(_, value)| *value).filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_whatever_their_case() {
        let (first, headers) =
            Headers::read(b"NOTIFY * HTTP/1.1\r\nnt:a\r\nUSN: b:c \r\nX:\r\n\r\nbody: d\r\n").unwrap();
        assert_eq!(first, "NOTIFY * HTTP/1.1");
        assert_eq!((headers.get("NT"), headers.get("usn")), (Some("a"), Some("b:c")));
        assert_eq!((headers.get("x"), headers.get("body")), (None, None));
        assert!(Headers::read(b"NOTIFY").is_none());
        assert_eq!(Headers::read(b"a\r\nb: c").unwrap().1.get("b"), None);
        assert!(Headers::read(b"\xff\r\n").is_none());
    }
}
