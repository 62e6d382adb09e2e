//! Where we and tshark differ, and why.

use crate::columns::Seen;

/// A kind of difference that was looked into.
pub(crate) struct Difference {
    pub(crate) name: &'static str,
    /// What the specification says.
    pub(crate) why: &'static str,
    /// Whether this is it: the packet as we see it, tshark's protocols, the differing columns.
    pub(crate) is: fn(&Seen<'_>, &str, &[&str]) -> bool,
}

pub(crate) const DIFFERENCES: &[Difference] = &[];
