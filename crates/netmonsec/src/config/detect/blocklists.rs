use std::path::Path;

use super::Detect;
use crate::print::safe;

impl Detect {
    /// The lists read, or which of them cannot be, and why.
    pub(crate) fn open_blocklists(&self) -> Result<detect::Blocklists, (usize, String)> {
        let mut lists = detect::Blocklists::default();
        for (i, path) in self.blocklists.iter().enumerate() {
            let told = |what: String| (i, format!("{}{what}", safe(path)));
            let text = std::fs::read_to_string(path).map_err(|error| told(format!(": {error}")))?;
            let name = Path::new(path).file_stem().unwrap_or_default().to_string_lossy();
            lists
                .add(&safe(&name), &text)
                .map_err(|bad| told(format!(":{}: {}", bad.line, safe(&bad.what))))?;
        }
        lists.finish();
        Ok(lists)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(text: &str, name: &str) -> Result<detect::Blocklists, (usize, String)> {
        let path = std::env::temp_dir().join(format!("netmonsec-{}-{name}.txt", std::process::id()));
        std::fs::write(&path, text).unwrap();
        let blocklists = vec![path.to_string_lossy().into_owned()];
        let read = Detect { blocklists, ..Detect::default() }.open_blocklists();
        std::fs::remove_file(path).unwrap();
        read
    }

    #[test]
    fn a_list_is_read_or_refused_with_its_line() {
        let lists = open("# mine\n192.0.2.1\nbad.example\n", "good").unwrap();
        assert_eq!(lists.len(), 2);
        assert!(lists.domain("a.bad.example").unwrap().list.ends_with("-good"));
        let (place, error) = open("192.0.2.1\nwhat is this\n", "bad").unwrap_err();
        assert_eq!(place, 0);
        assert!(error.contains("-bad.txt:2: `what is this` has no address"), "{error}");
    }

    #[test]
    fn a_list_that_is_not_there() {
        let blocklists = vec!["/nowhere/list.txt".to_owned()];
        let error = Detect { blocklists, ..Detect::default() }.open_blocklists().unwrap_err();
        assert!(error.1.starts_with("/nowhere/list.txt: "), "{}", error.1);
    }
}
