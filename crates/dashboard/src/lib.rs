//! The dashboard's files, as `npm run build` made them, each compressed.

#![forbid(unsafe_code)]

use std::io::Read as _;

use flate2::read::GzDecoder;

/// A file of the dashboard.
#[derive(Clone, Copy, Debug)]
pub struct File {
    path: &'static str,
    packed: &'static [u8],
}

/// Path and gzip of each file, in the order of their paths.
static FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// The dashboard was there when this was built.
pub fn is_built() -> bool {
    !FILES.is_empty()
}

/// The file at a path such as `/assets/index.js`; none if there is none.
pub fn file(path: &str) -> Option<File> {
    let at = FILES.binary_search_by(|(name, _)| (*name).cmp(path)).ok()?;
    FILES.get(at).map(|&(path, packed)| File { path, packed })
}

/// The page that all addresses of the dashboard begin with.
pub fn index() -> Option<File> {
    file("/index.html")
}

impl File {
    /// As it is sent to whoever takes gzip (RFC 1952).
    pub fn packed(self) -> &'static [u8] {
        self.packed
    }

    /// As it is.
    pub fn plain(self) -> Vec<u8> {
        let mut bytes = Vec::new();
        // What was packed here unpacks.
        let _ = GzDecoder::new(self.packed).read_to_end(&mut bytes);
        bytes
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self.path.rsplit('.').next().unwrap_or_default() {
            "html" => "text/html; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "svg" => "image/svg+xml",
            "json" => "application/json",
            _ => "application/octet-stream",
        }
    }

    /// Its name changes with what is in it, so it may be kept for good.
    pub fn is_immutable(self) -> bool {
        self.path.starts_with("/assets/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_found_and_unpacks() {
        if !is_built() {
            eprintln!("SKIPPED dashboard::what_is_packed_is_found_and_unpacks: the dashboard is not built");
            return;
        }
        for (path, _) in FILES {
            let file = file(path).unwrap();
            assert!(!file.plain().is_empty() && file.media_type() != "application/octet-stream", "{path}");
        }
        let page = String::from_utf8(index().unwrap().plain()).unwrap();
        assert!(page.contains("<div id=\"root\">"));
        // The content policy lets no script run that is in the page itself.
        assert!(!page.contains("<script>") && !page.contains("style=\""), "{page}");
        assert!(file("/../Cargo.toml").is_none() && file("").is_none());
    }
}
