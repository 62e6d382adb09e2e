//! Product and version out of a banner.

/// What a banner calls the software.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Product<'a> {
    pub(crate) name: &'a str,
    pub(crate) version: Option<&'a str>,
}

/// The first product of a list as RFC 9110 s10.2.4 and s5.6.5 write it: `nginx/1.22.1 (Ubuntu)`; of
/// anything else what stands before the first semicolon, comma or parenthesis.
pub(crate) fn first(text: &str) -> Option<Product<'_>> {
    let text = text.trim();
    let head = text.split([';', ',', '(']).next().unwrap_or_default().trim();
    let product = match head.split_once('/') {
        Some((name, rest)) if !name.contains(' ') => {
            let version = rest.split_whitespace().next().filter(|version| is_version(version));
            Product { name, version }
        }
        _ => match head.rsplit_once([' ', '_', '-']) {
            Some((name, version)) if is_version(version) => {
                Product { name: name.trim_end_matches([' ', 'v', 'V']), version: Some(version) }
            }
            _ => Product { name: head, version: None },
        },
    };
    let said = product.name.chars().any(char::is_alphabetic);
    said.then_some(product)
}

/// The first word behind `after` that begins with a digit, or with a `v` before one.
pub(crate) fn version_behind<'a>(text: &'a str, after: &str) -> Option<&'a str> {
    let rest = text.get(find(text, after)?.checked_add(after.len())?..)?;
    let words =
        rest.split([' ', '/', '_', '-', '(', ')', ';', ',', '[', ']']).filter(|word| !word.is_empty());
    let word = words.take(2).find(|word| is_version(word.trim_start_matches(['v', 'V'])))?;
    Some(word.trim_start_matches(['v', 'V']).trim_end_matches('.'))
}

/// Where a text is in another, whatever the case of ASCII letters.
pub(crate) fn find(text: &str, needle: &str) -> Option<usize> {
    let (text, needle) = (text.as_bytes(), needle.as_bytes());
    text.windows(needle.len().max(1)).position(|window| window.eq_ignore_ascii_case(needle))
}

fn is_version(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> (&str, Option<&str>) {
        let product = first(text).unwrap();
        (product.name, product.version)
    }

    #[test]
    fn products_and_their_versions() {
        assert_eq!(parts("nginx/1.22.1"), ("nginx", Some("1.22.1")));
        assert_eq!(parts("Apache/2.4.57 (Debian) mod_ssl/3"), ("Apache", Some("2.4.57")));
        assert_eq!(parts("HP HTTP Server; HP LaserJet 4250"), ("HP HTTP Server", None));
        assert_eq!(parts("lighttpd"), ("lighttpd", None));
        assert_eq!(parts("OpenSSH_9.2p1"), ("OpenSSH", Some("9.2p1")));
        assert_eq!(parts("vsFTPd 3.0.3"), ("vsFTPd", Some("3.0.3")));
        assert_eq!(first(" ;"), None);
        assert_eq!(first("1234"), None);
    }

    #[test]
    fn versions_behind_names() {
        assert_eq!(version_behind("220 (vsFTPd 3.0.3)", "vsftpd"), Some("3.0.3"));
        assert_eq!(version_behind("ESMTP Exim 4.96 Tue", "Exim"), Some("4.96"));
        assert_eq!(version_behind("FileZilla Server v1.7.", "FileZilla Server"), Some("1.7"));
        assert_eq!(version_behind("Dovecot ready", "Dovecot"), None);
        assert_eq!(version_behind("Ä", "exim"), None);
    }
}
