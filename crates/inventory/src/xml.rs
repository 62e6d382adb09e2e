//! Element names and texts of small XML documents, without their namespaces' prefixes.
//!
//! Good for messages whose layout is fixed by a specification: attributes, comments and
//! declarations are passed over, and nothing is resolved.

/// Elements read; messages here have a few dozen.
const MOST_ELEMENTS: usize = 512;

/// An element's beginning.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Element<'a> {
    /// Its name without prefix.
    pub(crate) name: &'a str,
    /// The text up to the next tag.
    pub(crate) text: &'a str,
}

/// The elements in the order in which they begin.
pub(crate) fn elements(document: &str) -> impl Iterator<Item = Element<'_>> {
    let mut rest = document;
    std::iter::from_fn(move || {
        loop {
            let (_, after) = rest.split_once('<')?;
            let (tag, after) = after.split_once('>')?;
            rest = after;
            if tag.starts_with(['/', '!', '?']) {
                continue;
            }
            let name = tag.split([' ', '\t', '\r', '\n', '/']).next().unwrap_or_default();
            let name = name.rsplit(':').next().unwrap_or_default();
            let text = after.split('<').next().unwrap_or_default().trim();
            return Some(Element { name, text });
        }
    })
    .take(MOST_ELEMENTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_texts() {
        let document = "<?xml version=\"1.0\"?><!-- x --><s:a b=\"c\"><d:e> f g </d:e><h/></s:a>";
        let found: Vec<_> = elements(document).map(|element| (element.name, element.text)).collect();
        assert_eq!(found, [("a", ""), ("e", "f g"), ("h", "")]);
        assert_eq!(elements("<a").count() + elements("").count() + elements("a>b").count(), 0);
    }
}
