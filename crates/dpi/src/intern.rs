use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// Names from files, which live as long as the program: labels are copied with every flow and must
/// not be counted. The same name is kept once, so reading a file again costs nothing.
static NAMES: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);

/// The one copy of a name.
pub(crate) fn intern(name: &str) -> &'static str {
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    let names = names.get_or_insert_default();
    if let Some(known) = names.get(name) {
        return known;
    }
    let kept: &'static str = String::from(name).leak();
    names.insert(kept);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_once() {
        assert!(std::ptr::eq(intern("acme"), intern(&String::from("acme"))));
    }
}
